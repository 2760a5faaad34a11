"""Clusters, services and their scaling."""

import json
from typing import Any

from pulumi_aws import appautoscaling, ec2, ecs, lb

from tests.simulator.support import ACCOUNT, US, Simulate, Where

SERVICE = "aws:ecs/service:Service"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/execution"
CONTAINER = {
    "name": "api",
    "image": "public.ecr.aws/docker/library/nginx:1",
    "essential": True,
    "portMappings": [{"containerPort": 5555, "protocol": "tcp"}],
    "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/app/api"}},
}


def task(on: Where, name: str = "api", **arguments: Any) -> ecs.TaskDefinition:
    given: dict[str, Any] = {
        "family": name,
        "container_definitions": json.dumps([CONTAINER]),
        "cpu": "256",
        "memory": "512",
        "network_mode": "awsvpc",
        "requires_compatibilities": ["FARGATE"],
        "execution_role_arn": ROLE,
    }
    return ecs.TaskDefinition(name, **(given | arguments), opts=on.us)


def network(on: Where) -> tuple[ec2.Vpc, ec2.Subnet, ec2.SecurityGroup]:
    vpc = ec2.Vpc("net", cidr_block="10.0.0.0/16", opts=on.us)
    subnet = ec2.Subnet("a", vpc_id=vpc.id, cidr_block="10.0.0.0/24", availability_zone=f"{US}a", opts=on.us)
    return vpc, subnet, ec2.SecurityGroup("tasks", vpc_id=vpc.id, opts=on.us)


def cluster(on: Where) -> tuple[ecs.Cluster, ecs.ClusterCapacityProviders]:
    made = ecs.Cluster(
        "main", settings=[ecs.ClusterSettingArgs(name="containerInsights", value="enhanced")], opts=on.us
    )
    providers = ecs.ClusterCapacityProviders(
        "main",
        cluster_name=made.name,
        capacity_providers=["FARGATE", "FARGATE_SPOT"],
        default_capacity_provider_strategies=[
            ecs.ClusterCapacityProvidersDefaultCapacityProviderStrategyArgs(capacity_provider="FARGATE", weight=1)
        ],
        opts=on.us,
    )
    return made, providers


def worker(on: Where, name: str = "worker", **arguments: Any) -> ecs.Service:
    main, providers = cluster(on)
    _, subnet, group = network(on)
    given: dict[str, Any] = {
        "cluster": main.arn,
        "task_definition": task(on).arn,
        "desired_count": 2,
        "capacity_provider_strategies": [
            ecs.ServiceCapacityProviderStrategyArgs(capacity_provider="FARGATE", base=1, weight=1),
            ecs.ServiceCapacityProviderStrategyArgs(capacity_provider="FARGATE_SPOT", weight=3),
        ],
        "network_configuration": ecs.ServiceNetworkConfigurationArgs(subnets=[subnet.id], security_groups=[group.id]),
        "opts": Where.after(on.us, providers),
    }
    return ecs.Service(name, **(given | arguments))


def test_a_cluster_and_its_capacity(simulate: Simulate) -> None:
    world = simulate(lambda on: cluster(on) and None)
    found = world.only("aws:ecs/cluster:Cluster")
    (shown,) = world.client("ecs").describe_clusters(clusters=[found.id], include=["SETTINGS", "TAGS"])["clusters"]
    assert shown["clusterArn"] == found.id == found.outputs["arn"]
    assert shown["settings"] == [{"name": "containerInsights", "value": "enhanced"}]
    assert shown["capacityProviders"] == ["FARGATE", "FARGATE_SPOT"]
    assert shown["defaultCapacityProviderStrategy"] == [{"capacityProvider": "FARGATE", "weight": 1}]
    assert shown["tags"] == [{"key": "owner", "value": "tests"}]
    providers = world.only("aws:ecs/clusterCapacityProviders:ClusterCapacityProviders")
    assert providers.id == found.outputs["name"]


