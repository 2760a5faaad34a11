"""Image repositories and their copies in other regions, deployed."""

import json

import pytest

from components.image import (
    ImageReplication,
    ImageReplicationArgs,
    ImageRepository,
    ImageRepositoryArgs,
    lifecycle_policy,
    repository_prefix,
)
from tests.simulator.support import ACCOUNT, EU, US, Simulate, Where
from tests.support.data import TARGET, TOPIC

pytestmark = pytest.mark.feature("I1")

ROLE = f"arn:aws:iam::{ACCOUNT}:role/ci"


def key(region: str) -> str:
    return f"arn:aws:kms:{region}:{ACCOUNT}:key/mrk-0123456789abcdef0123456789abcdef"


def test_a_repository_in_two_regions(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        name = repository_prefix() + "api"
        first = ImageRepository(
            "api-us",
            ImageRepositoryArgs(
                kms_key_arn=key(US), repository_name=name, pullers=[ROLE], mutable_tags=["buildcache"], keep_images=50
            ),
            opts=on.us,
        )
        second = ImageRepository(
            "api-eu",
            ImageRepositoryArgs(kms_key_arn=key(EU), repository_name=name, protect=False),
            opts=on.eu,
        )
        arguments = ImageReplicationArgs(account_id=ACCOUNT, region=US, destinations=[EU], repositories=[first, second])
        ImageReplication("images", arguments, opts=on.us)

    world = simulate(program)
    for region in (US, EU):
        (shown,) = world.client("ecr", region).describe_repositories()["repositories"]
        assert shown["repositoryName"] == "demo-dev/api"
        assert shown["repositoryUri"] == f"{ACCOUNT}.dkr.ecr.{region}.amazonaws.com/demo-dev/api"
        assert shown["encryptionConfiguration"] == {"encryptionType": "KMS", "kmsKey": key(region)}
        assert shown["imageScanningConfiguration"] == {"scanOnPush": True}
        immutable = "IMMUTABLE_WITH_EXCLUSION" if region == US else "IMMUTABLE"
        assert shown["imageTagMutability"] == immutable
    client = world.client("ecr")
    policy = client.get_lifecycle_policy(repositoryName="demo-dev/api")["lifecyclePolicyText"]
    assert json.loads(policy) == json.loads(lifecycle_policy(50, 14))
    (statement,) = json.loads(client.get_repository_policy(repositoryName="demo-dev/api")["policyText"])["Statement"]
    assert statement["Principal"] == {"AWS": ROLE}
    assert client.describe_registry()["replicationConfiguration"]["rules"] == [
        {
            "destinations": [{"region": EU, "registryId": ACCOUNT}],
            "repositoryFilters": [{"filter": "demo-dev/", "filterType": "PREFIX_MATCH"}],
        }
    ]
    assert world.client("ecr", EU).describe_registry()["replicationConfiguration"]["rules"] == []


def test_alarms_on_images(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        arguments = ImageRepositoryArgs(kms_key_arn=key(EU), alarms=TARGET, replicated=True)
        ImageRepository("api", arguments, opts=on.eu)

    world = simulate(program)
    rules = world.client("events", EU).list_rules()["Rules"]
    assert {json.loads(rule["EventPattern"])["detail-type"][0] for rule in rules} == {
        "ECR Image Scan", "ECR Replication Action"
    }  # fmt: skip
    found = world.client("cloudwatch", EU).describe_alarms()["MetricAlarms"]
    assert {a["Dimensions"][0]["Value"] for a in found} == {rule["Name"] for rule in rules}
    for rule in rules:
        targets = world.client("events", EU).list_targets_by_rule(Rule=rule["Name"])["Targets"]
        assert [target["Arn"] for target in targets] == [TOPIC]
