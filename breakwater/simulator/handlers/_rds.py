"""What RDS checks of instances, groups and proxies, and moto does not."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from breakwater.simulator.handler import Creation, MappingError
from breakwater.simulator.handlers._store import backend, refuse

MANAGED = "Managed by Pulumi"
"""The provider's description of groups whose description the program leaves out."""
_IDENTIFIER = re.compile(r"(?!.*--)[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")


def check_identifier(name: str, value: str) -> str:
    """An instance's identifier as the provider (lower case) and RDS (length, hyphens) allow it."""
    if not _IDENTIFIER.fullmatch(value):
        raise MappingError(
            f"{name}: {value!r}: 1 to 63 lower-case letters, digits and hyphens are allowed; a letter comes first, "
            "no hyphen last, no two hyphens follow each other"
        )
    return value


def zones_of(c: Creation, subnet_ids: Iterable[str]) -> set[str]:
    """The zones of some subnets; those that do not exist are left to moto."""
    wanted = set(subnet_ids)
    return {zone for zone, subnets in backend(c, "ec2").subnets.items() if any(subnet in wanted for subnet in subnets)}


def check_place(c: Creation, operation: str, request: Mapping[str, Any]) -> None:
    """The network, zone, key and parameter group of a new instance."""
    store = backend(c, "rds")
    group = store.subnet_groups.get(request.get("DBSubnetGroupName"))
    if group is None:
        name = request.get("DBSubnetGroupName")
        reason = f"there is no subnet group {name} in {c.region}" if name else f"{c.region} has no default VPC"
        raise refuse(operation, "DBSubnetGroupNotFoundFault", f"{reason}: give dbSubnetGroupName")
    zone = request.get("AvailabilityZone")
    if zone and request.get("MultiAZ"):
        message = "Requesting a specific availability zone is not valid for Multi-AZ instances."
        raise refuse(operation, "InvalidParameterCombination", message)
    if zone and zone not in (zones := {s["SubnetAvailabilityZone"]["Name"] for s in group.subnets}):
        message = f"the subnet group {group.name} has no subnet in {zone}, only in {', '.join(sorted(zones))}"
        raise refuse(operation, "InvalidVPCNetworkStateFault", message)
    for security_group in request.get("VpcSecurityGroupIds", ()):
        found = backend(c, "ec2").get_security_group_from_id(security_group)
        if found is None or found.vpc_id != group.vpc_id:
            message = f"the security group {security_group} is not in {group.vpc_id}, the VPC of the subnet group"
            raise refuse(operation, "InvalidParameterCombination", message)
    check_key(c, operation, request.get("KmsKeyId"))
    check_key(c, operation, request.get("PerformanceInsightsKMSKeyId"))


def check_key(c: Creation, operation: str, key: str | None) -> None:
    """A key's ARN must be one of the region."""
    if key and key.startswith("arn:") and key.split(":")[3] != c.region:
        raise refuse(operation, "KMSKeyNotAccessibleFault", f"{key} is not a key in {c.region}")


def check_family(c: Creation, operation: str, name: str | None, engine: str, version: str) -> None:
    """A parameter group must be of the engine's family; PostgreSQL's is its major version."""
    group = backend(c, "rds").db_parameter_groups.get(name)
    family = f"postgres{version.split('.')[0]}"
    if engine == "postgres" and group is not None and group.family != family:
        message = (
            f"The parameter group {name} with DBParameterGroupFamily {group.family} can't be used for this instance. "
            f"Please use a parameter group with DBParameterGroupFamily {family}."
        )
        raise refuse(operation, "InvalidParameterCombination", message)
