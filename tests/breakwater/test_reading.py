"""The model of a stack, read from its graph."""

import json
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakwater.analysis.model import MessageTarget, Platform, Role, Spike, Targets, Users, Work, Workload
from breakwater.analysis.reading import read
from breakwater.graph import Resource, ResourceGraph
from breakwater.values import UNKNOWN, Secret
from infra.settings import validate
from tests.breakwater.graphs import graph, resource
from tests.stacks.conftest import settings_document
from tests.support import readings
from tests.support.stacks import STACKS, deployed, planned

REGION_TYPE = "breakwater:region:Region"
REGION = resource(REGION_TYPE, "us-east-1")
API = resource("breakwater:service:WebService", "us-east-1-api", parent=REGION.urn)
DELIVER = resource("breakwater:service:Worker", "us-east-1-deliver", parent=REGION.urn)


@cache
def platform(stack: str) -> Platform:
    """The model of a stack of this repository as it is deployed."""
    return read(deployed(stack).graph)


def parts(of: Platform) -> tuple[Any, ...]:
    """Everything but the graph."""
    return of.regions, of.names, of.targets, of.unread


@pytest.mark.parametrize("stack", STACKS)
def test_what_is_read_is_what_the_settings_say(stack: str) -> None:
    readings.check(platform(stack), validate(settings_document(stack)))


@pytest.mark.parametrize("stack", STACKS)
def test_the_exported_graph_reads_the_same(stack: str) -> None:
    assert parts(read(ResourceGraph.parse(deployed(stack).graph.to_json()))) == parts(platform(stack))


def test_of_a_plan_the_workloads_and_the_network_are_known() -> None:
    before, after = read(planned("prod")), platform("prod")
    assert before.unread == ()
    for one, other in zip(before.regions, after.regions, strict=True):
        assert one.role == other.role
        # Their variables are known when the stores' addresses are.
        unknown = [replace(w, pool=None if "database" in w.connects else 0) for w in other.workloads]
        assert one.workloads == tuple(unknown)
        assert [(job.name, job.connects) for job in one.jobs] == [(job.name, job.connects) for job in other.jobs]
        assert (one.network, one.balancer, one.cache) == (other.network, other.balancer, other.cache)
        assert [queue.max_receive_count for queue in one.queues] == [None] * len(other.queues)
        assert one.database is not None
        assert one.database.main.zone is None


def test_of_sealed_definitions_and_policies_their_sources_tell_what_tasks_use() -> None:
    """As in `pulumi stack export` where a secret is among the variables."""
    sealed = {"containerDefinitions", "policy"}

    def seal(r: Resource) -> Resource:
        hidden = {k: Secret("AAAA", sealed=True) for k in r.inputs.keys() & sealed}
        return replaced(r, {**r.inputs, **hidden}, {**r.outputs, **hidden})

    found = read(ResourceGraph(map(seal, deployed("prod").graph)))
    for one, other in zip(found.regions, platform("prod").regions, strict=True):
        assert [(w.connects, w.produces, w.queue) for w in one.workloads] == [
            (w.connects, w.produces, w.queue) for w in other.workloads
        ]
        assert {w.name: w.pool for w in one.services} == {"api": None, "web": 0}


def replaced(r: Resource, inputs: Any, outputs: Any) -> Resource:
    """The resource with other properties."""
    return Resource(
        urn=r.urn, type=r.type, name=r.name, custom=r.custom, id=r.id, inputs=inputs, outputs=outputs, parent=r.parent,
        provider=r.provider, dependencies=r.dependencies, property_dependencies=r.property_dependencies,
    )  # fmt: skip


def test_another_programs_graph_has_no_regions() -> None:
    bucket = resource("aws:s3/bucket:Bucket", "files", inputs={"acl": None})
    queue = resource("aws:sqs/queue:Queue", "jobs")
    found = read(graph(bucket, queue, outputs={"regions": "none", "load": [], "targets": Secret("x", sealed=True)}))
    assert parts(found) == ((), (), Targets(), ())
    assert found.primary is None
    assert parts(read(ResourceGraph(()))) == parts(found)


ODD: tuple[Any, ...] = (
    None,
    UNKNOWN,
    Secret("AAAA", sealed=True),
    Secret(UNKNOWN),
    -1,
    1.5,
    True,
    "",
    "nan",
    "[]",
    [],
    [None],
    {},
    "{",
)


