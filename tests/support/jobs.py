"""A job's state machine in a world of its own: the ledger in moto, and shorthands for what tests do with runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from breakwater.simulator._moto import empty_cloud
from breakwater.simulator.aws import SimulatedAws
from components._job_machine import Machine, Overlap, states_language
from components._states import LedgerItem
from tests.support.states import REGION, Execution, World

TABLE = "ledger"
MINUTE, HOUR, DAY = 60, 3_600, 86_400
STOP = 150
MACHINE = Machine(
    region=REGION,
    item=LedgerItem(table_name=TABLE, job="tidy"),
    cluster_arn="arn:aws:ecs:us-east-1:111122223333:cluster/main",
    family="test-unit-tidy",
    definition_arn="arn:aws:ecs:us-east-1:111122223333:task-definition/test-unit-tidy:7",
    container="tidy",
    subnet_ids=["subnet-a", "subnet-b"],
    security_group_id="sg-1",
    maximum_run_seconds=600,
    stop_seconds=STOP,
    overlap=Overlap.SKIP,
)
DEFINITIONS = {overlap: states_language(replace(MACHINE, overlap=overlap)) for overlap in Overlap}


@contextmanager
def world(overlap: Overlap = Overlap.SKIP) -> Iterator[World]:
    with empty_cloud():
        aws = SimulatedAws()
        aws.call(
            "dynamodb",
            "CreateTable",
            REGION,
            {
                "TableName": TABLE,
                "KeySchema": [{"AttributeName": "job", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "job", "AttributeType": "S"}],
                "BillingMode": "PAY_PER_REQUEST",
            },
        )
        yield World(aws, DEFINITIONS[overlap])


def ledger(of: World) -> dict[str, str]:
    item = of.aws.call("dynamodb", "GetItem", REGION, {"TableName": TABLE, "Key": {"job": {"S": "tidy"}}}).get("Item")
    return {name: value["S"] for name, value in (item or {}).items()}


def window(of: World, index: int = -1) -> tuple[str, str]:
    variables = of.tasks[index].variables
    return variables["JOB_COMPLETED_UNTIL"], variables["JOB_SCHEDULED_TIME"]


def started(of: World, scheduled: float) -> Execution:
    execution = of.start(scheduled)
    of.settle()
    return execution


def completed(of: World, scheduled: float) -> Execution:
    execution = started(of, scheduled)
    of.tasks[-1].end()
    of.settle()
    assert execution.ended_in == "Completed"
    return execution
