"""What each loss leaves, which data it may take, and how long it lasts."""

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakwater.analysis.limits import limit
from breakwater.analysis.model import MessageTarget, Platform, Role
from breakwater.analysis.resilience.model import Kind, Scenario
from breakwater.analysis.resilience.recovery import Chain, Part, Recovery, led_elsewhere, writer_failover
from breakwater.analysis.resilience.regional import lost
from breakwater.analysis.resilience.tasks import in_one_zone, per_second, running
from breakwater.analysis.resilience.versions import bad_version, batches, going_back
from breakwater.analysis.resilience.within import within
from tests.breakwater.graphs import graph, resource
from tests.breakwater.platforms import (
    NAME,
    ROLLING,
    WORK,
    cache,
    instance,
    network,
    platform,
    queue,
    region,
    remote_replica,
    service,
    standby,
    worker,
    writer,
)

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
SECONDS = st.one_of(st.none(), st.floats(0, 1e6))


def losses(of: Platform) -> dict[Kind, Scenario]:
    """Those within the first region; of several of a kind the last."""
    return {scenario.kind: scenario for scenario in within(of, of.regions[0])}


def left(scenario: Scenario) -> dict[str, tuple[int, int, int]]:
    return {one.name: (one.before, one.left, one.after) for one in scenario.left}


def chains(scenario: Scenario) -> dict[str, float | None]:
    return {chain.name: chain.seconds for chain in scenario.recovery.chains}


# Time


@given(st.lists(st.lists(SECONDS, max_size=4), max_size=4))
def test_a_recovery_is_the_longest_sum_of_its_parts(values: list[list[float | None]]) -> None:
    found = Recovery(
        tuple(Chain(name="", parts=tuple(Part(name="", seconds=s, lowest=0) for s in chain)) for chain in values)
    )
    sums = [None if None in chain else sum(s for s in chain if s is not None) for chain in values]
    assert [chain.seconds for chain in found.chains] == sums
    assert found.seconds == (None if None in sums else max((s for s in sums if s is not None), default=0))
    assert found.lowest == 0 or found.lowest is None


def test_reserves_do_not_count() -> None:
    quick, slow = Part(name="a", seconds=10), Part(name="b", seconds=60, status="recalled")
    found = Recovery((Chain(name="", parts=(quick,)), Chain(name="", parts=(slow,), counts=False)))
    assert (found.seconds, found.whole, found.status) == (10, 60, "declared")


def test_names_lead_elsewhere_after_failed_checks_and_what_caches_keep() -> None:
    slow = replace(NAME, check_interval_seconds=30)
    assert [part.seconds for part in led_elsewhere((NAME,))] == [30, 60]
    assert [part.seconds for part in led_elsewhere((NAME, slow))] == [90, 60]
    unchecked = replace(NAME, check_interval_seconds=None)
    assert [part.seconds for part in led_elsewhere((NAME, unchecked))] == [None]
    assert [part.seconds for part in led_elsewhere(())] == [None]


def test_a_proxy_shortens_the_failover_at_best() -> None:
    without, with_proxy = writer_failover(proxy=False), writer_failover(proxy=True)
    assert (without.lowest, without.seconds) == (60, 120)
    assert (with_proxy.lowest, with_proxy.seconds) == pytest.approx((20.4, 120))


# Capacity


@given(st.integers(1, 500), st.integers(1, 8), st.integers(1, 8))
def test_more_zones_never_leave_less(tasks: int, zones: int, more: int) -> None:
    assert tasks - in_one_zone(tasks, zones + more) >= tasks - in_one_zone(tasks, zones) >= 0


@given(st.integers(1, 6), st.integers(1, 30))
def test_a_zone_takes_its_share_of_each_service(zones: int, tasks: int) -> None:
    one = service(minimum=tasks, zones=zones)
    zone = losses(platform(region(workloads=(one,), network=network(zones))))[Kind.ZONE]
    assert left(zone)["api"][:2] == (tasks, tasks - math.ceil(tasks / zones))


