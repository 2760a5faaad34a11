"""What ECS wants of a service whose requests it moves from one target group to another; moto looks at none of it.

The sentences are AWS's (ECS developer guide, troubleshooting blue/green deployments), so that a search finds them. Some
come up only when a deployment runs, and then roll it back: better here.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from breakwater.simulator.handler import Creation
from breakwater.simulator.handlers._store import backend, refuse

_RULE = re.compile(r"arn:[a-z-]+:elasticloadbalancing:[a-z0-9-]+:\d{12}:listener-rule/app/.+")


def check_traffic(c: Creation) -> None:
    """Refuse what ECS would refuse, at once or in the first deployment."""
    strategy = c.inputs.get("deploymentConfiguration", {}).get("strategy", "ROLLING")
    balancers: Sequence[Mapping[str, Any]] = c.inputs.get("loadBalancers") or ()
    advanced = [balancer.get("advancedConfiguration") for balancer in balancers]
    if any(advanced) and not all(advanced):
        raise _invalid("Either all or none of the provided loadBalancers must have advancedConfiguration defined")
    if strategy != "ROLLING" and not all(advanced):
        raise _invalid(
            "advancedConfiguration field is required for all loadBalancers when using a non-ROLLING deployment strategy"
        )
    if strategy in ("LINEAR", "CANARY") and not balancers and "serviceConnectConfiguration" not in c.inputs:
        raise _invalid(f"{strategy} needs a load balancer or Service Connect to move requests")
    for balancer, configuration in zip(balancers, advanced, strict=True):
        if configuration:
            _check_groups(c, balancer["targetGroupArn"], configuration)


def _check_groups(c: Creation, primary: str, configuration: Mapping[str, Any]) -> None:
    alternate = configuration["alternateTargetGroupArn"]
    if alternate not in backend(c, "elbv2").target_groups:
        raise _invalid(f"the target group {alternate} does not exist")
    production, test = configuration["productionListenerRule"], configuration.get("testListenerRule")
    if production == test:
        raise _invalid(f"The following rules cannot be used as both production and test listener rules: {production}")
    in_production = dict(_forwarded(c, "productionListenerRule", production))
    both = {primary, alternate}
    if test is None and not both <= in_production.keys():
        raise _invalid(
            "For Application LoadBalancer, testListenerRule is required when productionListenerRule is not associated "
            "with both targetGroup and alternateTargetGroup"
        )
    named = in_production.keys() | (dict(_forwarded(c, "testListenerRule", test)).keys() if test else set())
    if missing := sorted(both - named):
        raise _invalid(
            f"Target group {missing[0]} is not associated with either productionListenerRule or testListenerRule."
        )
    serving = [group for group, weight in in_production.items() if weight]
    if len(serving) != 1:
        raise _invalid(
            f"productionListenerRule {production} should have exactly one target group serving traffic but found "
            f"{len(serving)} target groups which are serving traffic"
        )


def _forwarded(c: Creation, name: str, arn: str) -> Iterator[tuple[str, int]]:
    """The target groups of a rule and their weights."""
    if not _RULE.fullmatch(arn):
        raise _invalid(f"{name} has an invalid ARN format. Must be RuleArn for ALB or ListenerArn for NLB. Got: {arn}")
    listeners = (b.listeners.values() for b in backend(c, "elbv2").load_balancers.values())
    rules = {rule.arn: rule for found in listeners for listener in found for rule in listener.rules.values()}
    if arn not in rules:
        raise _invalid(f"{name} {arn} does not exist")
    for action in rules[arn].actions:
        groups = action.data.get("ForwardConfig", {}).get("TargetGroups")
        for group in groups or [{"TargetGroupArn": action.data.get("TargetGroupArn"), "Weight": 1}]:
            yield group["TargetGroupArn"], group.get("Weight", 1)


def _invalid(message: str) -> Exception:
    return refuse("ecs:CreateService", "InvalidParameterException", message)
