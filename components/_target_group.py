"""The target group of a web service: how the load balancer shares out its requests."""

from typing import Protocol

import pulumi
from pulumi_aws import lb

from components._balancing import Algorithm
from components._routes import HealthCheck

PORT = 80
"""Of the group only: ECS registers each task with its container's port. A group cannot change its port, so with the
container's a change of that would make a new group, empty until tasks have moved to it."""


class TargetGroupArgs(Protocol):
    """What a group is made from; WebServiceArgs has it."""

    @property
    def vpc_id(self) -> pulumi.Input[str]: ...
    @property
    def algorithm(self) -> Algorithm: ...
    @property
    def stickiness_seconds(self) -> int | None: ...
    @property
    def slow_start_seconds(self) -> int: ...
    @property
    def deregistration_delay_seconds(self) -> int: ...
    def health_check(self) -> HealthCheck: ...


def create_target_group(name: str, args: TargetGroupArgs, opts: pulumi.ResourceOptions) -> lb.TargetGroup:
    """A group for tasks, which register their addresses."""
    return lb.TargetGroup(
        name,
        vpc_id=args.vpc_id,
        target_type="ip",
        port=PORT,
        protocol="HTTP",
        load_balancing_algorithm_type=args.algorithm.value,
        slow_start=args.slow_start_seconds or None,
        stickiness=_stickiness(args.stickiness_seconds),
        deregistration_delay=args.deregistration_delay_seconds,
        health_check=args.health_check().rendered(),
        # Groups that were made with their container's port keep it.
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(ignore_changes=["port"])),
    )


def _stickiness(seconds: int | None) -> lb.TargetGroupStickinessArgs | None:
    if seconds is None:
        return None
    return lb.TargetGroupStickinessArgs(enabled=True, type="lb_cookie", cookie_duration=seconds)
