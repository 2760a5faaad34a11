"""Services that ECS moves from one target group to another, in the simulated AWS: what boto3 sees of them."""

import json
from typing import Any

import pulumi
import pytest
from pulumi_aws import ec2, ecs, kms, lb, sqs

from components.alarms import AlarmTarget
from components.cluster import Cluster, ClusterArgs
from components.key import Keys
from components.service import (
    Deployment,
    Hook,
    Route,
    RouteForTests,
    Stage,
    Strategy,
    Tasks,
    WebService,
    WebServiceArgs,
    Worker,
    WorkerArgs,
)
from tests.simulator.support import ACCOUNT, US, Simulate, Where, World

HOOK = f"arn:aws:lambda:{US}:{ACCOUNT}:function:smoke"
SERVICE = "aws:ecs/service:Service"
RULE = "aws:lb/listenerRule:ListenerRule"
GROUP = "aws:lb/targetGroup:TargetGroup"


def _shared(on: Where) -> dict[str, Any]:
    key = kms.Key("data", opts=on.us)
    cluster = Cluster("main", ClusterArgs(kms_key_arn=key.arn), on.us)
    vpc = ec2.Vpc("net", cidr_block="10.0.0.0/16", opts=on.us)
    subnets = [
        ec2.Subnet(zone, vpc_id=vpc.id, cidr_block=f"10.0.{place}.0/24", availability_zone=f"{US}{zone}", opts=on.us)
        for place, zone in enumerate("ab")
    ]
    return {
        "cluster_arn": cluster.arn,
        "cluster_name": cluster.name,
        "vpc_id": vpc.id,
        "subnet_ids": [subnet.id for subnet in subnets],
        "region": US,
        "account_id": ACCOUNT,
        "keys": Keys(data=key.arn, messages=key.arn, logs=key.arn, secrets=key.arn),
        "alarms": AlarmTarget(topic_arn=f"arn:aws:sns:{US}:{ACCOUNT}:alarms", runbooks_url="https://example.org/r"),
        "image": f"{ACCOUNT}.dkr.ecr.{US}.amazonaws.com/api@sha256:" + "0123456789abcdef" * 4,
        "cpu": 256,
        "memory": 512,
        "tasks": Tasks(min=2, max=6),
        "health_command": ["CMD", "check"],
    }


def web(on: Where, deployment: Deployment) -> None:
    """A web service behind a balancer."""
    shared = _shared(on)
    group = ec2.SecurityGroup("balancer", vpc_id=shared["vpc_id"], opts=on.us)
    balancer = lb.LoadBalancer(
        "entry", internal=True, subnets=shared["subnet_ids"], security_groups=[group.id], opts=on.us
    )
    nothing = lb.ListenerDefaultActionArgs(
        type="fixed-response",
        fixed_response=lb.ListenerDefaultActionFixedResponseArgs(content_type="text/plain", status_code="404"),
    )
    listener = lb.Listener(
        "entry", load_balancer_arn=balancer.arn, port=80, protocol="HTTP", default_actions=[nothing], opts=on.us
    )
    args = WebServiceArgs(
        **shared,
        port=5555,
        listener_arn=listener.arn,
        load_balancer_security_group_id=group.id,
        load_balancer_arn_suffix=balancer.arn_suffix,
        routes=[Route(priority=10, hosts=["api.example.com"])],
        deployment=deployment,
    )
    WebService("api", args, on.us)


def described(world: World) -> dict[str, Any]:
    """The service as ECS shows it."""
    cluster, service = world.only("aws:ecs/cluster:Cluster"), world.only(SERVICE)
    (shown,) = world.client("ecs").describe_services(cluster=cluster.id, services=[service.id])["services"]
    found: dict[str, Any] = shown
    return found


