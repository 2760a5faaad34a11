"""Events that people should hear of: a rule that forwards them to the alarm topic, and the metric that counts them."""

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_aws import cloudwatch

from components._names import EVENT_RULE_MAX, check_auto_name


def forward(
    name: str, description: str, pattern: Mapping[str, Any], topic_arn: pulumi.Input[str], parent: pulumi.Resource
) -> cloudwatch.EventRule:
    """A rule with the topic as its target; both children of the component that they belong to."""
    check_auto_name(name, EVENT_RULE_MAX, "an event rule")
    child = pulumi.ResourceOptions(parent=parent)
    rule = cloudwatch.EventRule(
        name,
        description=description,
        event_pattern=pulumi.Output.json_dumps(pattern, sort_keys=True),
        opts=child,
    )
    cloudwatch.EventTarget(name, rule=rule.name, arn=topic_arn, opts=child)
    return rule


def any_match(rule_name: pulumi.Input[str]) -> dict[str, Any]:
    """What an AlarmDefinition compares: one event is enough; no data means that none came."""
    return {
        "namespace": "AWS/Events",
        "metric_name": "TriggeredRules",
        "dimensions": {"RuleName": rule_name},
        "statistic": "Sum",
        "comparison": "GreaterThanThreshold",
        "threshold": 0,
        "datapoints": 1,
        "periods": 1,
        "missing": "notBreaching",
    }
