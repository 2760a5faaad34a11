"""Connections, memory, capacity units, quotas and addresses, against figures worked out by hand."""

from dataclasses import replace
from typing import Any

import pytest

from breakwater.analysis.capacity import capacity, to_raise
from breakwater.analysis.capacity.balancer import capacity_units
from breakwater.analysis.figures import Figure, Verdict
from breakwater.analysis.model import Proxy, Region, Role, Targets, Users, Work, Workload
from tests.breakwater.loads import (
    BLUE_GREEN,
    ON_DATABASE,
    balancer,
    cache,
    database,
    function,
    job,
    network,
    one,
    platform,
    region,
    service,
    worker,
)

SELLING = Work(cpu_milliseconds=5, milliseconds=400, transactions=2, transaction_milliseconds=50)
"""0.1 transactions under way for each request a second."""
CONNECTING: dict[str, Any] = {"connects": ON_DATABASE, "pool": 10}
STEADY, DEPLOYING = "connections at autoscaling's maximum", "connections during a deployment"


def of(*regions: Region, part: str, name: str, where: str = "us-east-1", targets: Targets | None = None) -> Figure:
    return one(capacity(platform(*regions, targets=targets)), part, name, where)


def api(**changes: Any) -> Workload:
    return service(**(CONNECTING | changes))


def test_without_a_replica_both_names_lead_to_the_writer() -> None:
    """2 × (24 tasks + 1 job) × 10, of 419 ÷ 1.3 = 322; 2 × (48 + 1) × 10 while a version is deployed."""
    stack = region(api(), jobs=(job(),), database=database())
    steady, deploying = (of(stack, part="database", name=name) for name in (STEADY, DEPLOYING))
    assert (steady.value, steady.limit, steady.verdict) == (500, 322, Verdict.MISSED)
    assert (deploying.value, deploying.limit, deploying.verdict) == (980, 419, Verdict.MISSED)
    assert steady.remedy == (
        "lower services.api.pool.connections, to 6 if all are the same, or set database.instance_class: db.t4g.large, "
        "or add database.replicas and database.proxy"
    )
    assert steady.status == "derived"
    fits = region(api(pool=4), jobs=(job(pool=4),), database=database())
    assert of(fits, part="database", name=STEADY).value == 200
    assert not [f for f in capacity(platform(fits)) if f.is_problem]


def test_replicas_share_what_reads() -> None:
    """24 × 10 for the writer, and as many for two replicas."""
    stack = region(api(), database=database(replicas=2))
    assert of(stack, part="database", name=f"{STEADY}, writing").value == 240
    for name in ("database-replica-0", "database-replica-1"):
        found = of(stack, part=name, name=f"{STEADY}, reading")
        assert (found.value, found.limit, found.verdict) == (120, 322, Verdict.MET)


@pytest.mark.parametrize(
    ("changes", "tasks"),
    [({}, 48), ({"deployment": BLUE_GREEN}, 48), ({"maximum": 25, "maximum_percent": 150}, 37)],
)
def test_old_and_new_tasks_of_a_deployment_are_counted(changes: dict[str, Any], tasks: int) -> None:
    percent = changes.pop("maximum_percent", 200)
    deployment = changes.pop("deployment", None)
    base = service().deployment
    rolling = type(base)(
        strategy="ROLLING", bake_minutes=0, minimum_healthy_percent=100, maximum_percent=percent, rolls_back=True
    )
    stack = region(api(deployment=deployment or rolling, **changes), database=database(replicas=1))
    assert of(stack, part="database", name=f"{DEPLOYING}, writing").value == tasks * 10


def test_active_regions_write_in_the_primary_one_and_read_at_home() -> None:
    active = region(api(maximum=6), name="eu-west-1", role=Role.ACTIVE, database=database(is_writer=False))
    standby = region(api(maximum=9), name="eu-west-2", role=Role.STANDBY, database=database(is_writer=False))
    stack = region(api(), database=database(replicas=1)), active, standby
    assert of(*stack, part="database", name=f"{STEADY}, writing").value == (24 + 6) * 10
    assert of(*stack, part="database", name=f"{STEADY}, reading", where="eu-west-1").value == 60
    after = of(*stack, part="database", name=f"{STEADY}, reading and writing", where="eu-west-2")
    assert after.value == 2 * 90
    assert not [f for f in capacity(platform(*stack)) if f.region == "eu-west-2" and f.name.startswith(DEPLOYING)]