def keys() -> st.SearchStrategy[set[str]]:
    """Some of the properties that dev's resources have."""
    return st.sets(st.sampled_from(sorted({k for r in deployed("dev").graph for k in (*r.inputs, *r.outputs)})))


@given(st.deferred(keys), st.sampled_from(ODD), st.booleans())
def test_nothing_that_a_property_may_hold_breaks_it(hit: set[str], odd: Any, everything: bool) -> None:
    def spoilt(properties: Any) -> dict[str, Any]:
        return {k: odd if everything or k in hit else v for k, v in properties.items()}

    found = read(ResourceGraph(replaced(r, spoilt(r.inputs), spoilt(r.outputs)) for r in deployed("dev").graph))
    assert [region.name for region in found.regions] == ["us-east-1"]


def test_what_lacks_what_all_of_its_kind_have_is_named_and_left_out() -> None:
    region = resource(REGION_TYPE, "us-east-1")
    service = resource("breakwater:service:WebService", "us-east-1-api", parent=region.urn)
    found = read(graph(region, service))
    assert found.regions[0].workloads == ()
    assert found.unread == (service.urn,)


def test_backups_are_copied_to_a_region_without_a_replica_too() -> None:
    region = resource(REGION_TYPE, "eu-west-1")
    copy = resource("breakwater:database_backups:BackupCopy", "eu-west-1-database-backups", parent=region.urn)
    assert [(r.backup_copy, r.database) for r in read(graph(region, copy, REGION)).regions] == [
        (True, None),
        (False, None),
    ]


def test_without_outputs_the_writer_and_latency_records_tell_the_roles() -> None:
    names = ("eu-west-1", "us-east-1", "us-west-2")
    regions = [resource(REGION_TYPE, name) for name in names]
    database = resource("breakwater:database:Database", "us-east-1-database", parent=regions[1].urn)
    record = resource("aws:route53/record:Record", "r", inputs={"latencyRoutingPolicies": [{"region": "us-west-2"}]})
    found = read(graph(*regions, database, record))
    expected = [("us-east-1", Role.PRIMARY), ("us-west-2", Role.ACTIVE), ("eu-west-1", Role.STANDBY)]
    assert [(r.name, r.role) for r in found.regions] == expected
    told = {"regions": {"eu-west-1": {"role": "primary"}, "us-east-1": {"role": "standby"}}}
    assert [r.name for r in read(graph(*regions, database, record, outputs=told)).regions] == [
        "eu-west-1",
        "us-west-2",
        "us-east-1",
    ]


def tasks(of: Resource, variables: dict[str, str], **service: Any) -> list[Resource]:
    """A service of ECS below a component, and its tasks' definition."""
    definition = json.dumps([{"environment": [{"name": k, "value": v} for k, v in variables.items()]}])
    return [
        of,
        resource("aws:ecs/service:Service", of.name, parent=of.urn, inputs={"desiredCount": 2, **service}),
        resource("aws:ecs/taskDefinition:TaskDefinition", of.name, parent=of.urn,
                 inputs={"cpu": "256", "memory": "512", "containerDefinitions": definition}),
    ]  # fmt: skip


def one_workload(*resources: Resource, outputs: dict[str, Any] | None = None) -> Workload:
    """The one of a graph."""
    (found,) = read(graph(REGION, *resources, outputs=outputs)).regions[0].workloads
    return found


@pytest.mark.parametrize(
    ("variables", "connects", "pool"),
    [
        ({}, set(), 0),
        ({"CACHE_HOST": "c"}, {"cache"}, 0),
        ({"DATABASE_HOST": "d"}, {"database"}, None),
        ({"DATABASE_HOST": "d", "DATABASE_POOL_SIZE": "10", "CACHE_HOST": "c"}, {"database", "cache"}, 10),
    ],
)
def test_what_tasks_connect_to_and_their_pool(variables: dict[str, str], connects: set[str], pool: int | None) -> None:
    found = one_workload(*tasks(API, variables))
    assert found.connects == connects
    assert found.pool == pool


def test_of_what_ecs_has_defaults_for_these_are_read() -> None:
    found = one_workload(*tasks(API, {}))
    assert (found.minimum, found.maximum, found.spot_share, found.health) == (2, 2, 0, None)
    d = found.deployment
    assert (d.strategy, d.bake_minutes, d.minimum_healthy_percent, d.maximum_percent) == ("ROLLING", 0, 100, 200)
    assert not d.rolls_back


