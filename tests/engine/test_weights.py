"""Under Pulumi's own engine: weights that ECS has moved survive a refresh and any update of their rule."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.engine.test_engine import Pulumi, pulumi, pytestmark

__all__ = ["pulumi", "pytestmark"]

PROGRAM = """
import pulumi
import pulumi_aws as aws

from components.service import Deployment, Route, Strategy, WebService
from tests.support.workloads import web_arguments

path = pulumi.Config("demo").require("path")
route = Route(priority=10, hosts=["api.example.com"], paths=[path])
args = web_arguments(deployment=Deployment(strategy=Strategy.CANARY), routes=[route])
WebService("api", args, pulumi.ResourceOptions(providers=[aws.Provider("us", region="us-east-1")]))
"""


@pytest.mark.feature("S1")
def test_an_update_of_the_rule_keeps_the_weights(pulumi: Pulumi, tmp_path: Path) -> None:
    (tmp_path / "project" / "infra" / "__main__.py").write_text(PROGRAM)
    pulumi("stack", "init", "weights")
    pulumi("config", "set", "demo:path", "/v1/*", "--stack", "weights")
    pulumi("up", "--stack", "weights", "--yes", "--skip-preview")

    def rule(state: dict[str, Any]) -> dict[str, Any]:
        (found,) = (r for r in state["deployment"]["resources"] if r["urn"].endswith("::api-route-main"))
        assert isinstance(found, dict)
        return found

    # What a refresh writes into the state after a deployment: the other group has the requests.
    state = json.loads(pulumi("stack", "export", "--stack", "weights").stdout)
    groups = [{"arn": "other", "weight": 100}, {"arn": "first", "weight": 0}]
    filled_in = {"stickiness": {"enabled": False, "duration": 0}, "targetGroups": groups}
    moved = [{"type": "forward", "order": 1, "forward": filled_in}]
    assert rule(state)["inputs"]["actions"] != moved
    for side in ("inputs", "outputs"):
        rule(state)[side]["actions"] = moved
    refreshed = tmp_path / "refreshed.json"
    refreshed.write_text(json.dumps(state))
    pulumi("stack", "import", "--stack", "weights", "--file", str(refreshed))

    same = json.loads(pulumi("preview", "--stack", "weights", "--json").stdout)
    assert set(same["changeSummary"]) == {"same"}
    pulumi("config", "set", "demo:path", "/v2/*", "--stack", "weights")
    planned = json.loads(pulumi("preview", "--stack", "weights", "--json").stdout)
    (step,) = (step for step in planned["steps"] if step["op"] != "same")
    assert (step["urn"].rsplit("::", 1)[1], step["op"], step["diffReasons"]) == (
        "api-route-main",
        "update",
        ["conditions"],
    )
    pulumi("up", "--stack", "weights", "--yes", "--skip-preview")
    after = rule(json.loads(pulumi("stack", "export", "--stack", "weights").stdout))
    assert after["inputs"]["actions"] == after["outputs"]["actions"] == moved
    assert after["inputs"]["conditions"][1] == {"pathPattern": {"values": ["/v2/*"]}}
