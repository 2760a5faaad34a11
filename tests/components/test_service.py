"""components.service: web services."""

import json
from typing import Any

import pytest

from components.service import Algorithm, Connection, Route, WebService, Worker
from tests.support.recorder import Recording, Registration, record
from tests.support.workloads import (
    CLUSTER,
    LISTENER,
    measured,
    web_arguments,
    worker_arguments,
)

SERVICE = "aws:ecs/service:Service"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
POLICY = "aws:appautoscaling/policy:Policy"
CONFIGURATION = "targetTrackingScalingPolicyConfiguration"


def web(**changes: Any) -> Recording:
    return record(lambda: WebService("api", web_arguments(**changes)))


def depends_on(resource: Registration, recording: Recording, type_: str, name: str) -> bool:
    return recording.get(type_, name).urn in resource.dependencies


def test_web_service_registers_exactly() -> None:
    assert web().counts() == {
        "aws:cloudwatch/logGroup:LogGroup": 1,
        "aws:iam/role:Role": 2,
        "aws:iam/rolePolicy:RolePolicy": 1,
        "aws:ec2/securityGroup:SecurityGroup": 1,
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": 2,
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": 1,
        "aws:ecs/taskDefinition:TaskDefinition": 1,
        "aws:lb/targetGroup:TargetGroup": 1,
        "aws:lb/listenerRule:ListenerRule": 1,
        "aws:ecs/service:Service": 1,
        "aws:appautoscaling/target:Target": 1,
        "aws:appautoscaling/policy:Policy": 2,
        "aws:cloudwatch/metricAlarm:MetricAlarm": 6,
    }


def test_preview_registers_the_same() -> None:
    for kind, arguments in ((WebService, web_arguments()), (Worker, worker_arguments())):
        planned, made = (record(lambda k=kind, a=arguments: k("x", a), preview=flag) for flag in (True, False))  # type: ignore[misc]
        assert [(r.type, r.name, r.parent) for r in planned.resources] == [
            (r.type, r.name, r.parent) for r in made.resources
        ]


@pytest.mark.feature("S3")
def test_web_ecs_service() -> None:
    service = web().get(SERVICE, "api")
    assert service.ignore_changes == ("desiredCount",)
    assert service.inputs == {
        "cluster": CLUSTER,
        "taskDefinition": "api.arn",
        "desiredCount": 2,
        "capacityProviderStrategies": [{"capacityProvider": "FARGATE", "base": 0, "weight": 1}],
        "forceNewDeployment": True,
        "platformVersion": "LATEST",
        "networkConfiguration": {
            "subnets": ["subnet-a", "subnet-b"],
            "securityGroups": ["api.id"],
            "assignPublicIp": False,
        },
        "deploymentController": {"type": "ECS"},
        "deploymentConfiguration": {"strategy": "ROLLING"},
        "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        "alarms": {"alarmNames": ["api-traffic-alarms-target-errors.name"], "enable": True, "rollback": True},
        "deploymentMinimumHealthyPercent": 100,
        "deploymentMaximumPercent": 200,
        "availabilityZoneRebalancing": "ENABLED",
        "loadBalancers": [{"targetGroupArn": "api.arn", "containerName": "api", "containerPort": 5555}],
        "healthCheckGracePeriodSeconds": 60,
        "enableExecuteCommand": False,
        "enableEcsManagedTags": True,
        "propagateTags": "SERVICE",
        "waitForSteadyState": True,
        "sigintRollback": True,
    }


def test_service_waits_for_rules_permissions_and_edges() -> None:
    recording = web(connects={"cache": Connection(security_group_id="sg-cache", port=6379)})
    service = recording.get(SERVICE, "api")
    for type_, name in (
        ("aws:lb/listenerRule:ListenerRule", "api-route-main"),
        ("aws:iam/rolePolicy:RolePolicy", "api-execution"),
        ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "api-https"),
        ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "api-to-cache-egress"),
        ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "api-to-cache-ingress"),
        ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "api-from-balancer-ingress"),
        ("aws:cloudwatch/metricAlarm:MetricAlarm", "api-traffic-alarms-target-errors"),
    ):
        assert depends_on(service, recording, type_, name), name


