"""moto's own records of what was created, for handlers that put right there what its API loses, and made-up ids."""

import hashlib
import string
from collections.abc import Callable
from typing import Any

from breakwater.simulator.handler import AwsError, Creation

_MOTO_NAMES = {"application-autoscaling": "applicationautoscaling"}
LOWER = string.ascii_lowercase + string.digits
UPPER = string.ascii_uppercase + string.digits


def backend(c: Creation, service: str, region: str = "") -> Any:
    """moto's store of a service (botocore's name) in the resource's region or another."""
    from moto.backends import get_backend

    regions = get_backend(_MOTO_NAMES.get(service, service))[c.account]  # type: ignore[call-overload]
    return regions["aws"] if "aws" in regions.regions else regions[region or c.region]


def write(record: Any, **values: Any) -> None:
    """Set the attributes of a record that have a value; moto's answers are made from them."""
    for name, value in values.items():
        if value is not None:
            setattr(record, name, value)


def made_up(seed: str, length: int, alphabet: str = LOWER) -> str:
    """What AWS would draw at random, from a seed instead: the same in every run, another for each seed."""
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest())
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(alphabet))
        digits.append(alphabet[digit])
    return "".join(digits)


def refuse(operation: str, code: str, message: str) -> AwsError:
    """The error that AWS answers and moto does not; to be raised."""
    service, name = operation.split(":")
    return AwsError(service, name, code, message)


def directly(operation: str, method: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Call a method of moto's store itself, where its API would fail; what it refuses is an AwsError as ever."""
    from moto.core.exceptions import ServiceException

    try:
        return method(*arguments, **named)
    except ServiceException as error:
        raise refuse(operation, str(error.code), str(error.message)) from error


def held(c: Creation, service: str, kind: str, region: str = "") -> dict[str, Any]:
    """What moto has no records for, such as cache parameter groups, by id; it goes when moto's store goes."""
    found: dict[str, Any] = vars(backend(c, service, region)).setdefault("_held", {}).setdefault(kind, {})
    return found
