"""The alarms of a PostgreSQL instance, computed from its class and storage; makes no resource."""

import pulumi

from components import _thresholds
from components._database_settings import InstanceSettings
from components.alarms import AlarmDefinition, Severity


def instance_alarms(
    role: str, subject: str, identifier: pulumi.Input[str], settings: InstanceSettings, *, replica: bool
) -> list[AlarmDefinition]:
    """What writer and replicas share, then the lag of a replica or the transaction ids of a writer."""
    dimensions = {"DBInstanceIdentifier": identifier}
    common = [
        *_load_alarms(role, subject, dimensions, settings),
        *_credit_alarms(role, subject, dimensions, settings),
        *_capacity_alarms(role, subject, dimensions, settings),
    ]
    if replica:
        return [*common, _lag_alarm(role, subject, dimensions, settings)]
    return [*common, _transaction_ids_alarm(role, subject, dimensions, settings), _silence_alarm(role, dimensions)]


def _silence_alarm(role: str, dimensions: dict[str, pulumi.Input[str]]) -> AlarmDefinition:
    """One plain metric, so that a Route 53 health check can follow it. Longer than a failover within the region."""
    return AlarmDefinition(
        role=f"{role}-silent",
        summary="The writer has reported nothing for five minutes: it is down, or being replaced.",
        severity=Severity.CRITICAL,
        runbook="database-silent",
        namespace="AWS/RDS",
        metric_name="CPUUtilization",
        dimensions=dimensions,
        statistic="SampleCount",
        comparison="LessThanThreshold",
        threshold=1,
        datapoints=5,
        periods=5,
        missing="breaching",
    )


def _load_alarms(
    role: str, subject: str, dimensions: dict[str, pulumi.Input[str]], settings: InstanceSettings
) -> list[AlarmDefinition]:
    return [
        AlarmDefinition(
            role=f"{role}-cpu",
            summary=f"{subject}'s processors are almost fully busy.",
            severity=Severity.WARNING,
            runbook="database-cpu",
            namespace="AWS/RDS",
            metric_name="CPUUtilization",
            dimensions=dimensions,
            statistic="Average",
            comparison="GreaterThanThreshold",
            threshold=_thresholds.DATABASE_CPU_PERCENT,
            datapoints=5,
            periods=5,
            missing="breaching",
        ),
        AlarmDefinition(
            role=f"{role}-load",
            summary=f"{subject} has more active sessions than processors, so queries wait.",
            severity=Severity.WARNING,
            runbook="database-load",
            namespace="AWS/RDS",
            metric_name="DBLoad",
            dimensions=dimensions,
            statistic="Average",
            comparison="GreaterThanThreshold",
            threshold=_thresholds.database_load(settings.size.vcpu),
            datapoints=15,
            periods=15,
            missing="missing",
        ),
        AlarmDefinition(
            role=f"{role}-connections",
            summary=f"{subject} has almost no connections left; new ones will be refused.",
            severity=Severity.CRITICAL,
            runbook="database-connections",
            namespace="AWS/RDS",
            metric_name="DatabaseConnections",
            dimensions=dimensions,
            statistic="Average",
            comparison="GreaterThanThreshold",
            threshold=_thresholds.database_connections(settings.max_connections),
            datapoints=5,
            periods=5,
            missing="breaching",
        ),
    ]


def _credit_alarms(
    role: str, subject: str, dimensions: dict[str, pulumi.Input[str]], settings: InstanceSettings
) -> list[AlarmDefinition]:
    """Of a burstable class; the others have no credits."""
    earned = settings.size.credits_per_hour
    if earned is None:
        return []
    return [
        AlarmDefinition(
            role=f"{role}-cpu-credits",
            summary=f"{subject} needs more than its class's share of the processors, which costs extra from here on.",
            severity=Severity.WARNING,
            runbook="database-cpu-credits",
            namespace="AWS/RDS",
            metric_name="CPUCreditBalance",
            dimensions=dimensions,
            statistic="Average",
            period_seconds=_thresholds.DATABASE_CREDIT_PERIOD_SECONDS,
            comparison="LessThanThreshold",
            threshold=_thresholds.database_credits(earned),
            datapoints=_thresholds.DATABASE_CREDIT_PERIODS,
            periods=_thresholds.DATABASE_CREDIT_PERIODS,
            missing="missing",
        )
    ]


def _capacity_alarms(
    role: str, subject: str, dimensions: dict[str, pulumi.Input[str]], settings: InstanceSettings
) -> list[AlarmDefinition]:
    return [
        AlarmDefinition(
            role=f"{role}-memory",
            summary=f"{subject} has little memory left and will start to swap.",
            severity=Severity.WARNING,
            runbook="database-memory",
            namespace="AWS/RDS",
            metric_name="FreeableMemory",
            dimensions=dimensions,
            statistic="Average",
            comparison="LessThanThreshold",
            threshold=_thresholds.database_free_memory_bytes(settings.size.memory_gib),
            datapoints=15,
            periods=15,
            missing="breaching",
        ),
        AlarmDefinition(
            role=f"{role}-storage",
            summary=f"{subject}'s storage is almost full; a full disk stops the database.",
            severity=Severity.CRITICAL,
            runbook="database-storage",
            namespace="AWS/RDS",
            metric_name="FreeStorageSpace",
            dimensions=dimensions,
            statistic="Minimum",
            comparison="LessThanThreshold",
            threshold=_thresholds.database_free_storage_bytes(settings.allocated_storage_gib),
            datapoints=5,
            periods=5,
            missing="breaching",
        ),
    ]


def _lag_alarm(
    role: str, subject: str, dimensions: dict[str, pulumi.Input[str]], settings: InstanceSettings
) -> AlarmDefinition:
    return AlarmDefinition(
        role=f"{role}-lag",
        summary=f"{subject} answers with data that is too old, or does not replicate at all.",
        severity=Severity.WARNING,
        runbook="database-replica-lag",
        namespace="AWS/RDS",
        metric_name="ReplicaLag",
        dimensions=dimensions,
        statistic="Maximum",
        comparison="GreaterThanThreshold",
        threshold=float(settings.replica_lag_alarm_seconds),
        datapoints=10,
        periods=10,
        missing="breaching",
    )


def _transaction_ids_alarm(
    role: str, subject: str, dimensions: dict[str, pulumi.Input[str]], _: InstanceSettings
) -> AlarmDefinition:
    return AlarmDefinition(
        role=f"{role}-transaction-ids",
        summary=f"{subject} is using up its transaction ids faster than vacuum frees them.",
        severity=Severity.CRITICAL,
        runbook="database-transaction-ids",
        namespace="AWS/RDS",
        metric_name="MaximumUsedTransactionIDs",
        dimensions=dimensions,
        statistic="Average",
        comparison="GreaterThanThreshold",
        threshold=_thresholds.TRANSACTION_IDS,
        datapoints=1,
        periods=1,
        missing="missing",
    )
