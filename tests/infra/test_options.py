"""What a stack file chooses for its containers arrives in the resources."""

import json
from typing import Any

import pulumi
import pytest

from infra.secret_versions import SecretVersions
from infra.settings import Settings
from tests.infra.platforms import SERVICES, built, cloud
from tests.infra.sample import SAMPLE, edited, settings_of
from tests.support.data import ACCOUNT
from tests.support.recorder import Recording

SERVICE, DEFINITION = "aws:ecs/service:Service", "aws:ecs/taskDefinition:TaskDefinition"
POLICY = "aws:iam/rolePolicy:RolePolicy"
SECRET = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:app/token-a1b2c3"
COLLECTOR = "public.ecr.aws/aws-observability/aws-otel-collector@sha256:" + "0" * 64
VERSIONS = "aws:secretsmanager/getSecretVersions:getSecretVersions"
API, WEB = "        port: 5555\n", "        port: 8080\n"


def configured(*changes: tuple[str, str]) -> Settings:
    return settings_of(edited(*changes))


def containers(recording: Recording, name: str) -> dict[str, dict[str, Any]]:
    definitions = json.loads(recording.get(DEFINITION, name).inputs["containerDefinitions"])
    return {definition["name"]: definition for definition in definitions}


def variables(recording: Recording, name: str) -> dict[str, str]:
    return {v["name"]: v["value"] for v in containers(recording, name)[name]["environment"]}


def statements(recording: Recording, name: str) -> dict[str, dict[str, Any]]:
    policy = json.loads(recording.get(POLICY, f"{name}-task").inputs["policy"])
    return {statement["Sid"]: statement for statement in policy["Statement"] if "Sid" in statement}


@pytest.fixture(scope="module")
def chosen() -> Recording:
    """One of each choice."""
    return built(
        configured(
            (
                "    services:\n      api:",
                f"    telemetry: {{image: '{COLLECTOR}', sampling_percent: 10}}\n"
                "    buckets:\n      files: {expiration_days: 365, replicate: true}\n      exports: {}\n"
                "    services:\n      api:",
            ),
            (
                API,
                API + "        user: app:app\n        writable_volumes: {work: /app/work}\n"
                "        stop_timeout_seconds: 90\n        memory_target_percent: 80\n"
                "        reads: [files]\n        writes: [files, exports]\n"
                "        schedules:\n"
                "          day: {schedule: cron(0 7 * * ? *), timezone: Europe/Dublin, min: 4, max: 9}\n"
                "          night: {schedule: cron(0 20 * * ? *), min: 2, max: 4}\n",
            ),
            (WEB, WEB + "        calls: [api]\n"),
            ("        queue: orders\n", "        queue: orders\n        calls: [api]\n"),
        )
    )


@pytest.mark.feature("S5")
def test_what_a_container_must_meet_is_set_in_the_stack_file(chosen: Recording) -> None:
    api = containers(chosen, "us-east-1-api")["us-east-1-api"]
    assert api["user"] == "app:app"
    assert api["stopTimeout"] == 90
    assert api["mountPoints"] == [{"sourceVolume": "work", "containerPath": "/app/work", "readOnly": False}]
    assert chosen.get(DEFINITION, "us-east-1-api").inputs["volumes"] == [{"name": "work"}]
    assert containers(chosen, "us-east-1-web")["us-east-1-web"]["user"] == "1000:1000"


@pytest.mark.feature("S3")
def test_numbers_of_tasks_by_the_clock_are_not_for_a_standby(chosen: Recording) -> None:
    actions = chosen.of("aws:appautoscaling/scheduledAction:ScheduledAction")
    assert [action.name for action in actions] == ["us-east-1-api-at-day", "us-east-1-api-at-night"]
    assert actions[0].inputs["scalableTargetAction"] == {"minCapacity": 4, "maxCapacity": 9}
    policies = {policy.name for policy in chosen.of("aws:appautoscaling/policy:Policy")}
    assert {"us-east-1-api-memory", "eu-west-1-api-memory"} <= policies
    assert "us-east-1-web-memory" not in policies


