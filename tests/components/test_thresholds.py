"""Arithmetic of thresholds, time windows, identifiers and the table of instance classes."""

import math
import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components import _thresholds, _windows
from components._identifiers import check_identifier, check_queue_name
from components._instance_classes import cache_class, classes, database_class

GIBS = st.floats(min_value=0.5, max_value=1024)


@pytest.mark.parametrize(
    ("memory_gib", "measured"), [(2, 198), (4, 413), (8, 856), (15.25, 1660)], ids=lambda value: str(value)
)
def test_max_connections_fits_measured_classes(memory_gib: float, measured: int) -> None:
    assert _thresholds.max_connections(memory_gib) == pytest.approx(measured, rel=0.016)


@given(GIBS, GIBS)
def test_max_connections_grows_with_memory_up_to_the_limit(one: float, other: float) -> None:
    small, large = sorted((one, other))
    assert 0 <= _thresholds.max_connections(small) <= _thresholds.max_connections(large) <= 5000
    if large >= 64:
        assert _thresholds.max_connections(large) == 5000


@given(st.integers(min_value=1, max_value=262_143))
def test_connections_leave_a_tenth(limit: int) -> None:
    threshold = _thresholds.database_connections(limit)
    assert threshold <= 0.9 * limit < threshold + 1


@given(GIBS, st.integers(min_value=20, max_value=65_536))
def test_memory_and_storage_are_shares_in_bytes(memory_gib: float, allocated_gib: int) -> None:
    share = 4 if memory_gib >= 4 else 16
    assert _thresholds.database_free_memory_bytes(memory_gib) == pytest.approx(memory_gib * 2**30 / share, abs=1)
    assert _thresholds.database_free_storage_bytes(allocated_gib) == pytest.approx(allocated_gib * 2**30 / 10, abs=1)


def test_smallest_classes_have_a_level_of_memory_they_stay_above() -> None:
    """An idle db.t4g.micro has about 110 MiB free, so that AWS's quarter would be an alarm for ever."""
    assert _thresholds.database_free_memory_bytes(1) == 64 * 2**20
    assert _thresholds.database_free_memory_bytes(4) == 2**30


def test_burstable_classes_earn_what_their_baseline_is() -> None:
    """EC2 User Guide: credits earned per hour = baseline x vCPUs x 60."""
    shares = {"micro": 0.1, "small": 0.2, "medium": 0.2, "large": 0.3, "xlarge": 0.4, "2xlarge": 0.4}
    for name, size in classes("database").items():
        share = shares[name.split(".")[2]] if name.startswith("db.t") else None
        assert size.credits_per_hour == (None if share is None else round(share * size.vcpu * 60)), name
    assert _thresholds.database_credits(12) == 12


@given(st.integers(min_value=1, max_value=128))
def test_cache_cpu_is_what_one_thread_can_reach(vcpu: int) -> None:
    metric, percent = _thresholds.cache_cpu(vcpu)
    if metric == "CPUUtilization":
        assert vcpu < 4
        assert percent * vcpu == pytest.approx(90)
    else:
        assert (metric, percent) == ("EngineCPUUtilization", 90)
        assert vcpu >= 4


@given(st.integers(min_value=1, max_value=43_200), st.integers(min_value=60, max_value=1_209_600))
def test_queue_age_fires_before_messages_expire(visibility: int, retention: int) -> None:
    age = _thresholds.queue_age_seconds(visibility, retention)
    assert 0 < age <= retention / 2
    assert age == 1.5 * visibility or age == retention / 2


def test_fixed_limits() -> None:
    assert _thresholds.queue_in_flight() == 108_000
    assert _thresholds.cache_connections() == 58_500
    assert _thresholds.database_load(8) == 8


def test_every_class_is_plausible() -> None:
    sizes = {**classes("database"), **classes("cache")}
    assert len(sizes) == 32
    for name, size in sizes.items():
        assert re.fullmatch(r"(db|cache)\.[a-z0-9]+\.[a-z0-9]+", name)
        assert size.name == name
        assert size.vcpu in (2, 4, 8, 16)
        assert 0 < size.memory_gib <= 128


def test_classes_are_found_by_name() -> None:
    assert (database_class("x", "db.r7g.large").vcpu, database_class("x", "db.r7g.large").memory_gib) == (2, 16)
    assert (cache_class("x", "cache.r7g.2xlarge").vcpu, cache_class("x", "cache.r7g.2xlarge").memory_gib) == (8, 52.82)


