"""components._schedule: EventBridge Scheduler's expressions and the gaps between runs."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components._schedule import MONTHS, UNIT_SECONDS, WEEKDAYS, Recurrence, _nearest_weekday, recurrence

MINUTE, HOUR, DAY = 60, 3_600, 86_400


@pytest.mark.parametrize(
    ("expression", "shortest", "longest"),
    [
        ("rate(1 minute)", MINUTE, MINUTE),
        ("rate(10 minutes)", 10 * MINUTE, 10 * MINUTE),
        ("rate(1 hour)", HOUR, HOUR),
        ("rate(2 days)", 2 * DAY, 2 * DAY),
        ("cron(* * * * ? *)", MINUTE, MINUTE),
        ("cron(*/10 * * * ? *)", 10 * MINUTE, 10 * MINUTE),
        ("cron(0/7 * * * ? *)", 4 * MINUTE, 7 * MINUTE),
        ("cron(0 3 * * ? *)", DAY, DAY),
        ("cron(0 3 ? * * *)", DAY, DAY),
        ("cron(0,15 3 * * ? *)", 15 * MINUTE, DAY - 15 * MINUTE),
        ("cron(0 9-17 ? * MON-FRI *)", HOUR, 2 * DAY + 16 * HOUR),
        ("cron(0 9 ? * 2 *)", 7 * DAY, 7 * DAY),
        ("cron(0 9 ? * MON,THU *)", 3 * DAY, 4 * DAY),
        ("cron(0 0 1 * ? *)", 28 * DAY, 31 * DAY),
        ("cron(0 0 L * ? *)", 28 * DAY, 31 * DAY),
        ("cron(0 0 ? * L *)", 7 * DAY, 7 * DAY),
        ("cron(0 0 ? * 6L *)", 28 * DAY, 35 * DAY),
        ("cron(0 0 ? * TUE#2 *)", 28 * DAY, 35 * DAY),
        ("cron(0 0 29 2 ? *)", 1461 * DAY, 1461 * DAY),
        ("cron(0 0 1 JAN,JUL ? *)", 181 * DAY, 184 * DAY),
    ],
)
def test_gaps(expression: str, shortest: int, longest: int) -> None:
    assert recurrence(expression) == Recurrence(shortest, longest)


@pytest.mark.parametrize(
    ("month", "wanted", "day"),
    [
        (date(2025, 2, 1), 1, 3),  # a Saturday: the Friday before is in January
        (date(2025, 6, 1), 1, 2),  # a Sunday
        (date(2025, 8, 1), 31, 29),  # a Sunday: the Monday after is in September
        (date(2025, 11, 1), 15, 14),  # a Saturday
        (date(2025, 10, 1), 15, 15),
        (date(2025, 2, 1), 30, 0),  # no such day
    ],
)
def test_the_weekday_nearest_to_a_day_stays_in_its_month(month: date, wanted: int, day: int) -> None:
    assert _nearest_weekday(month, wanted) == day


def test_nearest_weekday_as_a_schedule() -> None:
    runs = recurrence("cron(0 0 15W * ? *)")
    assert runs.longest_gap is not None
    assert 26 * DAY <= runs.shortest_gap <= runs.longest_gap <= 33 * DAY


def test_a_schedule_that_ends_has_no_longest_gap() -> None:
    assert recurrence("cron(0 3 * * ? 2026-2030)") == Recurrence(DAY, None)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("every minute", r"^schedule: 'every minute' is neither rate"),
        ("at(2026-01-01T00:00:00)", r"runs once; a job recurs"),
        ("rate(0 minutes)", r"needs a value of 1 or more"),
        ("rate(1 minutes)", r"must be written rate\(1 minute\)"),
        ("rate(5 minute)", r"must be written rate\(5 minutes\)"),
        ("rate(5 weeks)", r"is neither rate"),
        ("rate(-5 minutes)", r"is neither rate"),
        ("cron(0 3 * * *)", r"has 5 fields; cron takes six"),
        ("cron(0 3 * * * *)", r"\? in exactly one of day-of-month and day-of-week"),
        ("cron(0 3 ? * ? *)", r"\? in exactly one of day-of-month and day-of-week"),
        ("cron(60 3 * * ? *)", r"minutes '60' is not 0 to 59"),
        ("cron(0 24 * * ? *)", r"hours '24' is not 0 to 23"),
        ("cron(0 3 0 * ? *)", r"day-of-month '0' is not 1 to 31"),
        ("cron(0 3 32W * ? *)", r"day-of-month '32' is not 1 to 31"),
        ("cron(0 3 LW * ? *)", r"day-of-month 'LW'"),
        ("cron(0 3 * 13 ? *)", r"month '13' is not 1 to 12 or JAN to DEC"),
        ("cron(0 3 * MAI ? *)", r"month 'MAI'"),
        ("cron(0 3 * jan ? *)", r"month 'jan' is not 1 to 12 or JAN to DEC"),
        ("cron(0 3 ? * 0 *)", r"day-of-week '0' is not 1 to 7 or SUN to SAT"),
        ("cron(0 3 ? * 2#6 *)", r"day-of-week '2#6'"),
        ("cron(0 3 ? * FRI-MON *)", r"day-of-week 'FRI-MON' runs backwards"),
        ("cron(0 3 * * ? 1969)", r"year '1969' is not 1970 to 2199"),
        ("cron(0/0 3 * * ? *)", r"minutes '0/0' needs a step of 1 or more"),
        ("cron(0/x 3 * * ? *)", r"minutes '0/x' needs a step"),
        ("cron(? 3 * * ? *)", r"minutes '\?'"),
        ("cron(, 3 * * ? *)", r"minutes ''"),
        ("cron(0 3 31 2 ? *)", r"names no day that exists"),
        ("rate(1 minute)" + " " * 256, r"EventBridge Scheduler takes 256"),
    ],
)
def test_refused(expression: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        recurrence(expression)


@given(value=st.integers(1, 10_000), unit=st.sampled_from(sorted(UNIT_SECONDS)))
def test_every_rate_is_its_own_gap(value: int, unit: str) -> None:
    gap = value * UNIT_SECONDS[unit]
    assert recurrence(f"rate({value} {unit}{'' if value == 1 else 's'})") == Recurrence(gap, gap)


@given(minutes=st.sets(st.integers(0, 59), min_size=1), hours=st.sets(st.integers(0, 23), min_size=1))
def test_daily_gaps_add_up_to_a_day(minutes: set[int], hours: set[int]) -> None:
    fields = (",".join(map(str, values)) for values in (minutes, hours))
    runs = recurrence("cron({} {} * * ? *)".format(*fields))
    times = sorted(hour * HOUR + minute * MINUTE for hour in hours for minute in minutes)
    gaps = [later - earlier for earlier, later in zip(times, [*times[1:], times[0] + DAY], strict=True)]
    assert (runs.shortest_gap, runs.longest_gap) == (min(gaps), max(gaps))


@given(
    st.sampled_from([*WEEKDAYS, *"1234567"]),
    st.sampled_from([*MONTHS, "*", "1/3"]),
    st.sampled_from(["", "L", "#1", "#4"]),
)
def test_weekday_forms_are_accepted(weekday: str, month: str, suffix: str) -> None:
    runs = recurrence(f"cron(0 0 ? {month} {weekday}{suffix} *)")
    assert runs.longest_gap is not None
    assert 7 * DAY <= runs.shortest_gap <= runs.longest_gap