@pytest.mark.feature("S6")
def test_each_service_and_worker_has_a_collector_and_a_job_has_none(chosen: Recording) -> None:
    for name in ("us-east-1-api", "eu-west-1-web", "us-east-1-packer"):
        assert containers(chosen, name)["collector"]["image"] == COLLECTOR
        found = variables(chosen, name)
        assert found["OTEL_SERVICE_NAME"] == name.split("-", 3)[3]
        assert found["OTEL_RESOURCE_ATTRIBUTES"] == "service.namespace=test-unit"
        assert found["OTEL_TRACES_SAMPLER_ARG"] == "0.1"
    assert set(containers(chosen, "us-east-1-sweep")) == {"us-east-1-sweep"}


@pytest.mark.feature("S7")
def test_callers_find_the_service_and_have_an_edge_to_it_and_nobody_else_has(chosen: Recording) -> None:
    for caller in ("web", "packer"):
        assert variables(chosen, f"us-east-1-{caller}")["SERVICE_URL_API"] == "http://api:5555"
    ingress = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    rules = {r.name: r.inputs for r in chosen.of(ingress) if r.inputs["fromPort"] == 15000}
    assert sorted(rules) == [
        f"{region}-{caller}-to-api-ingress" for region in ("eu-west-1", "us-east-1") for caller in ("packer", "web")
    ]
    assert rules["us-east-1-web-to-api-ingress"]["securityGroupId"] == "us-east-1-api.id"
    assert rules["us-east-1-web-to-api-ingress"]["referencedSecurityGroupId"] == "us-east-1-web.id"
    connect = {name: chosen.get(SERVICE, f"us-east-1-{name}").inputs["serviceConnectConfiguration"]
               for name in ("api", "web", "packer")}  # fmt: skip
    assert [service["discoveryName"] for service in connect["api"]["services"]] == ["api"]
    assert "services" not in connect["web"] | connect["packer"]
    assert {c["namespace"] for c in connect.values()} == {"us-east-1-cluster-services.arn"}


@pytest.mark.feature("S10")
def test_readers_and_writers_of_buckets_find_them_and_may_no_more(chosen: Recording) -> None:
    found = statements(chosen, "us-east-1-api")
    assert found["ReadFiles"]["Resource"] == "us-east-1-files-bucket.arn/*"
    assert found["WriteExports"]["Resource"] == "us-east-1-exports-bucket.arn/*"
    assert "ReadExports" not in found
    assert found["DecryptObjects"]["Resource"] == "us-east-1-data-key.arn"
    assert variables(chosen, "us-east-1-api").keys() >= {"BUCKET_FILES", "BUCKET_EXPORTS"}
    assert "BUCKET_FILES" not in variables(chosen, "us-east-1-web")


@pytest.mark.feature("S10")
def test_buckets_are_copied_from_the_primary_region_by_choice(chosen: Recording) -> None:
    (config,) = chosen.of("aws:s3/bucketReplicationConfig:BucketReplicationConfig")
    assert config.name == "us-east-1-files-bucket-replication"
    assert config.inputs["bucket"] == "us-east-1-files-bucket.id"
    (rule,) = config.inputs["rules"]
    assert rule["destination"]["bucket"] == "eu-west-1-files-bucket.arn"
    for region in ("us-east-1", "eu-west-1"):
        assert config.depends_on(f"{region}-files-bucket-versioning")


