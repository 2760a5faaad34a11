"""What the settings declare and no resource has: the outputs `load` and `targets` of a stack."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from breakwater.analysis.model import MessageTarget, Spike, Targets, Users, Work
from breakwater.analysis.properties import known_at, number, whole

_T = TypeVar("_T")


class Load:
    """What requests and messages cost, and how users behave."""

    def __init__(self, outputs: Mapping[str, Any]) -> None:
        self._load = _mapping(outputs, "load")

    def request(self, service: str) -> Work | None:
        """An average request of a service."""
        return _work(_mapping(self._load, "services", service, "request"))

    def users(self, service: str) -> Users | None:
        """How the users of a service behave."""
        declared = _mapping(self._load, "services", service, "users")
        seconds = number(declared.get("seconds_between_requests"))
        if seconds is None:
            return None
        return Users(seconds_between_requests=seconds, connections_per_task=whole(declared.get("connections_per_task")))

    def message(self, worker: str) -> Work | None:
        """An average message of a worker."""
        return _work(_mapping(self._load, "workers", worker, "message"))

    def concurrency(self, worker: str) -> int:
        """Messages that a task of a worker handles at once."""
        return whole(_mapping(self._load, "workers", worker).get("concurrency")) or 1


def targets(outputs: Mapping[str, Any]) -> Targets:
    """What the stack must carry; what is not declared, or is no number, is left out."""
    declared = _mapping(outputs, "targets")
    return Targets(
        requests_per_second=_each(_mapping(declared, "requests_per_second"), number),
        spikes=_each(_mapping(declared, "spikes"), _spike),
        concurrent_users=_each(_mapping(declared, "concurrent_users"), whole),
        messages=_each(_mapping(declared, "messages"), _message_target),
        database_clients=whole(declared.get("database_clients")),
        **{
            name: number(declared.get(name))
            for name in (
                "availability_percent",
                "recovery_minutes",
                "data_loss_seconds",
                "rollback_seconds",
                "monthly_usd",
            )
        },
    )


def _mapping(value: Any, *path: str) -> Mapping[str, Any]:
    """What is at a path; empty where that is no object."""
    found = known_at(value, *path)
    return found if isinstance(found, Mapping) else {}


def _each(declared: Mapping[str, Any], read: Callable[[Any], _T | None]) -> dict[str, _T]:
    return {name: found for name in sorted(declared) if (found := read(declared[name])) is not None}


def _work(declared: Mapping[str, Any]) -> Work | None:
    cpu, milliseconds = number(declared.get("cpu_milliseconds")), number(declared.get("milliseconds"))
    if cpu is None or milliseconds is None:
        return None
    return Work(
        cpu_milliseconds=cpu,
        milliseconds=milliseconds,
        kilobytes=number(declared.get("kilobytes")),
        transactions=number(declared.get("transactions")) or 0,
        transaction_milliseconds=number(declared.get("transaction_milliseconds")) or 0,
    )


def _spike(declared: Any) -> Spike | None:
    rate, seconds = (number(_mapping(declared).get(name)) for name in ("requests_per_second", "seconds"))
    return None if rate is None or seconds is None else Spike(requests_per_second=rate, seconds=seconds)


def _message_target(declared: Any) -> MessageTarget:
    found = _mapping(declared)
    return MessageTarget(
        per_second=number(found.get("per_second")),
        backlog=whole(found.get("backlog")),
        drain_minutes=number(found.get("drain_minutes")),
        downtime_hours=number(found.get("downtime_hours")),
    )
