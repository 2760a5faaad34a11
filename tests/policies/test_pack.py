"""The CrossGuard pack: it assembles, runs as a folder, and unknown values do not switch its policies off."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pulumi_policy
import pytest
import yaml
from pulumi_policy.proxy import unknown_checking_proxy

from policies import __main__ as pack
from policies.rules import ALL, UNKNOWN, Rule, StackRule

FOLDER = Path(pack.__file__).parent
OPTIONS = pulumi_policy.PolicyResourceOptions(
    False, [], None, [], pulumi_policy.PolicyCustomTimeouts(0, 0, 0), [], None
)
QUEUE = "aws:sqs/queue:Queue"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
POLICIES = {policy.name: policy for policy in pack.policies()}


def analyze(name: str, type_: str, properties: dict[str, Any], default_tags: str | None = None) -> list[str]:
    """What one resource policy reports, through the guards that the SDK puts around properties."""
    provider = None
    if default_tags is not None:
        props = unknown_checking_proxy({"defaultTags": default_tags})
        provider = pulumi_policy.PolicyProviderResource("pulumi:providers:aws", props, "provider", "provider")
    args = pulumi_policy.ResourceValidationArgs(
        type_, unknown_checking_proxy(properties), "urn", "name", OPTIONS, provider
    )
    said: list[str] = []
    policy = POLICIES[name]
    assert isinstance(policy, pulumi_policy.ResourceValidationPolicy)
    assert policy.validate(args, lambda message, _urn: said.append(message)) is None
    return said


def stack_resource(type_: str, urn: str, properties: dict[str, Any]) -> pulumi_policy.PolicyResource:
    props = unknown_checking_proxy(properties)
    return pulumi_policy.PolicyResource(type_, props, urn, urn, OPTIONS, None, None, [], {})


def analyze_stack(name: str, *resources: pulumi_policy.PolicyResource) -> list[tuple[str, str]]:
    said: list[tuple[str, str]] = []
    policy = POLICIES[name]
    assert isinstance(policy, pulumi_policy.StackValidationPolicy)
    args = pulumi_policy.StackValidationArgs(list(resources))
    assert policy.validate(args, lambda message, urn: said.append((urn or "", message))) is None
    return said


def test_each_rule_is_one_mandatory_policy() -> None:
    assert list(POLICIES) == [rule.name for rule in ALL]
    for rule in ALL:
        policy = POLICIES[rule.name]
        kind = pulumi_policy.ResourceValidationPolicy if isinstance(rule, Rule) else pulumi_policy.StackValidationPolicy
        assert isinstance(policy, kind)
        assert policy.enforcement_level is pulumi_policy.EnforcementLevel.MANDATORY
        assert (policy.description, policy.remediation_steps) == (rule.description, rule.remedy)


def test_controls_are_named_where_there_are_any() -> None:
    framework = POLICIES["ingress-from-anywhere"].framework
    assert framework is not None
    assert framework.specification == "EC2.18, EC2.19"
    assert POLICIES["topic-encrypted"].framework is None


def test_a_violation_says_what_is_wrong_and_how_to_mend_it() -> None:
    assert analyze("queue-encrypted", QUEUE, {}) == [
        "kmsMasterKeyId is not set. Give it the key of its region (`kms_key_arn` of the component)."
    ]


def test_other_types_are_left_alone() -> None:
    assert analyze("queue-encrypted", "aws:sns/topic:Topic", {}) == []


def test_an_unknown_value_is_no_violation_and_hides_no_other() -> None:
    instance = "aws:rds/instance:Instance"
    assert analyze("database-encrypted", instance, {"kmsKeyId": UNKNOWN, "storageEncrypted": True}) == []
    said = analyze("database-encrypted", instance, {"kmsKeyId": UNKNOWN, "storageEncrypted": False})
    assert [message.split(".")[0] for message in said] == ["storageEncrypted is not true"]


def test_unknowns_inside_lists_and_blocks_are_kept() -> None:
    guarded = unknown_checking_proxy({"a": [UNKNOWN, {"b": UNKNOWN}], "c": 1.0})
    assert pack.known(guarded) == {"a": [UNKNOWN, {"b": UNKNOWN}], "c": 1.0}


def test_default_tags_come_from_the_provider() -> None:
    assert analyze("balancer-deletion-protection", BALANCER, {}, '{"tags": {"class": "development"}}') == []
    assert analyze("balancer-deletion-protection", BALANCER, {}, '{"tags": {"class": "production"}}') != []
    assert analyze("balancer-deletion-protection", BALANCER, {}) != []


def test_a_stack_policy_goes_by_references() -> None:
    dead, lonely = stack_resource(QUEUE, "dead", {}), stack_resource(QUEUE, "lonely", {})
    queue = stack_resource(QUEUE, "queue", {"redrivePolicy": UNKNOWN})
    queue.property_dependencies = {"redrivePolicy": [dead]}
    said = analyze_stack("queue-has-dead-letter-queue", dead, queue, lonely)
    assert [urn for urn, _ in said] == ["lonely"]
    assert said[0][1].endswith(next(rule.remedy for rule in ALL if rule.name == "queue-has-dead-letter-queue"))


def test_serving_hands_over_all_policies() -> None:
    handed: dict[str, Any] = {}

    def fake(name: str, policies: list[pulumi_policy.Policy], **options: Any) -> None:
        handed.update(options, name=name, policies=policies)

    pack.serve(fake)
    assert handed["name"] == "breakwater"
    assert len(handed["policies"]) == len(ALL)
    assert handed["enforcement_level"] is pulumi_policy.EnforcementLevel.MANDATORY


@pytest.mark.parametrize("where", ["policies", "elsewhere"])
def test_the_folder_runs_as_the_engine_runs_it(where: str, tmp_path: Path) -> None:
    code = (
        "import pulumi_policy, runpy, sys\n"
        "pulumi_policy.PolicyPack = lambda name, policies, **_: print(name, len(policies))\n"
        "runpy.run_path(sys.argv[1], run_name='__main__')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(FOLDER)],
        cwd=FOLDER if where == "policies" else tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == (f"breakwater {len(ALL)}\n", "")


def test_the_project_file_is_what_the_engine_needs() -> None:
    project = yaml.safe_load((FOLDER / "PulumiPolicy.yaml").read_text())
    assert project["runtime"] == {"name": "python", "options": {"toolchain": "uv"}}
    assert all(isinstance(rule, Rule | StackRule) for rule in ALL)