def test_functions_connect_with_every_execution() -> None:
    stack = region(api(), functions=(function(concurrency=50, pool=2),), database=database(replicas=1))
    assert of(stack, part="database", name=f"{STEADY}, writing").value == 240 + 100


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"functions": (function(concurrency=None),)}, "not known: concurrency of hook"),
        ({"jobs": (job(pool=None),)}, "not known: pool of report"),
    ],
)
def test_what_is_not_known_is_said_and_no_reason_to_refuse(changes: dict[str, Any], words: str) -> None:
    found = of(region(api(), database=database(replicas=1), **changes), part="database", name=f"{STEADY}, writing")
    assert (found.value, found.limited_by, found.verdict) == (None, words, Verdict.NONE)


def test_an_unknown_class_has_no_limit() -> None:
    found = of(region(api(), database=database(instance_class="db.x9.huge")), part="database", name=STEADY)
    assert (found.value, found.limit, found.verdict) == (480, None, Verdict.NONE)


def test_behind_a_proxy_transactions_count_and_clients_do_not() -> None:
    """1,200 requests/s × 0.1, and one of the job; 419 × 90 % ÷ 1.3."""
    stack = region(api(work=SELLING), jobs=(job(),), database=database(proxy=True, replicas=1))
    clients = of(stack, part="proxy", name="clients")
    assert (clients.lowest, clients.value, clients.limit, clients.verdict) == (250, 490, None, Verdict.NONE)
    found = of(stack, part="proxy", name="transactions at once")
    assert (found.value, found.limit, found.verdict) == (pytest.approx(121), 290, Verdict.MET)


def test_more_transactions_than_the_proxy_may_use_are_refused() -> None:
    """3,360 requests/s × 0.1 = 336 of 290."""
    stack = region(api(work=SELLING, requests_per_target=None, pool=50), database=database(proxy=True, replicas=1))
    found = of(stack, part="proxy", name="transactions at once")
    assert (found.value, found.limit, found.verdict) == (pytest.approx(336), 290, Verdict.MISSED)
    assert found.remedy.startswith("set database.instance_class: db.t4g.large, or lower ")


def test_a_proxy_that_may_use_little_is_given_more_first() -> None:
    """20 % of 419 ÷ 1.3 = 64; 120 × 1.3 are 38 %."""
    small = replace(database(replicas=1), proxy=Proxy(urn="", max_connections_percent=20, borrow_timeout_seconds=120))
    stack = region(api(work=SELLING), database=small)
    found = of(stack, part="proxy", name="transactions at once")
    assert (found.limit, found.verdict) == (64, Verdict.MISSED)
    assert found.remedy.startswith("raise database.proxy.max_connections_percent to 38, or lower ")


def test_more_replicas_take_what_reads() -> None:
    """240 × 3 of 322 on each."""
    stack = region(api(pool=30), database=database(proxy=True, replicas=1))
    found = of(stack, part="database-replica-0", name=STEADY)
    assert (found.value, found.verdict) == (720, Verdict.MISSED)
    assert found.remedy == (
        "lower services.api.pool.connections, to 13 if all are the same, "
        "or set database.instance_class: db.t4g.xlarge, or have 3 replicas in database.replicas"
    )


def test_readers_beside_a_proxy_get_what_it_leaves() -> None:
    """419 ÷ 1.3 without the 120 transactions that the proxy has under way."""
    stack = region(api(work=SELLING), database=database(proxy=True))
    found = of(stack, part="database", name=f"{STEADY}, reading beside the proxy")
    assert (found.value, found.limit, found.verdict) == (240, 202, Verdict.MISSED)
    unknown = of(region(api(work=None), database=database(proxy=True)), part="database", name=STEADY)
    assert (unknown.limit, unknown.verdict) == (None, Verdict.NONE)