@pytest.mark.feature("S1")
@pytest.mark.parametrize(
    ("strategy", "own"),
    [
        (Strategy.BLUE_GREEN, {}),
        (Strategy.CANARY, {"canaryConfiguration": {"canaryPercent": 5.0, "canaryBakeTimeInMinutes": 10}}),
        (Strategy.LINEAR, {"linearConfiguration": {"stepPercent": 10.0, "stepBakeTimeInMinutes": 6}}),
    ],
)
def test_a_service_with_two_groups(simulate: Simulate, strategy: Strategy, own: dict[str, Any]) -> None:
    hook = Hook(function_arn=HOOK, stages=[Stage.POST_TEST_TRAFFIC_SHIFT])
    deployment = Deployment(strategy=strategy, bake_minutes=4, test=RouteForTests(priority=9), hooks=[hook])
    world = simulate(lambda on: web(on, deployment))
    first, second = (world.get(GROUP, name).id for name in ("api", "api-b"))
    production, test = (world.get(RULE, name).id for name in ("api-route-main", "api-test"))
    shown, iam = described(world), world.client("iam")
    names = {role["RoleName"]: role["Arn"] for role in iam.list_roles()["Roles"]}
    traffic, hooks = (
        next(arn for role, arn in names.items() if role.startswith(name)) for name in ("api-traffic", "api-hooks")
    )
    assert shown["loadBalancers"] == [
        {
            "targetGroupArn": first,
            "containerName": "api",
            "containerPort": 5555,
            "advancedConfiguration": {
                "alternateTargetGroupArn": second,
                "productionListenerRule": production,
                "testListenerRule": test,
                "roleArn": traffic,
            },
        }
    ]
    alarms = shown["deploymentConfiguration"].pop("alarms")
    assert shown["deploymentConfiguration"] == {
        "strategy": strategy,
        "bakeTimeInMinutes": 4,
        "maximumPercent": 200,
        "minimumHealthyPercent": 100,
        "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        "lifecycleHooks": [{"hookTargetArn": HOOK, "roleArn": hooks, "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"]}],
        **own,
    }
    existing = {alarm["AlarmName"] for alarm in world.client("cloudwatch").describe_alarms()["MetricAlarms"]}
    assert len(alarms["alarmNames"]) == 2
    assert set(alarms["alarmNames"]) <= existing

    elbv2 = world.client("elbv2")
    rules = {rule["RuleArn"]: rule for rule in elbv2.describe_rules(RuleArns=[production, test])["Rules"]}
    (action,) = rules[production]["Actions"]
    assert action["ForwardConfig"]["TargetGroups"] == [
        {"TargetGroupArn": first, "Weight": 100},
        {"TargetGroupArn": second, "Weight": 0},
    ]
    assert (rules[production]["Priority"], rules[test]["Priority"]) == ("10", "9")
    header = next(c["HttpHeaderConfig"] for c in rules[test]["Conditions"] if c["Field"] == "http-header")
    assert header == {"HttpHeaderName": "x-breakwater-test", "Values": ["green"]}

    role = traffic.rpartition("/")[2]
    (policy,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    allowed = {s["Sid"]: s["Resource"] for s in document["Statement"]}
    assert allowed["Targets"] == [first, second]
    assert allowed["Weights"] == [production, test]

    policies = world.client("application-autoscaling").describe_scaling_policies(ServiceNamespace="ecs")
    (requests,) = (p for p in policies["ScalingPolicies"] if "requests" in p["PolicyName"])
    metrics = requests["TargetTrackingScalingPolicyConfiguration"]["CustomizedMetricSpecification"]["Metrics"]
    assert [metric["Id"] for metric in metrics] == ["busier", "load_a", "load_b"]


@pytest.mark.feature("S1")
def test_a_service_prepared_for_two_groups(simulate: Simulate) -> None:
    world = simulate(lambda on: web(on, Deployment(prepared=True)))
    shown = described(world)
    assert shown["deploymentConfiguration"]["strategy"] == "ROLLING"
    (balancer,) = shown["loadBalancers"]
    assert balancer["advancedConfiguration"]["alternateTargetGroupArn"] == world.get(GROUP, "api-b").id


@pytest.mark.feature("S1", "S2")
def test_a_worker(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        queue = sqs.Queue("mail", opts=on.us)
        deployment = Deployment(strategy=Strategy.BLUE_GREEN, minimum_healthy_percent=50, rollback_alarms=["lost"])
        args = WorkerArgs(
            **_shared(on),
            queue_arn=queue.arn,
            queue_name=queue.name,
            queue_url=queue.url,
            backlog_per_task=10,
            deployment=deployment,
        )
        Worker("mail", args, on.us)

    configuration = described(simulate(program))["deploymentConfiguration"]
    assert configuration == {
        "strategy": "BLUE_GREEN",
        "bakeTimeInMinutes": 5,
        "maximumPercent": 200,
        "minimumHealthyPercent": 50,
        "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        "alarms": {"alarmNames": ["lost"], "enable": True, "rollback": True},
    }


# -- what ECS refuses


def _bare(on: Where, name: str, strategy: str, balancers: list[ecs.ServiceLoadBalancerArgs], **more: Any) -> None:
    definition = ecs.TaskDefinition(
        name,
        family=name,
        cpu="256",
        memory="512",
        network_mode="awsvpc",
        requires_compatibilities=["FARGATE"],
        container_definitions=json.dumps(
            [{"name": "api", "image": "nginx:1", "portMappings": [{"containerPort": 80}]}]
        ),
        opts=on.us,
    )
    ecs.Service(
        name,
        task_definition=definition.arn,
        desired_count=1,
        deployment_configuration=ecs.ServiceDeploymentConfigurationArgs(strategy=strategy, bake_time_in_minutes="5"),
        load_balancers=balancers,
        **more,
    )


def test_refused_traffic(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        vpc = ec2.Vpc("net", cidr_block="10.0.0.0/16", opts=on.us)
        subnets = [
            ec2.Subnet(z, vpc_id=vpc.id, cidr_block=f"10.0.{n}.0/24", availability_zone=f"{US}{z}", opts=on.us)
            for n, z in enumerate("ab")
        ]
        balancer = lb.LoadBalancer("entry", internal=True, subnets=[s.id for s in subnets], opts=on.us)
        blue, green = (
            lb.TargetGroup(name, port=80, protocol="HTTP", target_type="ip", vpc_id=vpc.id, opts=on.us)
            for name in ("blue", "green")
        )
        forward = lb.ListenerDefaultActionArgs(type="forward", target_group_arn=blue.arn)
        listener = lb.Listener(
            "entry", load_balancer_arn=balancer.arn, port=80, protocol="HTTP", default_actions=[forward], opts=on.us
        )

        def rule(name: str, priority: int, *weights: tuple[lb.TargetGroup, int]) -> lb.ListenerRule:
            groups = [lb.ListenerRuleActionForwardTargetGroupArgs(arn=g.arn, weight=w) for g, w in weights]
            action = lb.ListenerRuleActionArgs(
                type="forward", forward=lb.ListenerRuleActionForwardArgs(target_groups=groups)
            )
            paths = lb.ListenerRuleConditionPathPatternArgs(values=[f"/{name}"])
            return lb.ListenerRule(
                name,
                listener_arn=listener.arn,
                priority=priority,
                actions=[action],
                conditions=[lb.ListenerRuleConditionArgs(path_pattern=paths)],
                opts=on.us,
            )

        single, even = rule("single", 1, (blue, 100)), rule("even", 2, (blue, 50), (green, 50))
        cluster = ecs.Cluster("main", opts=on.us)
        more: dict[str, Any] = {
            "cluster": cluster.arn,
            "network_configuration": ecs.ServiceNetworkConfigurationArgs(subnets=[subnets[0].id]),
            "opts": Where.after(on.us, listener, single, even),
        }

        def service(name: str, production: pulumi.Input[str], test: pulumi.Input[str] | None = None) -> None:
            advanced = ecs.ServiceLoadBalancerAdvancedConfigurationArgs(
                alternate_target_group_arn=green.arn,
                production_listener_rule=production,
                test_listener_rule=test,
                role_arn=f"arn:aws:iam::{ACCOUNT}:role/ecs",
            )
            attached = ecs.ServiceLoadBalancerArgs(
                target_group_arn=blue.arn, container_name="api", container_port=80, advanced_configuration=advanced
            )
            _bare(on, name, "BLUE_GREEN", [attached], **more)

        service("listener", listener.arn)
        service("untested", single.arn)
        service("unnamed", single.arn, test=rule("other", 3, (blue, 1)).arn)
        service("same", even.arn, test=even.arn)
        service("halves", even.arn)
        plain = ecs.ServiceLoadBalancerArgs(target_group_arn=blue.arn, container_name="api", container_port=80)
        _bare(on, "plain", "LINEAR", [plain], **more)
        _bare(on, "headless", "CANARY", [], **more)

    reasons = simulate(program, fails=True).reasons()
    assert "productionListenerRule has an invalid ARN format. Must be RuleArn for ALB" in reasons["listener"]
    assert "testListenerRule is required when productionListenerRule is not associated with both" in reasons["untested"]
    assert "is not associated with either productionListenerRule or testListenerRule" in reasons["unnamed"]
    assert "cannot be used as both production and test listener rules" in reasons["same"]
    assert "should have exactly one target group serving traffic but found 2" in reasons["halves"]
    assert "advancedConfiguration field is required for all loadBalancers" in reasons["plain"]
    assert "CANARY needs a load balancer or Service Connect" in reasons["headless"]
