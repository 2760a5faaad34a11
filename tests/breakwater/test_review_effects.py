"""What a change does to figures, losses, cost and alarms."""

from dataclasses import replace
from typing import Any

import pytest

from breakwater.analysis.figures import Figure, Verdict
from breakwater.analysis.resilience.model import AtRisk, Kind, Scenario
from breakwater.analysis.resilience.recovery import Chain, Part, Recovery
from breakwater.analysis.resilience.tasks import Left
from breakwater.graph import Resource
from breakwater.review import effects
from breakwater.review.effects import cost_change, figure_changes, unwatched, worse_losses
from breakwater.review.model import FigureChange
from breakwater.review.steps import steps_between
from tests.breakwater.graphs import graph, resource
from tests.breakwater.reviews import ALARM, DATABASE, database, edited, queue

CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
TOPIC = ["arn:aws:sns:us-east-1:111122223333:alarms"]


def watched(name: str = "api", *metrics: str, actions: list[str] | None = None) -> list[Resource]:
    """A component with its alarms, as the components make them."""
    part = resource("demo:api:Api", name)
    alarms = resource("demo:alarms:Alarms", f"{name}-alarms", parent=part.urn)
    inputs = {"alarmActions": TOPIC if actions is None else actions}
    listed = [
        resource(ALARM, f"{name}-alarms-{metric}", parent=alarms.urn, inputs=inputs | {"metricName": metric})
        for metric in metrics
    ]
    return [part, alarms, *listed]


def lost(before: list[Resource], after: list[Resource], renamed: dict[str, str] | None = None) -> tuple[str, ...]:
    sides = graph(*before), graph(*after)
    return unwatched(*sides, steps_between(*sides), renamed or {})


def test_what_stays_and_loses_alarms_is_told_with_the_metrics() -> None:
    before = watched("api", "Errors", "Latency", "Cpu")
    assert lost(before, watched("api", "Cpu")) == ("demo:api:Api::api (Errors, Latency)",)
    assert lost(watched("api", "Cpu"), before) == ()
    assert lost(before, before) == ()
    assert lost(before, []) == ()


@pytest.mark.parametrize("change", [{"alarmActions": []}, {"alarmActions": None}, {"actionsEnabled": False}])
def test_an_alarm_that_tells_nobody_is_lost(change: dict[str, Any]) -> None:
    *rest, alarm = watched("api", "Errors")
    assert lost([*rest, alarm], [*rest, edited(alarm, **change)]) == ("demo:api:Api::api (Errors)",)


def test_another_alarm_on_the_same_metric_takes_its_place() -> None:
    *rest, alarm = watched("api", "Errors")
    other = resource(ALARM, "other", parent=alarm.parent, inputs=alarm.inputs)
    assert lost([*rest, alarm], [*rest, other]) == ()
    assert lost([*rest, alarm, other], [*rest, alarm]) == ("demo:api:Api::api (Errors)",)


def test_a_renamed_component_loses_nothing() -> None:
    before, after = watched("api", "Errors"), watched("web", "Errors")
    assert lost(before, after, {before[0].urn: after[0].urn}) == ()


def test_an_alarm_beside_components_belongs_to_what_it_measures() -> None:
    jobs = queue()
    alarm = resource(
        ALARM,
        "age",
        inputs={"alarmActions": TOPIC, "metricQueries": [{"metric": {"metricName": "Age"}}]},
        property_dependencies={"dimensions": (jobs.urn,)},
    )
    assert lost([jobs, alarm], [jobs]) == ("aws:sqs/queue:Queue::jobs (Age)",)