@pytest.mark.parametrize(("clients", "verdict"), [(322, Verdict.MET), (323, Verdict.MISSED)])
def test_the_database_takes_clients_within_its_headroom(clients: int, verdict: Verdict) -> None:
    targets = Targets(database_clients=clients)
    found = of(region(api(pool=1), database=database()), part="database", name="clients", targets=targets)
    assert (found.value, found.verdict) == (322, verdict)


def test_a_proxy_takes_as_many_clients_as_get_a_connection_in_time() -> None:
    """290.08 connections, each free again after 50 ms, for 120 s."""
    targets, stack = (
        Targets(database_clients=3000),
        region(api(work=SELLING), database=database(proxy=True, replicas=1)),
    )
    found = of(stack, part="database", name="clients", targets=targets)
    assert found.value == int(419 * 0.9 / 1.3 * 120 / 0.05)
    assert found.verdict is Verdict.MET
    silent = of(region(api(), database=database(proxy=True)), part="database", name="clients", targets=targets)
    assert silent.verdict is Verdict.UNKNOWN


def test_a_cache_keeps_a_quarter_of_its_memory_back() -> None:
    """13.07 GiB × 75 %."""
    found = of(region(cache=cache()), part="cache", name="memory")
    assert found.value == pytest.approx(9.8025)
    assert of(region(cache=cache(shards=3)), part="cache", name="memory").value == pytest.approx(29.4075)


def test_clients_of_a_cache_node() -> None:
    """48 tasks of a deployment, one job, 5 executions."""
    on_cache = frozenset({"cache"})
    stack = region(
        service(connects=on_cache),
        jobs=(job(connects=on_cache),),
        functions=(function(connects=on_cache),),
        cache=cache(),
    )
    found = of(stack, part="cache", name="clients")
    assert (found.value, found.limit, found.verdict) == (54, 65_000, Verdict.MET)
    assert found.limited_by.endswith("each program may keep 1,203")


def test_a_serverless_cache_has_the_limits_of_its_settings() -> None:
    serverless = cache(node_type=None, serverless_gb=10, ecpu_per_second=5000)
    stack = region(cache=serverless)
    assert of(stack, part="cache", name="memory").value == 10
    assert of(stack, part="cache", name="processing units").value == 5000


def test_capacity_units_by_dimension() -> None:
    """1,000 requests/s of 8 kB: each opens a connection, or users come back within the idle timeout."""
    strangers = capacity_units(balancer(rules=15), {service(): 1000})
    assert strangers == pytest.approx({"new connections": 40, "active connections": 20, "bytes": 28.8, "rules": 5})
    users = service(users=Users(seconds_between_requests=20))
    returning = capacity_units(balancer(), {users: 1000})
    assert returning == pytest.approx({"new connections": 0, "active connections": 20 / 3, "bytes": 28.8, "rules": 0})


def test_capacity_units_at_the_maximum_and_at_the_target() -> None:
    stack = region(service(), service("web", work=None), balancer=balancer())
    found = of(stack, part="balancer", name="capacity units at autoscaling's maximum")
    assert (found.lowest, found.value, found.unit) == (6, 48, "LCU")
    assert found.limited_by.endswith("; without web, which declares no request")
    targets = Targets(requests_per_second={"api": 500})
    assert of(stack, part="balancer", name="capacity units at the target", targets=targets).value == 20


def test_quotas_that_are_hit_are_asked_for_and_refuse_nothing() -> None:
    """48 tasks of a deployment, 45 beyond the base, half of them on Spot; the job on demand."""
    stack = region(service(spot_share=0.5), jobs=(job(),), balancer=balancer(), network=network(private="10.0.{}.0/24"))
    figures = {f.name: f for f in capacity(platform(stack)) if f.part == "quota"}
    assert figures["Fargate vCPU on demand"].value == 48 - 22.5 + 1
    assert figures["Fargate vCPU on demand"].lowest == 3
    assert figures["Fargate vCPU on Spot"].value == 22.5
    assert figures["elastic IP addresses"].value == 1
    assert figures["targets of the load balancer"].value == 48
    assert {name: to_raise(f) for name, f in figures.items() if to_raise(f)} == {
        "Fargate vCPU on demand": 27,
        "Fargate vCPU on Spot": 23,
    }
    assert figures["Fargate vCPU on Spot"].limited_by == "ask AWS for 23 before the deployment"
    assert not any(f.is_problem for f in figures.values())


