"""The verdict: one table of rules, and what a stack file changes in it."""

import dataclasses
import json

import jsonschema
import pytest

from breakwater.analysis.cost import Sum
from breakwater.analysis.cost.item import Estimate
from breakwater.analysis.exposure.changes import Change as ExposureChange
from breakwater.analysis.exposure.changes import Kind as PathKind
from breakwater.analysis.exposure.model import Direction, Path, Step
from breakwater.analysis.exposure.ports import of as ports
from breakwater.analysis.figures import Figure
from breakwater.analysis.figures import Verdict as Judged
from breakwater.analysis.resilience.points import Scope, SinglePoint
from breakwater.review.model import CostChange, Failure, FigureChange, Kind, Op, Review, Verdict
from breakwater.review.reasons import reasons, worst
from breakwater.review.rules import DEFAULTS, Rules, RulesError, rules_from, schema
from tests.breakwater.graphs import ROLE, graph, resource
from tests.breakwater.reviews import BALANCER, at, database, policies, queue, reviewed, violation

KEY = "demo:review"


def judged(review: Review, **changes: object) -> list[tuple[str, Verdict, str]]:
    """Rules, verdicts and texts of a review with other findings."""
    found = reasons(dataclasses.replace(review, **changes), Rules())  # type: ignore[arg-type]
    return [(reason.rule, reason.verdict, reason.text) for reason in found]


NOTHING = reviewed([], [])


def test_nothing_is_safe() -> None:
    assert (NOTHING.verdict, NOTHING.reasons, NOTHING.steps, NOTHING.counts) == (Verdict.SAFE, (), (), {})
    assert reviewed([queue()], [queue()]).verdict is Verdict.SAFE


def test_the_table_says_of_each_rule_when_it_applies() -> None:
    names = [rule.name for rule in DEFAULTS]
    assert len(set(names)) == len(names)
    assert all(rule.what and rule.kind in Kind for rule in DEFAULTS)


def test_the_worst_rule_decides_and_comes_first() -> None:
    old = [database(), resource(BALANCER, "lb")]
    found = reviewed(old, [])
    assert [r.verdict for r in found.reasons] == [Verdict.BLOCKED, Verdict.APPROVAL]
    assert found.verdict is worst(found.reasons) is Verdict.BLOCKED
    broken = reviewed(old, [], failures=(Failure("queue: no", at(3)),))
    assert (broken.verdict, broken.reasons[0].text) == (Verdict.FAILED, "queue: no")


def test_many_reasons_of_one_rule_are_counted() -> None:
    found = reviewed([queue(f"q{index:02}") for index in range(13)], [])
    assert len(found.reasons) == 11
    assert found.reasons[-1].text.startswith("and 3 more: what holds data is deleted")


def test_half_a_program_is_not_compared() -> None:
    found = reviewed([database()], [], error="KeyError: 'x'", error_source=at(4))
    assert (found.verdict, found.steps, found.cost) == (Verdict.FAILED, (), None)
    assert (found.reasons[0].rule, str(found.reasons[0].source)) == ("program-fails", "infra/__main__.py:4")


def test_new_violations_fail_and_old_ones_need_approval() -> None:
    one = queue()
    old = violation("encrypted", one)
    new = violation("dead-letters", one)
    found = reviewed([one], [one], policies_before=policies(old), policies=policies(old, new))
    assert [(r.rule, r.verdict) for r in found.reasons] == [
        ("policy-violation", Verdict.FAILED),
        ("policy-still-violated", Verdict.APPROVAL),
    ]
    assert found.known_violations == (old,)
    assert found.reasons[0].text == "dead-letters: jobs (aws:sqs/queue:Queue) is wrong"


def test_violations_that_say_the_same_are_told_once() -> None:
    queues = [queue(name) for name in ("a", "b", "c")]
    found = reviewed(queues, queues, policies=policies(*(violation("encrypted", one) for one in queues)))
    assert [r.text for r in found.reasons] == ["encrypted: a (aws:sqs/queue:Queue) is wrong; the same of 2 more"]
    assert len(found.policies.violations) == 3


def test_a_violation_is_known_under_its_new_name() -> None:
    before, after = queue("jobs"), queue("tasks", aliases=(queue("jobs").urn,))
    found = reviewed(
        [before], [after],
        policies_before=policies(violation("encrypted", before)),
        policies=policies(violation("encrypted", after)),
    )  # fmt: skip
    assert [r.rule for r in found.reasons] == ["policy-still-violated"]


