"""Targets for failures: met or missed, with the number, what decides it, and the setting that would change it."""

from dataclasses import replace
from typing import Any

import pytest

from breakwater.analysis.figures import Figure, Verdict
from breakwater.analysis.model import MessageTarget, Platform, Role
from breakwater.analysis.resilience.judging import figures
from breakwater.analysis.resilience.points import Scope, single_points
from breakwater.tables.figures import problem_line
from tests.breakwater.graphs import graph, resource
from tests.breakwater.platforms import (
    NAME,
    ROLLING,
    cache,
    instance,
    job,
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

LAG = resource(
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    "lag",
    inputs={"metricName": "ReplicaLag", "threshold": 300, "region": "eu-west-1"},
)
UNCHECKED = (replace(NAME, check_interval_seconds=None),)
PLAIN = service(connects=frozenset())


def the(of: Platform) -> Figure:
    (found,) = figures(of)
    return found


def test_what_is_not_declared_is_not_judged() -> None:
    assert figures(platform(region(), standby())) == ()


@pytest.mark.parametrize(
    ("regions", "target", "verdict", "remedy"),
    [
        ((region(),), 99.85, Verdict.MET, ""),
        ((region(),), 99.9, Verdict.MISSED, "regions: add a standby"),
        ((region(database=writer(main=instance(multi_az=False))),), 99.9, Verdict.MISSED, "database.multi_az: true"),
        ((region(cache=cache(replicas=0)),), 99.9, Verdict.MISSED, "cache.replicas: 1"),
        ((region(workloads=(service(minimum=1),)),), 99.9, Verdict.MISSED, "services.api.tasks.min: 2"),
        ((region(), standby()), 99.88, Verdict.MET, ""),
        ((region(), standby()), 99.9, Verdict.MISSED, "database.remote_replicas.eu-west-1.multi_az: true"),
        ((region(), standby(database=remote_replica(multi_az=True))), 99.9, Verdict.MET, ""),
        (
            (region(), standby(database=remote_replica(multi_az=True))),
            99.95,
            Verdict.MISSED,
            "lower the target, or sho",
        ),
        (
            (region(), standby(database=remote_replica(multi_az=True))),
            99.99,
            Verdict.MISSED,
            "lower the target, or need",
        ),
    ],
)
def test_availability(regions: tuple[Any, ...], target: float, verdict: Verdict, remedy: str) -> None:
    found = the(platform(*regions, availability_percent=target))
    assert (found.part, found.verdict) == ("api", verdict)
    assert found.remedy.startswith(remedy) if remedy else found.remedy == ""
    assert found.limited_by


def test_availability_wants_a_failover_that_happens() -> None:
    found = the(platform(region(), standby(), names=UNCHECKED, availability_percent=99.88))
    assert (found.verdict, found.remedy.split(":")[0]) == (Verdict.MISSED, "health checks for every name")


def test_recovery_is_that_of_the_region_whose_loss_lasts_longest() -> None:
    stack = platform(region(), standby(), recovery_minutes=25.5)
    found = the(stack)
    assert (found.region, found.value, found.lowest) == ("us-east-1", 25.5, 20.5)
    assert (found.verdict, found.status) == (Verdict.MET, "recalled")
    assert "operator" in found.limited_by
    missed = the(replace(stack, targets=replace(stack.targets, recovery_minutes=25)))
    assert (missed.verdict, missed.remedy.split(",")[0]) == (Verdict.MISSED, "rehearse the promotion")
    quick = platform(region(workloads=(PLAIN,)), standby(workloads=(PLAIN,)), recovery_minutes=1.5)
    assert (the(quick).value, the(quick).verdict) == (1.5, Verdict.MET)


@pytest.mark.parametrize(
    ("stack", "verdict", "remedy"),
    [
        (platform(recovery_minutes=30), Verdict.MISSED, "regions: add a standby"),
        (
            platform(region(), standby(database=None), recovery_minutes=30),
            Verdict.UNKNOWN,
            "database.remote_replicas.eu-west-1",
        ),
        (
            platform(region(workloads=(PLAIN,)), standby(), names=UNCHECKED, recovery_minutes=30),
            Verdict.UNKNOWN,
            "health checks",
        ),
    ],
)
def test_a_recovery_that_nobody_knows_is_none(stack: Platform, verdict: Verdict, remedy: str) -> None:
    found = the(stack)
    assert (found.value, found.verdict) == (None, verdict)
    assert found.remedy.startswith(remedy)
    assert found.is_problem
    assert "not known" in problem_line(found)


def test_data_loss_is_the_lag_that_an_alarm_watches() -> None:
    stack = platform(region(), standby(), of=graph(LAG), data_loss_seconds=300)
    assert (the(stack).value, the(stack).verdict) == (300, Verdict.MET)
    missed = the(platform(region(), standby(), of=graph(LAG), data_loss_seconds=60))
    assert (missed.verdict, missed.remedy.split(";")[0]) == (Verdict.MISSED, "database.replica_lag_alarm_seconds: 60")
    assert the(platform(region(), standby(), data_loss_seconds=60)).verdict == Verdict.UNKNOWN
    eager = resource(LAG.type, "lag", inputs={**LAG.inputs, "threshold": 0.1})
    typical = the(platform(region(), standby(), of=graph(eager), data_loss_seconds=3))
    assert (typical.value, typical.status) == (5, "recalled")
    assert typical.remedy.startswith("raise targets.data_loss_seconds")
    none = platform(region(), standby(database=None), data_loss_seconds=600)
    assert (the(none).verdict, the(none).remedy.split(":")[0]) == (Verdict.MISSED, "database.remote_replicas.eu-west-1")
    backups = platform(region(), standby(database=None, backup_copy=True), data_loss_seconds=600)
    assert (the(backups).value, the(backups).verdict) == (300, Verdict.MET)
    alone = the(platform(data_loss_seconds=600))
    assert (alone.value, alone.verdict, alone.remedy.split(",")[0]) == (None, Verdict.MISSED, "regions: add a standby")
    assert the(platform(region(database=None), data_loss_seconds=0)).verdict == Verdict.MET


def test_rollback() -> None:
    shifting = service("web", deployment=replace(ROLLING, strategy="BLUE_GREEN", bake_minutes=5))
    stack = platform(region(workloads=(service(), shifting)), rollback_seconds=60)
    api, web = figures(stack)
    assert (api.value, api.lowest, api.verdict) == (110, 80, Verdict.MISSED)
    assert api.remedy.startswith("services.api.deployment.strategy: BLUE_GREEN")
    assert (web.value, web.verdict) == (30, Verdict.MET)
    narrow = worker(deployment=replace(ROLLING, maximum_percent=150))
    (slow,) = figures(platform(region(workloads=(narrow,)), rollback_seconds=60))
    assert slow.value == 2 * 90
    assert slow.remedy.startswith("workers.deliver.deployment.maximum_percent: 200")


def test_messages_outlive_the_time_without_readers() -> None:
    stack = platform(messages={"orders": MessageTarget(downtime_hours=24)})
    assert (the(stack).value, the(stack).verdict) == (96, Verdict.MET)
    short = replace(stack, regions=(region(queues=(queue(retention_seconds=3600),)),))
    assert (the(short).verdict, the(short).remedy.split(" ")[1]) == (Verdict.MISSED, "86400")
    assert problem_line(the(short)).startswith(
        "us-east-1 orders: hours without a reader 1 h, target 24 h (its retention): queues.orders."
    )


# Single points of failure


def points(of: Platform) -> dict[str, tuple[Scope, str]]:
    return {point.name: (point.scope, point.remedy) for point in single_points(of)}


def test_nothing_exists_once_but_what_a_region_has_one_of() -> None:
    found = points(platform(region(jobs=()), standby(database=remote_replica(), queues=())))
    assert {name: scope for name, (scope, _) in found.items() if scope != Scope.REGION} == {
        "database": Scope.PART,
        "the one task of deliver": Scope.PART,
        "the public zone": Scope.ACCOUNT,
        "the AWS account": Scope.ACCOUNT,
    }
    assert set(found) >= {"load balancer", "proxy", "writer in us-east-1", "queue orders"}


@pytest.mark.parametrize(
    ("changes", "name", "remedy"),
    [
        ({"network": network(nat="single")}, "NAT gateway in zone-a", "regions.us-east-1.nat: per-zone"),
        ({"network": network(1)}, "zone zone-a", "regions.us-east-1.zones: add one"),
        ({"workloads": (service(minimum=1),)}, "the one task of api", "services.api.tasks.min: 2"),
        ({"workloads": (worker(minimum=1),)}, "the one task of deliver", "workers.deliver.tasks.min: 2"),
        ({"database": writer(main=instance(multi_az=False))}, "database", "database.multi_az: true"),
        ({"database": writer(replicas=(instance("b"),))}, "read replica b", "database.replicas: add a zone"),
        ({"cache": cache(replicas=0)}, "cache", "cache.replicas: 1"),
        ({"cache": cache(zones=1)}, "the cache's zone", "regions.us-east-1.zones: add one"),
    ],
)
def test_what_exists_once_is_named_with_its_setting(changes: dict[str, Any], name: str, remedy: str) -> None:
    assert name not in points(platform())
    assert points(platform(region(**changes)))[name][1] == remedy


def test_what_differs_in_a_region_is_set_there() -> None:
    found = points(platform(region(), standby(workloads=(service(minimum=1, maximum=9),), database=remote_replica())))
    assert found["the one task of api"][1] == "regions.eu-west-1.tasks.api.min: 2"
    assert found["database"][1] == "database.remote_replicas.eu-west-1.multi_az: true"


def test_one_region_and_its_jobs() -> None:
    assert "region us-east-1" in points(platform())
    two = points(platform(region(), region("eu-west-1", Role.ACTIVE, database=None, jobs=(job(),))))
    assert "region us-east-1" not in two
    assert two["job report"][0] == Scope.REGION


def test_the_public_zone_is_told_by_name() -> None:
    public = resource("aws:route53/zone:Zone", "z", inputs={"name": "example.com"})
    private = resource("aws:route53/zone:Zone", "p", inputs={"name": "internal", "vpcs": [{}]})
    found = {point.name: point.urn for point in single_points(platform(of=graph(private, public)))}
    assert found["public zone example.com"] == public.urn
