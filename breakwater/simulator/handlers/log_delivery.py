"""CloudWatch Logs' deliveries: the logs that other services hand over, such as CloudFront's."""

from typing import Any

from breakwater.simulator.aws import GLOBAL_REGION
from breakwater.simulator.handler import Call, Creation, Handler
from breakwater.simulator.handlers._store import refuse


def _source(c: Creation) -> dict[str, Any]:
    if ":cloudfront:" in c.inputs["resourceArn"] and c.region != GLOBAL_REGION:
        message = f"logs of CloudFront are delivered from {GLOBAL_REGION} only"
        raise refuse("logs:PutDeliverySource", "ValidationException", message)
    return {}


HANDLERS = (
    Handler(
        type="aws:cloudwatch/logDeliverySource:LogDeliverySource",
        calls=(Call(operation="logs:PutDeliverySource", parameters=_source),),
        id=lambda c: str(c.inputs["name"]),
        outputs=lambda c: {
            "arn": c.arn("logs", f"delivery-source:{c.id}"),
            "service": c.inputs["resourceArn"].split(":")[2],
        },
    ),
    Handler(
        type="aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination",
        calls=(Call(operation="logs:PutDeliveryDestination"),),
        id=lambda c: str(c.inputs["name"]),
        outputs=lambda c: {
            "arn": c.arn("logs", f"delivery-destination:{c.id}"),
            "deliveryDestinationType": c.answers[0]["deliveryDestination"]["deliveryDestinationType"],
        },
    ),
    Handler(
        type="aws:cloudwatch/logDelivery:LogDelivery",
        calls=(Call(operation="logs:CreateDelivery"),),
        id="delivery.id",
        outputs=lambda c: {"arn": c.arn("logs", f"delivery:{c.id}")},
    ),
)
