"""What services, workers and queues carry, against figures worked out by hand."""

import pytest

from breakwater.analysis.capacity import capacity
from breakwater.analysis.figures import Figure, Verdict
from breakwater.analysis.model import MessageTarget, Platform, Role, Spike, Targets, Users, Work
from tests.breakwater.loads import database, one, platform, queue, region, service, worker

HEAVY = Work(cpu_milliseconds=5, milliseconds=400, transactions=2, transaction_milliseconds=100)
"""0.2 transactions under way for each request a second."""
DATABASE = {"connects": frozenset({"database"}), "pool": 100}
# Autoscaling 300 s at most, start of a task 60 s, two health checks 10 s apart, launch of 21 tasks at 500 a minute.
REACTION = 300 + 60 + 20 + 21 / (500 / 60)


def of(stack: Platform, part: str, name: str, **where: str) -> Figure:
    return one(capacity(stack), part, name, **where)


def wanting(**targets: object) -> Targets:
    return Targets(**targets)  # type: ignore[arg-type]


def test_autoscalings_aim_limits_requests() -> None:
    found = of(platform(targets=wanting(requests_per_second={"api": 1500})), "api", "requests")
    assert (found.lowest, found.value, found.target) == (150, 1200, 1500)
    assert found.limited_by == "autoscaling: 24 tasks × 3,000 requests a minute"
    assert found.verdict is Verdict.MISSED
    assert found.remedy == "raise services.api.tasks.max to 30 or services.api.requests_per_target"


def test_cpu_limits_requests() -> None:
    """24 × 1 vCPU × 70 % ÷ 5 ms."""
    stack = platform(region(service(requests_per_target=12_000)), targets=wanting(requests_per_second={"api": 3360}))
    found = of(stack, "api", "requests")
    assert found.value == pytest.approx(3360)
    assert found.lowest == pytest.approx(420)
    assert found.limited_by == "CPU: 24 tasks × 1 vCPU at 70 %"
    assert found.verdict is Verdict.MET


def test_pools_limit_requests() -> None:
    """24 tasks × 10 connections ÷ 0.2."""
    api = service(requests_per_target=None, work=HEAVY, connects=frozenset({"database"}), pool=10)
    found = of(platform(region(api, database=database(proxy=True))), "api", "requests")
    assert found.value == pytest.approx(1200)
    assert found.limited_by == "pools: 24 tasks × 10 connections"


def test_the_database_limits_requests() -> None:
    """419 connections × 90 % ÷ 1.3 ÷ 0.2."""
    api = service(requests_per_target=None, work=HEAVY, **DATABASE)
    targets = wanting(requests_per_second={"api": 2000})
    found = of(platform(region(api, database=database(proxy=True)), targets=targets), "api", "requests")
    assert found.value == pytest.approx(419 * 0.9 / 1.3 / 0.2)
    assert found.limited_by == "database: 290 transactions at once"
    assert found.remedy == (
        "raise database.proxy.max_connections_percent or database.instance_class for 1.38 times the connections, "
        "or lower services.api.request.transactions"
    )


def test_what_targets_need_of_the_database_comes_first() -> None:
    """Of 290 transactions, api's target takes 200; the rest is shared by what each could use besides."""
    one_service, other = (service(name, requests_per_target=None, work=HEAVY, **DATABASE) for name in ("api", "web"))
    targets = wanting(requests_per_second={"api": 1000})
    stack = platform(region(one_service, other, database=database(proxy=True)), targets=targets)
    api, web = of(stack, "api", "requests"), of(stack, "web", "requests")
    room, want = 419 * 0.9 / 1.3, 3360 * 0.2
    share = (room - 200) / (2 * want - 200)
    assert api.value == pytest.approx((200 + (want - 200) * share) / 0.2)
    assert web.value == pytest.approx(want * share / 0.2)
    assert api.verdict is Verdict.MET
    assert "shared by api, web" in web.limited_by


def test_without_a_declared_cost_nothing_is_told_and_nothing_refused() -> None:
    stack = platform(region(service(work=None), worker(work=None), queues=(queue(),)))
    found = capacity(stack, backlog=100)
    requests = one(found, "api", "requests")
    assert (requests.value, requests.limited_by) == (None, "services.api.request is not declared")
    assert one(found, "queue deliveries", "time until 100 messages").value is None
    assert not [figure for figure in found if figure.is_problem]


def test_with_a_target_the_cost_must_be_declared() -> None:
    targets = wanting(
        requests_per_second={"api": 1}, concurrent_users={"api": 1},
        spikes={"api": Spike(requests_per_second=1, seconds=1)},
        messages={"deliveries": MessageTarget(per_second=1, backlog=1, drain_minutes=1)},
    )  # fmt: skip
    found = capacity(platform(region(service(work=None), worker(work=None), queues=(queue(),)), targets=targets))
    unknown = {(f.part, f.remedy) for f in found if f.verdict is Verdict.UNKNOWN}
    assert unknown == {
        ("api", "declare services.api.request"),
        ("api", "declare services.api.users"),
        ("queue deliveries", "declare workers.deliver.message"),
    }