def test_tasks_at_the_targets_load() -> None:
    # 20 ms of a vCPU: 50 requests a second and task, 25 at half of its CPU.
    busy = service(work=WORK)
    assert per_second(busy) == 50
    stack = platform(region(workloads=(busy,)), requests_per_second={"api": 300})
    assert running(busy, stack.regions[0], stack) == 12
    zone = losses(stack)[Kind.ZONE]
    assert left(zone)["api"] == (12, 8, 12)
    assert (zone.left[0].share, zone.left[0].target_share) == pytest.approx((2 / 3, 8 * 50 / 300))
    assert zone.left[0].target_share_after == pytest.approx(2)
    by_requests = replace(busy, requests_per_target=600)
    assert running(by_requests, stack.regions[0], stack) == 24, "30 are wanted, and autoscaling ends at 24"
    assert running(busy, replace(stack.regions[0], role=Role.STANDBY), stack) == 3
    assert losses(platform())[Kind.ZONE].left[0].target_share is None


def test_a_worker_is_as_fast_as_its_concurrency() -> None:
    assert per_second(worker(work=WORK, concurrency=2)) == 20
    assert per_second(worker(work=replace(WORK, cpu_milliseconds=200), concurrency=4)) == 5
    assert per_second(worker()) is None


# Within a region


def test_one_task() -> None:
    task = losses(platform())[Kind.TASK]
    assert left(task) == {"api": (3, 2, 3), "deliver": (2, 1, 2)}
    # 5 checks 10 s apart; then 30 s until ECS starts another, 60 s until it runs, 2 checks that pass.
    assert chains(task) == {"no request meets them": 50, "as many tasks as before": 50 + 30 + 60 + 20}
    assert (task.recovery.seconds, task.recovery.whole) == (50, 160)


def test_the_only_task() -> None:
    task = losses(platform(region(workloads=(service(minimum=1),))))[Kind.TASK]
    assert left(task)["api"] == (1, 0, 1)
    assert task.recovery.seconds == 160
    assert task.recovery.status == "recalled"


def test_what_a_region_does_not_have_it_cannot_lose() -> None:
    bare = region(network=None, workloads=(), database=None, cache=None, queues=())
    assert losses(platform(bare)) == {}
    no_nat = region(network=network(nat=None), cache=cache(node_type=None, serverless_gb=1, replicas=0), workloads=())
    assert set(losses(platform(no_nat))) == {Kind.ZONE, Kind.WRITER}


def test_a_zone_with_everything_in_several() -> None:
    zone = losses(platform())[Kind.ZONE]
    assert zone.recovery.seconds == 180
    assert {name: s for name, s in chains(zone).items() if name in ("writing", "cache")} == {
        "writing": 120,
        "cache": 180,
    }
    assert [(risk.store, risk.seconds) for risk in zone.data] == [("database", 0), ("cache", 1)]
    assert zone.by_hand == ()


def test_the_zone_of_a_writer_alone_and_of_the_single_nat() -> None:
    alone = writer(main=instance(multi_az=False, zone="zone-b"))
    zone = losses(platform(region(network=network(nat="single"), database=alone)))[Kind.ZONE]
    assert zone.what.startswith("zone-a")
    assert zone.recovery.seconds is None
    assert [(risk.store, risk.seconds) for risk in zone.data] == [("database", 300), ("cache", 1)]
    assert [step.split(":")[0] for step in zone.by_hand] == ["the single NAT gateway", "the database"]


def test_the_only_zone() -> None:
    one = region(network=network(1), workloads=(service(zones=1),), database=None, cache=None)
    zone = losses(platform(one))[Kind.ZONE]
    assert left(zone)["api"] == (3, 0, 0)
    assert zone.recovery.seconds is None
    assert zone.by_hand


@pytest.mark.parametrize(("nat", "expected"), [("per-zone", (3, 2, 2)), ("single", (3, 0, 0))])
def test_the_way_out(nat: str, expected: tuple[int, int, int]) -> None:
    found = losses(platform(region(network=network(nat=nat))))[Kind.NAT]
    assert left(found)["api"] == expected
    assert found.recovery.seconds is None


def test_the_writer() -> None:
    found = losses(platform())[Kind.WRITER]
    assert (found.recovery.seconds, found.recovery.lowest) == pytest.approx((120, 20.4))
    assert left(found) == {"api": (3, 0, 3), "deliver": (2, 0, 2)}
    alone = losses(platform(region(database=writer(main=instance(multi_az=False), proxy=None))))[Kind.WRITER]
    assert (alone.recovery.seconds, alone.recovery.lowest) == (1800, 600)
    assert alone.data[0].seconds == 300


