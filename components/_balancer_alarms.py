"""Alarms of a load balancer and of its certificate; pure."""

import pulumi

from components._alarm_definitions import AlarmDefinition, Severity

_NAMESPACE = "AWS/ApplicationELB"


def balancer_alarms(arn_suffix: pulumi.Input[str]) -> list[AlarmDefinition]:
    """What the balancer itself gets wrong; targets' errors belong to their services. Counts of 0 are not sent."""

    def count(
        role: str, metric: str, summary: str, severity: Severity, *, threshold: int, period: int, periods: int
    ) -> AlarmDefinition:
        return AlarmDefinition(
            role=role,
            summary=summary,
            severity=severity,
            runbook=f"load-balancer-{role}",
            metric_name=metric,
            namespace=_NAMESPACE,
            dimensions={"LoadBalancer": arn_suffix},
            statistic="Sum",
            comparison="GreaterThanThreshold",
            threshold=threshold,
            period_seconds=period,
            datapoints=periods,
            periods=periods,
            missing="notBreaching",
        )

    return [
        count(
            "server-errors",
            "HTTPCode_ELB_5XX_Count",
            "The load balancer itself answers with 5xx: no healthy target, or targets that hang up or time out.",
            Severity.CRITICAL,
            # The threshold of cloudposse's alarms; a count, because the request count leaves out these requests.
            threshold=25,
            period=300,
            periods=1,
        ),
        count(
            "rejected-connections",
            "RejectedConnectionCount",
            "The load balancer turns connections away because it has reached its limit.",
            Severity.CRITICAL,
            threshold=0,
            period=60,
            periods=5,
        ),
        count(
            "target-connection-errors",
            "TargetConnectionErrorCount",
            "The load balancer cannot open connections to its targets.",
            Severity.CRITICAL,
            threshold=0,
            period=60,
            periods=5,
        ),
    ]


def certificate_alarm(certificate_arn: pulumi.Input[str]) -> AlarmDefinition:
    """At 30 days ACM's own renewal has failed for two weeks: it begins 45 days before the end, or 60 for certificates
    from before February 2026. The 44 days that CloudWatch recommends would ring while a renewal is under way."""
    return AlarmDefinition(
        role="certificate-expiry",
        summary="The certificate ends in 30 days or less and ACM has not renewed it.",
        severity=Severity.WARNING,
        runbook="certificate-expiry",
        metric_name="DaysToExpiry",
        namespace="AWS/CertificateManager",
        dimensions={"CertificateArn": certificate_arn},
        statistic="Minimum",
        comparison="LessThanOrEqualToThreshold",
        threshold=30,
        period_seconds=86_400,
        datapoints=1,
        periods=1,
        # A new certificate has no data for its first half day, which must not page; an old one that goes silent
        # stays in alarm.
        missing="ignore",
    )