@pytest.mark.feature("S7")
@pytest.mark.feature("S11")
def test_by_default_there_is_none_of_it() -> None:
    recording = built(settings_of(SAMPLE))
    types = {r.type for r in cloud(recording)}
    assert not {t for t in types if "scheduledAction" in t or "httpNamespace" in t or "bucketReplication" in t}
    assert not [r.name for r in recording.of("aws:s3/bucket:Bucket") if r.name.endswith("-bucket")]
    for service in recording.of(SERVICE):
        assert service.inputs["enableExecuteCommand"] is False
        assert "serviceConnectConfiguration" not in service.inputs
    assert all(len(containers(recording, d.name)) == 1 for d in recording.of(DEFINITION))


@pytest.mark.feature("S11")
def test_sessions_in_one_service_of_a_stack_that_is_no_production() -> None:
    wanted = (API, API + "        execute_command: true\n")
    recording = built(settings_of(edited(("class: production", "class: development"), wanted, base=SERVICES)))
    assert recording.get(SERVICE, "us-east-1-api").inputs["enableExecuteCommand"] is True
    assert recording.get(SERVICE, "us-east-1-web").inputs["enableExecuteCommand"] is False
    assert statements(recording, "us-east-1-api")["WriteSessionLog"]["Resource"] == "us-east-1-cluster-sessions.arn:*"


def with_versions(version: str | None, *references: str) -> Recording:
    listed = "".join(f"          TOKEN_{index}: '{reference}'\n" for index, reference in enumerate(references))
    settings = settings_of(edited((API, API + "        secrets:\n" + listed), base=SERVICES))
    listing = [
        {"versionId": "older", "versionStages": ["AWSPREVIOUS"], "createdTime": "", "lastAccessedDate": ""},
        {"versionId": version, "versionStages": ["AWSCURRENT"], "createdTime": "", "lastAccessedDate": ""},
    ][: 2 if version else 1]
    return built(settings, answers={VERSIONS: {"versions": listing}})


@pytest.mark.feature("S8")
def test_a_changed_secret_changes_the_task_definition_and_nothing_else() -> None:
    one, two = (with_versions(version, SECRET, f"{SECRET}:password") for version in ("v1", "v2"))
    secrets = containers(one, "eu-west-1-api")["eu-west-1-api"]["secrets"]
    arn = SECRET.replace("us-east-1", "eu-west-1")
    assert [secret["valueFrom"] for secret in secrets] == [f"{arn}:::v1", f"{arn}:password::v1"]
    before, after = ({r.urn: r.inputs for r in recording.resources} for recording in (one, two))
    assert {urn for urn in before if before[urn] != after[urn]} == {
        recording.get(DEFINITION, f"{region}-api").urn
        for recording in (one,) for region in ("us-east-1", "eu-west-1")
    }  # fmt: skip
    reads = [s for s in json.loads(one.get(POLICY, "eu-west-1-api-execution").inputs["policy"])["Statement"]
             if s["Sid"] == "ReadSecrets"]  # fmt: skip
    assert reads[0]["Resource"] == arn


@pytest.mark.feature("S8")
def test_a_secret_that_is_followed_stays_as_it_is() -> None:
    recording = with_versions("v1", f"{SECRET}:password:AWSCURRENT", f"{SECRET}::AWSCURRENT")
    secrets = containers(recording, "us-east-1-api")["us-east-1-api"]["secrets"]
    assert [s["valueFrom"] for s in secrets] == [f"{SECRET}:password:AWSCURRENT:", f"{SECRET}::AWSCURRENT:"]


@pytest.mark.feature("S8")
def test_each_secret_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def ask(_: SecretVersions, arn: str) -> pulumi.Output[str]:
        asked.append(arn)
        return pulumi.Output.from_input("v1")

    monkeypatch.setattr(SecretVersions, "_ask", ask)
    with_versions("v1", SECRET, f"{SECRET}:password", SECRET)
    assert asked == [SECRET, SECRET.replace("us-east-1", "eu-west-1")]


@pytest.mark.feature("S8")
def test_a_secret_without_a_value_is_told() -> None:
    with pytest.raises(ValueError, match=r"secrets: arn:.* has no value yet"):
        with_versions(None, SECRET)
