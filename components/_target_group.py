"""The target group of a web service: how the load balancer shares out its requests."""

from enum import StrEnum
from typing import Protocol

import pulumi
from pulumi_aws import lb

from components._routes import DEREGISTRATION_SECONDS, HealthCheck, check_range

PORT = 80
"""Of the group only: ECS registers each task with its container's port. A group cannot change its port, so with the
container's a change of that would make a new group, empty until tasks have moved to it."""

# Elastic Load Balancing API reference, TargetGroupAttribute.
STICKINESS_SECONDS = range(1, 604_801)
SLOW_START_SECONDS = range(30, 901)


class Algorithm(StrEnum):
    """Which task gets the next request."""

    LEAST_OUTSTANDING_REQUESTS = "least_outstanding_requests"
    """The one with the fewest requests in progress."""
    ROUND_ROBIN = "round_robin"
    """Each in turn; the only one that can start slowly."""


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
        opts=opts,
    )


def _stickiness(seconds: int | None) -> lb.TargetGroupStickinessArgs | None:
    if seconds is None:
        return None
    return lb.TargetGroupStickinessArgs(enabled=True, type="lb_cookie", cookie_duration=seconds)


def check_balancing(args: TargetGroupArgs) -> None:
    """Refuse what the load balancer refuses."""
    check_range("deregistration_delay_seconds", args.deregistration_delay_seconds, DEREGISTRATION_SECONDS)
    if args.algorithm not in list(Algorithm):
        raise ValueError(f"algorithm: {args.algorithm!r} is not one of {', '.join(Algorithm)}")
    if args.stickiness_seconds is not None:
        check_range("stickiness_seconds", args.stickiness_seconds, STICKINESS_SECONDS)
    if not args.slow_start_seconds:
        return
    check_range("slow_start_seconds", args.slow_start_seconds, SLOW_START_SECONDS)
    if args.algorithm is not Algorithm.ROUND_ROBIN:
        raise ValueError(
            f"slow_start_seconds: {args.algorithm} sends a new task its full share at once; set algorithm to "
            f"{Algorithm.ROUND_ROBIN}, or leave slow_start_seconds out"
        )
