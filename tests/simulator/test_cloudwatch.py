"""Alarms, dashboards, logs, rules."""

import json
from typing import Any

from pulumi_aws import cloudwatch, sns

from tests.simulator.support import ACCOUNT, US, Simulate, Where

RUN_TASK = cloudwatch.EventTargetEcsTargetArgs(
    task_definition_arn=f"arn:aws:ecs:{US}:{ACCOUNT}:task-definition/job:1",
    launch_type="FARGATE",
    network_configuration=cloudwatch.EventTargetEcsTargetNetworkConfigurationArgs(subnets=["subnet-1"]),
)


def test_an_alarm_on_one_metric(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        topic = sns.Topic("alarms", opts=on.us)
        cloudwatch.MetricAlarm(
            "depth",
            metric_name="ApproximateNumberOfMessagesVisible",
            namespace="AWS/SQS",
            dimensions={"QueueName": "jobs"},
            statistic="Maximum",
            period=60,
            comparison_operator="GreaterThanThreshold",
            threshold=1000,
            evaluation_periods=5,
            datapoints_to_alarm=3,
            treat_missing_data="notBreaching",
            alarm_description="warning: jobs pile up.",
            alarm_actions=[topic.arn],
            ok_actions=[topic.arn],
            opts=on.us,
        )

    world = simulate(program)
    found, topic = world.only("aws:cloudwatch/metricAlarm:MetricAlarm"), world.only("aws:sns/topic:Topic")
    (alarm,) = world.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert alarm["AlarmName"] == found.id == found.outputs["name"]
    assert alarm["AlarmArn"] == found.outputs["arn"] == f"arn:aws:cloudwatch:{US}:{ACCOUNT}:alarm:{found.id}"
    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": "jobs"}]
    assert (alarm["Threshold"], alarm["EvaluationPeriods"], alarm["DatapointsToAlarm"]) == (1000, 5, 3)
    assert (alarm["TreatMissingData"], alarm["Statistic"], alarm["Period"]) == ("notBreaching", "Maximum", 60)
    assert alarm["AlarmActions"] == alarm["OKActions"] == [topic.id]
    assert (alarm["ActionsEnabled"], alarm["StateValue"]) == (True, "INSUFFICIENT_DATA")
    assert alarm["AlarmDescription"] == "warning: jobs pile up."


def test_an_alarm_on_metric_math(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        cloudwatch.MetricAlarm(
            "errors",
            comparison_operator="GreaterThanThreshold",
            threshold=1.5,
            evaluation_periods=1,
            metric_queries=[
                cloudwatch.MetricAlarmMetricQueryArgs(id="rate", expression="100 * m1", return_data=True, label="%"),
                cloudwatch.MetricAlarmMetricQueryArgs(
                    id="m1",
                    metric=cloudwatch.MetricAlarmMetricQueryMetricArgs(
                        metric_name="Errors", namespace="App", period=60, stat="Sum", dimensions={"Service": "api"}
                    ),
                ),
            ],
            opts=on.us,
        )

    world = simulate(program)
    (alarm,) = world.client("cloudwatch").describe_alarms()["MetricAlarms"]
    rate, errors = alarm["Metrics"]
    assert (rate["Id"], rate["Expression"], rate["ReturnData"], rate["Label"]) == ("rate", "100 * m1", True, "%")
    assert errors["ReturnData"] is False
    stat = errors["MetricStat"]
    assert (stat["Period"], stat["Stat"], stat["Metric"]["MetricName"]) == (60, "Sum", "Errors")
    assert stat["Metric"]["Dimensions"] == [{"Name": "Service", "Value": "api"}]


def test_a_composite_alarm_is_seen(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        cloudwatch.CompositeAlarm(
            "down",
            alarm_name="down",
            alarm_rule="ALARM(a) AND ALARM(b)",
            alarm_actions=[f"arn:aws:sns:{US}:{ACCOUNT}:alarms"],
            actions_suppressor=cloudwatch.CompositeAlarmActionsSuppressorArgs(
                alarm="maintenance", extension_period=10, wait_period=20
            ),
            opts=on.us,
        )

    world = simulate(program)
    (alarm,) = world.client("cloudwatch").describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert (alarm["AlarmName"], alarm["AlarmRule"]) == ("down", "ALARM(a) AND ALARM(b)")
    assert alarm["AlarmActions"] == [f"arn:aws:sns:{US}:{ACCOUNT}:alarms"]
    assert world.only("aws:cloudwatch/compositeAlarm:CompositeAlarm").outputs["arn"] == alarm["AlarmArn"]


def test_a_dashboard(simulate: Simulate) -> None:
    body = json.dumps({"widgets": []})

    def program(on: Where) -> None:
        cloudwatch.Dashboard("health", dashboard_name="health", dashboard_body=body, opts=on.us)

    world = simulate(program)
    found = world.only("aws:cloudwatch/dashboard:Dashboard")
    shown = world.client("cloudwatch").get_dashboard(DashboardName="health")
    assert shown["DashboardBody"] == body
    assert found.outputs["dashboardArn"] == shown["DashboardArn"] == f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/health"


def test_a_log_group_and_its_filter(simulate: Simulate) -> None:
    key = f"arn:aws:kms:{US}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"

    def program(on: Where) -> None:
        group = cloudwatch.LogGroup(
            "app", name="/app/api", retention_in_days=30, kms_key_id=key, skip_destroy=True, opts=on.us
        )
        cloudwatch.LogMetricFilter(
            "errors",
            log_group_name=group.name,
            pattern=' { $.level = "error" } ',
            metric_transformation=cloudwatch.LogMetricFilterMetricTransformationArgs(
                name="Errors", namespace="App", value="1", unit="Count", dimensions={"Route": "$.route"}
            ),
            opts=on.us,
        )
        cloudwatch.LogResourcePolicy("dns", policy_name="dns", policy_document="{}", opts=on.us)

    world = simulate(program)
    logs = world.client("logs")
    found, (group,) = world.only("aws:cloudwatch/logGroup:LogGroup"), logs.describe_log_groups()["logGroups"]
    assert found.id == group["logGroupName"] == "/app/api"
    assert found.outputs["arn"] == group["logGroupArn"] == f"arn:aws:logs:{US}:{ACCOUNT}:log-group:/app/api"
    assert (group["retentionInDays"], group["kmsKeyId"], group["logGroupClass"]) == (30, key, "STANDARD")
    assert logs.list_tags_for_resource(resourceArn=found.outputs["arn"])["tags"] == {"owner": "tests"}
    (metric,) = logs.describe_metric_filters(logGroupName="/app/api")["metricFilters"]
    assert metric["filterPattern"] == '{ $.level = "error" }'
    assert metric["metricTransformations"] == [
        {
            "metricName": "Errors", "metricNamespace": "App", "metricValue": "1", "unit": "Count",
            "dimensions": {"Route": "$.route"},
        }
    ]  # fmt: skip
    assert [p["policyName"] for p in logs.describe_resource_policies()["resourcePolicies"]] == ["dns"]


def test_a_rule_starts_a_task_and_tells_a_topic(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        rule = cloudwatch.EventRule(
            "stopped", event_pattern=json.dumps({"source": ["aws.ecs"]}), description="a task stopped", opts=on.us
        )
        cloudwatch.EventTarget(
            "job",
            rule=rule.name,
            arn=f"arn:aws:ecs:{US}:{ACCOUNT}:cluster/main",
            role_arn=f"arn:aws:iam::{ACCOUNT}:role/start",
            ecs_target=RUN_TASK,
            retry_policy=cloudwatch.EventTargetRetryPolicyArgs(maximum_retry_attempts=2),
            dead_letter_config=cloudwatch.EventTargetDeadLetterConfigArgs(arn=f"arn:aws:sqs:{US}:{ACCOUNT}:dead"),
            opts=on.us,
        )
        cloudwatch.EventTarget(
            "topic",
            rule=rule.name,
            target_id="topic",
            arn=f"arn:aws:sns:{US}:{ACCOUNT}:alarms",
            input_transformer=cloudwatch.EventTargetInputTransformerArgs(
                input_paths={"group": "$.detail.group"}, input_template='"<group> stopped"'
            ),
            opts=on.us,
        )

    world = simulate(program)
    rule, events = world.only("aws:cloudwatch/eventRule:EventRule"), world.client("events")
    shown = events.describe_rule(Name=rule.id)
    assert (shown["Arn"], shown["State"]) == (rule.outputs["arn"], "ENABLED")
    targets = {t["Id"]: t for t in events.list_targets_by_rule(Rule=rule.id)["Targets"]}
    job = world.get("aws:cloudwatch/eventTarget:EventTarget", "job")
    topic = world.get("aws:cloudwatch/eventTarget:EventTarget", "topic")
    assert topic.id == f"{rule.id}-topic"
    assert targets["topic"]["InputTransformer"] == {
        "InputPathsMap": {"group": "$.detail.group"},
        "InputTemplate": '"<group> stopped"',
    }
    task = targets[job.outputs["targetId"]]
    assert task["EcsParameters"] == {
        "TaskDefinitionArn": f"arn:aws:ecs:{US}:{ACCOUNT}:task-definition/job:1",
        "TaskCount": 1,
        "LaunchType": "FARGATE",
        "EnableECSManagedTags": False,
        "EnableExecuteCommand": False,
        "NetworkConfiguration": {"awsvpcConfiguration": {"Subnets": ["subnet-1"], "AssignPublicIp": "DISABLED"}},
    }
    assert task["RetryPolicy"] == {"MaximumRetryAttempts": 2}
    assert task["DeadLetterConfig"] == {"Arn": f"arn:aws:sqs:{US}:{ACCOUNT}:dead"}


def test_refusals(simulate: Simulate) -> None:
    def alarm(name: str, on: Where, **arguments: object) -> None:
        given: dict[str, Any] = {"comparison_operator": "GreaterThanThreshold", "threshold": 1, "evaluation_periods": 1}
        metric = {"metric_name": "m", "namespace": "n", "statistic": "Sum", "period": 60}
        cloudwatch.MetricAlarm(name, **(given | metric | arguments), opts=on.us)

    def program(on: Where) -> None:
        alarm("compares", on, comparison_operator="Greater")
        alarm("twice", on, extended_statistic="p99")
        alarm("both", on, metric_queries=[cloudwatch.MetricAlarmMetricQueryArgs(id="m", expression="1")])
        cloudwatch.LogGroup("days", retention_in_days=31, opts=on.us)
        cloudwatch.Dashboard("board", dashboard_name="board", dashboard_body="{", opts=on.us)
        cloudwatch.Dashboard("empty", dashboard_name="empty", dashboard_body="{}", opts=on.us)
        cloudwatch.EventTarget("lost", rule="none", arn=f"arn:aws:sns:{US}:{ACCOUNT}:alarms", opts=on.us)

    reasons = simulate(program, fails=True).reasons()
    assert "ComparisonOperator: 'Greater' is not one of GreaterThanOrEqualToThreshold" in reasons["compares"]
    assert "either statistic or extendedStatistic" in reasons["twice"]
    assert "either metricQueries or metricName, namespace, period, statistic" in reasons["both"]
    assert "retentionInDays: 31 is not one of 1, 3, 5" in reasons["days"]
    assert "JSON" in reasons["board"]
    assert "InvalidParameterInput" in reasons["empty"]
    assert "widgets: a list is required" in reasons["empty"]
    assert "Rule none does not exist" in reasons["lost"]
