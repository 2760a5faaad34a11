"""The report as a page: self-contained, complete, drawn."""

import base64
import hashlib
import re
from html.parser import HTMLParser

from breakwater.review.model import Op, Step
from breakwater.review.rendering import render_html
from breakwater.review.values import Change
from tests.breakwater.graphs import QUEUE, resource
from tests.breakwater.reports import a_review, empty, many, shuffled


class _Attributes(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [(tag, name, value or "") for name, value in attrs]


def test_it_needs_nothing_from_elsewhere() -> None:
    page = render_html(a_review())
    attributes = _Attributes(page).found
    assert not [a for a in attributes if a[1] in ("src", "href", "style", "onload", "xlink:href") or a[0] == "script"]
    assert "url(" not in page.replace("url(#arrow)", "")
    assert "@import" not in page
    assert "://" not in page


def test_its_policy_lets_in_its_own_style_only() -> None:
    page = render_html(a_review())
    style = page.split("<style>")[1].split("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"content=\"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'\"" in page
    assert page.index("Content-Security-Policy") < page.index("<style>")


def test_it_has_all_that_there_is() -> None:
    page = render_html(many(300))
    assert len(re.findall(r"<strong>update</strong>", page)) == 300
    assert page.count("tags.Name:") == 900
    assert "in the HTML report" not in page


def test_long_values_are_whole() -> None:
    queue = resource(QUEUE, "q")
    step = Step(
        op=Op.UPDATE, certain=True, before=queue, after=queue, changes=(Change("policy", "a" * 3_000, "b" * 9),)
    )
    page = render_html(empty(steps=(step,)))
    assert "a" * 3_000 in page
    assert "…" not in page


def test_secrets_are_never_shown() -> None:
    page = render_html(a_review())
    assert "swordfish" not in page
    assert "! masterPassword: changed, [secret]" in page


def test_no_change_is_its_title() -> None:
    page = render_html(empty())
    assert "no changes against <code>main</code>" in page
    assert "<section>" not in page
    assert "<details" not in page


def test_it_is_the_same_text_for_the_same_review() -> None:
    one = a_review()
    assert render_html(one) == render_html(a_review()) == render_html(shuffled(one))
