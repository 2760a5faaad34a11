"""Laws that hold whatever the numbers: waiting lines, shares of the database, more tasks, larger pools."""

import math
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakwater.analysis.capacity import capacity
from breakwater.analysis.capacity.addresses import usable
from breakwater.analysis.capacity.connections import clients, larger_class
from breakwater.analysis.capacity.queueing import drain_seconds, erlang_c, mean_wait
from breakwater.analysis.capacity.rates import carried, shared
from breakwater.analysis.capacity.terms import deployed, launch_seconds, shown
from breakwater.analysis.model import Region, Targets, Work
from tests.breakwater.loads import ON_DATABASE, database, job, network, one, platform, region, service, worker

amounts = st.floats(0, 1e6)
numbers = st.integers(1, 500)


@pytest.mark.parametrize(
    ("servers", "load", "chance"),
    [(1, 0.5, 0.5), (2, 1, 1 / 3), (3, 2.1, 0.49234), (10, 8, 0.40918), (100, 0, 0)],
)
def test_erlangs_formula(servers: int, load: float, chance: float) -> None:
    assert erlang_c(servers, load) == pytest.approx(chance, abs=1e-5)


def test_one_server_waits_as_m_m_1_does() -> None:
    assert mean_wait(1, 8, 0.1) == pytest.approx(0.1 * 0.8 / 0.2)
    assert mean_wait(1, 10, 0.1) is None


@given(st.integers(1, 200), st.floats(0.01, 0.99))
def test_waiting_is_a_chance_that_more_servers_lower(servers: int, use: float) -> None:
    load = servers * use
    assert 0 <= erlang_c(servers + 1, load) <= erlang_c(servers, load) <= 1


def test_a_backlog_that_grows_never_ends() -> None:
    assert drain_seconds(1000, 0, 1, 11, 100) == pytest.approx(100 + 900 / 11)
    assert drain_seconds(50, 0, 1, 11, 100) == 50
    assert drain_seconds(0, 5, 1, 1, 100) == 0
    assert drain_seconds(1, 5, 1, 5, 100) is None


@given(st.integers(1, 10**7), st.floats(0, 500), st.floats(0, 500), st.floats(501, 1000), st.floats(0, 600))
def test_more_workers_are_sooner_done(backlog: int, arriving: float, first: float, full: float, ramp: float) -> None:
    slow, fast = (drain_seconds(backlog, arriving, first, rate, ramp) for rate in (full, 2 * full))
    assert slow is not None
    assert fast is not None
    assert 0 < fast <= slow * (1 + 1e-9)


def test_claims_come_first() -> None:
    assert shared([300, 300], [200, 0], 250) == [212.5, 37.5]
    assert shared([300, 300], [200, 0], 600) == [300, 300]
    assert shared([300, 300], [200, 100], 150) == [100, 50]


@given(st.lists(st.tuples(amounts, st.floats(0, 1)), min_size=1, max_size=6), amounts)
def test_shares_are_fair(wishes: list[tuple[float, float]], available: float) -> None:
    wanted, claimed = [want for want, _ in wishes], [want * part for want, part in wishes]
    got = shared(wanted, claimed, available)
    slack = 1e-6 * (1 + sum(wanted))
    assert sum(got) <= max(available, 0) + slack or got == wanted
    assert all(-slack <= share <= want + slack for share, want in zip(got, wanted, strict=True))
    if sum(claimed) <= available:
        assert all(share >= claim - slack for share, claim in zip(got, claimed, strict=True))


def _api_rate(stack: Region, wanted: float = 0) -> float:
    targets = Targets(requests_per_second={"api": wanted} if wanted else {})
    rate = carried(platform(stack, targets=targets), stack)["api"].at_maximum
    assert rate is not None
    return rate


@given(numbers, numbers, st.floats(0.1, 1000), st.floats(0, 10), st.booleans())
def test_more_tasks_never_carry_less(few: int, more: int, cpu: float, transactions: float, proxy: bool) -> None:
    work = Work(cpu_milliseconds=cpu, milliseconds=cpu, transactions=transactions, transaction_milliseconds=20)
    on: dict[str, Any] = {"connects": ON_DATABASE, "pool": 10, "work": work}
    web = service("web", **on)
    rates = [
        _api_rate(region(service(minimum=1, maximum=tasks, **on), web, database=database(proxy=proxy)), 50)
        for tasks in (few, few + more)
    ]
    assert 0 <= rates[0] <= rates[1] * (1 + 1e-9)


@given(st.integers(1, 100), st.integers(1, 100), numbers)
def test_larger_pools_never_mean_fewer_connections(pool: int, more: int, tasks: int) -> None:
    small, large = (
        clients([region(service(maximum=tasks, connects=ON_DATABASE, pool=size), jobs=(job(),))]).total or 0
        for size in (pool, pool + more)
    )
    assert 0 < small < large


@given(numbers, st.integers(100, 200))
def test_a_deployment_has_at_least_the_tasks_of_now(tasks: int, percent: int) -> None:
    deployment = service().deployment
    rolling = type(deployment)(
        strategy="ROLLING", bake_minutes=0, minimum_healthy_percent=100, maximum_percent=percent, rolls_back=True
    )
    assert tasks <= deployed(service(deployment=rolling), tasks) <= 2 * tasks


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 2000), max_size=4))
def test_launching_takes_no_less_than_no_time(added: dict[str, int]) -> None:
    assert launch_seconds(added) >= max(0.0, (sum(added.values()) - 100) / 20)


@given(numbers, st.integers(16, 28))
def test_addresses_needed_grow_with_the_tasks(tasks: int, prefix: int) -> None:
    net = network(private=f"10.{{}}.0.0/{prefix}")
    needed = [
        one(
            capacity(platform(region(service(minimum=1, maximum=n), network=net))),
            "private subnet us-east-1a",
            "addresses",
        )
        for n in (tasks, tasks + 2)
    ]
    assert needed[0].limit == usable(f"10.0.0.0/{prefix}") == 2 ** (32 - prefix) - 5
    assert all((f.value or 0) <= (f.limit or 0) for f in needed if not f.is_problem)
    assert (needed[0].value or 0) < (needed[1].value or 0)


def test_larger_classes_of_a_family() -> None:
    assert larger_class("db.t4g.micro", 150) == "db.t4g.small"
    assert larger_class("db.r7g.large", 1_800) == "db.r7g.xlarge"
    assert larger_class("db.r7g.large", 5_001) is None
    assert larger_class(None, 1) is None


def test_figures_are_never_negative_or_infinite() -> None:
    for figure in capacity(platform(region(service(), worker(), database=database(), jobs=(job(),))), 10):
        for value in (figure.value, figure.lowest, figure.limit, figure.target):
            assert value is None or (value >= 0 and math.isfinite(value))


@pytest.mark.parametrize(("value", "text"), [(3, "3"), (1234.5, "1,234"), (0.25, "0.25"), (12.345, "12.3")])
def test_numbers_for_people(value: float, text: str) -> None:
    assert shown(value) == text


def test_a_larger_load_waits_longer() -> None:
    waits = [mean_wait(10, rate, 0.1) or 0 for rate in range(1, 100)]
    assert all(one_wait <= other for one_wait, other in pairwise(waits))