def test_users_are_requests_times_the_seconds_between_them() -> None:
    stack = platform(
        region(service(users=Users(seconds_between_requests=20))), targets=wanting(concurrent_users={"api": 25_000})
    )
    found = of(stack, "api", "concurrent users")
    assert (found.lowest, found.value, found.verdict) == (3000, 24_000, Verdict.MISSED)
    assert found.remedy == "raise services.api.tasks.max to 25 or services.api.requests_per_target"


def test_users_are_no_more_than_their_connections() -> None:
    users = Users(seconds_between_requests=20, connections_per_task=500)
    stack = platform(region(service(users=users)), targets=wanting(concurrent_users={"api": 13_000}))
    found = of(stack, "api", "concurrent users")
    assert (found.lowest, found.value) == (1500, 12_000)
    assert found.remedy == "raise services.api.tasks.max to 26 or services.api.users.connections_per_task"


def test_a_sudden_spike_is_met_by_the_tasks_that_run() -> None:
    """3 tasks × 95 % ÷ 5 ms; 6 tasks carry 1140."""
    spike = Spike(requests_per_second=1000, seconds=10)
    found = of(platform(targets=wanting(spikes={"api": spike})), "api", "spike")
    assert found.value == pytest.approx(570)
    assert found.target == 1000
    assert found.verdict is Verdict.MISSED
    assert found.remedy.startswith("raise services.api.tasks.min to 6,")
    assert f"new ones answer after {REACTION:.3g} s" in found.limited_by
    assert found.status == "derived"
    enough = of(platform(region(service(minimum=6)), targets=wanting(spikes={"api": spike})), "api", "spike")
    assert enough.verdict is Verdict.MET


def test_of_a_slow_spike_only_its_beginning() -> None:
    """From 150/s on autoscaling acts; until its tasks answer, the load grows by 0.1/s each second."""
    spike = Spike(requests_per_second=1000, seconds=10_000)
    found = of(platform(targets=wanting(spikes={"api": spike})), "api", "spike")
    assert found.target == pytest.approx(150 + 0.1 * REACTION)
    assert found.verdict is Verdict.MET


def test_a_spike_needs_the_most_tasks_too() -> None:
    spike = Spike(requests_per_second=5000, seconds=10_000)
    found = of(platform(targets=wanting(spikes={"api": spike})), "api", "spike")
    assert (found.value, found.verdict) == (pytest.approx(4560), Verdict.MISSED)
    assert found.remedy == "raise services.api.tasks.max or services.api.cpu"


def test_a_standby_is_told_what_it_carries_after_a_failover() -> None:
    standby = region(service(maximum=6), name="eu-west-1", role=Role.STANDBY)
    targets = wanting(requests_per_second={"api": 1000}, spikes={"api": Spike(requests_per_second=100, seconds=1)})
    found = capacity(platform(region(), standby, targets=targets))
    after = one(found, "api", "requests after a failover", "eu-west-1")
    assert (after.value, after.verdict) == (300, Verdict.MISSED)
    assert after.remedy.startswith("raise regions.eu-west-1.tasks.api.max to 20 ")
    assert one(found, "api", "requests").verdict is Verdict.MET
    assert not [f for f in found if f.region == "eu-west-1" and f.name.startswith("spike")]


def test_an_answer_takes_longer_with_the_fewest_tasks_full() -> None:
    """M/M/3 at 70 %: Erlang C 0.4923, so 0.4923 × 5 ms ÷ (3 − 2.1)."""
    found = of(platform(region(service(requests_per_target=None))), "api", "mean time to answer")
    assert found.lowest == 40
    assert found.value == pytest.approx(40 + 0.4923 * 5 / 0.9, abs=0.001)


def test_workers_handle_messages_at_once() -> None:
    """20 tasks × 10 messages ÷ 1 s; CPU would allow 350."""
    found = of(platform(region(worker(), queues=(queue(),))), "deliver", "messages handled")
    assert (found.lowest, found.value) == (20, 200)
    assert found.limited_by == "20 tasks × 10 messages at once"


def test_several_workers_of_a_queue_add_up() -> None:
    workers = (worker("one"), worker("two", concurrency=1))
    targets = wanting(messages={"deliveries": MessageTarget(per_second=300)})
    found = of(platform(region(*workers, queues=(queue(),)), targets=targets), "queue deliveries", "messages")
    assert (found.lowest, found.value, found.verdict) == (22, 220, Verdict.MISSED)
    assert found.remedy == "raise workers.one.tasks.max to 28 or workers.one.concurrency"


def test_a_target_of_a_queue_needs_a_reader() -> None:
    targets = wanting(messages={"deliveries": MessageTarget(per_second=1)})
    found = of(platform(region(queues=(queue(),)), targets=targets), "queue deliveries", "messages")
    assert (found.verdict, found.remedy) == (Verdict.UNKNOWN, "add a worker with queue: deliveries")
    assert found.limited_by == "no worker reads it"