def figure(value: float | None, verdict: Verdict = Verdict.NONE, **more: Any) -> Figure:
    return Figure(region="us", part="api", name="requests", value=value, verdict=verdict, **more)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (figure(100), figure(100.5), False),
        (figure(100), figure(102), True),
        (figure(0.01), figure(0.02), True),
        (figure(100), figure(None), True),
        (figure(100, Verdict.MET), figure(100, Verdict.MISSED), True),
        (figure(100, Verdict.MET, target=10), figure(100, Verdict.MET, target=20), True),
        (figure(100, limit=200), figure(100, limit=300), True),
        (figure(10, limit=200), figure(90, limit=200), False),
        (figure(90, limit=200), figure(100, limit=200), True),
        (figure(10, target=5, limit=200), figure(90, target=5, limit=200), True),
        (figure(10, Verdict.MET, limit=200), figure(90, Verdict.UNKNOWN, limit=200), True),
        (figure(None, limit=200), figure(None, limit=300), False),
        (None, figure(10, Verdict.MET, limit=200), False),
        (figure(10, Verdict.MET, limit=200), None, False),
        (None, figure(100), False),
        (None, figure(100, Verdict.MET), True),
        (figure(100, Verdict.MISSED), None, True),
    ],
)
def test_which_figures_are_told(
    before: Figure | None, after: Figure | None, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = graph(), graph()
    found = {id(one): before, id(other): after}
    monkeypatch.setattr(effects, "_figures", lambda g: {("us", "api", "x"): f} if (f := found[id(g)]) else {})
    assert figure_changes(one, other) == ((FigureChange(before=before, after=after),) if told else ())


LOSS = Scenario(
    kind=Kind.ZONE,
    region="us",
    what="a",
    urns=("urn:net",),
    recovery=Recovery((Chain(name="answers", parts=(Part(name="x", seconds=60),)),)),
    left=(Left(region="us", name="api", urn="urn:api", before=3, left=2, after=3),),
    data=(AtRisk(store="database", seconds=10.0, what="writes"),),
    by_hand=(),
)


def seconds(value: float | None) -> Recovery:
    return Recovery((Chain(name="answers", parts=(Part(name="x", seconds=value),)),))


@pytest.mark.parametrize(
    ("change", "worse"),
    [
        ({}, False),
        ({"what": "b"}, False),
        ({"recovery": seconds(61)}, True),
        ({"recovery": seconds(59)}, False),
        ({"recovery": seconds(None)}, True),
        ({"left": (replace(LOSS.left[0], left=1),)}, True),
        ({"left": (replace(LOSS.left[0], left=3),)}, False),
        ({"data": (AtRisk(store="database", seconds=11.0, what="writes"),)}, True),
        ({"data": (AtRisk(store="database", seconds=None, what="all"),)}, True),
        ({"data": ()}, False),
        ({"by_hand": ("promote the replica",)}, True),
    ],
)
def test_which_losses_are_worse(change: dict[str, Any], worse: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    found = iter([{("k",): LOSS}, {("k",): replace(LOSS, **change)}])
    monkeypatch.setattr(effects, "_losses", lambda *_: next(found))
    assert bool(worse_losses(graph(), graph(), {})) is worse


def test_cost_by_component_and_without_a_price() -> None:
    old = database(inputs={"instanceClass": "db.r7g.large", "allocatedStorage": 100, "storageType": "gp3"})
    old = replace(old, outputs={"region": "us-east-1"})
    strange = resource("aws:qldb/ledger:Ledger", "ledger")
    sides = graph(old), graph(edited(old, instanceClass="db.r7g.2xlarge"), strange)
    found = cost_change(*sides, steps_between(*sides))
    ((region, component, before, after),) = found.components
    assert (region, component) == ("us-east-1", "db")
    assert 3 < after / before < 4.1  # the instance four times as dear, the storage as before
    assert found.after.maximum.usd - found.before.maximum.usd == pytest.approx(after - before)
    assert found.unpriced == ("aws:qldb/ledger:Ledger::ledger",)
    gone = cost_change(sides[0], graph(), ())
    assert (gone.after.maximum.usd, gone.components[0][3]) == (0, 0)


def test_a_renamed_component_costs_what_it_did() -> None:
    inputs = {"instanceClass": "db.r7g.large", "allocatedStorage": 100, "storageType": "gp3"}
    old = replace(database(inputs=inputs), outputs={"region": "us-east-1"})
    new = replace(resource(DATABASE, "store", inputs=inputs, aliases=(old.urn,)), outputs=old.outputs)
    for after, components in ((new, 0), (replace(new, aliases=()), 2)):
        sides = graph(old), graph(after)
        assert len(cost_change(*sides, steps_between(*sides)).components) == components


def test_alarms_on_what_is_gone_are_not_missed() -> None:
    part = resource("demo:data:Data", "data")
    replica = database(parent=part.urn)
    measured = {"dimensions": (replica.urn,)}
    alarm = resource(
        ALARM,
        "cpu",
        parent=part.urn,
        inputs={"alarmActions": TOPIC, "metricName": "Cpu"},
        property_dependencies=measured,
    )
    assert lost([part, replica, alarm], [part]) == ()
    assert lost([part, replica, alarm], [part, replica]) == ("demo:data:Data::data (Cpu)",)


def test_alarms_on_parts_that_are_gone_are_not_missed() -> None:
    def stack(nodes: int, alarms: int, metrics: tuple[str, ...] = ("Cpu", "Memory")) -> list[Resource]:
        part = resource("demo:cache:Cache", "cache")
        cache = resource(CACHE, "cache", parent=part.urn, inputs={"numCacheClusters": nodes})
        return [
            part,
            cache,
            *(
                resource(
                    ALARM,
                    f"cache-{node}-{metric}",
                    parent=part.urn,
                    inputs={"alarmActions": TOPIC, "metricName": metric, "dimensions": {"node": f"cache-00{node}"}},
                    property_dependencies={"dimensions": (cache.urn,)},
                )
                for node in range(alarms)
                for metric in metrics
            ),
        ]

    assert lost(stack(2, 2), stack(1, 1)) == ()
    assert lost(stack(2, 2), stack(2, 1)) == ("demo:cache:Cache::cache (Cpu, Memory)",)
    assert lost(stack(2, 2), stack(1, 1, ("Cpu",))) == ("demo:cache:Cache::cache (Memory)",)
    assert lost(stack(2, 2), stack(1, 0)) == ("demo:cache:Cache::cache (Cpu, Memory)",)
