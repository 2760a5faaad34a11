"""What ECS needs to move requests between a service's two target groups: rules, a role, the rate of the busier one.

ECS rewrites the weights of the production rule in each deployment, and after it the two groups have exchanged their
parts: nothing here may assume which of them has the requests.
"""

from collections.abc import Sequence
from typing import TypeAlias

import pulumi
from pulumi_aws import appautoscaling, ecs, iam, lb

from components._deployment import TEST_HEADER, Deployment, RouteForTests, Strategy
from components._iam import Statement, policy_document, service_trust
from components._routes import Route
from components._service_alarms import BALANCER

_Metric: TypeAlias = (
    appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricArgs
)
_MetricStat: TypeAlias = (
    appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricMetricStatArgs
)
_MetricName: TypeAlias = (
    appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricMetricStatMetricArgs
)
_Dimension: TypeAlias = appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricMetricStatMetricDimensionArgs  # noqa: E501

# The whole list: refreshing fills in stickiness and reorders the groups, so a path to the weights alone would miss
# (pulumi-aws#5771). The provider sends actions only when they have changed, so other changes leave the weights alone.
MOVED_BY_ECS = ["actions"]

# The role has no condition on its trust: a role can only be handed to ECS from within its own account.
ECS = "ecs.amazonaws.com"


def forward_to(groups: Sequence[lb.TargetGroup]) -> lb.ListenerRuleActionArgs:
    """All requests to the first group. A second one is named with them: ECS refuses a group that no rule names."""
    if len(groups) == 1:
        return lb.ListenerRuleActionArgs(type="forward", target_group_arn=groups[0].arn)
    weighted = [
        lb.ListenerRuleActionForwardTargetGroupArgs(arn=group.arn, weight=0 if position else 100)
        for position, group in enumerate(groups)
    ]
    return lb.ListenerRuleActionArgs(type="forward", forward=lb.ListenerRuleActionForwardArgs(target_groups=weighted))


def _create_test_rule(
    owner: pulumi.Resource,
    name: str,
    listener_arn: pulumi.Input[str],
    route: Route,
    test: RouteForTests,
    alternate: lb.TargetGroup,
) -> lb.ListenerRule:
    """The rule for requests of the route that carry the test's header."""
    header = lb.ListenerRuleConditionHttpHeaderArgs(http_header_name=TEST_HEADER, values=[test.header_value])
    conditions = [*route.conditions(), lb.ListenerRuleConditionArgs(http_header=header)]
    if test.source_ranges:
        sources = lb.ListenerRuleConditionSourceIpArgs(values=sorted(test.source_ranges))
        conditions.append(lb.ListenerRuleConditionArgs(source_ip=sources))
    return lb.ListenerRule(
        f"{name}-test",
        listener_arn=listener_arn,
        priority=test.priority,
        conditions=conditions,
        actions=[lb.ListenerRuleActionArgs(type="forward", target_group_arn=alternate.arn)],
        opts=pulumi.ResourceOptions(parent=owner, ignore_changes=MOVED_BY_ECS),
    )


def create_shift(
    owner: pulumi.Resource,
    name: str,
    listener_arn: pulumi.Input[str],
    groups: Sequence[lb.TargetGroup],
    production: tuple[Route, lb.ListenerRule],
    test: RouteForTests | None,
) -> tuple[ecs.ServiceLoadBalancerAdvancedConfigurationArgs, list[pulumi.Resource]]:
    """What the service is told of its second group, and what it must wait for."""
    route, rule = production
    test_rule = _create_test_rule(owner, name, listener_arn, route, test, groups[1]) if test else None
    rules = [rule, test_rule] if test_rule else [rule]
    role = iam.Role(f"{name}-traffic", assume_role_policy=service_trust(ECS), opts=pulumi.ResourceOptions(parent=owner))
    policy = iam.RolePolicy(
        f"{name}-traffic",
        role=role.name,
        policy=policy_document(_shift_statements(listener_arn, groups, rules)),
        opts=pulumi.ResourceOptions(parent=owner),
    )
    configuration = ecs.ServiceLoadBalancerAdvancedConfigurationArgs(
        alternate_target_group_arn=groups[1].arn,
        production_listener_rule=rule.arn,
        test_listener_rule=test_rule.arn if test_rule else None,
        role_arn=role.arn,
    )
    return configuration, [*rules, policy]