def total(usd: float) -> Sum:
    return Sum("", "", Estimate(usd, usd, usd), Estimate(usd, usd, usd), 0)


@pytest.mark.parametrize(
    ("before", "after", "applies"),
    [
        (1000, 1101, True),
        (1000, 1099, False),
        (1000, 1100, False),
        (5000, 5400, False),
        (0, 101, True),
        (2000, 100, False),
    ],
)
def test_cost_needs_approval_from_both_thresholds(before: float, after: float, applies: bool) -> None:
    found = judged(NOTHING, cost=CostChange(before=total(before), after=total(after)))
    assert bool(found) is applies
    if before and applies:
        assert found == [
            ("cost-increase", Verdict.APPROVAL, "USD 1,000 → 1,101 a month at most (+101, +10%)"),
        ]


def path(direction: Direction, port: int, target: str = "database", **more: str) -> Path:
    source = "internet" if direction is Direction.INWARD else "api"
    return Path(direction=direction, source=source, target=target, ports=ports("tcp", port, port), **more)  # type: ignore[arg-type]


def opened(one: Path, kind: PathKind = PathKind.OPENED) -> tuple[ExposureChange, ...]:
    return (ExposureChange(kind=kind, path=one, by=(Step("x::rule", "rule", "infra/net.py:3"),)),)


def test_exposure() -> None:
    inward, between = Direction.INWARD, Direction.BETWEEN
    assert judged(NOTHING, exposure=opened(path(inward, 5432))) == [
        ("internet-exposure", Verdict.BLOCKED, "internet → database, tcp 5432 opened"),
    ]
    assert judged(NOTHING, exposure=opened(path(inward, 443, "api"))) == [
        ("internet-serving", Verdict.APPROVAL, "internet → api, tcp 443 opened"),
    ]
    assert [r[0] for r in judged(NOTHING, exposure=opened(path(between, 5432)))] == ["new-path"]
    assert [r[0] for r in judged(NOTHING, exposure=opened(path(inward, 443, undecidable="nobody knows")))] == [
        "undecidable-exposure"
    ]
    assert judged(NOTHING, exposure=opened(path(inward, 5432), PathKind.CLOSED)) == []
    assert judged(NOTHING, exposure=opened(path(Direction.OUTWARD, 443))) == []


def test_paths_of_what_is_new_itself_are_no_reason() -> None:
    new = reviewed([], [resource("demo:api:Api", "api")])
    assert judged(new, exposure=opened(path(Direction.BETWEEN, 5432))) == []


def policy(action: str, on: str = "*") -> list[object]:
    role = resource(ROLE, "api", inputs={"assumeRolePolicy": "{}"}, outputs={"name": "api"})
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": on}]}
    inputs = {"role": "api", "policy": json.dumps(document)}
    written = resource(
        "aws:iam/rolePolicy:RolePolicy",
        "api",
        inputs=inputs,
        property_dependencies={"role": (role.urn,)},
        source=at(9),
    )
    return [role, written]


@pytest.mark.parametrize(
    ("action", "rule"),
    [
        ("*", "admin-permissions"),
        ("s3:*", "broad-permissions"),
        ("iam:PassRole", "broad-permissions"),
        ("sqs:GetQueueUrl", None),
    ],
)
def test_permissions(action: str, rule: str | None) -> None:
    found = reviewed(policy("sqs:GetQueueAttributes"), policy(action))  # type: ignore[arg-type]
    assert [reason.rule for reason in found.reasons] == ([rule] if rule else [])
    if rule:
        assert found.reasons[0].text.startswith(f"role api may {action} on *")
        assert str(found.reasons[0].source) == "infra/__main__.py:9"


def figure(value: float, verdict: Judged, target: float | None = 100) -> Figure:
    return Figure(region="us", part="api", name="requests", value=value, unit="/s", target=target, verdict=verdict)


def test_targets() -> None:
    met, missed = figure(120, Judged.MET), figure(80, Judged.MISSED)
    told = ("missed-target", Verdict.BLOCKED, "us api requests: 120 /s → 80 /s, target 100 /s")
    assert judged(NOTHING, figures=(FigureChange(before=met, after=missed),)) == [told]
    assert judged(NOTHING, figures=(FigureChange(before=missed, after=missed),)) == []
    worse = FigureChange(before=missed, after=figure(70, Judged.MISSED))
    assert [r[0] for r in judged(NOTHING, figures=(worse,))] == ["missed-target"]
    unknown = FigureChange(before=met, after=figure(0, Judged.UNKNOWN))
    assert [r[0] for r in judged(NOTHING, figures=(unknown,))] == ["unknown-target"]
    assert judged(NOTHING, figures=(FigureChange(before=missed, after=met),)) == []


