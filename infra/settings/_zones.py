"""Names of time zones."""

import zoneinfo
from collections.abc import Iterator

from infra.settings._rules import nearest, problem
from infra.settings.problems import Path, Problem


def timezone_problems(path: Path, name: str) -> Iterator[Problem]:
    """Refuse what is no time zone, where this machine knows them."""
    try:
        zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        known = zoneinfo.available_timezones()
        # Where the machine has no time zone data nothing can be said.
        if known:
            meant = nearest(name, known)
            remedy = f"write {meant}" if meant else "write for example Europe/Dublin"
            yield problem(path, f"{name!r} is no time zone", "a name of the IANA time zone database", remedy)
