"""Schedule expressions of EventBridge Scheduler: checked as AWS checks them, and how far apart their runs are; pure.

Syntax: EventBridge Scheduler user guide, "Schedule types"; EventBridge user guide, "Cron expressions".
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import pairwise

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
UNIT_SECONDS = {"minute": 60, "hour": 3_600, "day": 86_400}
DAY_MINUTES = 1_440
EXPRESSION_MAX = 256

# Long enough to hold every pattern of leap days and weekdays that a schedule repeats within.
_FIRST_DAY, _LAST_DAY = date(2025, 1, 1), date(2032, 12, 31)

_RATE = re.compile(r"rate\((\d+) (minutes?|hours?|days?)\)")
_CRON = re.compile(r"cron\(([^()]*)\)")
_LAST_WEEKDAY = re.compile(r"([1-7]|[A-Z]{3})L")
_NTH_WEEKDAY = re.compile(r"([1-7]|[A-Z]{3})#([1-5])")
_NEAREST_WEEKDAY = re.compile(r"(\d{1,2})W")


@dataclass(frozen=True, slots=True)
class Recurrence:
    """How far apart the runs of a schedule are, seconds of local time."""

    shortest_gap: int
    """Between two runs that follow each other most closely."""
    longest_gap: int | None
    """Between two runs that are furthest apart; None where the schedule ends or cannot be said to go on."""


@dataclass(frozen=True, slots=True)
class _Field:
    """One of the first four kinds of cron field, or the year: what it counts, and from where to where."""

    name: str
    first: int
    last: int
    names: tuple[str, ...] = ()


_MINUTES = _Field("minutes", 0, 59)
_HOURS = _Field("hours", 0, 23)
_DAYS = _Field("day-of-month", 1, 31)
_MONTHS = _Field("month", 1, 12, MONTHS)
_WEEKDAYS = _Field("day-of-week", 1, 7, WEEKDAYS)
_YEARS = _Field("year", 1970, 2199)


@cache
def recurrence(expression: str) -> Recurrence:
    """How often a schedule runs; ValueError with the remedy where AWS would refuse the expression."""
    if len(expression) > EXPRESSION_MAX:
        raise ValueError(f"schedule: {len(expression)} characters; EventBridge Scheduler takes {EXPRESSION_MAX}")
    if rate := _RATE.fullmatch(expression):
        return _rate(expression, int(rate[1]), rate[2])
    if cron := _CRON.fullmatch(expression):
        return _cron(expression, cron[1].split())
    if expression.startswith("at("):
        raise ValueError(f"schedule: {expression!r} runs once; a job recurs, use rate(…) or cron(…)")
    raise ValueError(
        f"schedule: {expression!r} is neither rate(value unit), such as rate(5 minutes), "
        "nor cron(minutes hours day-of-month month day-of-week year), such as cron(0 3 * * ? *)"
    )


def _rate(expression: str, value: int, unit: str) -> Recurrence:
    if value < 1:
        raise ValueError(f"schedule: {expression!r} needs a value of 1 or more")
    if (value == 1) == unit.endswith("s"):
        right = unit.removesuffix("s") if value == 1 else f"{unit}s"
        raise ValueError(f"schedule: {expression!r} must be written rate({value} {right})")
    gap = value * UNIT_SECONDS[unit.removesuffix("s")]
    return Recurrence(shortest_gap=gap, longest_gap=gap)


def _cron(expression: str, parts: list[str]) -> Recurrence:
    if len(parts) != 6:
        raise ValueError(
            f"schedule: {expression!r} has {len(parts)} fields; cron takes six: "
            "minutes hours day-of-month month day-of-week year"
        )
    minutes, hours, days, months, weekdays, years = parts
    if (days == "?") == (weekdays == "?"):
        raise ValueError(
            f"schedule: {expression!r} must have ? in exactly one of day-of-month and day-of-week; "
            "the other says on which days it runs"
        )
    times = [60 * h + m for h in sorted(_values(_HOURS, hours)) for m in sorted(_values(_MINUTES, minutes))]
    runs_on = _day_test(days, weekdays)
    in_month = _values(_MONTHS, months)
    _values(_YEARS, years)
    dates = [day for day in _calendar() if day.month in in_month and runs_on(day)]
    if not dates:
        raise ValueError(f"schedule: {expression!r} names no day that exists; correct day-of-month or month")
    return _gaps(dates, times, endless=years == "*")


def _gaps(dates: list[date], times: list[int], *, endless: bool) -> Recurrence:
    """Within a day, and from the last time of one day to the first of the next that the schedule runs on."""
    within = [later - earlier for earlier, later in pairwise(times)]
    nights = [(later - earlier).days * DAY_MINUTES - times[-1] + times[0] for earlier, later in pairwise(dates)]
    gaps = within + nights
    return Recurrence(shortest_gap=60 * min(gaps), longest_gap=60 * max(gaps) if endless else None)


def _values(field: _Field, text: str) -> set[int]:
    """The values of a list of single values, ranges, * and steps."""
    values: set[int] = set()
    for part in text.split(","):
        base, slash, step_text = part.partition("/")
        if slash and (not step_text.isdigit() or int(step_text) < 1):
            raise ValueError(f"schedule: {field.name} {part!r} needs a step of 1 or more after /, such as 0/10")
        first, last = _range(field, base, to_the_end=bool(slash))
        values.update(range(first, last + 1, int(step_text) if slash else 1))
    return values


def _range(field: _Field, text: str, *, to_the_end: bool) -> tuple[int, int]:
    if text == "*":
        return field.first, field.last
    low, dash, high = text.partition("-")
    first = _number(field, low)
    last = _number(field, high) if dash else field.last if to_the_end else first
    if first > last:
        raise ValueError(f"schedule: {field.name} {text!r} runs backwards; write two ranges, separated by a comma")
    return first, last


def _number(field: _Field, text: str) -> int:
    if text in field.names:
        return field.names.index(text) + field.first
    if not re.fullmatch(r"\d{1,4}", text) or not field.first <= int(text) <= field.last:
        named = f" or {field.names[0]} to {field.names[-1]}" if field.names else ""
        raise ValueError(f"schedule: {field.name} {text!r} is not {field.first} to {field.last}{named}")
    return int(text)


def _day_test(days: str, weekdays: str) -> Callable[[date], bool]:
    """Whether the schedule runs on a date, by whichever of the two fields is not ?."""
    if weekdays == "?":
        return _month_day_test(days)
    if weekdays == "L":
        return lambda day: _weekday(day) == _WEEKDAYS.last
    if last := _LAST_WEEKDAY.fullmatch(weekdays):
        wanted = _number(_WEEKDAYS, last[1])
        return lambda day: _weekday(day) == wanted and day.day > _month_length(day) - 7
    if nth := _NTH_WEEKDAY.fullmatch(weekdays):
        wanted, number = _number(_WEEKDAYS, nth[1]), int(nth[2])
        return lambda day: _weekday(day) == wanted and (day.day + 6) // 7 == number
    allowed = _values(_WEEKDAYS, weekdays)
    return lambda day: _weekday(day) in allowed


def _month_day_test(days: str) -> Callable[[date], bool]:
    if days == "L":
        return lambda day: day.day == _month_length(day)
    if nearest := _NEAREST_WEEKDAY.fullmatch(days):
        wanted = _number(_DAYS, nearest[1])
        return lambda day: day.day == _nearest_weekday(day, wanted)
    allowed = _values(_DAYS, days)
    return lambda day: day.day in allowed


def _nearest_weekday(month: date, wanted: int) -> int:
    """The weekday closest to a day of the month, in that month; 0 where the month has no such day."""
    length = _month_length(month)
    if wanted > length:
        return 0
    weekday = month.replace(day=wanted).isoweekday()
    if weekday == 6:
        return wanted - 1 if wanted > 1 else wanted + 2
    if weekday == 7:
        return wanted + 1 if wanted < length else wanted - 2
    return wanted


def _weekday(day: date) -> int:
    """AWS counts from Sunday, which is 1."""
    return day.isoweekday() % 7 + 1


def _month_length(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def _calendar() -> Iterator[date]:
    for offset in range((_LAST_DAY - _FIRST_DAY).days + 1):
        yield _FIRST_DAY + timedelta(days=offset)
