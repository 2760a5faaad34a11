"""Keys, replicas, aliases."""

import json
from typing import Any

from pulumi_aws import kms

from tests.simulator.support import ACCOUNT, EU, US, Simulate, Where

POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                "Action": "kms:*",
                "Resource": "*",
            }
        ],
    }
)


def _tags(client: Any, key: str) -> dict[str, str]:
    return {tag["TagKey"]: tag["TagValue"] for tag in client.list_resource_tags(KeyId=key)["Tags"]}


def test_a_key_and_its_replica(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        key = kms.Key(
            "data",
            description="Data",
            multi_region=True,
            enable_key_rotation=True,
            deletion_window_in_days=30,
            policy=POLICY,
            tags={"Name": "us"},
            opts=on.us,
        )
        kms.Alias("data", name="alias/data", target_key_id=key.key_id, opts=on.us)
        replica = kms.ReplicaKey("data", description="Copy", primary_key_arn=key.arn, tags={"Name": "eu"}, opts=on.eu)
        kms.Alias("copy", target_key_id=replica.arn, opts=on.eu)

    world = simulate(program)
    us, eu = world.client("kms"), world.client("kms", EU)
    key, replica = world.only("aws:kms/key:Key"), world.only("aws:kms/replicaKey:ReplicaKey")
    assert key.id.startswith("mrk-")
    assert key.outputs["keyId"] == replica.id == key.id
    assert key.outputs["arn"] == f"arn:aws:kms:{US}:{ACCOUNT}:key/{key.id}"
    assert replica.outputs["arn"] == f"arn:aws:kms:{EU}:{ACCOUNT}:key/{key.id}"
    assert replica.outputs["keyRotationEnabled"] is True
    there = eu.describe_key(KeyId=key.id)["KeyMetadata"]
    assert (there["Description"], there["MultiRegionConfiguration"]["MultiRegionKeyType"]) == ("Copy", "REPLICA")
    here = us.describe_key(KeyId=key.id)["KeyMetadata"]
    assert (here["Description"], here["MultiRegionConfiguration"]["MultiRegionKeyType"]) == ("Data", "PRIMARY")
    assert [r["Region"] for r in here["MultiRegionConfiguration"]["ReplicaKeys"]] == [EU]
    assert us.get_key_rotation_status(KeyId=key.id)["KeyRotationEnabled"] is True
    assert json.loads(us.get_key_policy(KeyId=key.id, PolicyName="default")["Policy"]) == json.loads(POLICY)
    assert _tags(us, key.id) == {"Name": "us", "owner": "tests"}
    assert _tags(eu, key.id) == {"Name": "eu", "owner": "tests"}
    alias = world.get("aws:kms/alias:Alias", "data")
    assert (alias.id, alias.outputs["targetKeyArn"]) == ("alias/data", key.outputs["arn"])
    assert alias.outputs["arn"] == f"arn:aws:kms:{US}:{ACCOUNT}:alias/data"
    named = [a["AliasName"] for a in us.list_aliases(KeyId=key.id)["Aliases"]]
    assert named == ["alias/data"]
    automatic = world.get("aws:kms/alias:Alias", "copy")
    assert automatic.id.startswith("alias/copy-")
    assert automatic.outputs["targetKeyArn"] == replica.outputs["arn"]
    assert [a["AliasName"] for a in eu.list_aliases(KeyId=key.id)["Aliases"]] == [automatic.id]


def test_a_disabled_key(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        kms.Key("off", is_enabled=False, opts=on.us)

    world = simulate(program)
    key = world.client("kms").describe_key(KeyId=world.only("aws:kms/key:Key").id)["KeyMetadata"]
    assert key["KeyState"] == "Disabled"


def test_what_is_refused(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        kms.Key("window", deletion_window_in_days=6, opts=on.us)
        kms.Key("policy", policy="{", opts=on.us)
        kms.Key("usage", key_usage="ENCRYPT", opts=on.us)
        kms.Key("rotation", enable_key_rotation=True, rotation_period_in_days=30, opts=on.us)
        local = kms.Key("local", opts=on.us)
        kms.ReplicaKey("single", primary_key_arn=local.arn, opts=on.eu)
        kms.Alias("reserved", name="alias/aws/s3", target_key_id=local.id, opts=on.us)
        kms.Alias("missing", name="alias/x", target_key_id="11111111-2222-3333-4444-555555555555", opts=on.us)

    simulate(program, fails=True).assert_refused(
        {
            "window": "deletionWindowInDays: 6 is not from 7 to 30",
            "policy": "policy: not valid JSON",
            "usage": "KeyUsage: 'ENCRYPT' is not one of",
            "rotation": "RotationPeriodInDays: 30 is less than 90",
            "single": "is not a multi-Region primary key",
            "reserved": "NotAuthorizedException",
            "missing": "NotFoundException",
        }
    )
