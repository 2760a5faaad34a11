"""What use and deployments cost, by what is declared of a request, a message, a user."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakwater.analysis.cost.deploying import deployments, overlap_seconds
from breakwater.analysis.cost.fixed import fixed_costs
from breakwater.analysis.cost.standing import standing_costs
from breakwater.analysis.cost.usage import Rate, capacity_unit_hours, rates
from breakwater.analysis.model import (
    Balancer,
    Deployment,
    HealthCheck,
    Network,
    Platform,
    Queue,
    Region,
    Role,
    Users,
    Work,
    Workload,
)
from breakwater.analysis.prices import uncertainty
from breakwater.graph import Resource, ResourceGraph
from tests.breakwater.bills import X86, graph, resource, service

QUEUE = "aws:sqs/queue:Queue"
ROLLING = Deployment(
    strategy="ROLLING", bake_minutes=0, minimum_healthy_percent=100, maximum_percent=200, rolls_back=True
)
CHECKS = HealthCheck(interval_seconds=10, healthy_threshold=3, unhealthy_threshold=2, grace_seconds=60)
BALANCER = Balancer(urn="urn:balancer", zones=2, rules=5, idle_timeout_seconds=60)


def workload(name: str, **changes: Any) -> Workload:
    plain: dict[str, Any] = {
        "urn": f"urn:{name}", "name": name, "is_worker": "queue" in changes, "minimum": 2, "maximum": 10, "cpu": 1024,
        "spot_share": 0, "on_demand_base": 0, "zones": 2, "cpu_target_percent": None,
        "requests_per_target": None, "backlog_per_task": None, "connects": frozenset(),
        "pool": 0, "deployment": ROLLING,
    }  # fmt: skip
    return Workload(**(plain | changes))


def work(kilobytes: float | None) -> Work:
    return Work(cpu_milliseconds=5, milliseconds=20, kilobytes=kilobytes)


def platform(*resources: Resource, **parts: Any) -> Platform:
    region = Region(name="us-east-1", role=Role.PRIMARY, **parts)
    return Platform(graph=graph(*resources), regions=(region,))


def queue(name: str = "orders", *, fifo: bool = False) -> Queue:
    return Queue(
        urn=resource(QUEUE, name).urn, name=name, fifo=fifo, high_throughput=False, visibility_seconds=30,
        retention_seconds=345_600, has_dead_letters=True, max_receive_count=3,
    )  # fmt: skip


def network(*endpoints: str) -> Network:
    return Network(urn="urn:network", cidr="10.0.0.0/16", zones=("a", "b"), subnets=(),
                   nat_of_zone={"a": "a", "b": "b"}, interface_endpoints=endpoints)  # fmt: skip


def only(found: Platform) -> Rate:
    (rate,) = rates(found)
    return rate


def charges(rate: Rate) -> dict[str, float]:
    return {f"{charge.service}.{charge.name}": charge.quantity for charge in rate.charges}


def test_a_million_requests_cost_firewall_transfer_and_capacity_units() -> None:
    api = workload("api", work=work(8), users=Users(seconds_between_requests=20))
    rate = only(platform(workloads=(api,), balancer=BALANCER, firewall=True))
    # 8 GB; a connection stays open for the 20 s between two requests: 20e6 s of connections, 3000 of them to a unit.
    assert charges(rate) == {
        "waf.requests_million": 1,
        "data_transfer.internet_out_gb_first_10tb": 8,
        "alb.lcu_hour": 8,
    }
    assert rate.estimate.usd == pytest.approx(0.60 + 8 * 0.09 + 8 * 0.008)
    assert rate.not_counted == ("bytes logged by api",)


def test_bytes_that_are_not_declared_are_named() -> None:
    rate = only(platform(workloads=(workload("api", connects=frozenset({"database"})),), balancer=BALANCER))
    assert charges(rate) == {"alb.lcu_hour": pytest.approx(1_000_000 / 25 / 3_600)}
    assert rate.not_counted == (
        "bytes of requests and answers (services.api.request.kilobytes)",
        "bytes logged by api",
        "bytes between zones to the database",
    )


@pytest.mark.parametrize(
    ("kilobytes", "users", "rules", "expected"),
    [
        (40, None, 5, 40),  # bytes
        (1, None, 5, 1_000_000 / 25 / 3_600),  # a connection for each request, as nothing is known of users
        (1, Users(seconds_between_requests=300), 5, 1_000_000 / 25 / 3_600),  # 11.1 for new ones, 5.6 for open ones
        (1, Users(seconds_between_requests=59), 5, 59 * 1_000_000 / 3_000 / 3_600),  # open connections
        (1, Users(seconds_between_requests=300, connections_per_task=9), 5, 300 * 1_000_000 / 3_000 / 3_600),
        (1, Users(seconds_between_requests=1), 110, 100 * 1_000_000 / 1_000 / 3_600),  # rules, ten of them free
    ],
)
def test_capacity_units_are_those_of_the_largest_dimension(
    kilobytes: float, users: Users | None, rules: int, expected: float
) -> None:
    balancer = Balancer(urn="", zones=2, rules=rules, idle_timeout_seconds=60)
    assert capacity_unit_hours(work(kilobytes), users, balancer) == pytest.approx(expected)


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_more_bytes_never_cost_less(some: float, more: float) -> None:
    less, greater = sorted((some, more))
    found = [
        only(platform(workloads=(workload("api", work=work(kilobytes)),), balancer=BALANCER)).estimate
        for kilobytes in (less, greater)
    ]
    assert found[0].usd <= found[1].usd
    assert all(e.low <= e.usd <= e.high for e in found)


def test_a_million_messages_are_sent_received_and_deleted_one_by_one() -> None:
    reader = workload("deliver", queue="orders", work=work(2))
    rate = only(platform(workloads=(reader,), queues=(queue(),)))
    assert charges(rate) == {"sqs.standard_requests_million": 3}
    assert rate.estimate.usd == pytest.approx(1.2)
    rate = only(platform(workloads=(reader,), queues=(queue(fifo=True),)))
    assert rate.estimate.usd == pytest.approx(1.5)


@pytest.mark.parametrize(("kilobytes", "calls"), [(0, 3), (65.536, 3), (65.6, 5), (200, 9)])
def test_large_messages_are_billed_by_the_chunk(kilobytes: float, calls: int) -> None:
    reader = workload("deliver", queue="orders", work=work(kilobytes))
    assert charges(only(platform(workloads=(reader,), queues=(queue(),)))) == {"sqs.standard_requests_million": calls}


def test_messages_pass_the_endpoint_or_else_nat() -> None:
    parts: dict[str, Any] = {"workloads": (workload("deliver", queue="orders", work=work(2)),), "queues": (queue(),)}
    through = charges(only(platform(network=network("sqs"), **parts)))
    assert through["vpc.interface_endpoint_gb_first_1pb"] == 4
    assert charges(only(platform(network=network(), **parts)))["nat_gateway.data_processed_gb"] == 4


def test_an_api_names_the_run_time_of_what_is_behind_it() -> None:
    function = resource("aws:lambda/function:Function", "us-east-1-orders", memorySize=512, architectures=["arm64"])
    other = resource("aws:lambda/function:Function", "us-east-1-rotate", memorySize=512)
    api = Resource(urn="urn:api", type="breakwater:http_api:HttpApi", name="us-east-1-shop", custom=False)
    leads = Resource(
        urn="urn:leads", type="aws:apigatewayv2/integration:Integration", name="orders", custom=True, parent=api.urn,
        property_dependencies={"integrationUri": (function.urn,)},
    )  # fmt: skip
    rate = only(platform(function, other, api, leads, http_apis=("shop",)))
    assert rate.estimate.usd == pytest.approx(1.2)
    assert rate.not_counted == (
        "bytes of requests and answers",
        "run time of orders: USD 0.67 for each 100 ms at 512 MiB",
    )


def test_prices_that_are_missing_are_named() -> None:
    region = Region(name="mars-1", role=Role.PRIMARY, http_apis=("shop",))
    (rate,) = rates(Platform(graph=ResourceGraph([]), regions=(region,)))
    assert rate.estimate.usd == 0
    assert {charge.service for charge in rate.unpriced} == {"api_gateway", "lambda"}


def test_tasks_poll_while_there_is_nothing_and_keys_are_asked_again() -> None:
    main = resource(QUEUE, "orders", receiveWaitTimeSeconds=20, kmsMasterKeyId="key")
    reader = workload("deliver", queue="orders")
    writer = workload("api", produces=frozenset({"orders"}))
    found = standing_costs(platform(main, workloads=(writer, reader), queues=(queue(),)))
    polls, keys = found
    assert (polls.name, keys.name) == ("standard_requests_million", "requests_10k")
    assert polls.minimum == pytest.approx(2 * 730 * 180 / 1_000_000)
    assert polls.maximum == pytest.approx(10 * 730 * 180 / 1_000_000)
    # Every 300 s: once for who reads, twice for who writes.
    assert keys.minimum == pytest.approx(730 * 12 * 3 / 10_000)
    assert {item.status for item in found} == {"derived"}


def test_without_long_polls_their_number_is_not_known() -> None:
    found = platform(resource(QUEUE, "orders"), workloads=(workload("deliver", queue="orders"),), queues=(queue(),))
    assert [(item.name, item.price) for item in standing_costs(found)] == [("unknown_polls", None)]


@pytest.mark.parametrize(
    ("changes", "seconds"),
    [
        ({}, 60),
        ({"health": CHECKS, "deregistration_seconds": 30}, 60 + 30 + 30),
        ({"deployment": Deployment(strategy="BLUE_GREEN", bake_minutes=10, minimum_healthy_percent=100,
                                   maximum_percent=200, rolls_back=True)}, 60 + 600),
        ({"deployment": Deployment(strategy="ROLLING", bake_minutes=0, minimum_healthy_percent=50,
                                   maximum_percent=100, rolls_back=True)}, 0),
    ],
)  # fmt: skip
def test_how_long_old_and_new_tasks_run_together(changes: dict[str, Any], seconds: float) -> None:
    assert overlap_seconds(workload("api", **changes)) == seconds


def test_a_deployment_costs_its_tasks_once_more_for_that_long() -> None:
    resources = service(2, 10)
    found = platform(*resources, workloads=(workload("api", urn="", health=CHECKS),))
    (one,) = deployments(found, fixed_costs(found.graph))
    assert one.priced
    assert one.minimum.usd == pytest.approx(2 * X86 * 90 / 3_600)
    assert one.maximum.usd == pytest.approx(10 * X86 * 90 / 3_600)
    share = uncertainty("measured").percent / 100  # the start is
    assert one.maximum.high == pytest.approx(one.maximum.usd * (1 + share))
