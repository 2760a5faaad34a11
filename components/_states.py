"""Parts of state machines that keep a job's item: calls with their retries, conditional writes, ways out; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

LEDGER_KEY = "job"
HELD = "DynamoDB.ConditionalCheckFailedException"
"""A condition did not hold: an answer, not a fault."""
LET_GO = "REMOVE lock_owner, locked_at"

# Values of conditions and updates: the execution, the time, the time that the run is for.
ME = {":me": {"S.$": "$$.Execution.Id"}}
NOW = {":now": {"S.$": "$$.State.EnteredTime"}}
SCHEDULED = {":scheduled": {"S.$": "$.scheduled_time"}}

_CALL_SECONDS = 30


def retry(
    errors: Sequence[str], *, interval: int, attempts: int, rate: int, longest: int | None = None
) -> dict[str, Any]:
    """What is tried again, how often, after how many seconds."""
    limits = {} if longest is None else {"MaxDelaySeconds": longest}
    return {
        "ErrorEquals": list(errors),
        "IntervalSeconds": interval,
        "MaxAttempts": attempts,
        "BackoffRate": rate,
        **limits,
    }


RETRY = retry(["States.ALL"], interval=2, attempts=8, rate=2, longest=60)


def task(action: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """A call that may be repeated."""
    return {
        "Type": "Task",
        "Resource": f"arn:aws:states:::{action}",
        "Parameters": dict(parameters),
        "TimeoutSeconds": _CALL_SECONDS,
        "Retry": [RETRY],
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerItem:
    """One job's item."""

    table_name: pulumi.Input[str]
    """Table."""
    job: str
    """Key."""

    def update(self, expression: str, condition: str, values: Mapping[str, Any], **further: str) -> dict[str, Any]:
        """A conditional write."""
        parameters = {
            **self._address,
            "UpdateExpression": expression,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": dict(values),
            **further,
        }
        never = {"ErrorEquals": [HELD], "MaxAttempts": 0}
        return {**task("dynamodb:updateItem", parameters), "Retry": [never, RETRY]}

    def read(self) -> dict[str, Any]:
        """The item as it is now, at $.ledger."""
        parameters = {**self._address, "ConsistentRead": True}
        return {**task("dynamodb:getItem", parameters), "ResultPath": "$.ledger"}

    @property
    def _address(self) -> dict[str, Any]:
        return {"TableName": self.table_name, "Key": {LEDGER_KEY: {"S": self.job}}}


def present(path: str) -> dict[str, Any]:
    """Whether there is something at a path."""
    return {"Variable": path, "IsPresent": True}


def on(errors: Sequence[str], state: str, result_path: str | None = None) -> dict[str, Any]:
    """Where errors lead, and where they are noted."""
    return {"ErrorEquals": list(errors), "ResultPath": result_path, "Next": state}


def failing() -> dict[str, Any]:
    """Let go of the lock, then fail with the error."""
    return on(["States.ALL"], "LetGo", "$.failure")
