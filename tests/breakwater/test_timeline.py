"""A first deployment: hand-calculated graphs, and what holds for any."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from breakwater.analysis import timeline as module
from breakwater.analysis.timeline import NeedlessWait, Timeline, timeline
from breakwater.graph import Resource, ResourceGraph
from breakwater.tables.timeline import assess
from tests.breakwater.graphs import PREFIX, QUEUE, VPC, graph, resource
from tests.breakwater.timelines import POLICY, PROXY, Take, after, ordered, shown, times
from tests.support.stacks import STACKS, deployed


def steps(t: Timeline) -> list[tuple[str, float, float]]:
    """Name, start and end of each step of the critical path."""
    return [(step.resource.name, step.span.start, step.span.end) for step in t.path]


def needless(t: Timeline) -> list[tuple[str, list[str], float, float, bool]]:
    """Who waits for whom for how long, what it costs all, and whether it does."""

    def told(n: NeedlessWait) -> tuple[str, list[str], float, float, bool]:
        return n.resource.name, [w.dependency.name for w in n.waits], n.seconds, n.saves, n.on_critical_path

    return [told(n) for n in t.needless]


def test_the_critical_path_is_what_the_last_one_waited_for(take: Take) -> None:
    take({"vpc": 10, "short": 5, "long": 30, "end": 7})
    vpc = after("vpc", type_=VPC)
    short, long = after("short", vpc), after("long", vpc)
    t = timeline(graph(vpc, short, long, after("end", short, long)))
    assert (t.total.low, t.total.typical, t.total.high) == (23.5, 47, 94)
    assert steps(t) == [("vpc", 0, 10), ("long", 10, 40), ("end", 40, 47)]
    assert [step.wait.dependency.name if step.wait else None for step in t.path] == [None, "vpc", "long"]
    assert (t.work, t.status, t.unknown, t.needless) == (52, "measured", (), ())


def test_children_wait_for_a_parent_that_is_created_and_not_for_a_component(take: Take) -> None:
    take({"provider": 1, "parent": 10, "child": 5})
    provider = resource("pulumi:providers:aws", "provider", id="x")
    component = resource("demo:x:Component", "component", dependencies=())
    parent = resource(VPC, "parent", parent=component.urn, provider=f"{provider.urn}::x")
    child = resource(QUEUE, "child", parent=parent.urn, provider=f"{provider.urn}::x")
    assert steps(timeline(graph(provider, component, parent, child))) == [
        ("provider", 0, 1), ("parent", 1, 11), ("child", 11, 16),
    ]  # fmt: skip


def test_components_last_from_their_first_resource_to_their_last(take: Take) -> None:
    take({"a": 10, "b": 5, "c": 20})
    region = resource("demo:x:Region", "region")
    network = resource("demo:x:Network", "network", parent=region.urn)
    deep = resource("demo:x:Deep", "deep", parent=network.urn)
    a = after("a", parent=network.urn)
    b, c = after("b", a, parent=deep.urn), after("c", a, parent=region.urn)
    t = timeline(graph(region, network, deep, resource("demo:x:Empty", "empty"), a, b, c))
    assert [(x.component.name, x.level, x.span.start, x.span.end, x.resources) for x in t.components] == [
        ("region", 1, 0, 30, 3), ("network", 2, 0, 15, 2),
    ]  # fmt: skip


def test_a_needless_wait_on_the_critical_path_is_found_and_costed(take: Take) -> None:
    """The proxy could be made beside the database, and then the balancer would be what takes longest."""
    take({"database": 100, "policy": 1, "proxy": 60, "target": 5, "balancer": 90})
    database = after("database")
    policy = after("policy", database, type_=POLICY)
    proxy = ordered("proxy", policy, type_=PROXY)
    everything = [database, policy, proxy, after("target", proxy, database), after("balancer")]
    t = timeline(graph(*everything))
    assert t.total.typical == 166
    assert needless(t) == [("proxy", ["policy"], 101, 61, True)]  # 166 - 105: the target still needs the database
    (problem,) = assess(graph(*everything)).problems
    assert problem == (
        f"{PROXY}::proxy waits 1 min 41 s for {POLICY}::policy without need, "
        "and the deployment takes 1 min 01 s longer for it: take policy out of depends_on"
    )


def test_the_same_wait_is_none_where_aws_requires_it(take: Take) -> None:
    take({"group": 100, "proxy": 60})
    group = after("group", type_="aws:cloudwatch/logGroup:LogGroup")
    t = timeline(graph(group, ordered("proxy", group, type_=PROXY)))
    assert (t.total.typical, t.needless) == (160, ())


def test_off_the_critical_path_it_is_told_and_no_problem(take: Take) -> None:
    take({"a": 50, "b": 10, "slow": 500})
    a = after("a")
    found = assess(graph(a, ordered("b", a), after("slow")))
    assert needless(found.timeline) == [("b", ["a"], 50, 0, False)]
    assert found.problems == []
    assert "Waits without need, off the critical path" in shown(graph(a, ordered("b", a), after("slow")))


def test_a_needless_wait_that_delays_nothing_is_none(take: Take) -> None:
    """Something else, which is needed, takes as long."""
    take({"a": 50, "b": 50, "c": 10})
    a, b = after("a"), after("b")
    c = resource(QUEUE, "c", id="id-c-0123456789", inputs={"uses": b.id}, dependencies=(a.urn, b.urn),
                 property_dependencies={"uses": (b.urn,)})  # fmt: skip
    t = timeline(graph(a, b, c))
    assert t.needless == ()
    assert steps(t) == [("b", 0, 50), ("c", 50, 60)]


def test_needless_waits_that_are_equally_long_are_all_found(take: Take) -> None:
    take({"a": 50, "b": 50, "c": 10, "d": 50, "e": 10})
    a, b, d = after("a"), after("b"), after("d")
    t = timeline(graph(a, b, d, ordered("c", a, b), ordered("e", d)))
    assert t.total.typical == 60
    assert needless(t) == [("c", ["a", "b"], 50, 0, True), ("e", ["d"], 50, 10, True)]


def test_one_behind_another_on_the_path_saves_what_is_left(take: Take) -> None:
    take({"a": 50, "b": 10, "c": 5})
    a = after("a")
    b = ordered("b", a)
    assert needless(timeline(graph(a, b, ordered("c", b)))) == [
        ("b", ["a"], 50, 15, True), ("c", ["b"], 60, 0, False),  # a alone takes 50
    ]  # fmt: skip


def test_with_few_at_once_the_rest_waits(take: Take) -> None:
    take({str(n): 10 for n in range(20)})
    t = timeline(graph(*(after(str(n)) for n in range(20))))
    assert (t.total.typical, t.work) == (10, 200)
    assert dict(t.by_cores) == {2: 30, 4: 20, 8: 10}
    assert t.enough_at_once == 32
    assert "`pulumi up --parallel 32`" in shown(graph(*(after(str(n)) for n in range(20))))


def test_who_waited_longest_for_a_place_gets_it(take: Take) -> None:
    """Eight at once: `long` waits from the beginning, `next` only from the end of `first`."""
    blockers = [after(f"blocker-{n}") for n in range(7)]
    take({"first": 10, "next": 5, "long": 100} | {r.name: 20 for r in blockers})
    first = after("first")
    t = timeline(graph(after("next", first), first, *blockers, after("long")))
    assert t.by_cores[2] == 110


def test_types_without_a_time_are_told(take: Take) -> None:
    take({"known": 10})
    rover = after("rover", type_="aws:mars/rover:Rover")
    stack = graph(rover, after("known", rover))
    t = timeline(stack)
    assert (t.total.typical, t.unknown) == (10, ("aws:mars/rover:Rover",))
    assert "at least 10 s" in shown(stack)
    assert "No time is known for aws:mars/rover:Rover" in shown(stack)


def test_nothing_takes_no_time() -> None:
    for empty in (ResourceGraph(()), graph()):
        assert (timeline(empty).total.typical, timeline(empty).path) == (0, ())
        assert assess(empty).problems == []
        assert "takes 0 s" in shown(empty)


def test_resources_that_wait_for_each_other_are_refused() -> None:
    one, two = (resource(QUEUE, name, dependencies=(f"{PREFIX}{QUEUE}::{other}",)) for name, other in ("ab", "ba"))
    with pytest.raises(ValueError, match="in a circle"):
        timeline(graph(one, two))


Edges = dict[tuple[int, int], bool]
SECONDS = st.lists(st.integers(0, 1000), min_size=1, max_size=8)


@st.composite
def plans(draw: st.DrawFn) -> tuple[list[int], Edges]:
    """Seconds of each resource, and which waits for which (needed or not)."""
    seconds = draw(SECONDS)
    pairs = [(i, j) for j in range(len(seconds)) for i in range(j)]
    edges = draw(st.dictionaries(st.sampled_from(pairs), st.booleans())) if pairs else {}
    return seconds, edges


def build(seconds: list[int], edges: Edges) -> ResourceGraph:
    """The graph of a plan."""
    made: list[Resource] = []
    for j in range(len(seconds)):
        needed = [made[i] for i in range(j) if edges.get((i, j))]
        other = [made[i] for i in range(j) if edges.get((i, j)) is False]
        urns = tuple(r.urn for r in needed)
        made.append(
            resource(QUEUE, str(j), id=f"id{j}x0123456789", inputs={"uses": [r.id for r in needed], "x": "y"},
                     dependencies=(*urns, *(r.urn for r in other)), property_dependencies={"uses": urns})
        )  # fmt: skip
    return graph(*made)


def computed(seconds: list[int], edges: Edges) -> Timeline:
    """With the plan's own times."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "creation_time", times({str(n): s for n, s in enumerate(seconds)}))
        return timeline(build(seconds, edges))


