"""CloudWatch Logs."""

from collections.abc import Mapping
from typing import Any

from breakwater.simulator.handler import Call, Creation, Handler, MappingError
from breakwater.simulator.handlers._store import backend

_RETENTION_DAYS = (
    0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
)  # fmt: skip
"""CloudWatch Logs API reference, PutRetentionPolicy; the service model has them in prose only. 0: for ever."""


def _retention(c: Creation) -> Mapping[str, Any]:
    days = c.inputs["retentionInDays"]
    if days not in _RETENTION_DAYS:
        raise MappingError(f"retentionInDays: {days} is not one of {', '.join(map(str, _RETENTION_DAYS[1:]))}")
    return {"logGroupName": c.id, "retentionInDays": days}


def _remember_class(c: Creation) -> None:
    """moto knows no classes and no protection of log groups."""
    group = backend(c, "logs").groups[c.id]
    shown = {
        "logGroupClass": c.inputs.get("logGroupClass", "STANDARD"),
        "deletionProtectionEnabled": c.inputs.get("deletionProtectionEnabled", False),
    }
    describe = group.to_describe_dict
    group.to_describe_dict = lambda: describe() | shown


def _metric_filter(inputs: dict[str, Any]) -> dict[str, Any]:
    return inputs | {"pattern": inputs["pattern"].strip()}


HANDLERS = (
    Handler(
        type="aws:cloudwatch/logGroup:LogGroup",
        calls=(
            Call(operation="logs:CreateLogGroup", rename={"name": "logGroupName"}),
            Call(
                operation="logs:PutRetentionPolicy",
                parameters=_retention,
                consumes=frozenset({"retentionInDays"}),
                when=lambda c: c.inputs.get("retentionInDays", 0) != 0,
            ),
        ),
        id=lambda c: str(c.inputs["name"]),
        amend=_remember_class,
        outputs=lambda c: {"arn": c.arn("logs", f"log-group:{c.id}")},
        held={"skipDestroy": "only for deletion, by the provider"},
    ),
    Handler(
        type="aws:cloudwatch/logMetricFilter:LogMetricFilter",
        calls=(
            Call(
                operation="logs:PutMetricFilter",
                rename={
                    "name": "filterName",
                    "pattern": "filterPattern",
                    "metricTransformation.name": "metricName",
                    "metricTransformation.namespace": "metricNamespace",
                    "metricTransformation.value": "metricValue",
                },
                reshape=_metric_filter,
            ),
        ),
        id=lambda c: str(c.inputs["name"]),
    ),
    Handler(
        type="aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
        calls=(Call(operation="logs:PutResourcePolicy"),),
        id=lambda c: str(c.inputs["policyName"]),
    ),
)
