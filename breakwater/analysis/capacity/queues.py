"""Queues: what their workers handle, how long a backlog lasts, what a downtime gathers, messages in flight."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

from breakwater.analysis.capacity.compute import AFTER_FAILOVER, more
from breakwater.analysis.capacity.queueing import drain_seconds
from breakwater.analysis.capacity.rates import Carried, missing
from breakwater.analysis.capacity.terms import (
    at_deployment,
    compared,
    launch_seconds,
    reaction_seconds,
    setting,
    shown,
    tasks_setting,
)
from breakwater.analysis.figures import Figure, Verdict, least_sure
from breakwater.analysis.limits import limit
from breakwater.analysis.model import MessageTarget, Platform, Queue, Region, Role
from components._thresholds import QUEUE_IN_FLIGHT_MAX

HOUR, MINUTE = 3600, 60


def queue_figures(
    platform: Platform, region: Region, rates: Mapping[str, Carried], backlog: int | None
) -> Iterator[Figure]:
    """All figures of a region's queues that somebody reads or that have a target; `backlog` is for each of them."""
    for queue in region.queues:
        readers = [rates[worker.name] for worker in region.workers if worker.queue == queue.name]
        wanted = platform.targets.messages.get(queue.name)
        if readers or wanted:
            yield from _Reading(region, queue, readers, wanted or MessageTarget()).figures(backlog)