@settings(max_examples=60)
@given(plans())
def test_any_plan_is_between_its_longest_resource_and_their_sum(plan: tuple[list[int], Edges]) -> None:
    seconds, edges = plan
    t = computed(seconds, edges)
    assert max(seconds) <= t.total.typical <= sum(seconds)
    assert t.total.low <= t.total.typical <= t.total.high
    assert sum(step.span.seconds for step in t.path) == t.total.typical
    assert t.total.typical <= min(t.by_cores.values())
    assert max(t.by_cores.values()) <= t.work == sum(seconds)


@settings(max_examples=60)
@given(plans(), st.data())
def test_another_wait_never_shortens_it(plan: tuple[list[int], Edges], data: st.DataObject) -> None:
    seconds, edges = plan
    if len(seconds) < 2:
        return
    late = data.draw(st.integers(1, len(seconds) - 1))
    early = data.draw(st.integers(0, late - 1))
    more = {(early, late): True} | edges
    assert computed(seconds, more).total.typical >= computed(seconds, edges).total.typical


@settings(max_examples=60)
@given(plans())
def test_without_its_needless_waits_it_is_shorter_by_what_they_cost(plan: tuple[list[int], Edges]) -> None:
    seconds, edges = plan
    t = computed(seconds, edges)
    lean = computed(seconds, {pair: True for pair, needed in edges.items() if needed})
    assert sum(n.saves for n in t.needless) == pytest.approx(t.total.typical - lean.total.typical)
    assert any(n.on_critical_path for n in t.needless) == (t.total.typical > lean.total.typical)
    assert lean.needless == ()
    assert all(n.seconds > 0 for n in t.needless)


@pytest.mark.parametrize("stack", STACKS)
def test_the_stacks_wait_for_nothing_without_need(stack: str) -> None:
    found = assess(deployed(stack).graph)
    assert found.timeline.unknown == ()
    assert needless(found.timeline) == []


def test_in_production_the_copy_of_the_database_is_what_takes_longest() -> None:
    t = timeline(deployed("prod").graph)
    names = [f"{step.resource.type.split(':')[-1]} {step.resource.name}" for step in t.path]
    assert names.index("Instance us-east-1-database") < names.index("Instance eu-west-1-database")
    assert 30 * 60 < t.total.typical < 60 * 60
    by_name = {c.component.name: c.span for c in t.components}
    assert by_name["us-east-1"].end < by_name["eu-west-1"].end == t.total.typical
    assert by_name["us-east-1-database"].seconds > 600


def test_a_file_of_a_simulated_run_says_the_same() -> None:
    outcome = deployed("prod").graph
    again = ResourceGraph.from_export(json.loads(outcome.to_json()))
    assert assess(again).to_json() == assess(outcome).to_json()
