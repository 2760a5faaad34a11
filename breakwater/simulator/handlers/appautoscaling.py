"""Application Auto Scaling."""

from collections.abc import Mapping
from typing import Any

from breakwater.simulator.handler import Call, Creation, Handler
from breakwater.simulator.handlers._store import backend, refuse


def _on_target(c: Creation, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """The parameters, for a scalable target that exists; moto takes any."""
    resource, dimension = c.inputs["resourceId"], c.inputs["scalableDimension"]
    if resource not in backend(c, "application-autoscaling").targets.get(dimension, ()):
        message = f"No scalable target registered for resource ID: {resource}, scalable dimension: {dimension}"
        raise refuse(f"application-autoscaling:{operation}", "ObjectNotFoundException", message)
    return parameters


def _action_arn(c: Creation) -> str:
    keys = {"ServiceNamespace": c.inputs["serviceNamespace"], "ScheduledActionNames": [c.inputs["name"]]}
    found = c.call("application-autoscaling:DescribeScheduledActions", keys)["ScheduledActions"]
    return next(str(a["ScheduledActionARN"]) for a in found if a["ResourceId"] == c.inputs["resourceId"])


HANDLERS = (
    Handler(
        type="aws:appautoscaling/target:Target",
        calls=(Call(operation="application-autoscaling:RegisterScalableTarget"),),
        id=lambda c: str(c.inputs["resourceId"]),
        outputs=lambda c: {"arn": c.answers[0]["ScalableTargetARN"]},
    ),
    Handler(
        type="aws:appautoscaling/policy:Policy",
        calls=(
            Call(
                operation="application-autoscaling:PutScalingPolicy",
                rename={"name": "PolicyName"},
                parameters=lambda c: _on_target(
                    c, "PutScalingPolicy", {"PolicyType": c.inputs.get("policyType", "StepScaling")}
                ),
            ),
        ),
        id=lambda c: str(c.inputs["name"]),
        outputs=lambda c: {
            "arn": c.answers[0]["PolicyARN"],
            "alarmArns": [alarm["AlarmARN"] for alarm in c.answers[0].get("Alarms", ())],
        },
    ),
    Handler(
        type="aws:appautoscaling/scheduledAction:ScheduledAction",
        calls=(
            Call(
                operation="application-autoscaling:PutScheduledAction",
                rename={"name": "ScheduledActionName"},
                parameters=lambda c: _on_target(c, "PutScheduledAction", {"Timezone": c.inputs.get("timezone", "UTC")}),
            ),
        ),
        id=lambda c: "-".join(c.inputs[name] for name in ("name", "serviceNamespace", "resourceId")),
        outputs=lambda c: {"arn": _action_arn(c)},
    ),
)
