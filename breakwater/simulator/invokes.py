"""What the simulator answers to the provider's functions."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from breakwater.simulator._moto import ACCOUNT_ID

Invoke = Callable[[Mapping[str, Any], str], Mapping[str, Any]]


def _caller_identity(_: Mapping[str, Any], __: str) -> Mapping[str, Any]:
    return {
        "accountId": ACCOUNT_ID,
        "arn": f"arn:aws:iam::{ACCOUNT_ID}:user/simulated",
        "id": ACCOUNT_ID,
        "userId": "SIMULATED",
    }


def _partition(_: Mapping[str, Any], region: str) -> Mapping[str, Any]:
    return {
        "dnsSuffix": "amazonaws.com",
        "id": "aws",
        "partition": "aws",
        "region": region,
        "reverseDnsPrefix": "com.amazonaws",
    }


def _region(_: Mapping[str, Any], region: str) -> Mapping[str, Any]:
    return {"endpoint": f"ec2.{region}.amazonaws.com", "id": region, "name": region, "region": region}


def _random_password(arguments: Mapping[str, Any], region: str) -> Mapping[str, Any]:
    """Not random: a simulated password protects nothing, and two runs give the same bytes."""
    length = int(arguments.get("passwordLength", 32))
    return {"id": region, "randomPassword": ("simulated-password-" * length)[:length], "region": region}


def _secret_versions(arguments: Mapping[str, Any], region: str) -> Mapping[str, Any]:
    """Those of a secret that the stack made. One that it only names is presumed to be there already, with one version
    of a made-up id: the simulated account holds nothing else, and whether it is there AWS alone can say."""
    import moto.backends

    arn = str(arguments["secretId"])
    region = str(arguments.get("region") or region)
    record: Any = moto.backends.get_backend("secretsmanager")[ACCOUNT_ID][region].secrets.get(arn)
    if record is not None and record.arn == arn:
        kept = getattr(record, "source", record).versions
        versions = {id_: tuple(version["version_stages"]) for id_, version in kept.items()}
    else:
        versions = {_made_up_id(arn): ("AWSCURRENT",)}
    return {
        "arn": arn,
        "id": arn,
        "name": arn.rpartition(":")[2][:-7],
        "region": region,
        "secretArn": arn,
        "secretId": arn,
        "secretName": arn.rpartition(":")[2][:-7],
        "versions": [
            {"createdTime": "", "lastAccessedDate": "", "versionId": id_, "versionStages": list(stages)}
            for id_, stages in versions.items()
        ],
    }


def _made_up_id(arn: str) -> str:
    """Of the form of a version's id, the same in every run."""
    digest = hashlib.sha256(arn.encode()).hexdigest()
    return "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))


def _authorization_token(_: Mapping[str, Any], region: str) -> Mapping[str, Any]:
    """Nobody logs in with it."""
    endpoint = f"https://{ACCOUNT_ID}.dkr.ecr.{region}.amazonaws.com"
    return {
        "authorizationToken": "QVdTOnNpbXVsYXRlZA==",
        "expiresAt": "2020-01-01T12:00:00Z",
        "id": region,
        "password": "simulated",
        "proxyEndpoint": endpoint,
        "region": region,
        "registryId": ACCOUNT_ID,
        "userName": "AWS",
    }


INVOKES: Mapping[str, Invoke] = {
    "aws:ecr/getAuthorizationToken:getAuthorizationToken": _authorization_token,
    "aws:index/getCallerIdentity:getCallerIdentity": _caller_identity,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getRegion:getRegion": _region,
    "aws:secretsmanager/getRandomPassword:getRandomPassword": _random_password,
    "aws:secretsmanager/getSecretVersions:getSecretVersions": _secret_versions,
}