def test_alarms_that_name_the_service_do_not_guard_its_deployments() -> None:
    recording = web()
    guarding = recording.get(SERVICE, "api").inputs["alarms"]["alarmNames"]
    named_after = [
        alarm.name for alarm in recording.of(ALARM) if recording.get(SERVICE, "api").urn in alarm.dependencies
    ]
    assert named_after == ["api-alarms-cpu", "api-alarms-memory", "api-alarms-running-tasks"]
    assert not {f"{name}.name" for name in named_after} & set(guarding)


@pytest.mark.feature("S4")
def test_spot_keeps_the_minimum_on_demand() -> None:
    strategies = web(spot_weight=3).get(SERVICE, "api").inputs["capacityProviderStrategies"]
    assert strategies == [
        {"capacityProvider": "FARGATE", "base": 2, "weight": 1},
        {"capacityProvider": "FARGATE_SPOT", "base": 0, "weight": 3},
    ]


TARGET_GROUP = "aws:lb/targetGroup:TargetGroup"


@pytest.mark.feature("L4")
def test_target_group() -> None:
    assert web().get("aws:lb/targetGroup:TargetGroup", "api").inputs == {
        "vpcId": "vpc-1",
        "targetType": "ip",
        "port": 80,
        "protocol": "HTTP",
        "loadBalancingAlgorithmType": "least_outstanding_requests",
        "deregistrationDelay": 60,
        "healthCheck": {
            "enabled": True,
            "protocol": "HTTP",
            "port": "traffic-port",
            "path": "/health/ready",
            "matcher": "200",
            "interval": 10,
            "timeout": 5,
            "healthyThreshold": 2,
            "unhealthyThreshold": 5,
        },
    }


def test_a_change_of_port_makes_no_new_target_group() -> None:
    moved = web(port=8080)
    assert moved.only(TARGET_GROUP).inputs == web().only(TARGET_GROUP).inputs
    assert moved.only(TARGET_GROUP).ignore_changes == ("port",), "one made with another port would be replaced"
    assert moved.only(SERVICE).inputs["loadBalancers"][0]["containerPort"] == 8080


@pytest.mark.feature("L4")
def test_sessions_and_a_slow_start_by_choice() -> None:
    sticky = web(stickiness_seconds=3600).only(TARGET_GROUP).inputs
    assert sticky["stickiness"] == {"enabled": True, "type": "lb_cookie", "cookieDuration": 3600}
    assert sticky["loadBalancingAlgorithmType"] == "least_outstanding_requests"
    slow = web(algorithm=Algorithm.ROUND_ROBIN, slow_start_seconds=30).only(TARGET_GROUP).inputs
    assert (slow["loadBalancingAlgorithmType"], slow["slowStart"]) == ("round_robin", 30)