def test_read_replicas() -> None:
    two = (instance("one", multi_az=False), instance("two", multi_az=False))
    assert losses(platform(region(database=writer(replicas=two))))[Kind.REPLICA].recovery.seconds == 0
    only = losses(platform(region(database=writer(replicas=two[:1]))))[Kind.REPLICA]
    assert (only.recovery.seconds, left(only)["api"]) == (1800, (3, 0, 3))


@pytest.mark.parametrize(
    ("changes", "seconds", "lost_seconds"),
    [({}, 180, 1), ({"shards": 2}, 30, 1), ({"replicas": 0, "automatic_failover": False}, 600, None)],
)
def test_the_caches_primary(changes: dict[str, Any], seconds: float, lost_seconds: float | None) -> None:
    found = losses(platform(region(cache=cache(**changes))))[Kind.CACHE]
    assert (found.recovery.seconds, found.data[0].seconds) == (seconds, lost_seconds)
    assert {one.name for one in found.left} == {"api"}


def test_a_consumer_that_is_down() -> None:
    # 20 tasks of 10 messages a second, of which 100 keep coming: 100 a second are left for 24 h of backlog.
    one = worker(work=WORK, concurrency=1)
    stack = platform(region(workloads=(one,)), messages={"orders": MessageTarget(per_second=100, downtime_hours=24)})
    found = losses(stack)[Kind.CONSUMER]
    assert left(found)["deliver"] == (20, 0, 20)
    assert found.data[0].seconds == 0
    assert found.recovery.seconds == 300 + 60 + 24 * 3600
    short = replace(stack, regions=(replace(stack.regions[0], queues=(queue(retention_seconds=3600),)),))
    assert losses(short)[Kind.CONSUMER].data[0].seconds == 23 * 3600
    slow = replace(stack, regions=(replace(stack.regions[0], workloads=(replace(one, maximum=10),)),))
    assert losses(slow)[Kind.CONSUMER].recovery.seconds is None
    assert losses(platform())[Kind.CONSUMER].recovery.seconds is None


# A whole region


def test_a_primary_with_a_standby() -> None:
    lag = resource(ALARM, "lag", inputs={"metricName": "ReplicaLag", "threshold": 200, "region": "eu-west-1"})
    here = resource(ALARM, "near", inputs={"metricName": "ReplicaLag", "threshold": 5, "region": "us-east-1"})
    found = lost(platform(region(), standby(), of=graph(lag, here)), region())
    assert left(found) == {"api": (3, 2, 3), "deliver": (2, 1, 2)}
    assert chains(found)["answers"] == 90
    assert chains(found)["writing"] == 30 + 900 + 600
    # 1 task at 500 a minute.
    assert chains(found)["enough tasks"] == pytest.approx(90 + 300 + 60 / 500 + 60 + 20)
    assert (found.recovery.seconds, found.recovery.lowest) == (1530, 30 + 900 + 300)
    assert [(risk.store, risk.seconds) for risk in found.data] == [("database", 200), ("cache", None), ("queues", 0)]
    told = " ".join(found.by_hand)
    assert all(word in told for word in ("promote", "report", "messages"))


def test_the_quota_of_the_region_that_takes_over() -> None:
    small = standby(workloads=(service(maximum=6),), queues=())
    assert "vCPUs" not in " ".join(lost(platform(region(), small), region()).by_hand)
    large = standby(workloads=(service(maximum=7),), queues=())
    assert limit("fargate", "vcpu_quota_default_on_demand").value == 6
    assert "eu-west-1: 7 vCPUs" in " ".join(lost(platform(region(), large), region()).by_hand)


def test_too_few_tasks_count_where_the_target_is_known() -> None:
    few: dict[str, Any] = {"cpu": 256, "work": WORK}
    regions = (
        region(workloads=(service(**few),), database=None),
        standby(workloads=(service(**few, minimum=2),), database=None),
    )
    stack = platform(*regions, requests_per_second={"api": 100})
    found = lost(stack, stack.regions[0])
    # 12.5 requests a second and task: 25 of 100, and 16 tasks at half of their CPU before.
    assert (found.left[0].before, found.left[0].left, found.left[0].target_share) == (16, 2, 0.25)
    assert found.recovery.seconds == pytest.approx(90 + 300 + 14 * 60 / 500 + 60 + 20)