@pytest.mark.parametrize("name", ["db.r7g.lagre", "cache.r7g.large", ""])
def test_unknown_class_names_the_nearest(name: str) -> None:
    with pytest.raises(ValueError, match=r"instance_class: .* use db\.") as error:
        database_class("instance_class", name)
    if name == "db.r7g.lagre":
        assert "db.r7g.large" in str(error.value)


TIMES = st.integers(min_value=0, max_value=_windows.DAY_MINUTES - 1)


def clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


@given(TIMES, st.integers(min_value=1, max_value=_windows.DAY_MINUTES))
def test_daily_window_has_the_length_it_was_written_with(start: int, length: int) -> None:
    found = _windows.daily_window("w", f"{clock(start)}-{clock(start + length)}")
    assert found == (start, start + length)


@given(
    TIMES,
    st.integers(min_value=30, max_value=300),
    st.integers(min_value=0, max_value=_windows.WEEK_MINUTES - 1),
    st.integers(min_value=30, max_value=300),
)
def test_overlap_is_what_counting_minutes_finds(start: int, length: int, week_start: int, week_length: int) -> None:
    daily = {minute % _windows.DAY_MINUTES for minute in range(start, start + length)}
    weekly = {minute % _windows.DAY_MINUTES for minute in range(week_start, week_start + week_length)}
    found = _windows.overlap((start, start + length), (week_start, week_start + week_length))
    assert found == bool(daily & weekly)


def test_weekly_window() -> None:
    assert _windows.weekly_window("w", "mon:00:30-mon:01:00") == (30, 60)
    start, end = _windows.weekly_window("w", "sun:23:30-mon:00:30")
    assert timedelta(minutes=end - start) == timedelta(hours=1)
    assert math.floor(start / _windows.DAY_MINUTES) == 6


@pytest.mark.parametrize(
    ("daily", "weekly", "message"),
    [
        ("3:00-4:00", "sun:05:00-sun:06:00", "d: '3:00-4:00' is no daily window"),
        ("03:00-24:00", "sun:05:00-sun:06:00", "d: '03:00-24:00' is no daily window"),
        ("03:00-04:00", "Sun:05:00-Sun:06:00", "w: 'Sun:05:00-Sun:06:00' is no weekly window"),
        ("03:00-03:29", "sun:05:00-sun:06:00", "d: '03:00-03:29' lasts 29 minutes; at least 30"),
        ("03:00-04:00", "sun:05:00-sun:05:20", "w: 'sun:05:00-sun:05:20' lasts 20 minutes"),
        ("03:00-04:00", "sun:03:30-sun:04:30", "d: '03:00-04:00' overlaps w"),
        ("23:30-00:30", "mon:00:00-mon:01:00", "d: '23:30-00:30' overlaps w"),
        ("03:00-04:00", "sun:04:00-sun:05:00", "d: '03:00-04:00' overlaps w .* or touches it"),
        ("03:00-04:00", "sun:02:00-sun:03:00", "d: '03:00-04:00' overlaps w"),
        ("03:00-04:00", "sun:04:30-mon:05:00", "w: 'sun:04:30-mon:05:00' lasts longer than a day"),
    ],
)
def test_windows_refused(daily: str, weekly: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _windows.check_windows(daily_field="d", daily=daily, weekly_field="w", weekly=weekly, shortest_minutes=30)


@pytest.mark.parametrize("value", ["", "1db", "Db", "db-", "db--x", "db_x", "-db"])
def test_identifiers_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r"identifier: .* must begin with a letter"):
        check_identifier("identifier", value, 63)


def test_identifier_leaves_room_for_its_suffix() -> None:
    check_identifier("identifier", "a" * 57, 63, "-proxy")
    with pytest.raises(ValueError, match="has 64 characters and AWS takes 63; give identifier with at most 57"):
        check_identifier("identifier", "a" * 58, 63, "-proxy")


def test_queue_name_leaves_room_for_auto_naming() -> None:
    check_queue_name("a" * 67, ".fifo")
    with pytest.raises(ValueError, match="SQS's limit leaves 67"):
        check_queue_name("a" * 68, ".fifo")