def test_targets_that_ask_for_less() -> None:
    def change(before: float, after: float | None, value: float = 120) -> list[str]:
        old, new = figure(value, Judged.MET, before), figure(value, Judged.MET, after)
        return [r[0] for r in judged(NOTHING, figures=(FigureChange(before=old, after=new),))]

    assert change(100, 50) == ["lowered-target"]
    assert change(100, 110) == []
    assert change(100, None) == ["lowered-target"]
    assert change(100, 200, value=90) == ["lowered-target"]  # a ceiling, such as minutes to recover
    assert change(200, 100, value=90) == []


def test_what_exists_once_from_now_on() -> None:
    point = SinglePoint(
        scope=Scope.PART, region="eu-west-1", name="the one task of api", urn="", takes="api", remedy="services.api: 2"
    )
    (reason,) = judged(NOTHING, single_points=(point,))
    assert reason[0] == "single-point"


def test_lost_alarms() -> None:
    assert [r[0] for r in judged(NOTHING, unwatched=("demo:api:Api::api (Errors)",))] == ["lost-alarms"]


def test_a_change_of_the_rules_is_told() -> None:
    found = reviewed([queue()], [queue()], rules_changed=True)
    assert [r.rule for r in found.reasons] == ["changed-rules"]


def test_a_stack_file_changes_the_table() -> None:
    rules = rules_from({"rules": {"data-deletion": {"verdict": "approval"}, "cost-increase": {"usd": 500}}}, KEY)
    assert reviewed([queue()], [], rules).verdict is Verdict.APPROVAL
    assert rules["cost-increase"].thresholds == {"percent": 10, "usd": 500}
    assert rules["data-replacement"].verdict is Verdict.BLOCKED
    off = rules_from({"rules": {"data-deletion": {"verdict": "safe"}}}, KEY)
    assert reviewed([queue()], [], off).reasons == ()
    assert rules_from(None, KEY)["data-deletion"].verdict is Verdict.BLOCKED
    assert rules_from({}, KEY)["data-deletion"].verdict is Verdict.BLOCKED


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "demo:review: a mapping with the one key `rules` is expected"),
        ({"rule": {}}, "demo:review: a mapping with the one key `rules` is expected"),
        ({"rules": []}, "demo:review.rules: a mapping from the name of a rule is expected"),
        ({"rules": {"cost": {}}}, "demo:review.rules: there is no rule 'cost'; there are program-fails"),
        ({"rules": {"cost-increase": 5}}, "demo:review.rules.cost-increase: a mapping is expected"),
        ({"rules": {"cost-increase": {"verdict": "ok"}}}, "cost-increase.verdict: 'ok' is none of safe"),
        ({"rules": {"cost-increase": {"verdict": []}}}, "cost-increase.verdict: [] is none of safe"),
        ({"rules": {"cost-increase": {"eur": 5}}}, "eur: there is no such setting; there is verdict, percent"),
        ({"rules": {"cost-increase": {"usd": "5"}}}, "cost-increase.usd: '5' is no number from 0"),
        ({"rules": {"cost-increase": {"usd": -1}}}, "cost-increase.usd: -1 is no number from 0"),
        ({"rules": {"cost-increase": {"usd": True}}}, "cost-increase.usd: True is no number from 0"),
        ({"rules": {"new-path": {"usd": 1}}}, "new-path.usd: there is no such setting; there is verdict"),
    ],
)  # fmt: skip
def test_what_a_stack_file_may_not_have(document: object, message: str) -> None:
    with pytest.raises(RulesError) as refused:
        rules_from(document, KEY)
    assert message in str(refused.value)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema())


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(RulesError) as refused:
        rules_from({"rules": {"x": {}, "y": {}, "new-path": {"verdict": "no"}}}, KEY)
    assert len(str(refused.value).splitlines()) == 3


def test_the_schema_takes_what_the_rules_take() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    for rule in DEFAULTS:
        document = {"rules": {rule.name: {"verdict": "approval", **rule.thresholds}}}
        jsonschema.validate(document, schema())
        assert rules_from(document, KEY)[rule.name].verdict is Verdict.APPROVAL


def test_a_new_stack_is_judged_without_what_was_before() -> None:
    found = reviewed(graph(), [queue(), database()])
    assert found.counts[Op.CREATE] == 2
    assert found.verdict is Verdict.SAFE
