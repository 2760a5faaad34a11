"""CloudWatch alarms: the topic a region's alarms go to, and a group of alarms that belongs to one owner.

Children: a topic, its policy and one subscription per address (AlarmTopic); one metric alarm per definition (Alarms).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import cloudwatch, sns

from components._alarm_definitions import AlarmDefinition, AlarmRegister, AlarmTarget, MetricQuery, Severity
from components._iam import Statement, policy_document

__all__ = [
    "AlarmDefinition", "AlarmRegister", "AlarmTarget", "AlarmTopic", "AlarmTopicArgs", "Alarms", "AlarmsArgs",
    "MetricQuery", "Severity",
]  # fmt: skip

# Limit of the PutMetricAlarm API.
DESCRIPTION_MAX = 1024

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class AlarmsArgs:
    """The alarms of one owner."""

    target: AlarmTarget
    """Where they go."""
    definitions: Sequence[AlarmDefinition]
    """One alarm each; roles are unique."""

    def __post_init__(self) -> None:
        if not self.definitions:
            raise ValueError("definitions: at least one alarm is needed; leave the Alarms component out instead")
        roles = [definition.role for definition in self.definitions]
        for role in roles:
            if roles.count(role) > 1:
                raise ValueError(f"definitions: two alarms have the role {role!r}; give each its own")
        for definition in self.definitions:
            length = len(definition.description(self.target))
            if length > DESCRIPTION_MAX:
                raise ValueError(f"definitions: {definition.role}'s text has {length} characters of {DESCRIPTION_MAX}")


class Alarms(pulumi.ComponentResource):
    """The alarms of one owner, which creates it as `{owner}-alarms`.

    Each alarm says how missing data is treated, carries severity and runbook in its description and reports ALARM and
    OK to the target. Costs USD 0.10 an alarm and month (a metric-math alarm: per metric it reads).
    """

    alarms: dict[str, cloudwatch.MetricAlarm]
    arns: dict[str, pulumi.Output[str]]
    names: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: AlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breakwater:alarms:Alarms", name, None, opts)
        self.alarms = {d.role: self._create_alarm(f"{name}-{d.role}", d, args.target) for d in args.definitions}
        self.arns = {role: alarm.arn for role, alarm in self.alarms.items()}
        self.names = {role: alarm.name for role, alarm in self.alarms.items()}
        if args.target.register is not None:
            for definition in args.definitions:
                args.target.register.arns[definition.severity].append(self.arns[definition.role])
        self.register_outputs({"arns": self.arns, "names": self.names})

    def _create_alarm(self, name: str, definition: AlarmDefinition, target: AlarmTarget) -> cloudwatch.MetricAlarm:
        return cloudwatch.MetricAlarm(
            name,
            **_measured(definition),
            comparison_operator=definition.comparison,
            threshold=definition.threshold,
            datapoints_to_alarm=definition.datapoints,
            evaluation_periods=definition.periods,
            treat_missing_data=definition.missing,
            alarm_description=definition.description(target),
            actions_enabled=True,
            alarm_actions=[target.topic_arn],
            ok_actions=[target.topic_arn],
            opts=pulumi.ResourceOptions(parent=self),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class AlarmTopicArgs:
    """Who hears of a region's alarms."""

    kms_key_arn: pulumi.Input[str]
    """Key that encrypts the messages; its policy must let cloudwatch.amazonaws.com, events.rds.amazonaws.com and
    events.amazonaws.com use it."""
    account_id: pulumi.Input[str]
    """Account whose alarms and events may be published."""
    emails: Sequence[str] = ()
    """Addresses to subscribe; each must confirm by the mail it gets. Default none."""

    def __post_init__(self) -> None:
        for address in self.emails:
            if not _EMAIL.fullmatch(address):
                raise ValueError(f"emails: {address!r} is no e-mail address; write it as name@example.org")
        if len(set(self.emails)) < len(self.emails):
            raise ValueError(f"emails: {sorted(self.emails)} names an address twice; subscribe each once")


class AlarmTopic(pulumi.ComponentResource):
    """The encrypted topic of a region's alarms and of RDS and EventBridge events. Mail is free up to 1,000 a month."""

    topic_arn: pulumi.Output[str]
    topic_name: pulumi.Output[str]

    def __init__(self, name: str, args: AlarmTopicArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breakwater:alarms:AlarmTopic", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        topic = sns.Topic(name, kms_master_key_id=args.kms_key_arn, opts=child)
        policy = sns.TopicPolicy(
            f"{name}-policy", arn=topic.arn, policy=_topic_policy(topic.arn, args.account_id), opts=child
        )
        for address in args.emails:
            sns.TopicSubscription(f"{name}-{address}", topic=topic.arn, protocol="email", endpoint=address, opts=child)
        # The policy's, so that what publishes comes after it: RDS checks that it may before it makes a subscription.
        self.topic_arn = policy.arn
        self.topic_name = topic.name
        self.register_outputs({"topic_arn": self.topic_arn, "topic_name": self.topic_name})


def _topic_policy(topic_arn: pulumi.Output[str], account_id: pulumi.Input[str]) -> pulumi.Output[str]:
    account = {"StringEquals": {"aws:SourceAccount": account_id}}
    # EventBridge's statement has none: "You can't use Condition blocks in Amazon SNS topic policies for EventBridge"
    # (its user guide, resource-based policies); with one its messages would be dropped without a trace.
    allowed = [
        Statement(
            sid=sid,
            principals={"Service": service},
            actions=["sns:Publish"],
            resources=[topic_arn],
            conditions=conditions,
        )
        for sid, service, conditions in (
            ("Alarms", "cloudwatch.amazonaws.com", account),
            ("DatabaseEvents", "events.rds.amazonaws.com", account),
            ("Events", "events.amazonaws.com", None),
        )
    ]
    tls_only = Statement(
        sid="TlsOnly",
        effect="Deny",
        principals={"*": "*"},
        actions=["sns:Publish"],
        resources=[topic_arn],
        conditions={"Bool": {"aws:SecureTransport": "false"}},
    )
    return policy_document([*allowed, tls_only])


def _measured(definition: AlarmDefinition) -> dict[str, Any]:
    """What the alarm looks at: CloudWatch takes either one metric or a list of queries, never both."""
    if definition.metrics:
        return {"metric_queries": [_query(query) for query in definition.metrics]}
    return {
        "metric_name": definition.metric_name,
        "namespace": definition.namespace,
        "dimensions": definition.dimensions,
        "statistic": definition.statistic,
        "extended_statistic": definition.extended_statistic,
        "period": definition.period_seconds,
        "unit": definition.unit,
    }


def _query(query: MetricQuery) -> cloudwatch.MetricAlarmMetricQueryArgs:
    metric = None
    if query.metric_name and query.statistic:
        metric = cloudwatch.MetricAlarmMetricQueryMetricArgs(
            metric_name=query.metric_name,
            namespace=query.namespace,
            dimensions=query.dimensions,
            stat=query.statistic,
            period=query.period_seconds,
            unit=query.unit,
        )
    return cloudwatch.MetricAlarmMetricQueryArgs(
        id=query.id, expression=query.expression, label=query.label, metric=metric, return_data=query.returned
    )
