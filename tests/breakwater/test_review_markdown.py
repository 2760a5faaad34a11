"""The report as Markdown: its order, what it says of each part, and that it is whole however much there is."""

import re
from dataclasses import replace

import pytest

from breakwater.graph import SourceLine
from breakwater.review.model import Failure, Kind, Op, Reason, Review, Step, Verdict
from breakwater.review.rendering import LIMIT, render_markdown
from breakwater.review.values import Change
from breakwater.values import Secret
from tests.breakwater.graphs import QUEUE, resource
from tests.breakwater.reports import a_review, empty, many, shuffled


def lines(review: Review) -> list[str]:
    return [line.strip() for line in render_markdown(review).splitlines()]


def test_the_order_is_that_of_importance() -> None:
    found = lines(a_review())
    assert found[0] == "## ⛔ `dev`: blocked"
    assert found[4].startswith("- ⛔ orders may be replaced at `components/orders.py:212`")
    assert [line for line in found if line.startswith(("### ", "<details>"))] == [
        "### Failures",
        "### Dangers",
        "### Cost",
        "### Exposure",
        "### IAM",
        "### Capacity and availability",
        "### Policies",
        "### Diagram",
        "<details><summary>Details: 3 resources</summary>",
        "<details><summary>Messages: 1</summary>",
    ]


def test_each_part_says_what_matters_of_it() -> None:
    found = lines(a_review())
    for line in (
        "- ⛔ `aws:rds/instance:Instance::us-east-1-orders` **may be replaced** at `components/orders.py:212`",
        "- ❌ orders cannot be created at `components/orders.py:212`",
        "- Safeguards: deletion protection, orders",
        "- Also touches `aws:ecs/service:Service::us-east-1-api`, `aws:ecs/service:Service::orders`",
        "- For the same cause also: `aws:ecs/service:Service::orders-2`",
        "- Looks like a rename without an alias, to `aws:rds/instance:Instance::orders-2`",
        "**+50.50 to +100.00 USD a month** (+50.0% at autoscaling's maximum), what is billed by use apart. "
        "List prices, so the maximum after is between 270 and 330. 2 items without a price.",
        "| at its maximum | 200.00 | 300.00 | +100.00 |",
        "| `eu-west-1 cache` | 5.00 | 0.00 | −5.00 |",
        "- `aws:x/y:Z::orders`",
        "- ⚠️ opened from the internet: `internet` → `orders`, **tcp 22** for `0.0.0.0/0`, access: everybody",
        "- Cannot be decided: orders",
        "- 🔻 closed from the internet: `internet` → `orders`, **tcp 22** for `0.0.0.0/0`",
        "- ⚠️ **admin** role orders: s3: Read GetObject on arn:aws:s3:::orders at `components/orders.py:212`",
        "- ❔ role orders: `orders`: orders is not known at `components/orders.py:212`",
        "| `us-east-1 orders` | connections of orders | 100 | ⛔ 400 | ≤ 200, target 50 |",
        "| `us-east-1 orders` | connections of orders | – | ❔ not known | ≤ 200, target 50 |",
        "- 🔻 one zone of us-east-1 `orders`: capacity left 75% → 25%; recovered in 60 s → 5 min; "
        "data at risk in orders 60 s → 5 min",
        "- By hand: Start orders",
        "1 violation of 61 rules.",
        "- ❌ **no-wildcards** `aws:iam/role:Role::orders-role` at `components/orders.py:212`",
        '! identifier: "orders" → "orders-2"',
        '+ tags.orders: {"deep": ["orders", null, 1]}',
        '- gone[orders]: "orders"',
    ):
        assert line in found


@pytest.mark.parametrize(("certain", "fate"), [(True, "is replaced"), (False, "may be replaced")])
def test_only_the_engine_is_sure_of_a_replacement(certain: bool, fate: str) -> None:
    one = a_review()
    step = replace(one.dangers[0].step, certain=certain)
    text = render_markdown(replace(one, steps=(step,), dangers=(replace(one.dangers[0], step=step),), engine=certain))
    assert text.count(f"**{fate}**") == 2
    assert ("as Pulumi's engine says" in text) == certain


def test_secrets_are_never_shown_and_their_change_is() -> None:
    text = render_markdown(a_review())
    assert "swordfish" not in text
    assert "! password: changed, [secret]" in text
    assert "! masterPassword: changed, [secret]" in text
    assert '! nested: {"key": "[secret]"} → {"key": "[secret]", "other": "orders"}' in text


@pytest.mark.parametrize("path", ["password", "password.inner", "password[0]"])
def test_what_is_hidden_is_not_shown_where_it_is_among_the_changes(path: str) -> None:
    queue = resource(QUEUE, "q")
    step = Step(
        op=Op.UPDATE,
        certain=True,
        before=queue,
        after=queue,
        changes=(Change(path, "old", "new"),),
        hidden=("password",),
    )
    found = lines(empty(steps=(step,)))
    assert f"! {path}: changed, [secret]" in found
    assert not any("old" in line for line in found)


