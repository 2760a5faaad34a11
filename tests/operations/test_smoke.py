"""Checks after a deployment: addresses over HTTP, ECS, targets and alarms by clients that answer as AWS does."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from breakwater.cli import app
from breakwater.operations.errors import OperationError
from breakwater.operations.smoke import Finding, checks, until_good

NOW = datetime(2027, 1, 15, 8, tzinfo=UTC)
GOOD = Finding(check="a", good=True, text="")
BAD = Finding(check="a", good=False, text="")
LOST = Finding(check="a", good=False, text="", final=True)


class Aws:
    """One region, of which tests change the answers."""

    def __init__(self) -> None:
        done = {"rolloutState": "COMPLETED"}
        self.service = {
            "serviceName": "api-1", "status": "ACTIVE", "runningCount": 2, "desiredCount": 2, "deployments": [done]
        }  # fmt: skip
        self.targets = {"blue": ["healthy", "draining"], "green": []}
        self.alarms: list[dict[str, Any]] = []
        self.asked: dict[str, Any] = {}

    def __call__(self, *_: str) -> "Aws":
        return self

    def describe_services(self, cluster: str, services: list[str]) -> Any:
        self.asked["ecs"] = (cluster, services)
        return {"services": [self.service]}

    def describe_target_health(self, TargetGroupArn: str) -> Any:  # noqa: N803 (AWS's name)
        return {"TargetHealthDescriptions": [{"TargetHealth": {"State": s}} for s in self.targets[TargetGroupArn]]}

    def get_paginator(self, _: str) -> "Aws":
        return self

    def paginate(self, **asked: Any) -> Any:
        self.asked["alarms"] = asked
        return [{"MetricAlarms": self.alarms, "CompositeAlarms": []}]


def outputs(**urls: str) -> dict[str, Any]:
    api = {"service_name": "api-1", "target_group_arn": "blue", "alternate_target_group_arn": "green"}
    region = {"cluster": "main", "services": {"api": api}, "workers": {}, "alarm_topic_arn": "arn:topic", "urls": {}}
    return {"urls": urls, "regions": {"us-east-1": region}}


def found(aws: Aws, since: datetime | None = None, **urls: str) -> dict[str, tuple[bool, str]]:
    return {f.check: (f.good, f.text) for check in checks(outputs(**urls), aws, since) for f in check()}


def test_a_healthy_stack_is_good_in_all_respects() -> None:
    aws = Aws()
    assert found(aws) == {
        "service api-1 in us-east-1": (True, "2 of 2 tasks run"),
        "targets of api in us-east-1": (True, "1 of 1 targets are healthy"),
        "alarms in us-east-1": (True, "none is on"),
    }
    assert aws.asked["ecs"] == ("main", ["api-1"])
    assert aws.asked["alarms"]["ActionPrefix"] == "arn:topic"
    assert aws.asked["alarms"]["StateValue"] == "ALARM"


def test_tasks_that_are_still_coming_or_went_back() -> None:
    aws = Aws()
    aws.service["runningCount"] = 1
    assert found(aws)["service api-1 in us-east-1"] == (False, "1 of 2 tasks run")
    aws.service["deployments"] = [{"rolloutState": "IN_PROGRESS"}, {"rolloutState": "COMPLETED"}]
    assert found(aws)["service api-1 in us-east-1"] == (False, "1 of 2 tasks run, deploying")
    aws.service["deployments"] = [
        {"rolloutState": "IN_PROGRESS"}, {"rolloutState": "FAILED", "rolloutStateReason": "alarm api-errors"}
    ]  # fmt: skip
    ecs = checks(outputs(), aws, None)[0]
    assert [(f.text, f.final) for f in ecs()] == [("the deployment failed: alarm api-errors", True)]
    aws.service["serviceName"] = "other"
    assert [(f.text, f.final) for f in ecs()] == [("is not there", True)]


@pytest.mark.parametrize("states", [[], ["unhealthy"], ["healthy", "initial"], ["draining"]])
def test_targets_that_are_not_healthy(states: list[str]) -> None:
    aws = Aws()
    aws.targets["blue"] = states
    assert not found(aws)["targets of api in us-east-1"][0]


def test_only_alarms_since_the_deployment_count() -> None:
    aws = Aws()
    aws.alarms = [{"AlarmName": "api-errors", "StateReason": "too many", "StateTransitionedTimestamp": NOW}]
    assert found(aws, NOW)["alarm api-errors in us-east-1"] == (False, "too many")
    assert found(aws)["alarm api-errors in us-east-1"] == (False, "too many")
    assert found(aws, NOW + timedelta(seconds=1))["alarms in us-east-1"] == (True, "none is on, 1 were on before")


@pytest.fixture
def site() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def do_GET(self) -> None:
            self.send_response(int(self.path[1:]))
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_addresses_must_answer_without_an_error_of_the_server(site: str) -> None:
    urls = {f"host-{status}": f"{site}/{status}" for status in (200, 302, 404, 500, 503)}
    answers = {check: good for check, (good, _) in found(Aws(), **urls).items() if check.startswith("host")}
    assert answers == {"host-200": True, "host-302": True, "host-404": True, "host-500": False, "host-503": False}
    wrong = found(Aws(), gone="http://127.0.0.1:9/", file="file:///etc/passwd")
    assert "does not answer" in wrong["gone"][1]
    assert wrong["file"] == (False, "'file:///etc/passwd' is no web address")


class Clock:
    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.time += seconds


@pytest.mark.parametrize(
    ("rounds", "deadline", "watch", "good", "took"),
    [
        ([GOOD], 60, 0, True, 0),
        ([BAD, BAD, GOOD], 60, 0, True, 30),
        ([BAD] * 9, 40, 0, False, 40),
        ([LOST, GOOD], 60, 0, False, 0),
        ([GOOD, GOOD, GOOD], 60, 20, True, 20),
        ([GOOD, BAD, GOOD], 60, 20, False, 15),
        ([BAD, GOOD, GOOD, GOOD], 15, 20, True, 35),
    ],
)
def test_it_waits_for_the_deadline_and_watches_on(
    rounds: list[Finding], deadline: int, watch: int, good: bool, took: int
) -> None:
    clock, answers = Clock(), iter(rounds)
    last = until_good([lambda: [next(answers)]], deadline, watch, now=clock.now, sleep=clock.sleep)
    assert (last[0].good, clock.time) == (good, took)


def test_the_command_tells_each_check(tmp_path: Path, site: str) -> None:
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps({"urls": {"api.test": f"{site}/503"}, "regions": {}}))
    result = CliRunner().invoke(app, ["smoke", str(file), "--deadline", "0"])
    assert (result.exit_code, result.stdout) == (1, f"FAIL api.test: {site}/503 answers 503\n")
    result = CliRunner().invoke(app, ["smoke", str(file), "--since", "yesterday"])
    assert result.exit_code == 2
    with pytest.raises(OperationError, match="no outputs of a stack"):
        checks([], Aws(), None)
