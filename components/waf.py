"""A web application firewall before a load balancer or a CDN: AWS's rule groups, and rates per class of paths.

Children: web ACL, its association with the balancer (regional only), encrypted log group with the policy that lets WAF
write there, logging configuration, alarm on blocked requests.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import pulumi
from pulumi_aws import cloudwatch, wafv2

from components import _waf_rules
from components._alarm_definitions import AlarmDefinition, Severity
from components._delivered_logs import create_delivered_group
from components._names import fixed_name
from components._waf_groups import ALL_GROUPS
from components._waf_groups import ManagedGroup as ManagedGroup
from components._waf_groups import RuleGroup as RuleGroup
from components._waf_rules import CAPACITY_INCLUDED, CAPACITY_MAX, REDACTED_HEADERS
from components._waf_rules import RateRule as RateRule
from components.alarms import Alarms, AlarmsArgs, AlarmTarget
from components.flow_log import check_retention

# Where everything of CloudFront's is.
CLOUDFRONT_REGION = "us-east-1"
# WAF takes no log group of another name.
LOG_GROUP_PREFIX = "aws-waf-logs-"
# Longest name of a web ACL, and of its metric, characters: WAFV2 API.
NAME_MAX = 128
BASELINE_SECONDS = 300

# What the log keeps when allowed requests are left out: all that a rule has matched.
_MATCHED = ("BLOCK", "COUNT", "EXCLUDED_AS_COUNT", "CAPTCHA", "CHALLENGE")


class Scope(StrEnum):
    """What a web ACL can protect."""

    REGIONAL = "REGIONAL"
    """A load balancer of its region."""
    CLOUDFRONT = "CLOUDFRONT"
    """CloudFront distributions, which name the web ACL themselves."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WebAclArgs:
    """What is protected, from what, and when somebody must look."""

    region: str
    """Region of the web ACL; us-east-1 where the scope is CLOUDFRONT."""
    account_id: pulumi.Input[str]
    """Account of the web ACL; WAF may write the log for it only."""
    kms_key_arn: pulumi.Input[str]
    """Key that encrypts the log; its policy must let CloudWatch Logs use it."""
    alarms: AlarmTarget | None
    """Where the alarm goes; none: no alarm."""
    blocked_baseline: int
    """Requests blocked in five minutes that are normal; more raise the alarm."""
    scope: Scope = Scope.REGIONAL
    """REGIONAL (default) or CLOUDFRONT. Changing it makes a new web ACL."""
    load_balancer_arn: pulumi.Input[str] | None = None
    """Balancer that is protected; required where the scope is REGIONAL."""
    groups: Sequence[ManagedGroup] = ALL_GROUPS
    """AWS's rule groups; default all four: reputation, common, known bad inputs, SQL."""
    rate_rules: Sequence[RateRule] = ()
    """Rates per class of paths; default none."""
    capacity_max: int = CAPACITY_INCLUDED
    """WCUs that the rules may use, at most 5,000; default 1,500, which the basic price includes."""
    log_retention_days: int = 30
    """Days that the log is kept, one of CloudWatch's choices; default 30."""
    log_allowed: bool = False
    """Log requests that no rule has matched too; default no, they are most of the traffic and of the cost."""
    redacted_headers: Sequence[str] = ()
    """Headers kept out of the log, besides authorization and cookie; default none."""
    sample_requests: bool = False
    """Let WAF keep samples of requests for three hours; default no, because nothing is redacted in them."""

    def __post_init__(self) -> None:
        self._check_scope()
        if self.blocked_baseline < 0:
            raise ValueError(f"blocked_baseline: {self.blocked_baseline}; give 0 or more requests in five minutes")
        if not 1 <= self.capacity_max <= CAPACITY_MAX:
            raise ValueError(f"capacity_max: {self.capacity_max} WCUs; give 1 to {CAPACITY_MAX}")
        _waf_rules.check_rules(self.groups, self.rate_rules, self.capacity_max)
        check_retention("log_retention_days", self.log_retention_days)
        if isinstance(self.redacted_headers, str):
            raise ValueError("redacted_headers: a list of headers is required, not a single string; write [name]")
        _waf_rules.check_headers("redacted_headers", self.redacted_headers)

    def _check_scope(self) -> None:
        if self.scope is Scope.REGIONAL and self.load_balancer_arn is None:
            raise ValueError("load_balancer_arn: a REGIONAL web ACL protects a balancer; give its ARN")
        if self.scope is Scope.CLOUDFRONT:
            if self.region != CLOUDFRONT_REGION:
                raise ValueError(
                    f"region: a CLOUDFRONT web ACL lives in {CLOUDFRONT_REGION}, not {self.region}; make it there, "
                    "with that region's provider"
                )
            if self.load_balancer_arn is not None:
                raise ValueError(
                    "load_balancer_arn: a CLOUDFRONT web ACL protects distributions only; leave it out and give the "
                    "distribution the web ACL's ARN, or make a REGIONAL one"
                )


