"""The report as text: data stays as it is, secrets stay hidden, large stacks are quick."""

import io
import time
from typing import Any

import pytest
from rich.console import Console

from breakwater.analysis.figures import Figure, Verdict
from breakwater.graph import Resource, SourceLine
from breakwater.policy_check import PolicyResult, Violation
from breakwater.progress import Progress
from breakwater.rendering import NO_CHANGES, make_console, render, render_error
from breakwater.report import Report
from breakwater.review.diff import compare
from breakwater.simulator.monitor import Failure
from breakwater.simulator.run import Outcome, ProgramError
from breakwater.values import UNKNOWN, Secret, printable
from tests.breakwater.graphs import QUEUE, SUBNET, VPC, graph, resource

NET = resource("demo:net:Net", "net")
VPC_IN_NET = resource(VPC, "net", parent=NET.urn, inputs={"region": "us-east-1"})
DEEP = resource("demo:net:Part", "part", parent=NET.urn)
DEEPER = resource("demo:net:Bit", "bit", parent=DEEP.urn)
BURIED = resource(SUBNET, "buried", parent=DEEPER.urn, inputs={"region": "eu-west-1"})


def report(*resources: Resource, outputs: dict[str, Any] | None = None, **fields: Any) -> Report:
    """A run with these resources; `fields` are those of its Outcome or of the Report."""
    outcome: dict[str, Any] = {"failures": (), "error": None, "messages": (), "calls": 7}
    outcome |= {key: fields.pop(key) for key in list(fields) if key in outcome}
    run = Outcome(graph=graph(*resources, outputs=outputs), seconds=1.0, **outcome)
    defaults: dict[str, Any] = {"command": "up", "policies": PolicyResult(0, ()), "seconds": 2.04}
    return Report(outcome=run, **(defaults | fields))


def failure(of: Resource, reason: str, *, skipped: bool = False) -> Failure:
    source, caller = SourceLine("components/a.py", 3), SourceLine("infra/b.py", 9)
    return Failure(of.urn, of.type, of.name, reason, source, (caller,), skipped)


def test_the_tree_sums_what_is_below() -> None:
    seconds = {VPC_IN_NET.urn: 0.25, BURIED.urn: 1.0, NET.urn: 0.01}
    lines = render(report(NET, VPC_IN_NET, DEEP, DEEPER, BURIED, resource_seconds=seconds)).plain.splitlines()
    assert lines[:4] == [
        "dev                   2    1.26 s",
        "└─ net      Net       2    1.26 s",
        "   └─ part  Part      1    1.00 s",
        "",
    ]
    assert lines[-1] == "dev: 2 resources simulated in 2 regions (eu-west-1, us-east-1), 7 API calls, 2.0 s"


def test_a_plan_has_no_times() -> None:
    text = render(report(NET, VPC_IN_NET, command="preview", calls=0)).plain
    assert text.splitlines()[0].split() == ["dev", "1"]
    assert text.endswith("dev: 1 resource planned in 1 region (us-east-1), 2.0 s\n")


def test_failures_and_what_was_skipped() -> None:
    failures = (
        failure(VPC_IN_NET, "ec2:CreateVpc: [bold]bad[/bold]\nsecond line"),
        failure(BURIED, "skipped: it depends on a, b, c, d, e", skipped=True),
    )
    run = report(NET, VPC_IN_NET, DEEP, DEEPER, BURIED, failures=failures)
    text = render(run).plain
    assert (
        "1 resource failed\n"
        "  ✗ aws:ec2/vpc:Vpc  net\n"
        "      ec2:CreateVpc: [bold]bad[/bold]\n"
        "      second line\n"
        "      declared at components/a.py:3\n"
        "      called from infra/b.py:9\n"
        f"      {VPC_IN_NET.urn}\n"
        "1 resource skipped: what they depend on failed\n"
        "  - aws:ec2/subnet:Subnet  buried: it depends on a, b, c and 2 more  components/a.py:3\n"
    ) in text
    assert text.splitlines()[0].endswith("2 not created")
    assert "dev: 0 resources simulated, 1 failed, 1 skipped, 7 API calls" in text
    assert run.exit_code == 1
    assert run.to_json()["totals"]["resources"] == 0