def test_active_regions_take_over_and_write_when_the_roles_are_exchanged() -> None:
    active = region("eu-west-1", Role.ACTIVE, database=remote_replica())
    stack = platform(region(), active)
    primary, other = (lost(stack, one) for one in stack.regions)
    assert left(primary)["api"] == (6, 3, 6)
    assert chains(primary)["writing"] == 30 + 900 + 600 + 1200
    assert "writing" not in chains(other)
    assert "database" not in [risk.store for risk in other.data]


def test_the_loss_of_a_standby_is_not_noticed() -> None:
    stack = platform(region(), standby())
    found = lost(stack, stack.regions[1])
    assert (found.left, found.data, found.by_hand, found.recovery.seconds) == ((), (), (), 0)


def test_without_another_region_or_copy_nobody_knows() -> None:
    found = lost(platform(), platform().regions[0])
    assert found.recovery.seconds is None
    assert left(found)["api"] == (3, 0, 0)
    assert found.data[0].seconds is None
    copied = standby(database=None, backup_copy=True)
    restored = lost(platform(region(), copied), region())
    assert (chains(restored)["writing"], restored.data[0].seconds) == (None, 300)


def test_a_global_datastore_loses_its_lag() -> None:
    found = lost(platform(region(cache=cache(global_member=True)), standby()), region(cache=cache(global_member=True)))
    assert found.data[1].seconds == 1
    assert any("Global Datastore" in step for step in found.by_hand)


# A bad version


def test_a_rolling_deployment_goes_back_by_starting_the_version_before() -> None:
    # 30 s until ECS starts it, 60 s until it runs, 2 checks 10 s apart; all at once at 200 %.
    assert sum(part.seconds or 0 for part in going_back(service(), 24)) == 110
    narrow = service(deployment=replace(ROLLING, maximum_percent=150))
    assert batches(narrow, 4) == 2
    assert sum(part.seconds or 0 for part in going_back(narrow, 4)) == 2 * 110 + 60
    kept_back = replace(ROLLING, minimum_healthy_percent=50, maximum_percent=101)
    assert batches(service(deployment=kept_back), 4) == 2


def test_a_shift_goes_back_to_tasks_that_are_kept() -> None:
    shifting = service(deployment=replace(ROLLING, strategy="CANARY", bake_minutes=10))
    assert [part.seconds for part in going_back(shifting, 24)] == [30]


def test_it_is_noticed_by_the_alarm_on_errors_of_its_own() -> None:
    own = resource("breakwater:service:WebService", "api")
    metrics = [{"expression": "errors"}, {"metric": {"metricName": "HTTPCode_Target_5XX_Count", "period": 60}}]
    alarm = resource(ALARM, "errors", parent=own.urn, inputs={"metricQueries": metrics, "datapointsToAlarm": 3})
    other = resource(
        ALARM, "else", inputs={"metricName": "HTTPCode_Target_5XX_Count", "period": 900, "datapointsToAlarm": 9}
    )
    api = service(urn=own.urn)
    stack = platform(region(workloads=(api,)), of=graph(own, alarm, other))
    (found,) = bad_version(stack, stack.regions[0])
    assert chains(found)["api: the version before"] == 180 + 110
    # 3 failures of 3 tasks: 60 s until they run, 60 s of grace, 30 s until they are replaced.
    assert chains(found)["api: one that never works is stopped"] == 150
    assert left(found)["api"] == (3, 0, 3)
    two = platform(region(workloads=(replace(api, minimum=2),)), of=graph(own, alarm))
    (found,) = bad_version(two, two.regions[0])
    assert chains(found)["api: one that never works is stopped"] == 300


def test_without_alarm_or_rollback_nobody_knows() -> None:
    silent = service(deployment=replace(ROLLING, rolls_back=False))
    stack = platform(region(workloads=(silent, worker())))
    (found,) = bad_version(stack, stack.regions[0])
    assert found.recovery.seconds is None
    assert found.by_hand == ("api: nothing rolls it back",)
    assert not next(chain for chain in found.recovery.chains if chain.name.startswith("deliver")).counts
