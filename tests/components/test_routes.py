"""components._routes: conditions of listener rules, health checks."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components._routes import HealthCheck, Route, check_routes


def test_conditions_are_sorted_and_only_those_given() -> None:
    assert len(Route(priority=1, paths=["/b", "/a"]).conditions()) == 1
    assert len(Route(priority=1, paths=["/a"], hosts=["a.example.com"]).conditions()) == 2


def test_routes_of_one_service_differ() -> None:
    check_routes([Route(priority=1, paths=["/a"]), Route(key="b", priority=2, paths=["/b"])])
    with pytest.raises(ValueError, match=r"^routes: two routes have the same key"):
        check_routes([Route(priority=1, paths=["/a"]), Route(priority=2, paths=["/b"])])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"priority": 0}, r"^priority: 0"),
        ({"priority": 50001}, r"^priority: 50001"),
        ({"key": "Main"}, r"^key: 'Main'"),
        ({"paths": []}, r"^hosts: a route needs a host or a path"),
        ({"paths": "/v1"}, r"^paths: a list of patterns is required"),
        ({"paths": ["v1"]}, r"^paths: 'v1' must have"),
        ({"paths": ["/" + "a" * 128]}, r"^paths: '/a+' must have at most 128"),
        ({"paths": ["/a", "/b", "/c", "/d"]}, r"^paths: 4 patterns; a condition takes 3"),
        ({"hosts": ["localhost"]}, r"^hosts: 'localhost' must have"),
        ({"hosts": ["a.b", "b.b", "c.b"], "paths": ["/a", "/b", "/c"]}, r"^paths: 6 patterns; a rule takes 5"),
    ],
)
def test_routes_are_checked(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Route(**{"priority": 1, "paths": ["/v1/*"], **changes})


@given(interval=st.integers(-5, 400), timeout=st.integers(-5, 200))
def test_health_check_times(interval: int, timeout: int) -> None:
    if 5 <= interval <= 300 and 2 <= timeout <= 120 and timeout < interval:
        assert HealthCheck(interval_seconds=interval, timeout_seconds=timeout).rendered()
    else:
        with pytest.raises(ValueError, match=r"^health_(interval|timeout): "):
            HealthCheck(interval_seconds=interval, timeout_seconds=timeout)
