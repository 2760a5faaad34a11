"""What the simulator answers to the provider's functions."""

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


INVOKES: Mapping[str, Invoke] = {
    "aws:index/getCallerIdentity:getCallerIdentity": _caller_identity,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getRegion:getRegion": _region,
    "aws:secretsmanager/getRandomPassword:getRandomPassword": _random_password,
}
