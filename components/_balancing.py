"""How a load balancer shares out requests among the tasks of a service; pure."""

from enum import StrEnum

# Elastic Load Balancing API reference, TargetGroupAttribute.
DEREGISTRATION_SECONDS = range(3_601)
STICKINESS_SECONDS = range(1, 604_801)
SLOW_START_SECONDS = range(30, 901)


class Algorithm(StrEnum):
    """Which task gets the next request."""

    LEAST_OUTSTANDING_REQUESTS = "least_outstanding_requests"
    """The one with the fewest requests in progress."""
    ROUND_ROBIN = "round_robin"
    """Each in turn; the only one that can start slowly."""


def check_balancing(
    *, algorithm: str, stickiness_seconds: int | None, slow_start_seconds: int, deregistration_delay_seconds: int = 0
) -> None:
    """Refuse what the load balancer refuses."""
    check_range("deregistration_delay_seconds", deregistration_delay_seconds, DEREGISTRATION_SECONDS)
    if algorithm not in list(Algorithm):
        raise ValueError(f"algorithm: {algorithm!r} is not one of {', '.join(Algorithm)}")
    if stickiness_seconds is not None:
        check_range("stickiness_seconds", stickiness_seconds, STICKINESS_SECONDS)
    if not slow_start_seconds:
        return
    check_range("slow_start_seconds", slow_start_seconds, SLOW_START_SECONDS)
    if algorithm != Algorithm.ROUND_ROBIN:
        raise ValueError(
            f"slow_start_seconds: {algorithm} sends a new task its full share at once; set algorithm to "
            f"{Algorithm.ROUND_ROBIN}, or leave slow_start_seconds out"
        )


def check_range(field: str, value: int, allowed: range) -> None:
    """Refuse a number that the load balancer's API refuses."""
    if value not in allowed:
        raise ValueError(f"{field}: {value}; the load balancer takes {allowed.start} to {allowed.stop - 1}")