def test_interfaces_are_those_of_tasks_zones_and_stores() -> None:
    """48 tasks, a job; 2 zones of 2 endpoints and a function; 3 cache nodes, 2 instances, 2 of the balancer."""
    stack = region(
        jobs=(job(),), functions=(function(),), cache=cache(), database=database(replicas=1), balancer=balancer(),
        network=network(private="10.0.{}.0/24"),
    )  # fmt: skip
    assert of(stack, part="quota", name="network interfaces").value == 48 + 1 + 2 * 3 + 3 + 2 + 2


def test_targets_of_blue_and_green_are_in_two_groups() -> None:
    stack = region(service(maximum=600, deployment=BLUE_GREEN), balancer=balancer())
    assert of(stack, part="quota", name="targets of the load balancer").value == 1200
    assert of(stack, part="quota", name="targets of a target group").value == 600


def test_launching_takes_time() -> None:
    """600 tasks of one service at 500 a minute; 1,800 of three, 100 at once and then 20 a second."""
    stack = region(service(minimum=1, maximum=601))
    assert of(stack, part="tasks", name="time to launch").value == pytest.approx(72)
    stack = region(*(service(name, minimum=1, maximum=601) for name in ("api", "web", "admin")))
    assert of(stack, part="tasks", name="time to launch").value == pytest.approx(1700 / 20)


def test_private_subnets_hold_a_deployment_and_the_loss_of_a_zone() -> None:
    """48 tasks in two zones, or 24 in one; two endpoints, a function and a job."""
    net = network(private="10.0.{}.0/27")
    stack = region(service(), jobs=(job(),), functions=(function(),), network=net)
    found = of(stack, part="private subnet us-east-1a", name="addresses")
    assert (found.value, found.limit, found.verdict) == (28, 27, Verdict.MISSED)
    assert "a deployment at autoscaling's maximum: 24 tasks, 4 others" in found.limited_by
    assert found.remedy == "give regions.us-east-1.cidr a prefix of /15 or shorter, or lower the most tasks"
    odd = region(worker(maximum=25, deployment=type(service().deployment)(
        strategy="ROLLING", bake_minutes=0, minimum_healthy_percent=0, maximum_percent=101, rolls_back=True,
    )), network=net)  # fmt: skip
    found = of(odd, part="private subnet us-east-1a", name="addresses")
    assert (found.value, found.verdict) == (27, Verdict.MET)
    assert "with a zone lost: 25 tasks" in found.limited_by


def test_isolated_subnets_hold_stores_and_public_ones_the_balancer() -> None:
    """Proxy 10; the writer in 1a, a replica without a known zone anywhere; 3 nodes over two zones."""
    stack = region(
        database=database(proxy=True, replicas=1),
        cache=cache(),
        network=network(isolated="10.0.{}.0/27", public="10.1.{}.0/28"),
    )
    first, second = (of(stack, part=f"isolated subnet us-east-1{zone}", name="addresses") for zone in "ab")
    assert (first.value, second.value, first.limit) == (10 + 2 + 2, 10 + 0 + 2, 27)
    public = of(stack, part="public subnet us-east-1a", name="addresses")
    assert (public.value, public.limit, public.verdict) == (9, 11, Verdict.MET)


@pytest.mark.parametrize(("instance_class", "addresses"), [("db.r6g.xlarge", 10), ("db.r6g.4xlarge", 25)])
def test_a_proxys_addresses_depend_on_the_class(instance_class: str, addresses: int) -> None:
    stores = database(proxy=True, instance_class=instance_class, multi_az=True)
    stack = region(database=stores, network=network(isolated="10.0.{}.0/24"))
    assert of(stack, part="isolated subnet us-east-1b", name="addresses").value == addresses + 1