def test_violations() -> None:
    violation = Violation("rule-a", NET.urn, NET.type, NET.name, "is [bad]", "Mend it.", SourceLine("infra/a.py", 2))
    run = report(NET, policies=PolicyResult(3, (violation,)))
    assert "1 policy violation\n  ✗ rule-a  demo:net:Net  net  infra/a.py:2\n      is [bad]\n      Mend it.\n" in (
        render(run).plain
    )
    assert run.exit_code == 1
    broken = report(NET, policies=PolicyResult(0, (), "KeyError: 'x'"))
    assert "could not be checked: KeyError: 'x'" in render(broken).plain
    assert broken.exit_code == 1


def test_outputs_are_nested_masked_and_folded_where_unknown() -> None:
    outputs = {
        "password": Secret("hush"),
        "region": {"vpc": "vpc-[1]", "deep": {"key": Secret("hush"), "list": [1, "ü"]}, "empty": {}},
        "plan": {"a": UNKNOWN, "b": {"c": UNKNOWN}},
        "partly": {"a": UNKNOWN, "b": 1},
    }
    run = report(outputs=outputs)
    text = render(run).plain
    assert text[text.index("Outputs") :].split("\n\n")[0].splitlines() == [
        "Outputs",
        "  partly",
        "    a  (known after deployment)",
        "    b  1",
        "  password  [secret]",
        "  plan      (known after deployment)",
        "  region",
        "    deep",
        "      key   [secret]",
        '      list  [1, "ü"]',
        "    empty  {}",
        "    vpc    vpc-[1]",
    ]
    assert "hush" not in str(run.to_json())


@pytest.mark.parametrize(
    ("error", "text", "exit_code"),
    [
        (ProgramError("bad\n  line", None, True), "bad\n  line", 2),
        (ProgramError("E: x", SourceLine("infra/a.py", 3), False), "the program failed: E: x\n  at infra/a.py:3", 1),
        (ProgramError("E: x", None, False), "the program failed: E: x", 1),
    ],
)  # fmt: skip
def test_how_the_program_ended(error: ProgramError, text: str, exit_code: int) -> None:
    run = report(NET, error=error)
    assert render_error(run) == text
    assert render(run).plain == ""
    assert run.exit_code == exit_code
    assert render_error(report(NET)) == ""


def test_warnings_of_the_program() -> None:
    assert "warning: mind [this]\n" in render(report(NET, messages=(("warning", "mind [this]"),))).plain


def test_a_comparison_shows_only_what_is_different() -> None:
    before = graph(VPC_IN_NET, resource(QUEUE, "q", inputs={"delaySeconds": 1, "key": Secret("a"), "gone": 1}))
    queue = resource(QUEUE, "q", inputs={"delaySeconds": 2, "key": Secret("b"), "tags": {"a": "[x]"}})
    run = report(
        VPC_IN_NET, queue, command="preview", difference=compare(before, graph(VPC_IN_NET, queue)), against="main"
    )
    assert render(run).plain == (
        "Against main: 1 changed\n\n"
        "  ~ aws:sqs/queue:Queue  q\n"
        "      delaySeconds: 1 → 2\n"
        "      gone: removed 1\n"
        "      key: changed, [secret]\n"
        '      tags: added {"a": "[x]"}\n'
        "\n"
    )
    assert run.exit_code == 0
    same = report(queue, command="preview", difference=compare(graph(queue), graph(queue)), against="main")
    assert render(same).plain == f"{NO_CHANGES}\n" == "No changes.\n"


