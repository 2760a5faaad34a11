"""Numbers of tasks that change by the clock: more before a peak that is known, fewer at night."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi

from components._schedule import recurrence

# The settings are checked where the AWS SDK is not at hand.
if TYPE_CHECKING:
    from pulumi_aws import appautoscaling

# Tasks of a service, ECS's quota (AWS announcement of January 2021).
TASKS_MAX = 5_000

_TIMEZONE = re.compile(r"(?=.{1,50}$)[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*")
_KEY = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@dataclass(frozen=True, kw_only=True, slots=True)
class ScheduledTasks:
    """From a time on, between which numbers of tasks scaling moves; until the next such time."""

    schedule: str
    """cron(minutes hours day-of-month month day-of-week year)."""
    min: int
    """Fewest tasks from then on, at least 1."""
    max: int
    """Most tasks from then on, `min` to 5,000."""
    timezone: str = "UTC"
    """Time zone of the schedule, such as Europe/Dublin; default UTC."""

    def __post_init__(self) -> None:
        if not self.schedule.startswith("cron("):
            raise ValueError(f"schedule: {self.schedule!r} must be a cron expression, such as cron(0 7 ? * MON-FRI *)")
        recurrence(self.schedule)
        if not _TIMEZONE.fullmatch(self.timezone):
            raise ValueError(f"timezone: {self.timezone!r} is no name of a time zone; write it as Europe/Dublin")
        if not 1 <= self.min <= self.max <= TASKS_MAX:
            raise ValueError(f"min, max: {self.min} to {self.max} tasks; give 1 to {TASKS_MAX}, max at least min")


def check_schedules(schedules: Mapping[str, ScheduledTasks]) -> None:
    """Refuse a single time, after which nothing would ever change the numbers back."""
    for key in schedules:
        if not _KEY.fullmatch(key):
            raise ValueError(f"schedules: {key!r} must be lower-case letters, digits and single hyphens")
    if len(schedules) == 1:
        raise ValueError(
            f"schedules: after {next(iter(schedules))} nothing changes the numbers back; add a second one that does"
        )


def create_schedules(
    owner: pulumi.Resource, name: str, schedules: Mapping[str, ScheduledTasks], target: "appautoscaling.Target"
) -> None:
    """An action for each time. The numbers they set are the target's own, so that a refresh shows them as changed;
    an update that follows sets them back until the next action."""
    from pulumi_aws import appautoscaling

    for key, scheduled in sorted(schedules.items()):
        appautoscaling.ScheduledAction(
            f"{name}-at-{key}",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            schedule=scheduled.schedule,
            timezone=scheduled.timezone,
            scalable_target_action=appautoscaling.ScheduledActionScalableTargetActionArgs(
                min_capacity=scheduled.min, max_capacity=scheduled.max
            ),
            opts=pulumi.ResourceOptions(parent=owner),
        )