def test_a_backlog_is_handled_by_the_most_tasks_once_they_run() -> None:
    """2 tasks for 362.16 s, 20 from then on."""
    ramp = 300 + 60 + 18 / (500 / 60)
    found = one(
        capacity(platform(region(worker(), queues=(queue(),))), 10_000), "queue deliveries", "time until 10,000"
    )
    assert found.value == pytest.approx((ramp + (10_000 - 20 * ramp) / 200) / 60)
    assert found.unit == "min"


def test_a_small_backlog_starts_fewer_tasks() -> None:
    """3,000 waiting ÷ 200 a task: 15 tasks."""
    ramp = 300 + 60 + 13 / (500 / 60)
    seconds = 3000 / 20
    assert seconds < ramp
    found = one(capacity(platform(region(worker(), queues=(queue(),))), 3000), "queue deliveries", "time until 3,000")
    assert found.value == pytest.approx(seconds / 60)
    larger = one(
        capacity(platform(region(worker(backlog_per_task=1000), queues=(queue(),))), 9000), "queue deliveries", "time"
    )
    ramp = 300 + 60 + 7 / (500 / 60)
    assert larger.value == pytest.approx((ramp + (9000 - 20 * ramp) / 90) / 60)


def test_a_backlogs_time_is_a_target() -> None:
    wanted = {"deliveries": MessageTarget(per_second=100, backlog=100_000, drain_minutes=10)}
    found = of(
        platform(region(worker(), queues=(queue(),)), targets=wanting(messages=wanted)),
        "queue deliveries",
        "time until",
    )
    assert (found.limit, found.verdict) == (10, Verdict.MISSED)
    assert found.remedy.startswith("raise workers.deliver.tasks.max to ")
    never = {"deliveries": MessageTarget(per_second=200, backlog=1, drain_minutes=10)}
    stack = platform(
        region(worker(minimum=19, backlog_per_task=None), queues=(queue(),)), targets=wanting(messages=never)
    )
    found = of(stack, "queue deliveries", "time until")
    assert (found.value, found.verdict) == (None, Verdict.MISSED)


def test_after_a_downtime_no_message_may_be_older_than_the_retention() -> None:
    ramp = 300 + 60 + 18 / (500 / 60)
    gathered = 24 * 3600 * 100
    drain = ramp + (gathered + (100 - 20) * ramp) / (200 - 100)
    targets = wanting(messages={"deliveries": MessageTarget(per_second=100, downtime_hours=24)})

    def stack(**changes: int) -> Platform:
        return platform(region(worker(), queues=(queue(**changes),)), targets=targets)

    assert of(stack(), "queue deliveries", "messages gathered").value == gathered
    age = of(stack(), "queue deliveries", "age of the oldest")
    assert age.value == pytest.approx(24 + drain / 3600)
    assert (age.limit, age.verdict) == (96, Verdict.MET)
    short = of(stack(retention_seconds=86_400), "queue deliveries", "age of the oldest")
    assert short.verdict is Verdict.MISSED
    assert short.remedy == f"raise queues.deliveries.retention_seconds to {86_400 + int(drain) + 1}"


def test_messages_in_flight_are_those_of_a_deployments_tasks() -> None:
    found = of(platform(region(worker(), queues=(queue(),))), "queue deliveries", "messages in flight")
    assert (found.value, found.limit, found.verdict) == (400, 120_000, Verdict.MET)
    assert "36,000 if every message failed" in found.limited_by
    many = worker(concurrency=1000, maximum=100)
    found = of(platform(region(many, queues=(queue(),))), "queue deliveries", "messages in flight")
    assert (found.value, found.verdict) == (200_000, Verdict.MISSED)
    assert found.remedy == "lower workers.deliver.concurrency or workers.deliver.tasks.max"


@pytest.mark.parametrize(
    ("per_second", "high_throughput", "verdict", "words"),
    [
        (200, False, Verdict.MET, "300 calls/s of each kind"),
        (2000, False, Verdict.MET, "300 calls/s of each kind; only in batches"),
        (4000, False, Verdict.MISSED, "300 calls/s of each kind; only in batches"),
        (4000, True, Verdict.NONE, "high throughput: by message groups"),
    ],
)
def test_fifo_queues_have_a_rate(per_second: float, high_throughput: bool, verdict: Verdict, words: str) -> None:
    targets = wanting(messages={"deliveries": MessageTarget(per_second=per_second)})
    fifo = queue(fifo=True, high_throughput=high_throughput)
    found = of(platform(region(worker(), queues=(fifo,)), targets=targets), "queue deliveries", "messages through")
    assert (found.value, found.verdict, found.limited_by) == (per_second, verdict, words)


def test_receives_last_for_a_time_of_failing() -> None:
    found = of(platform(region(worker(), queues=(queue(),))), "queue deliveries", "failing until")
    assert (found.value, found.unit, found.verdict) == (15, "min", Verdict.NONE)