def test_long_values_are_shown_from_where_they_differ() -> None:
    def queue(end: str) -> Resource:
        return resource(QUEUE, "q", inputs={"policy": "x" * 500 + end})

    difference = compare(graph(queue("one")), graph(queue("two")))
    text = render(report(queue("two"), difference=difference, against="main")).plain
    line = next(line for line in text.splitlines() if "policy" in line)
    assert 'xone" → …' in line
    assert line.endswith('xtwo"')
    assert len(line) < 150


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert printable("a\x1b[31mb\x07\n\u202eü") == "a\\x1b[31mb\\x07\n\\u202eü"
    name = "evil\x1b[2J"
    bad = resource(VPC, name)
    text = render(report(bad, failures=(failure(bad, "no\x1b[2J"),), outputs={name: {name: name}, "x": name})).plain
    assert "\x1b" not in text


def test_brackets_are_printed_as_they_are_on_any_width() -> None:
    out = io.StringIO()
    console = make_console()
    console.file, console.width = out, 20
    console.print(render(report(NET, outputs={"a": "[red]x[/red] :smile: " + "y" * 100})), end="")
    assert "  a  [red]x[/red] :smile: " + "y" * 100 + "\n" in out.getvalue()


def test_a_report_of_a_large_stack_is_quick() -> None:
    tops = [resource("demo:net:Net", f"top-{n}") for n in range(20)]
    inner = [resource("demo:net:Part", f"{top.name}-{n}", parent=top.urn) for top in tops for n in range(5)]
    cloud = [resource(QUEUE, f"{p.name}-{n}", parent=p.urn, inputs={"n": n}) for p in inner for n in range(10)]
    outputs = {f"output-{n}": {f"key-{k}": "value" for k in range(5)} for n in range(40)}
    run = report(*tops, *inner, *cloud, outputs=outputs)
    out = io.StringIO()
    console = make_console()
    console.file = out
    started = time.perf_counter()
    console.print(render(run), end="")
    assert time.perf_counter() - started < 0.5
    assert "dev: 1000 resources simulated" in out.getvalue()


# -- progress


def test_progress_elsewhere_than_on_a_terminal_is_one_line() -> None:
    out = io.StringIO()
    with Progress(Console(file=out), "Simulating dev") as progress:
        progress.registered(VPC_IN_NET, 0.5, None)
    assert out.getvalue() == "Simulating dev …\n"
    assert progress.seconds == {VPC_IN_NET.urn: 0.5}


def test_progress_on_a_terminal_is_live_and_leaves_nothing() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=100)
    with Progress(console, "Simulating dev") as progress:
        progress.registered(VPC_IN_NET, 0.5, None)
        progress.registered(NET, 0.1, None)
        progress.registered(BURIED, 0.1, failure(BURIED, "x"))
        frame = progress._frame().plain
        time.sleep(0.6)
    assert "Simulating dev  2 resources  0 s  1 failed\n  eu-west-1 1  us-east-1 1\n" in frame
    assert "aws:ec2/subnet:Subnet::buried" in frame
    assert "Simulating dev" in out.getvalue()
    assert out.getvalue().endswith("\x1b[2K")  # the live lines are wiped


def test_the_stack_itself_is_no_component() -> None:
    assert report(NET).to_json()["totals"]["components"] == 1


def test_missed_targets_are_told_and_fail() -> None:
    fields: dict[str, Any] = {"region": "eu-west-1", "part": "api", "name": "requests", "unit": "/s", "target": 500}
    met = Figure(**fields, value=600, verdict=Verdict.MET)
    remedy = "raise services.api.tasks.max"
    missed = Figure(**fields, value=450, verdict=Verdict.MISSED, limited_by="its CPU", remedy=remedy)
    well, badly = report(VPC_IN_NET, judged=(met,)), report(VPC_IN_NET, judged=(met, missed))
    assert (well.exit_code, badly.exit_code) == (0, 1)
    assert "Targets and limits: 1 judged, all met" in render(well).plain
    line = f"eu-west-1 api: requests 450/s, target 500/s (its CPU): {remedy}"
    assert f"1 target missed or limit exceeded\n  ✗ {line}" in render(badly).plain
    assert badly.to_json()["targets"] == {"judged": 2, "problems": [line]}
