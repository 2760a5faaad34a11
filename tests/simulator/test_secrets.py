"""Secrets and parameters."""

import base64
import json

from pulumi_aws import secretsmanager, ssm

from tests.simulator.support import ACCOUNT, EU, US, Simulate, Where, tags_of

SECRET = "aws:secretsmanager/secret:Secret"
POLICY = json.dumps({
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:DeleteSecret", "Resource": "*"}],
})  # fmt: skip


def key(region: str) -> str:
    return f"arn:aws:kms:{region}:{ACCOUNT}:key/mrk-0123456789abcdef0123456789abcdef"


def test_a_secret_in_two_regions(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        secret = secretsmanager.Secret(
            "db",
            description="Database",
            kms_key_id=key(US),
            recovery_window_in_days=0,
            replicas=[secretsmanager.SecretReplicaArgs(region=EU, kms_key_id=key(EU))],
            force_overwrite_replica_secret=True,
            opts=on.us,
        )
        secretsmanager.SecretVersion("db", secret_id=secret.id, secret_string="simulated", opts=on.us)
        secretsmanager.SecretPolicy("db", secret_arn=secret.arn, policy=POLICY, block_public_policy=True, opts=on.us)

    world = simulate(program)
    found, version = world.only(SECRET), world.only("aws:secretsmanager/secretVersion:SecretVersion")
    client, away = world.client("secretsmanager"), world.client("secretsmanager", EU)
    shown = client.describe_secret(SecretId=found.id)
    assert found.id == found.outputs["arn"] == shown["ARN"]
    assert found.id.startswith(f"arn:aws:secretsmanager:{US}:{ACCOUNT}:secret:{found.outputs['name']}-")
    assert (shown["KmsKeyId"], shown["Description"], shown["PrimaryRegion"]) == (key(US), "Database", US)
    assert tags_of(shown["Tags"]) == {"owner": "tests"}
    assert [(r["Region"], r["KmsKeyId"], r["Status"]) for r in shown["ReplicationStatus"]] == [(EU, key(EU), "InSync")]
    copy = away.describe_secret(SecretId=found.id.replace(US, EU))
    assert (copy["Name"], copy["PrimaryRegion"], copy["KmsKeyId"]) == (found.outputs["name"], US, key(EU))
    assert away.get_secret_value(SecretId=found.id.replace(US, EU))["SecretString"] == "simulated"
    value = client.get_secret_value(SecretId=found.id)
    assert version.id == f"{found.id}|{value['VersionId']}"
    assert (version.outputs["versionStages"], version.outputs["hasSecretStringWo"]) == (["AWSCURRENT"], False)
    assert json.loads(client.get_resource_policy(SecretId=found.id)["ResourcePolicy"]) == json.loads(POLICY)


def test_values_that_are_only_written_and_bytes(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        for name, arguments in (
            ("written", {"secret_string_wo": "simulated", "secret_string_wo_version": 2}),
            ("bytes", {"secret_binary": base64.b64encode(b"\x00\x01").decode()}),
        ):
            secret = secretsmanager.Secret(name, opts=on.us)
            secretsmanager.SecretVersion(name, secret_id=secret.id, opts=on.us, **arguments)

    world = simulate(program)
    client = world.client("secretsmanager")
    written, binary = world.get(SECRET, "written"), world.get(SECRET, "bytes")
    assert client.get_secret_value(SecretId=written.id)["SecretString"] == "simulated"
    assert client.get_secret_value(SecretId=binary.id)["SecretBinary"] == b"\x00\x01"
    version = world.get("aws:secretsmanager/secretVersion:SecretVersion", "written")
    assert version.outputs["hasSecretStringWo"] is True


def test_rotation(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        secret = secretsmanager.Secret("db", opts=on.us)
        secretsmanager.SecretRotation(
            "db",
            secret_id=secret.id,
            rotation_lambda_arn=f"arn:aws:lambda:{US}:{ACCOUNT}:function:rotate",
            rotation_rules=secretsmanager.SecretRotationRotationRulesArgs(schedule_expression="rate(10 days)"),
            opts=on.us,
        )

    world = simulate(program)
    shown = world.client("secretsmanager").describe_secret(SecretId=world.only(SECRET).id)
    assert (shown["RotationEnabled"], shown["RotationRules"]) == (True, {"ScheduleExpression": "rate(10 days)"})
    assert world.only("aws:secretsmanager/secretRotation:SecretRotation").id == world.only(SECRET).id


def test_rotation_that_is_off(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        secret = secretsmanager.Secret("db", opts=on.us)
        secretsmanager.SecretRotation("db", secret_id=secret.id, rotation_enabled=False, opts=on.us)

    world = simulate(program)
    assert world.only("aws:secretsmanager/secretRotation:SecretRotation").outputs["rotationEnabled"] is False
    shown = world.client("secretsmanager").describe_secret(SecretId=world.only(SECRET).id)
    assert not shown.get("RotationEnabled")


def test_a_parameter(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        ssm.Parameter("flag", name="/app/flag", type="String", value="on", description="A flag", opts=on.us)
        ssm.Parameter("token", type="SecureString", value_wo="hidden", value_wo_version=1, key_id=key(US), opts=on.us)

    world = simulate(program)
    flag, token = (world.get("aws:ssm/parameter:Parameter", name) for name in ("flag", "token"))
    client = world.client("ssm")
    shown = client.get_parameter(Name="/app/flag")["Parameter"]
    assert (shown["Value"], shown["Type"], shown["ARN"]) == ("on", "String", flag.outputs["arn"])
    assert flag.outputs["arn"] == f"arn:aws:ssm:{US}:{ACCOUNT}:parameter/app/flag"
    assert (flag.id, flag.outputs["version"], flag.outputs["tier"]) == ("/app/flag", 1, "Standard")
    assert client.get_parameter(Name=token.id, WithDecryption=True)["Parameter"]["Value"] == "hidden"
    assert token.outputs["hasValueWo"] is True


def test_refusals(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        secret = secretsmanager.Secret("db", opts=on.us)
        secretsmanager.Secret("brief", recovery_window_in_days=3, opts=on.us)
        secretsmanager.Secret("keyless", kms_key_id=key(EU), opts=on.us)
        far = secretsmanager.SecretReplicaArgs(region=EU, kms_key_id=key(US))
        secretsmanager.Secret("far", replicas=[far], opts=on.us)
        secretsmanager.SecretVersion("empty", secret_id=secret.id, opts=on.us)
        secretsmanager.SecretVersion("lost", secret_id=f"{key(US)}", secret_string="simulated", opts=on.us)
        secretsmanager.SecretPolicy("broken", secret_arn=secret.arn, policy="{", opts=on.us)
        ssm.Parameter("kind", type="Number", value="1", opts=on.us)
        ssm.Parameter("none", type="String", opts=on.us)

    reasons = simulate(program, fails=True).reasons()
    assert "recoveryWindowInDays: 3; 0 or 7 to 30" in reasons["brief"]
    assert f"is not a key in {US}" in reasons["keyless"]
    assert f"is not a key in {EU}" in reasons["far"]
    assert "one is needed, 0 are given" in reasons["empty"]
    assert "one is needed, 0 are given" in reasons["none"]
    assert "ResourceNotFoundException" in reasons["lost"]
    assert "policy: not valid JSON" in reasons["broken"]
    assert "Type: 'Number' is not one of String, StringList, SecureString" in reasons["kind"]