def test_a_secret_that_becomes_plain_text_is_shown_on_neither_side() -> None:
    queue = resource(QUEUE, "q")
    change = Change("password", Secret(None), Secret(None))
    step = Step(op=Op.UPDATE, certain=True, before=queue, after=queue, changes=(change,))
    assert "! password: changed, [secret]" in lines(empty(steps=(step,)))


def test_no_change_is_one_line() -> None:
    assert render_markdown(empty()) == "✅ `dev`: no changes against `main`\n"


def test_a_failure_is_told_with_its_line() -> None:
    source = SourceLine("infra/stack.py", 7)
    text = render_markdown(empty(verdict=Verdict.FAILED, error="ValueError: no\n  such ``` zone", error_source=source))
    assert text.startswith("## ❌ `dev`: failed, nothing can be said of the change\n")
    assert "\nAgainst `main`. The error is at `infra/stack.py:7`.\n" in text
    assert "````text\nValueError: no\n  such ``` zone\n````" in text
    assert "Nothing to report" not in text


def test_what_is_as_before_is_named_in_one_line() -> None:
    queue = resource(QUEUE, "q")
    step = Step(op=Op.UPDATE, certain=True, before=queue, after=queue, changes=(Change("fifo", False, True),))
    cost = a_review().cost
    assert cost
    same = replace(cost, after=cost.before, components=(), unpriced=())
    found = lines(empty(steps=(step,), cost=same, permissions=replace_permissions()))
    assert "Nothing to report: dangers, cost, exposure, IAM, capacity and availability." in found
    # What was not worked out is not said to be as before.
    assert "Nothing to report: dangers, exposure, capacity and availability." in lines(empty(steps=(step,)))


def test_what_is_as_before_is_named_also_where_a_policy_or_a_safeguard_is_not() -> None:
    queue = resource(QUEUE, "q")
    step = Step(op=Op.UPDATE, certain=True, before=queue, after=queue, changes=(Change("fifo", False, True),))
    weaker = Reason(rule="safeguard-removed", kind=Kind.DANGER, verdict=Verdict.APPROVAL, text="less is kept")
    found = lines(empty(steps=(step,), reasons=(weaker,), verdict=Verdict.FAILED))
    assert "Nothing to report: exposure, capacity and availability." in found
    broken = lines(empty(steps=(step,), failures=(Failure("no such zone"),), verdict=Verdict.FAILED))
    assert not any("Nothing to report" in text for text in broken)


def replace_permissions() -> object:
    found = a_review().permissions
    assert found
    return replace(found, gained=(), lost=(), undecidable=(), no_longer=())


def test_a_renamed_resource_says_what_it_was() -> None:
    step = Step(op=Op.RENAME, certain=True, before=resource(QUEUE, "old"), after=resource(QUEUE, "new"))
    found = lines(empty(steps=(step,)))
    assert f"- **rename** `{QUEUE}::new`" in found
    assert f"- Was `{QUEUE}::old`" in found


@pytest.mark.parametrize(
    ("count", "text"),
    [(1_500, "orders"), (1_500, "`|`<!--" * 20), (99, "\u202e$" * 2_000)],
    ids=["plain", "odd", "long"],
)
def test_it_stays_under_the_limit_and_whole(count: int, text: str) -> None:
    found = render_markdown(many(count, text))
    assert LIMIT * 0.6 < len(found.encode()) < LIMIT
    assert found.count("<details>") == found.count("</details>") == 2
    assert found.endswith("<sub>Digest `3f8e1c5a9b7d2460`</sub>\n")
    # Every part is there, with what it says of all that it leaves out.
    assert len(re.findall(r"^### ", found, re.MULTILINE)) == 8
    left = re.findall(r"^… and ([\d,]+) more, in the HTML report$", found, re.MULTILINE)
    more = [int(number.replace(",", "")) for number in left]
    assert len(more) >= 11
    shown = len(re.findall(r"^- \*\*update\*\*", found, re.MULTILINE))
    assert shown + more[-2] == count
    # No table row, list item or fence is cut.
    for line in found.splitlines():
        assert not line.startswith("|") or line.endswith("|")
    fences = [line.strip() for line in found.splitlines() if line.strip().startswith("```")]
    assert len(fences) % 2 == 0
    assert all(f.strip("`") == "" for f in fences[1::2])


def test_a_long_error_is_cut_by_lines() -> None:
    text = render_markdown(empty(verdict=Verdict.FAILED, error="\n".join(["\u202e`" * 300] * 100)))
    assert len(text.encode()) < 10_000
    assert "\n… and more, in the HTML report\n``" in text


def test_it_is_whole_where_it_just_fits() -> None:
    for count in (1, 20, 60):
        found = render_markdown(replace(empty(), steps=many(count).steps))
        assert found.count("```diff") == count
        assert "more, in the HTML report" not in found.split("### Diagram")[0]


def test_it_is_the_same_text_for_the_same_review() -> None:
    one = a_review()
    assert render_markdown(one) == render_markdown(a_review()) == render_markdown(shuffled(one))