class WebAcl(pulumi.ComponentResource):
    """A web ACL that lets pass what no rule stops, with its log and alarm.

    Leaves out bot and fraud control, which AWS charges for apart. USD 5 a month, USD 1 per rule (a group is one rule),
    and USD 0.60 per million requests (us-east-1); the log costs what CloudWatch charges.
    """

    arn: pulumi.Output[str]
    """A CloudFront distribution takes it as its web_acl_id."""
    acl_name: str
    """Physical name, and the WebACL dimension of its metrics."""
    log_group_name: pulumi.Output[str]
    capacity: int
    """WCUs that the rules use."""

    def __init__(self, name: str, args: WebAclArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        # Fixed: the metrics carry the name, and the alarm must know it before there is a web ACL.
        self.acl_name = fixed_name(name)
        if len(self.acl_name) > NAME_MAX:
            raise ValueError(f"name: {self.acl_name!r} has more than {NAME_MAX} characters; shorten it")
        super().__init__("breakwater:waf:WebAcl", name, None, opts)
        self._prefix, self._child = name, pulumi.ResourceOptions(parent=self)
        acl = self._create_acl(args)
        if args.load_balancer_arn is not None:
            self._associate(acl, args.load_balancer_arn)
        group = self._create_logging(args, acl)
        if args.alarms is not None:
            definitions = [blocked_alarm(self.acl_name, args)]
            Alarms(f"{name}-alarms", AlarmsArgs(target=args.alarms, definitions=definitions), opts=self._child)
        self.arn, self.log_group_name = acl.arn, group.name
        self.capacity = _waf_rules.capacity([*args.groups, *args.rate_rules])
        self.register_outputs(
            {
                "arn": self.arn,
                "acl_name": self.acl_name,
                "log_group_name": self.log_group_name,
                "capacity": self.capacity,
            }
        )

    def _create_acl(self, args: WebAclArgs) -> "wafv2.WebAcl":
        rules: list[_waf_rules.Rule] = [*args.groups, *args.rate_rules]
        return wafv2.WebAcl(
            self._prefix,
            name=self.acl_name,
            scope=args.scope.value,
            default_action={"allow": {}},
            rules=[
                rule.rendered(sampled=args.sample_requests)
                for rule in sorted(rules, key=lambda rule: rule.rule_priority)
            ],
            visibility_config={
                "cloudwatch_metrics_enabled": True,
                "metric_name": self.acl_name,
                "sampled_requests_enabled": args.sample_requests,
            },
            opts=self._child,
        )

    def _associate(self, acl: "wafv2.WebAcl", load_balancer_arn: pulumi.Input[str]) -> None:
        wafv2.WebAclAssociation(
            f"{self._prefix}-association",
            resource_arn=load_balancer_arn,
            web_acl_arn=acl.arn,
            # A balancer has one web ACL: deleting the old association last would take the new one away.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )

    def _create_logging(self, args: WebAclArgs, acl: "wafv2.WebAcl") -> cloudwatch.LogGroup:
        group, policy = create_delivered_group(
            f"{self._prefix}-logs",
            # Fixed: WAF demands the prefix.
            group_name=f"{LOG_GROUP_PREFIX}{self.acl_name}",
            policy_name=self.acl_name,
            retention_days=args.log_retention_days,
            kms_key_arn=args.kms_key_arn,
            account_id=args.account_id,
            region=args.region,
            opts=self._child,
        )
        wafv2.WebAclLoggingConfiguration(
            f"{self._prefix}-logs",
            resource_arn=acl.arn,
            log_destination_configs=[group.arn],
            redacted_fields=[
                {"single_header": {"name": header}}
                for header in sorted({*REDACTED_HEADERS, *(header.lower() for header in args.redacted_headers)})
            ],
            logging_filter=None if args.log_allowed else _matched_only(),
            # A web ACL has one logging configuration: deleting the old one last would take the new one away.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy], delete_before_replace=True),
        )
        return group


def _matched_only() -> "wafv2.WebAclLoggingConfigurationLoggingFilterArgsDict":
    return {
        "default_behavior": "DROP",
        "filters": [
            {
                "behavior": "KEEP",
                "requirement": "MEETS_ANY",
                "conditions": [{"action_condition": {"action": action}} for action in _MATCHED],
            }
        ],
    }


def blocked_alarm(acl_name: str, args: WebAclArgs) -> AlarmDefinition:
    """More blocked requests than usual, all rules together. WAF sends no zeroes."""
    # CloudFront's metrics have no region.
    region = {"Region": args.region} if args.scope is Scope.REGIONAL else {}
    return AlarmDefinition(
        role="blocked-requests",
        summary="The firewall blocks more requests than usual: an attack, or a rule that hits customers.",
        severity=Severity.WARNING,
        runbook="waf-blocked-requests",
        metric_name="BlockedRequests",
        namespace="AWS/WAFV2",
        dimensions={"WebACL": acl_name, "Rule": "ALL", **region},
        statistic="Sum",
        comparison="GreaterThanThreshold",
        threshold=args.blocked_baseline,
        period_seconds=BASELINE_SECONDS,
        datapoints=1,
        periods=1,
        missing="notBreaching",
    )
