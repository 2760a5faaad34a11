"""Rules about what requests, users and messages take, about pools, and about targets."""

import pytest

from tests.infra.platforms import MINIMAL
from tests.infra.sample import LOAD, SAMPLE, TARGETS, edited, line_of, refusal, settings_of

TEXT = edited(*LOAD) + TARGETS
USERS = next(line for line in LOAD[0][1].splitlines(keepends=True) if "users:" in line)
MESSAGE = next(line for line in LOAD[1][1].splitlines(keepends=True) if "message:" in line)
STANDBY = SAMPLE[SAMPLE.index("      eu-west-1:\n        role") : SAMPLE.index("    services:\n      api:")]
REPLICA = "      remote_replicas:\n        eu-west-1: {}\n"

# Each an edit of the text with everything, the problem's place, text on its line, and a part of what is said of it and
# of the remedy.
CASES = {
    "more CPU than there is": (
        ("milliseconds: 5, milliseconds: 40", "milliseconds: 50, milliseconds: 40"),
        "services.api.request.milliseconds",
        "request: {",
        "50 ms of CPU do not fit into 40 ms with 1 vCPU",
        "write 50 or more",
    ),
    "no CPU at all": (
        ("milliseconds: 5, milliseconds: 40", "milliseconds: 0, milliseconds: 40"),
        "services.api.request.cpu_milliseconds",
        "request: {",
        "greater than 0",
        "for example 5",
    ),
    "request without its time": (
        ("milliseconds: 40, ", ""),
        "services.api.request.milliseconds",
        "request: {",
        "missing",
        "add `milliseconds: 40`",
    ),
    "transactions of unknown length": (
        (", transaction_milliseconds: 3.5", ""),
        "services.api.request.transactions",
        "request: {",
        "how long a transaction takes",
        "add `transaction_milliseconds: 3`",
    ),
    "length of no transactions": (
        ("transactions: 2, ", ""),
        "services.api.request.transaction_milliseconds",
        "request: {",
        "there are no transactions",
        "add `transactions`",
    ),
    "transaction longer than its request": (
        ("transaction_milliseconds: 3.5", "transaction_milliseconds: 41"),
        "services.api.request.transaction_milliseconds",
        "request: {",
        "a transaction of 41 ms does not fit into 40 ms",
        "write 40 or less",
    ),
    "transactions without a database": (
        ("        connects: [database]\n        image", "        image"),
        "workers.packer.message.transactions",
        "message: {",
        "do not connect to the database",
        "add `database` to `connects`",
    ),
    "mean above the 99th percentile": (
        ("milliseconds: 5000", "milliseconds: 10001"),
        "workers.packer.message.milliseconds",
        "message: {",
        "10001 ms on average, but 10000 ms at the 99th percentile",
        "write 10000 or less",
    ),
    "message that SQS does not take": (
        ("kilobytes: 2,", "kilobytes: 1025,"),
        "workers.packer.message.kilobytes",
        "message: {",
        "less than or equal to 1024",
        "2",
    ),
    "no messages at once": (
        ("concurrency: 4", "concurrency: 0"), "workers.packer.concurrency", "concurrency: 0", "greater than", "1"
    ),
    "pool without a database": (
        ("        port: 8080\n", "        port: 8080\n        pool: {connections: 5}\n"),
        "services.web.pool",
        "pool: {connections: 5}",
        "do not connect to the database",
        "add `database` to `connects`",
    ),
    "pool of nothing": (
        ("connections: 20,", "connections: 0,"), "services.api.pool.connections", "pool: {", "greater than", "10"
    ),
    "pool that outlives the proxy's patience": (
        ("        target: writer\n", "        target: writer\n        idle_client_timeout_seconds: 60\n"),
        "services.api.pool.idle_seconds",
        "pool: {",
        "for 60 s, but the proxy closes them after 60 s",
        "write 59 or less",
    ),
    "variable of the pool": (
        ("LOG_LEVEL: info", "DATABASE_POOL_SIZE: '5'"),
        "services.api.environment.DATABASE_POOL_SIZE",
        "DATABASE_POOL_SIZE",
        "set by the platform",
        "remove it",
    ),
    "more connections than files": (
        ("connections_per_task: 2000", "connections_per_task: 70000"),
        "services.api.users.connections_per_task",
        "users: {",
        "less than or equal to 65535",
        "2000",
    ),
    "target of nobody": (
        ("requests_per_second: {api: 300}", "requests_per_second: {apy: 300}"),
        "targets.requests_per_second.apy",
        "requests_per_second: {apy",
        "no service apy",
        "write api",
    ),
    "target of a service that says nothing": (
        ("requests_per_second: {api: 300}", "requests_per_second: {web: 300}"),
        "targets.requests_per_second.web",
        "requests_per_second: {web",
        "what web can carry: it declares no request",
        "add `services.web.request`",
    ),
    "spike of a service that says nothing": (
        ("spikes: {api:", "spikes: {web:"), "targets.spikes.web", "spikes:", "no request", "`services.web.request`"
    ),
    "users of a service that says nothing": (
        ("concurrent_users: {api:", "concurrent_users: {web:"),
        "targets.concurrent_users.web",
        "concurrent_users:",
        "declares no request and no users",
        "add `services.web.request` and `services.web.users`",
    ),
    "users of unknown behaviour": (
        (USERS, ""), "targets.concurrent_users.api", "concurrent_users:", "no users", "add `services.api.users`"
    ),
    "no requests": (
        ("requests_per_second: {api: 300}", "requests_per_second: {api: 0}"),
        "targets.requests_per_second.api",
        "requests_per_second: {api: 0",
        "greater than 0",
        "1500",
    ),
    "target of no queue": (
        ("messages: {orders:", "messages: {order:"), "targets.messages.order", "messages: {order", "no queue", "orders"
    ),
    "target of a queue that nobody reads": (
        ("    queues:\n", "    queues:\n      mails: {}\n"),
        ("messages: {orders:", "messages: {mails:"),
        "targets.messages.mails",
        "messages: {mails",
        "no worker reads mails",
        "add a worker with `queue: mails`",
    ),
    "target of a queue whose worker says nothing": (
        (MESSAGE, ""),
        "targets.messages.orders",
        "messages: {orders",
        "what packer can carry: it declares no message",
        "add `workers.packer.message`",
    ),
    "backlog for ever": (
        (", drain_minutes: 30", ""), "targets.messages.orders.backlog", "messages:", "when the backlog", "drain_minutes"
    ),
    "minutes for nothing": (
        ("backlog: 10000, drain_minutes: 30, downtime_hours: 24", "drain_minutes: 30"),
        "targets.messages.orders.drain_minutes",
        "messages:",
        "how many messages",
        "add `backlog`",
    ),
    "messages that gather at no rate": (
        ("per_second: 12.5, backlog: 10000, ", ""),
        "targets.messages.orders.drain_minutes",
        "messages:",
        "how many messages",
        "add `backlog`",
    ),
    "nothing of a queue": (
        ("{per_second: 12.5, backlog: 10000, drain_minutes: 30, downtime_hours: 24}", "{}"),
        "targets.messages.orders",
        "messages:",
        "nothing is asked",
        "add `per_second`",
    ),
    "always there": (
        ("availability_percent: 99.9", "availability_percent: 100"),
        "targets.availability_percent",
        "availability_percent",
        "less than 100",
        "99.9",
    ),
    "misspelt": (
        ("monthly_usd", "monthly_eur"), "targets.monthly_eur", "monthly_eur", "not known", "rename it to `monthly_usd`"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_refused_at_its_place_with_a_remedy(case: tuple[str | tuple[str, str], ...]) -> None:
    text = edited(*(part for part in case if isinstance(part, tuple)), base=TEXT)
    path, at, message, remedy = (part for part in case if isinstance(part, str))
    (problem,) = refusal(text).problems
    assert problem.location == f"config.breakwater:platform.{path}"
    assert (problem.file, problem.line) == ("Pulumi.test.yaml", line_of(text, at))
    assert message in problem.message
    assert remedy in problem.remedy
    assert problem.allowed


def test_a_single_region_cannot_be_lost() -> None:
    problems = refusal(edited((STANDBY, ""), (REPLICA, ""), base=TEXT)).problems
    told = {problem.path[-1]: problem for problem in problems}
    assert told.keys() == {"recovery_minutes", "data_loss_seconds"}
    for problem in problems:
        assert "no region left" in problem.message
        assert "add a standby region" in problem.remedy


def test_clients_of_a_database_need_one() -> None:
    (problem,) = refusal(MINIMAL + "    targets: {database_clients: 9}\n").problems
    assert problem.path == ("targets", "database_clients")
    assert "the stack has no database" in problem.message
    assert "add `database`" in problem.remedy


def test_more_vcpus_do_more_at_once() -> None:
    text = edited(("cpu: 512", "cpu: 4096"), ("memory: 1024", "memory: 8192"), base=TEXT)
    settings_of(text.replace("milliseconds: 5, milliseconds: 40", "milliseconds: 160, milliseconds: 40"))
    (problem,) = refusal(
        text.replace("milliseconds: 5, milliseconds: 40", "milliseconds: 161, milliseconds: 40")
    ).problems
    assert "do not fit into 40 ms with 4 vCPU" in problem.message


def test_a_rare_transaction_may_be_longer_than_the_mean_request() -> None:
    rare = "transactions: 0.1, transaction_milliseconds: 400"
    settings_of(TEXT.replace("transactions: 2, transaction_milliseconds: 3.5", rare))
    (problem,) = refusal(
        TEXT.replace("transactions: 2, transaction_milliseconds: 3.5", rare.replace("400", "401"))
    ).problems
    assert "write 400 or less" in problem.remedy


def test_a_backlog_may_be_what_gathers_while_no_worker_runs() -> None:
    settings = settings_of(TEXT.replace("backlog: 10000, ", ""))
    assert settings.targets.messages["orders"].drain_minutes == 30


def test_a_broken_declaration_is_told_once() -> None:
    (problem,) = refusal(edited(("cpu_milliseconds: 5,", "cpu_milliseconds: five,"), base=TEXT)).problems
    assert problem.path == ("services", "api", "request", "cpu_milliseconds")


def test_by_default_nothing_is_declared() -> None:
    settings = settings_of(SAMPLE)
    assert settings.targets.model_dump(exclude_defaults=True) == {}
    assert (settings.services["api"].request, settings.services["api"].users) == (None, None)
    assert (settings.workers["packer"].message, settings.workers["packer"].concurrency) == (None, 1)
    pool = settings.services["api"].pool
    assert (pool.connections, pool.idle_seconds, pool.connect_timeout_seconds) == (10, 30, 2)
