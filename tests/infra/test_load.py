"""What the stack file declares of load and targets: what tasks are told of it, and the outputs that carry it on."""

import pytest

from tests.infra.platforms import EVERYTHING, MINIMAL, built, environment
from tests.infra.sample import SAMPLE, settings_of
from tests.support.recorder import Recording


@pytest.fixture(scope="module")
def declared() -> Recording:
    return built(settings_of(EVERYTHING))


@pytest.fixture(scope="module")
def plain() -> Recording:
    return built(settings_of(SAMPLE))


def pool(variables: dict[str, str]) -> tuple[str | None, ...]:
    return tuple(variables.get(f"DATABASE_POOL_{what}") for what in ("SIZE", "IDLE_SECONDS", "CONNECT_SECONDS"))


@pytest.mark.feature("D6")
@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_tasks_that_connect_to_the_database_are_told_their_pool(declared: Recording, region: str) -> None:
    assert pool(environment(declared, f"{region}-api")) == ("20", "60", "5")
    assert pool(environment(declared, f"{region}-packer")) == ("10", "30", "2")
    assert pool(environment(declared, f"{region}-sweep")) == ("2", "30", "2")
    assert pool(environment(declared, f"{region}-web")) == (None, None, None)


@pytest.mark.feature("D6")
def test_an_execution_of_a_function_has_one_connection(declared: Recording) -> None:
    functions = {f.name: f.inputs for f in declared.of("aws:lambda/function:Function")}
    assert pool(functions["eu-west-1-orders-api"]["environment"]["variables"]) == ("1", "30", "2")
    assert pool(functions["eu-west-1-rotate"].get("environment", {}).get("variables", {})) == (None, None, None)


@pytest.mark.feature("S3")
def test_a_worker_is_told_how_many_messages_to_handle_at_once(declared: Recording, plain: Recording) -> None:
    assert environment(declared, "eu-west-1-packer")["WORKER_CONCURRENCY"] == "4"
    assert environment(plain, "eu-west-1-packer")["WORKER_CONCURRENCY"] == "1"
    assert "WORKER_CONCURRENCY" not in environment(declared, "us-east-1-api")


@pytest.mark.feature("S3")
def test_messages_wait_for_less_where_several_are_handled_at_once(declared: Recording, plain: Recording) -> None:
    """50 messages of 10 s before each task: 500 s one by one, 125 s by fours."""
    for recording, seconds in ((plain, 500), (declared, 125)):
        alarm = recording.get("aws:cloudwatch/metricAlarm:MetricAlarm", "us-east-1-orders-alarms-age")
        assert alarm.inputs["threshold"] == int(1.5 * seconds)


def test_targets_are_an_output(declared: Recording) -> None:
    assert declared.result["targets"] == {
        "requests_per_second": {"api": 300},
        "spikes": {"api": {"requests_per_second": 1000, "seconds": 10}},
        "concurrent_users": {"api": 5000},
        "messages": {"orders": {"per_second": 12.5, "backlog": 10000, "drain_minutes": 30, "downtime_hours": 24}},
        "database_clients": 1000,
        "availability_percent": 99.9,
        "recovery_minutes": 30,
        "data_loss_seconds": 0,
        "rollback_seconds": 120,
        "monthly_usd": 2500,
    }


def test_what_is_declared_of_load_is_an_output(declared: Recording) -> None:
    assert declared.result["load"] == {
        "services": {
            "api": {
                "request": {
                    "cpu_milliseconds": 5,
                    "milliseconds": 40,
                    "kilobytes": 8,
                    "transactions": 2,
                    "transaction_milliseconds": 3.5,
                },
                "users": {"seconds_between_requests": 20, "connections_per_task": 2000},
            }
        },
        "workers": {
            "packer": {
                "concurrency": 4,
                "message": {
                    "cpu_milliseconds": 10,
                    "milliseconds": 5000,
                    "kilobytes": 2,
                    "transactions": 0.5,
                    "transaction_milliseconds": 4,
                },
            }
        },
    }


def test_what_is_not_declared_is_left_out(plain: Recording) -> None:
    assert plain.result["targets"] is None
    assert plain.result["load"] == {"services": {}, "workers": {"packer": {"concurrency": 1}}}
    request = "        request: {cpu_milliseconds: 5, milliseconds: 40}\n"
    text = MINIMAL.replace("        port: 5555\n", f"        port: 5555\n{request}") + "    targets: {monthly_usd: 9}\n"
    some = built(settings_of(text)).result
    assert some["targets"] == {"monthly_usd": 9}
    assert some["load"]["services"] == {
        "api": {"request": {"cpu_milliseconds": 5, "milliseconds": 40, "transactions": 0}}
    }