def _shift_statements(
    listener_arn: pulumi.Input[str], groups: Sequence[lb.TargetGroup], rules: Sequence[lb.ListenerRule]
) -> list[Statement]:
    """AWS's AmazonECSInfrastructureRolePolicyForLoadBalancers (version 6), for this service's resources alone."""
    return [
        Statement(
            sid="Look",
            actions=[
                "elasticloadbalancing:DescribeListeners",
                "elasticloadbalancing:DescribeRules",
                "elasticloadbalancing:DescribeTargetGroups",
                "elasticloadbalancing:DescribeTargetHealth",
            ],
            # Elastic Load Balancing's Describe actions know no resources.
            resources=["*"],
        ),
        Statement(
            sid="Targets",
            actions=["elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"],
            resources=[group.arn for group in groups],
        ),
        Statement(sid="Weights", actions=["elasticloadbalancing:ModifyRule"], resources=[rule.arn for rule in rules]),
        # Needed for a listener's default rule; whether for others too, AWS does not say: its troubleshooting page shows
        # a deployment with rules that was rolled back without it.
        Statement(sid="Listener", actions=["elasticloadbalancing:ModifyListener"], resources=[listener_arn]),
    ]


def deployment_configuration(
    deployment: Deployment, hook_role_arn: pulumi.Input[str] | None
) -> ecs.ServiceDeploymentConfigurationArgs:
    """The service's block. The strategy is always told: left out, the provider would keep the last one."""
    percent, minutes = deployment.step
    canary = linear = None
    if deployment.strategy is Strategy.CANARY:
        canary = ecs.ServiceDeploymentConfigurationCanaryConfigurationArgs(
            canary_percent=percent, canary_bake_time_in_minutes=str(minutes)
        )
    if deployment.strategy is Strategy.LINEAR:
        linear = ecs.ServiceDeploymentConfigurationLinearConfigurationArgs(
            step_percent=percent, step_bake_time_in_minutes=str(minutes)
        )
    hooks = [
        ecs.ServiceDeploymentConfigurationLifecycleHookArgs(
            hook_target_arn=hook.function_arn,
            role_arn=hook_role_arn,
            lifecycle_stages=list(hook.stages),
            hook_details=hook.details,
        )
        for hook in deployment.hooks
    ]
    return ecs.ServiceDeploymentConfigurationArgs(
        strategy=deployment.strategy,
        bake_time_in_minutes=str(deployment.bake) if deployment.shifts else None,
        canary_configuration=canary,
        linear_configuration=linear,
        lifecycle_hooks=hooks or None,
    )


def create_hook_role(owner: pulumi.Resource, name: str, deployment: Deployment) -> tuple[iam.Role, pulumi.Resource]:
    """The role with which ECS asks a deployment's functions, and its policy."""
    child = pulumi.ResourceOptions(parent=owner)
    role = iam.Role(f"{name}-hooks", assume_role_policy=service_trust(ECS), opts=child)
    asked = Statement(
        actions=["lambda:InvokeFunction"],
        resources=list(dict.fromkeys(hook.function_arn for hook in deployment.hooks)),
    )
    policy = iam.RolePolicy(f"{name}-hooks", role=role.name, policy=policy_document([asked]), opts=child)
    return role, policy


def busier_group_metrics(load_balancer: pulumi.Input[str], groups: Sequence[lb.TargetGroup]) -> list[_Metric]:
    """Requests a minute and target of the busier group.

    ALBRequestCountPerTarget looks at one group, and after a deployment it would be the one without requests; ECS does
    not support it with two. In an array, a group without data is left out rather than making the whole missing.
    """
    loads = {f"load_{letter}": group for letter, group in zip("ab", groups, strict=True)}
    busier = _Metric(id="busier", expression=f"MAX([{', '.join(loads)}])", label="Requests per task", return_data=True)
    return [
        busier,
        *(
            _Metric(
                id=load, metric_stat=_MetricStat(metric=_requests(load_balancer, group), stat="Sum"), return_data=False
            )
            for load, group in loads.items()
        ),
    ]


def _requests(load_balancer: pulumi.Input[str], group: lb.TargetGroup) -> _MetricName:
    return _MetricName(
        namespace=BALANCER,
        metric_name="RequestCountPerTarget",
        dimensions=[
            _Dimension(name="LoadBalancer", value=load_balancer),
            _Dimension(name="TargetGroup", value=group.arn_suffix),
        ],
    )
