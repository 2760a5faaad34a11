"""Platforms that tests record: those of the sample and of smaller texts."""

import json
from typing import Any

from infra.outputs import stack_outputs
from infra.settings import Settings
from infra.stack import build
from tests.infra.sample import LOAD, MESSAGING, PRODUCING, SAMPLE, SERVERLESS, TARGETS, edited
from tests.support.recorder import Recording, Registration, record

ACCOUNT = "111122223333"
INVOKES: dict[str, dict[str, Any]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": ACCOUNT},
    "aws:secretsmanager/getRandomPassword:getRandomPassword": {"randomPassword": "x" * 40},
    "aws:ecr/getAuthorizationToken:getAuthorizationToken": {"userName": "AWS", "password": "hidden"},
    "aws:secretsmanager/getSecretVersions:getSecretVersions": {
        "versions": [{"versionId": "v1", "versionStages": ["AWSCURRENT"], "createdTime": "", "lastAccessedDate": ""}]
    },
}
THIRD_REGION = (
    "    services:\n      api:",
    "      us-west-2:\n        role: standby\n        cidr: 10.2.0.0/16\n"
    "        zones: {us-west-2a: 0, us-west-2b: 1}\n"
    "    services:\n      api:",
)
STANDBY = SAMPLE[SAMPLE.index("      eu-west-1:\n        role") : SAMPLE.index("    services:\n      api:")]
# Recording the whole sample takes a second: where the rest does not matter, two services in two regions do,
SERVICES = edited(
    (SAMPLE[SAMPLE.index("    workers:\n") :], ""),
    ("        connects: [database, cache]\n", ""),
    ("        produces: [orders]\n", ""),
)
# or one service,
MINIMAL = edited(
    (SERVICES[SERVICES.index("      web:\n") :], ""),
    ("            host: api.test.", "            host: test."),
    base=SERVICES,
)
# or one service in one region.
ONE_REGION = MINIMAL.replace(STANDBY, "")
# What a queue needs, and the workers that take from it.
QUEUES = SERVICES + SAMPLE[SAMPLE.index("    queues:\n") : SAMPLE.index("    load_balancer:\n")]
WORKERS = SAMPLE[SAMPLE.index("    workers:\n") : SAMPLE.index("    jobs:\n")]
# All that has outputs or variables.
FILES = ("    services:\n", "    buckets: {files: {}}\n    services:\n")
WATCHING = """\
    metric_alarms:
      failure-rate:
        {summary: It fails., namespace: Shop, metric: failed, statistic: Sum, per_second: true, threshold: 0.1}
    dashboards: [health, messages, api, database, errors, global]
"""
EVERYTHING = edited(PRODUCING, FILES, *LOAD) + MESSAGING + SERVERLESS + TARGETS + WATCHING
THIRD_REPLICA = ("        eu-west-1: {}\n", "        eu-west-1: {}\n        us-west-2: {}\n")


def built(settings: Settings, *, preview: bool = False, answers: dict[str, dict[str, Any]] | None = None) -> Recording:
    """The platform of these settings; where AWS answers as usual, recorded once in each process, for all tests."""
    if answers:
        return _recorded(settings, preview, INVOKES | answers)
    key = settings.model_dump_json(by_alias=True), preview
    if key not in _RECORDINGS:
        _RECORDINGS[key] = _recorded(settings, preview, INVOKES)
    return _RECORDINGS[key]


def _recorded(settings: Settings, preview: bool, invokes: dict[str, dict[str, Any]]) -> Recording:
    return record(lambda: stack_outputs(build(settings)), preview=preview, invokes=invokes)


_RECORDINGS: dict[tuple[str, bool], Recording] = {}


def cloud(recording: Recording) -> list[Registration]:
    return [r for r in recording.resources if r.custom and not r.type.startswith("pulumi:")]


def environment(recording: Recording, name: str) -> dict[str, Any]:
    definition = recording.get("aws:ecs/taskDefinition:TaskDefinition", name)
    (container,) = json.loads(definition.inputs["containerDefinitions"])
    return {variable["name"]: variable["value"] for variable in container["environment"]}