def test_a_task_definition(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        task(
            on,
            task_role_arn=f"arn:aws:iam::{ACCOUNT}:role/task",
            runtime_platform=ecs.TaskDefinitionRuntimePlatformArgs(
                cpu_architecture="ARM64", operating_system_family="LINUX"
            ),
            volumes=[ecs.TaskDefinitionVolumeArgs(name="scratch")],
            skip_destroy=True,
        )

    world = simulate(program)
    found = world.only("aws:ecs/taskDefinition:TaskDefinition")
    arn = f"arn:aws:ecs:{US}:{ACCOUNT}:task-definition/api"
    assert found.id == "api"
    assert (found.outputs["arn"], found.outputs["arnWithoutRevision"], found.outputs["revision"]) == (
        f"{arn}:1",
        arn,
        1,
    )
    shown = world.client("ecs").describe_task_definition(taskDefinition=f"{arn}:1")["taskDefinition"]
    assert (shown["cpu"], shown["memory"], shown["networkMode"]) == ("256", "512", "awsvpc")
    assert shown["runtimePlatform"] == {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"}
    assert shown["volumes"] == [{"name": "scratch"}]
    assert (shown["taskRoleArn"], shown["executionRoleArn"]) == (f"arn:aws:iam::{ACCOUNT}:role/task", ROLE)
    assert shown["containerDefinitions"][0].items() >= CONTAINER.items()


def test_a_service_on_two_capacity_providers(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        worker(
            on,
            deployment_circuit_breaker=ecs.ServiceDeploymentCircuitBreakerArgs(enable=True, rollback=True),
            alarms=ecs.ServiceAlarmsArgs(alarm_names=["errors"], enable=True, rollback=True),
            availability_zone_rebalancing="ENABLED",
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            platform_version="LATEST",
            deployment_controller=ecs.ServiceDeploymentControllerArgs(type="ECS"),
            force_new_deployment=True,
            wait_for_steady_state=True,
        )

    world = simulate(program)
    found, main = world.only(SERVICE), world.only("aws:ecs/cluster:Cluster")
    (shown,) = world.client("ecs").describe_services(cluster=main.id, services=[found.id], include=["TAGS"])["services"]
    assert (
        shown["serviceArn"]
        == found.id
        == f"arn:aws:ecs:{US}:{ACCOUNT}:service/{main.outputs['name']}/{shown['serviceName']}"
    )
    assert (shown["desiredCount"], shown["runningCount"], shown["pendingCount"]) == (2, 2, 0)
    assert shown["deploymentConfiguration"] == {
        "maximumPercent": 200,
        "minimumHealthyPercent": 100,
        "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        "alarms": {"alarmNames": ["errors"], "enable": True, "rollback": True},
    }
    assert [s["capacityProvider"] for s in shown["capacityProviderStrategy"]] == ["FARGATE", "FARGATE_SPOT"]
    assert "launchType" not in shown
    assert shown["availabilityZoneRebalancing"] == "ENABLED"
    assert shown["networkConfiguration"]["awsvpcConfiguration"]["assignPublicIp"] == "DISABLED"
    assert (shown["enableECSManagedTags"], shown["propagateTags"]) == (True, "SERVICE")
    (deployment,) = shown["deployments"]
    assert (deployment["rolloutState"], deployment["runningCount"]) == ("COMPLETED", 2)
    assert shown["tags"] == [{"key": "owner", "value": "tests"}]
    (counts,) = world.client("ecs").describe_clusters(clusters=[main.id])["clusters"]
    assert (counts["runningTasksCount"], counts["pendingTasksCount"]) == (2, 0)


def balanced(on: Where, *, rule: bool) -> None:
    """A service behind a balancer, which must depend on the rule that attaches its target group."""
    vpc, subnet, group = network(on)
    other = ec2.Subnet("b", vpc_id=vpc.id, cidr_block="10.0.1.0/24", availability_zone=f"{US}b", opts=on.us)
    gateway = ec2.InternetGateway("net", vpc_id=vpc.id, opts=on.us)
    balancer = lb.LoadBalancer(
        "edge", subnets=[subnet.id, other.id], security_groups=[group.id], opts=Where.after(on.us, gateway)
    )
    targets = lb.TargetGroup("api", port=5555, protocol="HTTP", target_type="ip", vpc_id=vpc.id, opts=on.us)
    nothing = lb.ListenerDefaultActionArgs(
        type="fixed-response",
        fixed_response=lb.ListenerDefaultActionFixedResponseArgs(content_type="text/plain", status_code="404"),
    )
    listener = lb.Listener(
        "http", load_balancer_arn=balancer.arn, port=80, protocol="HTTP", default_actions=[nothing], opts=on.us
    )
    options = on.us
    if rule:
        forward = lb.ListenerRuleActionArgs(type="forward", target_group_arn=targets.arn)
        paths = lb.ListenerRuleConditionPathPatternArgs(values=["/*"])
        attached = lb.ListenerRule(
            "api",
            listener_arn=listener.arn,
            actions=[forward],
            conditions=[lb.ListenerRuleConditionArgs(path_pattern=paths)],
            opts=on.us,
        )
        options = Where.after(on.us, attached)
    ecs.Service(
        "api",
        cluster=ecs.Cluster("main", opts=on.us).arn,
        task_definition=task(on).arn,
        desired_count=1,
        launch_type="FARGATE",
        health_check_grace_period_seconds=60,
        load_balancers=[
            ecs.ServiceLoadBalancerArgs(target_group_arn=targets.arn, container_name="api", container_port=5555)
        ],
        network_configuration=ecs.ServiceNetworkConfigurationArgs(subnets=[subnet.id], security_groups=[group.id]),
        opts=options,
    )


def test_a_service_behind_a_load_balancer(simulate: Simulate) -> None:
    world = simulate(lambda on: balanced(on, rule=True))
    found, main = world.only(SERVICE), world.only("aws:ecs/cluster:Cluster")
    (shown,) = world.client("ecs").describe_services(cluster=main.id, services=[found.id])["services"]
    targets = world.only("aws:lb/targetGroup:TargetGroup")
    assert shown["loadBalancers"] == [{"targetGroupArn": targets.id, "containerName": "api", "containerPort": 5555}]
    assert (shown["healthCheckGracePeriodSeconds"], shown["launchType"]) == (60, "FARGATE")


def test_a_service_that_does_not_wait_for_its_rule(simulate: Simulate) -> None:
    reasons = simulate(lambda on: balanced(on, rule=False), fails=True).reasons()
    assert (
        "does not have an associated load balancer: the service must depend on the listener or rule" in reasons["api"]
    )


def test_scaling(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        service = worker(on)
        target = appautoscaling.Target(
            "worker",
            service_namespace="ecs",
            scalable_dimension="ecs:service:DesiredCount",
            resource_id=service.id.apply(lambda arn: arn.rpartition(":")[2]),
            min_capacity=2,
            max_capacity=10,
            opts=on.us,
        )
        common: dict[str, Any] = {
            "service_namespace": target.service_namespace,
            "scalable_dimension": target.scalable_dimension,
            "resource_id": target.resource_id,
        }
        tracking = appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs
        backlog = appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricArgs(
            id="backlog", expression="10 / 2", return_data=True
        )
        appautoscaling.Policy(
            "worker",
            **common,
            policy_type="TargetTrackingScaling",
            target_tracking_scaling_policy_configuration=tracking(
                target_value=100,
                scale_in_cooldown=120,
                customized_metric_specification=(
                    appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationArgs(
                        metrics=[backlog]
                    )
                ),
            ),
            opts=on.us,
        )
        appautoscaling.ScheduledAction(
            "night",
            **common,
            schedule="cron(0 22 * * ? *)",
            timezone="Europe/Dublin",
            scalable_target_action=appautoscaling.ScheduledActionScalableTargetActionArgs(
                min_capacity=1, max_capacity=2
            ),
            opts=on.us,
        )

    world = simulate(program)
    client, target = world.client("application-autoscaling"), world.only("aws:appautoscaling/target:Target")
    (shown,) = client.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert (shown["ResourceId"], shown["MinCapacity"], shown["MaxCapacity"]) == (target.id, 2, 10)
    assert shown["ScalableTargetARN"] == target.outputs["arn"]
    policy = world.only("aws:appautoscaling/policy:Policy")
    (tracked,) = client.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    assert (tracked["PolicyName"], tracked["PolicyARN"]) == (policy.id, policy.outputs["arn"])
    configuration = tracked["TargetTrackingScalingPolicyConfiguration"]
    assert (configuration["TargetValue"], configuration["ScaleInCooldown"]) == (100, 120)
    assert configuration["CustomizedMetricSpecification"]["Metrics"] == [
        {"Id": "backlog", "Expression": "10 / 2", "ReturnData": True}
    ]
    (night,) = client.describe_scheduled_actions(ServiceNamespace="ecs")["ScheduledActions"]
    assert (night["Schedule"], night["Timezone"]) == ("cron(0 22 * * ? *)", "Europe/Dublin")
    assert night["ScalableTargetAction"] == {"MinCapacity": 1, "MaxCapacity": 2}
    action = world.only("aws:appautoscaling/scheduledAction:ScheduledAction")
    assert action.id == f"{action.outputs['name']}-ecs-{target.id}"


def test_a_blue_green_service_with_service_connect(simulate: Simulate) -> None:
    hook = ecs.ServiceDeploymentConfigurationLifecycleHookArgs(
        hook_target_arn=f"arn:aws:lambda:{US}:{ACCOUNT}:function:check",
        role_arn=ROLE,
        lifecycle_stages=["POST_TEST_TRAFFIC_SHIFT"],
        hook_details=json.dumps({"depth": 2}),
    )
    alias = ecs.ServiceServiceConnectConfigurationServiceClientAliasArgs(port=80, dns_name="api")
    connect = ecs.ServiceServiceConnectConfigurationArgs(
        enabled=True,
        namespace="mesh",
        services=[ecs.ServiceServiceConnectConfigurationServiceArgs(port_name="api", client_alias=[alias])],
    )

    def program(on: Where) -> None:
        worker(
            on,
            capacity_provider_strategies=None,
            deployment_configuration=ecs.ServiceDeploymentConfigurationArgs(
                strategy="BLUE_GREEN", bake_time_in_minutes="5", lifecycle_hooks=[hook]
            ),
            service_connect_configuration=connect,
        )

    world = simulate(program)
    main, found = world.only("aws:ecs/cluster:Cluster"), world.only(SERVICE)
    (shown,) = world.client("ecs").describe_services(cluster=main.id, services=[found.id])["services"]
    deployment = shown["deploymentConfiguration"]
    assert (deployment["strategy"], deployment["bakeTimeInMinutes"]) == ("BLUE_GREEN", 5)
    assert deployment["lifecycleHooks"][0]["lifecycleStages"] == ["POST_TEST_TRAFFIC_SHIFT"]
    # The cluster's own strategy, where the service names neither that nor a launch type.
    assert shown["capacityProviderStrategy"] == [{"capacityProvider": "FARGATE", "weight": 1}]
    (service,) = shown["deployments"][0]["serviceConnectConfiguration"]["services"]
    assert service == {"portName": "api", "clientAliases": [{"port": 80, "dnsName": "api"}]}


def test_scaling_of_nothing(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        appautoscaling.Policy(
            "lost",
            service_namespace="ecs",
            scalable_dimension="ecs:service:DesiredCount",
            resource_id="service/main/none",
            policy_type="StepScaling",
            opts=on.us,
        )
        setting = ecs.ClusterSettingArgs(name="containerInsights", value="on")
        ecs.Cluster("watched", settings=[setting], opts=on.us)

    reasons = simulate(program, fails=True).reasons()
    assert "No scalable target registered for resource ID: service/main/none" in reasons["lost"]
    assert "containerInsights is one of enhanced, enabled, disabled, not on" in reasons["watched"]


def test_refused_tasks(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        task(on, "bridge", network_mode="bridge")
        task(on, "small", memory=None)
        task(on, "roleless", execution_role_arn=None)
        task(on, "broken", container_definitions="[")
        task(on, "unknown", container_definitions=json.dumps([CONTAINER | {"colour": "red"}]))
        task(on, "driver", container_definitions=json.dumps([CONTAINER | {"logConfiguration": {"logDriver": "paper"}}]))

    reasons = simulate(program, fails=True).reasons()
    assert "Fargate only supports network mode 'awsvpc'" in reasons["bridge"]
    assert "Fargate requires that 'memory' be defined" in reasons["small"]
    assert "execution role ARN to support log driver awslogs" in reasons["roleless"]
    assert "containerDefinitions: not valid JSON" in reasons["broken"]
    assert "containerDefinitions[0].colour: no such parameter" in reasons["unknown"]
    assert "containerDefinitions[0].logConfiguration.logDriver: 'paper' is not one of" in reasons["driver"]


def test_refused_services(simulate: Simulate) -> None:
    strategy = [ecs.ServiceCapacityProviderStrategyArgs(capacity_provider="FARGATE", weight=1)]

    def program(on: Where) -> None:
        bare = ecs.Cluster("bare", opts=on.us)
        _, subnet, group = network(on)
        where = ecs.ServiceNetworkConfigurationArgs(subnets=[subnet.id], security_groups=[group.id])
        given: dict[str, Any] = {"cluster": bare.arn, "network_configuration": where, "desired_count": 1, "opts": on.us}
        definition = task(on)
        ecs.Service("spare", task_definition=definition.arn, capacity_provider_strategies=strategy, **given)
        ecs.Service("lost", task_definition=f"arn:aws:ecs:{US}:{ACCOUNT}:task-definition/none:1", **given)
        ecs.Service(
            "port",
            task_definition=definition.arn,
            load_balancers=[ecs.ServiceLoadBalancerArgs(elb_name="old", container_name="api", container_port=80)],
            **given,
        )
        ecs.Service("spread", task_definition=definition.arn, availability_zone_rebalancing="MAYBE", **given)

    reasons = simulate(program, fails=True).reasons()
    assert "the capacity provider FARGATE is not associated with the cluster" in reasons["spare"]
    assert "task definition" in reasons["lost"].lower()
    assert "the container api did not have a container port 80 defined" in reasons["port"]
    assert "availabilityZoneRebalancing: 'MAYBE' is not one of ENABLED, DISABLED" in reasons["spread"]
