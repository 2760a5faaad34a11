"""The alarms of a NAT gateway, as AWS recommends them; pure."""

import pulumi

from components._alarm_definitions import AlarmDefinition, MetricQuery, Severity

_NAMESPACE = "AWS/NATGateway"


def nat_alarms(key: str, nat_id: pulumi.Input[str]) -> list[AlarmDefinition]:
    """Out of ports, and dropping packets; `key` is the letter of the gateway's zone, or `regional`."""
    dimensions = {"NatGatewayId": nat_id}
    which = f"NAT gateway in zone {key}" if len(key) == 1 else f"{key} NAT gateway"

    def total(id_: str, metric: str) -> MetricQuery:
        return MetricQuery(id=id_, metric_name=metric, namespace=_NAMESPACE, dimensions=dimensions, statistic="Sum")

    return [
        AlarmDefinition(
            role=f"nat-{key}-ports",
            summary=f"The {which} has no free port: new connections from private subnets fail.",
            severity=Severity.CRITICAL,
            runbook="nat-port-allocation",
            metric_name="ErrorPortAllocation",
            namespace=_NAMESPACE,
            dimensions=dimensions,
            statistic="Sum",
            comparison="GreaterThanThreshold",
            threshold=0,
            datapoints=15,
            periods=15,
            missing="missing",
        ),
        AlarmDefinition(
            role=f"nat-{key}-drops",
            summary=f"The {which} drops more than 0.01 % of its packets.",
            severity=Severity.WARNING,
            runbook="nat-packet-drops",
            metrics=[
                total("drops", "PacketsDropCount"),
                total("inner", "PacketsInFromSource"),
                total("outer", "PacketsInFromDestination"),
                MetricQuery(
                    id="rate", expression="100 * drops / (inner + outer)", label="packets dropped, %", returned=True
                ),
            ],
            comparison="GreaterThanThreshold",
            threshold=0.01,
            datapoints=5,
            periods=5,
            missing="missing",
        ),
    ]
