"""Whatever a change is called: it adds nothing to the report, ends nothing in it, and calls nobody."""

import re
from collections import Counter
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from breakwater.review.rendering import annotations, render_html, render_markdown
from breakwater.review.rendering.escaping import markdown, markdown_code, summary, visible
from tests.breakwater.reports import a_review

NASTY = (
    "|", "`", "```", "````diff", "\n", "\r\n", "\n\n", "<!--", "-->", "<script>alert(1)</script>", "</details>",
    "<img src=x>", "</code>", "</title>", "</svg>", "</style>", "&lt;", "&", '"', "'", "@octocat", "@org/team", "#1",
    "GH-12", "a/b#3", "$x$", "$`x`$", "https://example.com/a", "www.example.com", "a@example.com", "[x](http://y)",
    "![x](y)", "**", "__", "~~", "\\", "\\|", "- ", "+ ", "1. ", "# ", "> ", "    ", "---", "===", "\t", "\x00",
    "\x1b[31m", "\u202e", "\u2066", "\u200b", "\ufeff", "\u2028", "\x85", "%%{init: {}}%%", "{{ x }}", "{% x %}",
    "::error::x", "%0A", "\ud800", "::", "\u0301", "𝕆", ":", "[", "]", "]]",
)  # fmt: skip
HOSTILE = st.lists(st.one_of(st.sampled_from(NASTY), st.text(max_size=5)), min_size=1, max_size=6).map("".join)
HOSTILE = HOSTILE.filter(lambda text: text.strip() != "")


class Elements(HTMLParser):
    """Elements with their attributes, outside of drawings, and the text that is not code."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: Counter[str] = Counter()
        self.shown = ""
        self.text: list[str] = []
        self.code: list[str] = []
        self._inside: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if "svg" not in self._inside:
            self.found[f"{tag} {' '.join(name for name, _ in attrs)}".strip()] += 1
        if tag not in ("meta", "br", "path", "rect"):
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag in ("path", "rect") or self._inside.pop() == tag

    def handle_data(self, data: str) -> None:
        self.shown += data
        (self.code if {"code", "pre"} & {*self._inside} else self.text).append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def as_github(text: str) -> Elements:
    """Markdown with what GitHub knows of it, as HTML."""
    return Elements(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text))


HARMLESS = as_github(render_markdown(a_review()))
PAGE = Elements(render_html(a_review()))
_CODE = ("code", "span")
"""In a table, what has a bar in it is no code; a dollar is a span."""


@settings(max_examples=60, deadline=None)
@given(HOSTILE)
@example("|x|\n| --- |")
@example("x`\n```\n<script>")
@example("`` @a `")
@example("\\|")
@example("x\\")
def test_markdown_has_the_elements_that_it_has_for_harmless_names(text: str) -> None:
    adds_nothing(text)


@pytest.mark.parametrize("nasty", NASTY)
def test_nothing_that_means_something_adds_an_element(nasty: str) -> None:
    for text in (nasty, f"{nasty}x{nasty}", f"x {nasty}"):
        if text.strip():
            adds_nothing(text)


def adds_nothing(text: str) -> None:
    found = render_markdown(a_review(text))
    elements = as_github(found)
    assert {k: n for k, n in elements.found.items() if k not in _CODE} == {
        k: n for k, n in HARMLESS.found.items() if k not in _CODE
    }
    assert "<!--" not in found
    for row in (line for line in found.splitlines() if line.startswith("|")):
        assert len(re.findall(r"(?<!\\)\|", row)) in (5, 6)
    calls_nobody(elements)


def test_two_dollars_are_no_formula() -> None:
    assert markdown("$x$") == "<span>$</span>x<span>$</span>"
    assert summary("$x$") == "<span>$</span>x<span>$</span>"


def calls_nobody(elements: Elements) -> None:
    for part in elements.text:
        assert not re.search(r"[@#]\w|GH-\d|://|www\.", part, re.IGNORECASE), part


@settings(max_examples=60, deadline=None)
@given(HOSTILE)
def test_the_page_has_the_elements_that_it_has_for_harmless_names(text: str) -> None:
    assert Elements(render_html(a_review(text))).found == PAGE.found


@settings(max_examples=40, deadline=None)
@given(HOSTILE)
def test_nothing_in_a_report_is_invisible(text: str) -> None:
    one = a_review(text)
    for found in (render_markdown(one), render_html(one), annotations(one)):
        assert all(char.isprintable() or char == "\n" for char in found.replace("<\u200b!--", "")), found
        found.encode()


@settings(max_examples=200, deadline=None)
@given(HOSTILE)
def test_text_reads_as_it_was_written(text: str) -> None:
    """But for the marks that keep GitHub from reading more into it."""
    for made in (markdown(text), markdown_code(text)):
        found = as_github(f"x{made}x")
        assert found.shown.replace("\u200b", "") == f"x{visible(text)}x\n"


@settings(max_examples=40, deadline=None)
@given(HOSTILE)
def test_a_diagram_is_the_same_graph_for_harmless_names(text: str) -> None:
    diagram = render_markdown(a_review(text)).split("```mermaid\n")[1].split("\n```\n")[0]
    bare = [re.sub(r'"[^"]*"', '""', line).strip() for line in diagram.splitlines()]
    assert bare[0] == "flowchart LR"
    assert not re.search(r"[`<>{}%](?!br/>)", diagram.replace("<br/>", "").replace("-->", ""))
    node, edge, box = r'c\d\[""\]:::\w+', r"c\d --> c\d", r'subgraph r\d\[""\]|end|classDef \w+ [\w:#, -]+'
    assert all(re.fullmatch(f"{node}|{edge}|{box}", line) for line in bare[1:]), bare
