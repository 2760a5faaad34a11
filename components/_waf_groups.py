"""Groups of rules that AWS manages, as rules of a web ACL; pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from pulumi_aws import wafv2

# As text, like every annotation with wafv2: loading it takes a second, which a stack without a web ACL need not pay.
_Rule: TypeAlias = "wafv2.WebAclRuleArgsDict"
_GroupStatement: TypeAlias = "wafv2.WebAclRuleStatementManagedRuleGroupStatementArgsDict"
_Visibility: TypeAlias = "wafv2.WebAclRuleVisibilityConfigArgsDict"

_GROUP_RULE = re.compile(r"[A-Za-z0-9_]+")


class RuleGroup(StrEnum):
    """Groups of rules that AWS keeps up to date, at no fee of their own."""

    REPUTATION = "AWSManagedRulesAmazonIpReputationList"
    """Addresses that AWS has seen attacking."""
    COMMON = "AWSManagedRulesCommonRuleSet"
    """The usual attacks on web applications. Among its rules SizeRestrictions_BODY blocks bodies over 8 KB."""
    KNOWN_BAD_INPUTS = "AWSManagedRulesKnownBadInputsRuleSet"
    """Requests that exploit known vulnerabilities."""
    SQL = "AWSManagedRulesSQLiRuleSet"
    """SQL injection."""


# Priority and WCUs (AWS WAF Developer Guide, list of managed rule groups). Never change a priority.
_GROUPS = {
    RuleGroup.REPUTATION: (10, 25),
    RuleGroup.COMMON: (20, 700),
    RuleGroup.KNOWN_BAD_INPUTS: (30, 200),
    RuleGroup.SQL: (40, 200),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ManagedGroup:
    """One of AWS's groups, and which of its rules only count."""

    group: RuleGroup
    """Which group."""
    count: bool = False
    """Count what the whole group would block, and let it pass; default no."""
    count_rules: Sequence[str] = ()
    """Rules of the group that only count, by AWS's names such as SizeRestrictions_BODY; WAF ignores a name it does not
    know. Default none."""

    def __post_init__(self) -> None:
        if isinstance(self.count_rules, str):
            raise ValueError("count_rules: a list of rule names is required, not a single string; write [name]")
        for rule in self.count_rules:
            if not _GROUP_RULE.fullmatch(rule):
                raise ValueError(f"count_rules: {rule!r} is no rule's name; write it as SizeRestrictions_BODY")
        if len(set(self.count_rules)) < len(self.count_rules):
            raise ValueError(f"count_rules: {sorted(self.count_rules)} names a rule twice; name each once")
        if self.count and self.count_rules:
            raise ValueError("count_rules: the whole group counts already; give count or count_rules")

    @property
    def name(self) -> str:
        """Name of the rule, and of its metric."""
        return str(self.group)

    @property
    def rule_priority(self) -> int:
        """Place of the rule, the group's own."""
        return _GROUPS[self.group][0]

    @property
    def capacity(self) -> int:
        """WCUs of the group."""
        return _GROUPS[self.group][1]

    def rendered(self, *, sampled: bool) -> _Rule:
        """The rule as WAF takes it."""
        statement: _GroupStatement = {"vendor_name": "AWS", "name": self.name}
        if self.count_rules:
            statement["rule_action_overrides"] = [
                {"name": rule, "action_to_use": {"count": {}}} for rule in sorted(self.count_rules)
            ]
        return {
            "name": self.name,
            "priority": self.rule_priority,
            "override_action": {"count": {}} if self.count else {"none": {}},
            "statement": {"managed_rule_group_statement": statement},
            "visibility_config": visibility(self.name, sampled=sampled),
        }


ALL_GROUPS = tuple(ManagedGroup(group=group) for group in RuleGroup)


def visibility(name: str, *, sampled: bool) -> _Visibility:
    """Metrics under the rule's own name."""
    return {"cloudwatch_metrics_enabled": True, "metric_name": name, "sampled_requests_enabled": sampled}
