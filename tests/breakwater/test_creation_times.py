"""How long resources take: what holds for which, and that every figure says where it is from."""

import json
from importlib.resources import files
from typing import Any

import pytest

from breakwater.analysis.creation_times import NOTHING, at_once_per_cpu, creation_time, known_types
from breakwater.values import Secret
from tests.breakwater.graphs import resource
from tests.support.stacks import STACKS, deployed

INSTANCE = "aws:rds/instance:Instance"
SERVICE = "aws:ecs/service:Service"
DATA: Any = json.loads(files("breakwater.analysis").joinpath("data/creation_times.json").read_text("utf-8"))


def typical(type_: str, **inputs: Any) -> float:
    """Of a resource with these inputs."""
    found = creation_time(resource(type_, "r", inputs=inputs))
    assert found is not None
    return found.typical


@pytest.mark.parametrize("stack", STACKS)
def test_every_type_of_a_stack_has_a_time(stack: str) -> None:
    assert {r.type for r in deployed(stack).graph if r.custom} - known_types() == set()


def test_every_time_is_a_range_with_source_date_and_status() -> None:
    for type_, entries in DATA["types"].items():
        for entry in entries:
            assert 0 <= entry["low"] <= entry["typical"] <= entry["high"], type_
            assert entry["status"] in DATA["_meta"]["status"], type_
            assert entry["date"], type_
            assert (entry["status"] == "recalled") == entry["source"].startswith("recalled"), type_


def test_of_several_entries_the_last_alone_holds_for_all() -> None:
    for type_, entries in DATA["types"].items():
        assert ["when" in entry for entry in entries] == [True] * (len(entries) - 1) + [False], type_


def test_a_standby_and_a_copy_from_afar_take_longer_than_an_instance_alone() -> None:
    alone, standby = typical(INSTANCE, multiAz=False), typical(INSTANCE, multiAz=True)
    near = typical(INSTANCE, replicateSourceDb="writer")
    far = typical(INSTANCE, replicateSourceDb="arn:aws:rds:us-east-1:1:db:writer")
    assert alone < standby < far
    assert alone < near < far


def test_a_service_takes_long_where_pulumi_waits_for_its_tasks() -> None:
    assert typical(SERVICE) < 10 < typical(SERVICE, waitForSteadyState=True)
    shifted = {"waitForSteadyState": True, "deploymentConfiguration": {"strategy": "CANARY"}}
    assert typical(SERVICE, waitForSteadyState=True) < typical(SERVICE, **shifted)


def test_a_secret_is_compared_by_what_it_holds() -> None:
    assert typical(INSTANCE, multiAz=Secret(True)) == typical(INSTANCE, multiAz=True)


def test_components_take_no_time_and_strangers_no_known_one() -> None:
    assert creation_time(resource("demo:x:Component", "c")) is NOTHING
    assert creation_time(resource("aws:mars/rover:Rover", "r")) is None


def test_pulumi_creates_four_at_once_for_each_core() -> None:
    assert at_once_per_cpu() == 4
