"""The alarms of HTTP APIs, as definitions; pure.

Metrics, shares and periods are those that CloudWatch recommends for API Gateway.
"""

import pulumi

from components.alarms import AlarmDefinition, MetricQuery, Severity

GATEWAY = "AWS/ApiGateway"


def http_api_alarms(
    *, api_id: pulumi.Input[str], error_percent: float, latency_seconds: float
) -> list[AlarmDefinition]:
    """Alarms on what callers get. API Gateway reports only while requests come."""
    api = {"ApiId": api_id}
    return [
        AlarmDefinition(
            role="server-errors",
            summary=f"More than {error_percent:g} % of the requests were answered with a server error.",
            severity=Severity.CRITICAL,
            runbook="http-api-server-errors",
            metrics=[
                MetricQuery(
                    id="rate",
                    expression="100 * FILL(errors, 0) / requests",
                    label="Server errors, percent",
                    returned=True,
                ),
                MetricQuery(id="errors", namespace=GATEWAY, metric_name="5xx", dimensions=api, statistic="Sum"),
                # One sample a request; that is what API Gateway's documentation counts by.
                MetricQuery(
                    id="requests", namespace=GATEWAY, metric_name="Count", dimensions=api, statistic="SampleCount"
                ),
            ],
            comparison="GreaterThanThreshold",
            threshold=error_percent,
            datapoints=3,
            periods=3,
            missing="notBreaching",
        ),
        AlarmDefinition(
            role="latency",
            summary=f"One request in ten waits longer than {latency_seconds:g} s.",
            severity=Severity.WARNING,
            runbook="http-api-latency",
            namespace=GATEWAY,
            metric_name="Latency",
            dimensions=api,
            extended_statistic="p90",
            comparison="GreaterThanOrEqualToThreshold",
            threshold=1_000 * latency_seconds,
            datapoints=5,
            periods=5,
            missing="notBreaching",
        ),
    ]
