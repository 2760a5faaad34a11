"""Daily and weekly windows of RDS and ElastiCache in UTC: their form, their length, whether two overlap. Pure."""

import re

DAY_MINUTES = 24 * 60
WEEK_MINUTES = 7 * DAY_MINUTES
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_TIME = r"([01]\d|2[0-3]):([0-5]\d)"
_DAILY = re.compile(rf"{_TIME}-{_TIME}")
_WEEKLY = re.compile(rf"({'|'.join(DAYS)}):{_TIME}-({'|'.join(DAYS)}):{_TIME}")


def check_windows(*, daily_field: str, daily: str, weekly_field: str, weekly: str, shortest_minutes: int) -> None:
    """Refuse windows of the wrong form, too short, or overlapping: AWS does not back up and maintain at once."""
    every_day, once_a_week = daily_window(daily_field, daily), weekly_window(weekly_field, weekly)
    for field, text, (start, end) in ((daily_field, daily, every_day), (weekly_field, weekly, once_a_week)):
        if end - start < shortest_minutes:
            raise ValueError(f"{field}: {text!r} lasts {end - start} minutes; at least {shortest_minutes} are needed")
    if once_a_week[1] - once_a_week[0] > DAY_MINUTES:
        raise ValueError(f"{weekly_field}: {weekly!r} lasts longer than a day; at most 24 hours are allowed")
    # AWS does not say whether they may touch; a minute between them is right either way.
    if overlap((every_day[0] - 1, every_day[1] + 1), once_a_week):
        raise ValueError(f"{daily_field}: {daily!r} overlaps {weekly_field} {weekly!r} or touches it; move one of them")


def check_order(*, first_field: str, first: str, second_field: str, second: str) -> None:
    """Refuse a first weekly window that overlaps the second, or that the second is sooner before than after."""
    one, two = weekly_window(first_field, first), weekly_window(second_field, second)
    starts = (two[0] - one[0]) % WEEK_MINUTES
    if starts < one[1] - one[0] or WEEK_MINUTES - starts < two[1] - two[0]:
        raise ValueError(f"{first_field}: {first!r} overlaps {second_field} {second!r}; move it to a day before")
    if (two[0] - one[1]) % WEEK_MINUTES > WEEK_MINUTES / 2:
        raise ValueError(f"{first_field}: {first!r} comes after {second_field} {second!r}; move it to a day before")


def daily_window(field: str, text: str) -> tuple[int, int]:
    """Start and end in minutes since midnight; the end is past 1,440 where the window passes midnight."""
    match = _DAILY.fullmatch(text)
    if not match:
        raise ValueError(f"{field}: {text!r} is no daily window; write it in UTC as 03:00-04:00")
    start, end = _minutes(*match.group(1, 2)), _minutes(*match.group(3, 4))
    return start, end if end > start else end + DAY_MINUTES


def weekly_window(field: str, text: str) -> tuple[int, int]:
    """Start and end in minutes since Monday, 00:00; the end is past a week where the window passes Sunday midnight."""
    match = _WEEKLY.fullmatch(text)
    if not match:
        raise ValueError(
            f"{field}: {text!r} is no weekly window; write it in UTC and lower case as sun:04:30-sun:05:30"
        )
    start = DAYS.index(match[1]) * DAY_MINUTES + _minutes(*match.group(2, 3))
    end = DAYS.index(match[4]) * DAY_MINUTES + _minutes(*match.group(5, 6))
    return start, end if end > start else end + WEEK_MINUTES


def overlap(daily: tuple[int, int], weekly: tuple[int, int]) -> bool:
    """Whether a window of every day and one of a week share a minute."""
    days = range(-1, 2 * len(DAYS) + 1)
    return any(daily[0] + day * DAY_MINUTES < weekly[1] and weekly[0] < daily[1] + day * DAY_MINUTES for day in days)


def _minutes(hours: str, minutes: str) -> int:
    return int(hours) * 60 + int(minutes)