@pytest.mark.parametrize(
    ("given", "rolls_back"),
    [
        ({"alarms": {"enable": True, "rollback": True}}, True),
        ({"alarms": {"enable": False, "rollback": True}}, False),
        ({"deploymentCircuitBreaker": {"enable": True, "rollback": True}}, True),
        ({"deploymentCircuitBreaker": {"enable": True, "rollback": False}}, False),
    ],
)
def test_a_deployment_goes_back_by_alarms_or_the_circuit_breaker(given: dict[str, Any], rolls_back: bool) -> None:
    assert one_workload(*tasks(API, {}, **given)).deployment.rolls_back == rolls_back


def test_scheduled_numbers_of_tasks_count() -> None:
    target = resource("aws:appautoscaling/target:Target", "t", parent=API.urn,
                      inputs={"minCapacity": 3, "maxCapacity": 10})  # fmt: skip
    actions = [
        resource("aws:appautoscaling/scheduledAction:ScheduledAction", name, parent=API.urn,
                 inputs={"scalableTargetAction": action})
        for name, action in {"day": {"minCapacity": 6, "maxCapacity": 40}, "night": {"minCapacity": 1}}.items()
    ]  # fmt: skip
    found = one_workload(*tasks(API, {}), target, *actions)
    assert (found.minimum, found.maximum) == (1, 40)


REQUEST = {"cpu_milliseconds": 5, "milliseconds": 40, "kilobytes": 8, "transactions": 2, "transaction_milliseconds": 3}


def test_what_requests_and_messages_cost_is_in_the_output_load() -> None:
    message = {"cpu_milliseconds": 20.5, "milliseconds": 100, "kilobytes": 2, "transactions": 0}
    load = {
        "services": {"api": {"request": REQUEST, "users": {"seconds_between_requests": 20}}},
        "workers": {"deliver": {"concurrency": 4, "message": message}},
    }
    api = one_workload(*tasks(API, {}), outputs={"load": load})
    assert api.work == Work(**REQUEST)
    assert api.users == Users(seconds_between_requests=20)
    assert api.concurrency == 1
    deliver = one_workload(*tasks(DELIVER, {}), outputs={"load": load})
    assert (deliver.concurrency, deliver.work) == (4, Work(**message))
    other = one_workload(*tasks(DELIVER, {}), outputs={"load": {"workers": {"notify": {"concurrency": 9}}}})
    assert (other.concurrency, other.work, other.users) == (1, None, None)


def test_what_must_be_carried_is_in_the_output_targets() -> None:
    declared = {
        "requests_per_second": {"api": 1500.5},
        "spikes": {"api": {"requests_per_second": 1000, "seconds": 10}},
        "concurrent_users": {"api": 5000},
        "messages": {"deliveries": {"per_second": 100, "backlog": 10_000, "drain_minutes": 30, "downtime_hours": 24}},
        "database_clients": 1000,
        "availability_percent": 99.9,
        "recovery_minutes": 30,
        "data_loss_seconds": 0,
        "rollback_seconds": 120,
        "monthly_usd": 2500,
    }
    assert read(graph(REGION, outputs={"targets": declared})).targets == Targets(
        requests_per_second={"api": 1500.5},
        spikes={"api": Spike(requests_per_second=1000, seconds=10)},
        concurrent_users={"api": 5000},
        messages={"deliveries": MessageTarget(per_second=100, backlog=10_000, drain_minutes=30, downtime_hours=24)},
        database_clients=1000,
        availability_percent=99.9,
        recovery_minutes=30,
        data_loss_seconds=0,
        rollback_seconds=120,
        monthly_usd=2500,
    )
    assert read(graph(REGION, outputs={"targets": None})).targets == Targets()


def test_the_public_names_and_how_soon_they_lead_elsewhere() -> None:
    found = platform("prod").names
    assert [(n.fqdn, n.ttl_seconds, n.check_interval_seconds, n.check_threshold) for n in found] == [
        ("api.prod.breakwater.example", 60, 10, 3),
        ("prod.breakwater.example", 60, 10, 3),
    ]
    assert {n.check_interval_seconds for n in platform("dev").names} == {None}
