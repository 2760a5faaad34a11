"""How often a schedule runs in a mean month; pure."""

import re

from breakwater.analysis.prices import HOURS

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) \S+\)")
_MINUTES = {"minute": 1, "hour": 60, "day": 1_440}
_DAYS = HOURS / 24
_SPANS = ((0, 59), (0, 23), (1, 31), (1, 12), (1, 7))
"""Minutes, hours, days of the month, months, days of the week."""
_NAMES = {
    name: str(number)
    for names in (
        ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"),
        ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"),
    )
    for number, name in enumerate(names, 1)
}


def runs_a_month(expression: str) -> float | None:
    """Runs of a `rate(…)`, `cron(…)` or `at(…)`; None where that cannot be told."""
    if expression.startswith("at("):
        return 0
    if rate := _RATE.fullmatch(expression):
        return HOURS * 60 / (int(rate[1]) * _MINUTES[rate[2]]) if int(rate[1]) else None
    if cron := _CRON.fullmatch(expression):
        fields = zip(cron.groups(), _SPANS, strict=True)
        counts = [count for field, span in fields if (count := _count(field, *span)) is not None]
        if len(counts) < len(_SPANS):
            return None
        minutes, hours, days, months, weekdays = counts
        in_month = _DAYS * weekdays / 7 if cron[3] in "*?" else min(days, _DAYS)
        return minutes * hours * in_month * months / 12
    return None


def _count(field: str, first: int, last: int) -> int | None:
    """How many of the values from the first to the last a field names; None where it is none of these."""
    found = set[int]()
    for part in field.upper().split(","):
        span, _, step = part.partition("/")
        start, _, end = span.partition("-")
        start, end = _NAMES.get(start, start), _NAMES.get(end, end)
        if start in "*?":
            start, end = str(first), str(last)
        elif not end:
            end = str(last) if step else start
        if span in ("L", "LW") or re.fullmatch(r"\d+(W|L|#\d)", span):
            start = end = str(first)  # one day, whichever
        if not (start.isdigit() and end.isdigit() and (step or "1").isdigit() and int(step or 1)):
            return None
        low, high = int(start), int(end)
        ordered = range(low, high + 1) if low <= high else [*range(low, last + 1), *range(first, high + 1)]
        found |= set(list(ordered)[:: int(step or 1)])
    return len(found)
