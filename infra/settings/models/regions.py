"""Regions and their networks."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from infra.settings._types import Name
from infra.settings.models._model import Model
from infra.settings.models.workloads import Tasks


class Region(Model):
    """One region of the stack."""

    role: Literal["primary", "active", "standby"] = Field(examples=["primary"])
    """`primary` takes traffic, holds the database's writer and runs the jobs; an `active` one takes the traffic that is
    nearer to it, and writes to the primary's database; a `standby` takes the traffic over while no other region is
    healthy. Exactly one is primary."""
    order: int = Field(default=0, ge=0, le=100)
    """Place among the standbys: the lowest takes over first, then by name; 0 to 100, default 0."""
    cidr: str = Field(examples=["10.0.0.0/16"])
    """Private IPv4 range of the region's network, /16 to /21; no other region's range may overlap it."""
    zones: Mapping[str, int] = Field(min_length=1, examples=[{"us-east-1a": 0, "us-east-1b": 1}])
    """Availability zone -> slot, 0 to 7, in the region's range. Never renumber: the slot fixes the zone's subnets. A
    name means another zone in another account: leave out those with the ids use1-az3, usw1-az2 and apne1-az3, where
    Fargate lacks ARM64 or is missing."""
    nat: Literal["none", "single", "per-zone", "regional"] = "per-zone"
    """Ways out of the private subnets: one NAT gateway per zone, a `single` one, a `regional` one that stands in all
    zones, or `none`, which needs an endpoint for each AWS service that tasks use; default per-zone. Another mode means
    other public addresses."""
    ipv6: bool = False
    """Whether the load balancer and the private subnets have IPv6 too, which needs no NAT; default false. Tasks get an
    address only where the account's ECS setting dualStackIPv6 is on."""
    interface_endpoints: tuple[str, ...] = ()
    """AWS services reached by private endpoints in the network, such as `ecr.api`; default none: over NAT. S3 and
    DynamoDB always have one."""
    peers: tuple[str, ...] = Field(default=(), examples=[["us-east-1"]])
    """Regions of the stack whose networks are joined to this one's, privately; default none. It is enough that one of
    the two names the other."""
    tasks: Mapping[Name, Tasks] = Field(default_factory=dict)
    """Task numbers of services and workers that differ in this region; default: as the service or worker says."""