@pytest.mark.feature("L4")
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"algorithm": "random"}, "algorithm: 'random' is not one of least_outstanding_requests, round_robin"),
        ({"stickiness_seconds": 0}, "stickiness_seconds: 0; the load balancer takes 1 to 604800"),
        ({"stickiness_seconds": 604_801}, "stickiness_seconds: 604801"),
        ({"slow_start_seconds": 29, "algorithm": Algorithm.ROUND_ROBIN}, "slow_start_seconds: 29; .* takes 30 to 900"),
        ({"slow_start_seconds": 60}, "slow_start_seconds: least_outstanding_requests .* set algorithm to round_robin"),
        ({"deregistration_delay_seconds": 3601}, "deregistration_delay_seconds: 3601"),
    ],
)
def test_refuses_what_the_target_group_refuses(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        web_arguments(**changes)


def test_container_listens_on_the_port() -> None:
    definition = web().only("aws:ecs/taskDefinition:TaskDefinition")
    container = json.loads(definition.inputs["containerDefinitions"])[0]
    assert container["portMappings"] == [{"containerPort": 5555, "hostPort": 5555, "protocol": "tcp"}]
    assert container["healthCheck"]["command"] == ["CMD", "check"]


def test_rules_have_their_priority_and_conditions() -> None:
    recording = web(
        routes=[
            Route(priority=10, hosts=["api.example.com", "*.api.example.com"], paths=["/v1/*"]),
            Route(key="status", priority=5, paths=["/status"]),
        ]
    )
    main = recording.get("aws:lb/listenerRule:ListenerRule", "api-route-main")
    assert main.inputs == {
        "listenerArn": LISTENER,
        "priority": 10,
        "conditions": [
            {"hostHeader": {"values": ["*.api.example.com", "api.example.com"]}},
            {"pathPattern": {"values": ["/v1/*"]}},
        ],
        "actions": [{"type": "forward", "targetGroupArn": "api.arn"}],
    }
    status = recording.get("aws:lb/listenerRule:ListenerRule", "api-route-status")
    assert (status.inputs["priority"], status.inputs["conditions"]) == (5, [{"pathPattern": {"values": ["/status"]}}])


def test_balancer_reaches_the_tasks_on_the_port_only() -> None:
    ingress = web().only("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert ingress.name == "api-from-balancer-ingress"
    assert ingress.inputs["securityGroupId"] == "api.id"
    assert ingress.inputs["referencedSecurityGroupId"] == "sg-balancer"
    assert (ingress.inputs["fromPort"], ingress.inputs["toPort"]) == (5555, 5555)


@pytest.mark.feature("S3")
def test_scaling_target() -> None:
    target = web().get("aws:appautoscaling/target:Target", "api-scaling")
    assert target.inputs == {
        "serviceNamespace": "ecs",
        "scalableDimension": "ecs:service:DesiredCount",
        "resourceId": "service/main/api.name",
        "minCapacity": 2,
        "maxCapacity": 6,
    }


@pytest.mark.feature("S3")
def test_web_scales_by_cpu_and_requests() -> None:
    recording = web(cpu_target_percent=60, requests_per_target=600)
    cpu, requests = (recording.get(POLICY, name) for name in ("api-cpu", "api-requests"))
    assert {policy.inputs["policyType"] for policy in (cpu, requests)} == {"TargetTrackingScaling"}
    assert cpu.inputs["resourceId"] == "service/main/api.name"
    assert cpu.inputs[CONFIGURATION] == {
        "targetValue": 60,
        "predefinedMetricSpecification": {"predefinedMetricType": "ECSServiceAverageCPUUtilization"},
        "scaleOutCooldown": 60,
        "scaleInCooldown": 120,
    }
    assert requests.inputs[CONFIGURATION] == {
        "targetValue": 600,
        "predefinedMetricSpecification": {
            "predefinedMetricType": "ALBRequestCountPerTarget",
            "resourceLabel": "app/main/1/api.arnSuffix",
        },
        "scaleOutCooldown": 60,
        "scaleInCooldown": 120,
    }


def test_alarms_on_traffic() -> None:
    recording = web(error_percent=2.5, response_time_seconds=0.4)
    dimensions = {"LoadBalancer": "app/main/1", "TargetGroup": "api.arnSuffix"}
    errors = recording.get(ALARM, "api-traffic-alarms-target-errors")
    assert measured(errors) == (None, None, "GreaterThanThreshold", 2.5, 3, "notBreaching")
    rate, failed, requests = errors.inputs["metricQueries"]
    assert (rate["expression"], rate["returnData"]) == ("100 * FILL(errors, 0) / requests", True)
    assert (failed["id"], failed["metric"]["metricName"]) == ("errors", "HTTPCode_Target_5XX_Count")
    assert (requests["id"], requests["metric"]["metricName"]) == ("requests", "RequestCount")
    assert failed["metric"]["dimensions"] == requests["metric"]["dimensions"] == dimensions
    slow = recording.get(ALARM, "api-traffic-alarms-response-time")
    assert measured(slow) == (
        "AWS/ApplicationELB", "TargetResponseTime", "GreaterThanThreshold", 0.4, 5, "notBreaching",
    )  # fmt: skip
    assert slow.inputs["extendedStatistic"] == "p99"
    sick = recording.get(ALARM, "api-traffic-alarms-unhealthy-hosts")
    assert measured(sick) == (
        "AWS/ApplicationELB", "UnHealthyHostCount", "GreaterThanThreshold", 0, 5, "notBreaching",
    )  # fmt: skip
    assert (sick.inputs["statistic"], sick.inputs["dimensions"]) == ("Maximum", dimensions)


def test_outputs() -> None:
    shared = {"service_name", "security_group_id", "task_role_arn", "log_group_name"}
    recording = web()
    outputs = recording.outputs[recording.only("breakwater:service:WebService").urn]
    assert set(outputs) == {*shared, "target_group_arn", "target_group_arn_suffix"}
    assert outputs["target_group_arn"] == recording.value(recording.result.target_group_arn) == "api.arn"


def test_a_name_too_long_for_the_target_group_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^name: .* the target group .* at most 24 characters"):
        record(lambda: WebService("a" * 25, web_arguments()))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"health_command": []}, r"^health_command: a service needs a container health check"),
        ({"spot_weight": -1}, r"^spot_weight: -1"),
        ({"spot_weight": 1001}, r"^spot_weight: 1001"),
        ({"cpu_target_percent": 95}, r"^cpu_target_percent: 95 %"),
        ({"memory": 256}, r"^memory: 256 MiB"),
        ({"port": 1023}, r"^port: 1023; a program that is not root can listen on 1024 to 65535"),
        ({"routes": []}, r"^routes: a web service needs at least one route"),
        (
            {"routes": [Route(priority=1, paths=["/a"]), Route(priority=2, paths=["/b"])]},
            r"^routes: two routes have the same key",
        ),
        (
            {"routes": [Route(priority=1, paths=["/a"]), Route(key="b", priority=1, paths=["/b"])]},
            r"^routes: two routes have the same priority",
        ),
        ({"health_path": "health"}, r"^health_path: 'health'"),
        ({"health_interval": 4}, r"^health_interval: 4; the load balancer takes 5 to 300"),
        ({"health_timeout": 1}, r"^health_timeout: 1; the load balancer takes 2 to 120"),
        ({"health_timeout": 10}, r"^health_timeout: 10 s is not below health_interval, 10 s"),
        ({"healthy_threshold": 1}, r"^healthy_threshold: 1"),
        ({"unhealthy_threshold": 11}, r"^unhealthy_threshold: 11"),
        ({"deregistration_delay_seconds": 3601}, r"^deregistration_delay_seconds: 3601"),
        ({"health_grace_seconds": 19}, r"^health_grace_seconds: 19 s are over before .* 2 good answers .* give 20"),
        ({"spot_weight": 1, "deregistration_delay_seconds": 121}, r"^stop_timeout_seconds: 120 s is shorter than"),
        ({"requests_per_target": 0}, r"^requests_per_target: 0 must be more than 0"),
        ({"error_percent": 0}, r"^error_percent: 0 must be more than 0"),
        ({"response_time_seconds": 0}, r"^response_time_seconds: 0 must be more than 0"),
    ],
)
def test_web_arguments_are_checked(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        web_arguments(**changes)


def test_a_long_deregistration_is_fine_without_spot() -> None:
    assert web_arguments(deregistration_delay_seconds=300).deregistration_delay_seconds == 300
