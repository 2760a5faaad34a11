"""How available ways are, by the SLAs of what they need."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakwater.analysis.limits import limit
from breakwater.analysis.model import Role
from breakwater.analysis.resilience.availability import Way, minutes_down, overall, paths, redundant, series
from tests.breakwater.platforms import (
    NAME,
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

SHARES = st.floats(0, 1)
SLAS = st.floats(0.9, 1)
ONE_REGION = 0.9995 * 0.9999 * 0.9999 * 0.9999 * 0.9995 * 0.9999


def test_one_region_is_the_product_of_what_its_requests_need() -> None:
    (path,) = (path for path in paths(platform()) if path.way == Way.REQUEST)
    assert [component.sla for component in path.components] == [
        "route53", "waf", "alb_multi_az", "ecs_fargate_region", "rds_proxy", "rds_multi_az", "elasticache_multi_az",
    ]  # fmt: skip
    assert path.availability == pytest.approx(ONE_REGION)
    assert round(path.availability * 100, 3) == 99.860
    assert minutes_down(path.availability) == pytest.approx(60, abs=0.6)
    assert all(component.source and component.status for component in path.components)


def test_two_such_regions_with_a_tenth_of_common_causes() -> None:
    share = limit("assumptions", "common_cause_share").value
    assert share == 0.1
    down = 1 - ONE_REGION
    assert redundant([ONE_REGION, ONE_REGION], share) == pytest.approx(1 - (0.9 * down**2 + 0.1 * down))
    assert round(redundant([ONE_REGION, ONE_REGION], share) * 100, 3) == 99.986


@given(st.lists(SHARES, min_size=1, max_size=5), SHARES)
def test_availability_is_a_share(parts: list[float], common: float) -> None:
    assert 0 <= series(parts) <= min(parts)
    assert max(parts) <= redundant(parts, common) <= 1


@given(st.lists(SLAS, min_size=1, max_size=4), SLAS, SHARES)
def test_another_part_never_lowers_it(parts: list[float], other: float, common: float) -> None:
    assert redundant([*parts, other], common) >= redundant(parts, common)


@given(st.lists(SLAS, min_size=2, max_size=4), SHARES, SHARES)
def test_more_common_causes_never_raise_it(parts: list[float], one: float, other: float) -> None:
    assert redundant(parts, max(one, other)) <= redundant(parts, min(one, other)) + 1e-12


@pytest.mark.parametrize(
    ("changes", "sla"),
    [
        ({"database": writer(main=instance(multi_az=False))}, "rds_single_az"),
        ({"cache": cache(replicas=0, automatic_failover=False)}, "elasticache_single_az"),
        ({"cache": cache(zones=1)}, "elasticache_single_az"),
        ({"workloads": (service(minimum=1),)}, "fargate_single_task"),
        ({"workloads": (service(zones=1),)}, "fargate_single_task"),
        ({"workloads": (service(produces=frozenset({"a", "b"})),)}, "sqs"),
    ],
)
def test_what_exists_once_or_more_is_needed(changes: dict[str, Any], sla: str) -> None:
    (path,) = (path for path in paths(platform(region(**changes))) if path.way == Way.REQUEST)
    assert [component.sla for component in path.components].count(sla) == 1
    assert path.availability < ONE_REGION


def test_only_what_a_service_connects_to_is_needed() -> None:
    alone = service(connects=frozenset())
    (path,) = (path for path in paths(platform(region(workloads=(alone,), firewall=False))) if path.way == Way.REQUEST)
    assert [component.sla for component in path.components] == ["route53", "alb_multi_az", "ecs_fargate_region"]


def test_serverless_caches_span_zones() -> None:
    serverless = cache(node_type=None, serverless_gb=1, replicas=0, automatic_failover=False)
    (path,) = (path for path in paths(platform(region(cache=serverless))) if path.way == Way.REQUEST)
    assert path.components[-1].sla == "elasticache_multi_az"


def test_messages_need_queue_tasks_and_stores() -> None:
    (path,) = (path for path in paths(platform()) if path.way == Way.MESSAGE)
    assert path.name == "deliver"
    assert path.availability == pytest.approx(0.999 * 0.9999 * 0.9999 * 0.9995)


def test_http_apis_need_gateway_functions_and_what_those_connect_to() -> None:
    found = paths(platform(region(workloads=(), http_apis=("hooks",), queues=())))
    assert {path.name: path.availability for path in found} == pytest.approx({"hooks": 0.9995**2})


def test_a_failover_costs_its_own_time() -> None:
    plain = service(connects=frozenset())
    primary, other = region(workloads=(plain,)), standby(workloads=(plain,))
    (one,) = overall(platform(primary, other))
    # 3 checks 10 s apart, then 60 s in caches, once a month.
    assert one.failover_seconds == 90
    alone = one.paths[0].availability
    assert one.redundant == pytest.approx(redundant([alone, alone], 0.1))
    assert one.availability == pytest.approx(one.redundant - 90 / (30 * 24 * 3600))


def test_a_failover_with_a_promotion_costs_more_and_never_more_than_it_saves() -> None:
    (one,) = overall(platform(region(), standby()))
    assert one.failover_seconds == 30 + 900 + 600
    assert one.paths[1].components[-2].sla == "rds_single_az"
    assert one.availability == pytest.approx(one.redundant - 1530 / (30 * 24 * 3600))
    unchecked = replace(NAME, check_interval_seconds=None, check_threshold=None)
    (unknown,) = overall(platform(region(), standby(), names=(unchecked,)))
    assert (unknown.failover_seconds, unknown.availability) == (None, unknown.paths[0].availability)
    slow = replace(NAME, check_interval_seconds=30, check_threshold=10, ttl_seconds=86400)
    plain = service(connects=frozenset())
    (late,) = overall(platform(region(workloads=(plain,)), standby(workloads=(plain,)), names=(slow,)))
    assert late.availability == late.paths[0].availability < late.redundant


def test_an_active_region_writes_to_the_primary_ones_database() -> None:
    active = region("eu-west-1", Role.ACTIVE, database=remote_replica())
    found = {path.region: path for path in paths(platform(region(), active)) if path.way == Way.REQUEST}
    names = [component.name for component in found["eu-west-1"].components]
    assert names[-4:] == ["proxy", "database in us-east-1", "database in eu-west-1", "cache"]


def test_active_regions_share_the_writer_whose_loss_lasts_longest() -> None:
    active = region("eu-west-1", Role.ACTIVE, database=remote_replica(multi_az=True))
    (one,) = overall(platform(region(), active))
    assert [path.region for path in one.paths] == ["us-east-1", "eu-west-1"]
    assert "database in us-east-1" not in [component.name for component in one.paths[1].components]
    assert one.failover_seconds == 30 + 900 + 600 + 1200
    plain = service(connects=frozenset())
    (quick,) = overall(platform(region(workloads=(plain,)), region("eu-west-1", Role.ACTIVE, workloads=(plain,))))
    assert quick.failover_seconds == 90


def test_one_region_has_no_failover() -> None:
    (one,) = overall(platform())
    assert (one.failover_seconds, len(one.paths)) == (None, 1)
    assert one.availability == one.redundant == one.paths[0].availability


def test_nothing_is_judged_in_an_empty_region() -> None:
    empty = region(workloads=(), queues=(), network=network(1), balancer=None)
    assert paths(platform(empty)) == () == overall(platform(empty))
    assert worker().queue == queue().name
