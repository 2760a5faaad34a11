"""Alarms and dashboards."""

from collections.abc import Mapping
from typing import Any

from breakwater.simulator.handler import Call, Creation, Handler, MappingError
from breakwater.simulator.handlers._dashboard_body import wrong_in
from breakwater.simulator.handlers._store import backend, refuse

_ONE_METRIC = ("metricName", "namespace", "dimensions", "period", "unit", "statistic", "extendedStatistic")


def _dimensions(values: Mapping[str, str] | None) -> list[dict[str, str]] | None:
    return None if values is None else [{"name": k, "value": v} for k, v in values.items()]


def _query(query: Mapping[str, Any]) -> dict[str, Any]:
    shaped = dict(query) | {"returnData": query.get("returnData", False)}
    if metric := shaped.pop("metric", None):
        shaped["metricStat"] = {
            "metric": {
                "metricName": metric.get("metricName"),
                "namespace": metric.get("namespace"),
                "dimensions": _dimensions(metric.get("dimensions")),
            },
            "period": metric.get("period"),
            "stat": metric.get("stat"),
            "unit": metric.get("unit"),
        }
    return shaped


def _alarm(inputs: dict[str, Any]) -> dict[str, Any]:
    queries = inputs.get("metricQueries")
    if queries and (both := [name for name in _ONE_METRIC if name in inputs]):
        raise MappingError(f"an alarm has either metricQueries or {', '.join(both)}, never both")
    if queries and (returned := sum(bool(q.get("returnData")) for q in queries)) != 1:
        raise MappingError(
            f"{returned} of the metricQueries return data; exactly one must (returnData), to be compared"
        )
    shaped = dict(inputs)
    if queries:
        shaped["metrics"] = [_query(query) for query in shaped.pop("metricQueries")]
    elif "evaluationCriteria" not in inputs and ("statistic" in inputs) == ("extendedStatistic" in inputs):
        raise MappingError("an alarm on one metric has either statistic or extendedStatistic")
    if "dimensions" in shaped:
        shaped["dimensions"] = _dimensions(shaped["dimensions"])
    return shaped


def _dashboard(inputs: dict[str, Any]) -> dict[str, Any]:
    if wrong := wrong_in(inputs["dashboardBody"]):
        raise refuse("cloudwatch:PutDashboard", "InvalidParameterInput", "; ".join(wrong))
    return inputs


def _await_data(c: Creation) -> None:
    """An alarm has no data when it is new; moto says OK."""
    alarm = backend(c, "cloudwatch").alarms[c.id]
    alarm.state_value = "INSUFFICIENT_DATA"


def _suppressor(inputs: dict[str, Any]) -> dict[str, Any]:
    shaped = dict(inputs)
    if suppressor := shaped.pop("actionsSuppressor", None):
        shaped["actionsSuppressor"] = suppressor["alarm"]
        shaped["actionsSuppressorExtensionPeriod"] = suppressor["extensionPeriod"]
        shaped["actionsSuppressorWaitPeriod"] = suppressor["waitPeriod"]
    return shaped


def _remember_composite(c: Creation) -> None:
    """moto has the records and shows them, but no operation that makes one."""
    store = backend(c, "cloudwatch")
    request = c.requests[0]
    if c.id in store.alarms:
        raise refuse("cloudwatch:PutCompositeAlarm", "ValidationError", f"an alarm named {c.id} exists")
    unset = (
        "namespace", "metric_name", "metric_data_queries", "comparison_operator", "evaluation_periods", "period",
        "unit", "datapoints_to_alarm", "threshold", "statistic", "extended_statistic", "treat_missing_data",
        "evaluate_low_sample_count_percentile", "threshold_metric_id",
    )  # fmt: skip
    store.put_metric_alarm(
        **dict.fromkeys(unset),
        name=c.id,
        rule=request["AlarmRule"],
        description=request.get("AlarmDescription"),
        dimensions=[],
        alarm_actions=request.get("AlarmActions", []),
        ok_actions=request.get("OKActions", []),
        insufficient_data_actions=request.get("InsufficientDataActions", []),
        actions_enabled=request.get("ActionsEnabled", True),
        tags=request.get("Tags", []),
    )
    _await_data(c)


HANDLERS = (
    Handler(
        type="aws:cloudwatch/metricAlarm:MetricAlarm",
        calls=(
            Call(
                operation="cloudwatch:PutMetricAlarm",
                rename={"name": "AlarmName"},
                reshape=_alarm,
                parameters=lambda c: {
                    "ActionsEnabled": c.inputs.get("actionsEnabled", True),
                    "TreatMissingData": c.inputs.get("treatMissingData", "missing"),
                },
            ),
        ),
        id=lambda c: str(c.inputs["name"]),
        amend=_await_data,
        outputs=lambda c: {"arn": c.arn("cloudwatch", f"alarm:{c.id}")},
    ),
    Handler(
        type="aws:cloudwatch/compositeAlarm:CompositeAlarm",
        calls=(
            Call(
                operation="cloudwatch:PutCompositeAlarm",
                reshape=_suppressor,
                parameters=lambda c: {"ActionsEnabled": c.inputs.get("actionsEnabled", True)},
                simulated=False,
            ),
        ),
        id=lambda c: str(c.inputs["alarmName"]),
        amend=_remember_composite,
        outputs=lambda c: {"arn": c.arn("cloudwatch", f"alarm:{c.id}")},
    ),
    Handler(
        type="aws:cloudwatch/dashboard:Dashboard",
        calls=(Call(operation="cloudwatch:PutDashboard", reshape=_dashboard),),
        id=lambda c: str(c.inputs["dashboardName"]),
        outputs=lambda c: {"dashboardArn": c.arn("cloudwatch", f"dashboard/{c.id}", region="")},
    ),
)