class _Reading:
    """A queue with those who read it."""

    def __init__(self, region: Region, queue: Queue, readers: list[Carried], wanted: MessageTarget) -> None:
        self._region, self._queue, self._readers, self._wanted = region, queue, readers, wanted
        known = [r.at_maximum for r in readers if r.at_maximum is not None]
        lowest = [r.at_minimum for r in readers if r.at_minimum is not None]
        complete = bool(readers) and len(known) == len(readers)
        self._full = sum(known) if complete else None
        self._first = min(sum(lowest), sum(known)) if complete else None
        self._arriving = wanted.per_second or 0.0
        self._reaction, sure = reaction_seconds()
        self._status = least_sure(["derived", sure])

    def figures(self, backlog: int | None) -> Iterator[Figure]:
        yield self._rate()
        if backlog is not None:
            yield self._drain(f"time until {shown(backlog)} messages are handled", backlog, None)
        if self._wanted.backlog is not None:
            name = f"time until the backlog of {shown(self._wanted.backlog)} is handled"
            yield self._drain(name, self._wanted.backlog, self._wanted.drain_minutes)
        if self._wanted.downtime_hours is not None:
            yield from self._downtime(self._wanted.downtime_hours)
        if self._readers:
            yield self._in_flight()
        if self._queue.fifo:
            yield self._fifo()
        if self._queue.has_dead_letters and self._queue.max_receive_count:
            yield self._receives(self._queue.max_receive_count)

    def _rate(self) -> Figure:
        return compared(
            self._figure(
                f"messages{AFTER_FAILOVER if self._region.role is Role.STANDBY else ''}",
                self._full,
                lowest=self._first,
                unit="/s",
                target=self._wanted.per_second,
                limited_by=self._cause(),
            ),
            self._faster(self._arriving),
        )

    def _drain(self, name: str, backlog: float, most_minutes: float | None) -> Figure:
        seconds = self._drain_seconds(backlog)
        figure = self._figure(
            name,
            None if seconds is None else seconds / MINUTE,
            unit="min",
            limit=most_minutes,
            limited_by=self._cause()
            if seconds is None
            else f"{self._cause()}; {shown(self._arriving)}/s keep arriving",
            status=self._status,
        )
        needed = self._arriving
        if most_minutes is not None:
            spare = max(most_minutes * MINUTE - self._reaction, 1.0)
            needed += (backlog + max(0.0, self._arriving - (self._first or 0.0)) * self._reaction) / spare
        if seconds is None and most_minutes is not None:
            verdict = Verdict.UNKNOWN if self._full is None else Verdict.MISSED
            return replace(figure, verdict=verdict, remedy=self._faster(needed))
        return compared(figure, self._faster(needed))

    def _drain_seconds(self, backlog: float) -> float | None:
        """With as many tasks as autoscaling starts for the backlog, once it has; they stay until it is gone, as scaling
        in waits for a quarter of an hour."""
        if self._full is None or self._first is None:
            return None
        full, added = 0.0, {}
        for reader in self._readers:
            workload = reader.workload
            each = (reader.alone or 0.0) / max(1, workload.maximum)
            tasks = workload.maximum
            if workload.backlog_per_task:
                wanted = math.ceil(backlog / len(self._readers) / workload.backlog_per_task)
                tasks = min(max(wanted, workload.minimum), workload.maximum)
            full += min(each * tasks, reader.at_maximum or 0.0)
            added[workload.name] = tasks - workload.minimum
        ramp = self._reaction + launch_seconds(added) if any(added.values()) else 0.0
        return drain_seconds(backlog, self._arriving, self._first, max(full, self._first), ramp)

    def _downtime(self, hours: float) -> Iterator[Figure]:
        gathered: float = self._wanted.backlog or 0
        if self._wanted.per_second is not None:
            gathered = hours * HOUR * self._arriving
            yield self._figure(f"messages gathered in {shown(hours)} h", gathered, status="declared")
            if self._wanted.backlog is None:
                name = f"time until those of {shown(hours)} h are handled"
                yield self._drain(name, gathered, self._wanted.drain_minutes)
        seconds = self._drain_seconds(gathered)
        kept = self._queue.retention_seconds / HOUR
        oldest = hours if seconds is None else hours + seconds / HOUR
        yield compared(
            self._figure(
                f"age of the oldest message after {shown(hours)} h without workers",
                oldest,
                unit="h",
                limit=kept,
                limited_by="retention; nobody receives messages meanwhile, so none becomes a dead letter",
                status=self._status,
            ),
            f"raise queues.{self._queue.name}.retention_seconds to {math.ceil(oldest * HOUR)}",
        )

    def _in_flight(self) -> Figure:
        held = sum(at_deployment(r.workload) * r.workload.concurrency for r in self._readers)
        failing = ""
        if self._full is not None:
            number = self._full * self._queue.visibility_seconds
            failing = f"; {shown(number)} if every message failed and stayed for its visibility timeout"
        settings = [setting(r.workload, "concurrency") for r in self._readers]
        settings += [tasks_setting(self._region, r.workload, "max") for r in self._readers]
        figure = self._figure(
            "messages in flight",
            held,
            limit=QUEUE_IN_FLIGHT_MAX,
            limited_by=f"all tasks of a deployment at autoscaling's maximum{failing}",
            status="doc",
        )
        return compared(figure, f"lower {' or '.join(settings)}")

    def _fifo(self) -> Figure:
        rate = limit("sqs", "fifo_tps")
        single, batched = float(rate.value["api_per_s"]), float(rate.value["batched_msgs_per_s"])
        wanted = self._wanted.per_second if self._wanted.per_second is not None else self._full
        if self._queue.high_throughput:
            return self._figure(
                "messages through the FIFO queue", wanted, unit="/s", limited_by="high throughput: by message groups"
            )
        needs_batches = wanted is not None and wanted > single
        figure = self._figure(
            "messages through the FIFO queue",
            wanted,
            unit="/s",
            limit=batched,
            limited_by=f"{shown(single)} calls/s of each kind" + ("; only in batches" if needs_batches else ""),
            status=least_sure(["derived", rate.status]),
        )
        if self._wanted.per_second is None:
            return figure  # autoscaling's maximum only empties the queue sooner
        return compared(figure, f"write queues.{self._queue.name}.high_throughput: true")

    def _receives(self, most: int) -> Figure:
        return self._figure(
            "failing until messages become dead letters",
            most * self._queue.visibility_seconds / MINUTE,
            unit="min",
            limited_by=f"{most} receives × {shown(self._queue.visibility_seconds)} s of visibility",
            status="declared",
        )

    def _cause(self) -> str:
        if not self._readers:
            return "no worker reads it"
        return "; ".join(f"{r.workload.name}: {r.limited_by}" for r in self._readers)

    def _faster(self, rate: float) -> str:
        if not self._readers:
            return f"add a worker with queue: {self._queue.name}"
        unknown = [r for r in self._readers if r.at_maximum is None]
        if unknown:
            return "; ".join(missing(r.workload) for r in unknown)
        largest = max(self._readers, key=lambda r: r.at_maximum or 0.0)
        others = sum(r.at_maximum or 0.0 for r in self._readers if r is not largest)
        return more(self._region, largest, max(0.0, rate - others))

    def _figure(
        self,
        name: str,
        value: float | None,
        *,
        lowest: float | None = None,
        unit: str = "",
        limit: float | None = None,
        target: float | None = None,
        limited_by: str = "",
        status: str = "derived",
    ) -> Figure:
        return Figure(
            region=self._region.name,
            part=f"queue {self._queue.name}",
            name=name,
            value=value,
            lowest=lowest,
            unit=unit,
            limit=limit,
            target=target,
            limited_by=limited_by,
            status=status,
        )
