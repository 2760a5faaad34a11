"""getSecretVersions: the versions of what the stack made, and one that is presumed of what it only names."""

import re
from typing import Any

import pulumi
import pytest
from pulumi_aws import secretsmanager

from breakwater.simulator.invokes import INVOKES
from tests.simulator.support import ACCOUNT, EU, US, Simulate, Where

VERSIONS = "aws:secretsmanager/getSecretVersions:getSecretVersions"
OTHER = f"arn:aws:secretsmanager:{EU}:{ACCOUNT}:secret:app/token-a1b2c3"

pytestmark = pytest.mark.feature("S8")


def versions(arn: str, region: str) -> list[Any]:
    return list(INVOKES[VERSIONS]({"secretId": arn}, region)["versions"])


def test_a_secret_of_the_stack_has_the_version_that_boto3_sees(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        secret = secretsmanager.Secret("token", name="app/token", opts=on.us)
        version = secretsmanager.SecretVersion("token", secret_id=secret.id, secret_string="x", opts=on.us)
        found = secretsmanager.get_secret_versions_output(
            secret_id=version.secret_id, opts=pulumi.InvokeOptions(provider=on.us.provider)
        )
        pulumi.export("current", found.apply(lambda listed: listed.versions[0].version_id))

    world = simulate(program)
    arn = world.only("aws:secretsmanager/secret:Secret").outputs["arn"]
    (seen,) = world.client("secretsmanager").list_secret_version_ids(SecretId=arn)["Versions"]
    assert versions(arn, US) == [
        {
            "createdTime": "",
            "lastAccessedDate": "",
            "versionId": seen["VersionId"],
            "versionStages": seen["VersionStages"],
        }
    ]


def test_a_secret_that_the_stack_names_is_presumed_to_be_there(simulate: Simulate) -> None:
    simulate(lambda _: None)
    (version,) = versions(OTHER, EU)
    assert version["versionStages"] == ["AWSCURRENT"]
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", version["versionId"])
    assert versions(OTHER, EU) == [version]
    assert versions(OTHER.replace("token", "other"), EU) != [version]
