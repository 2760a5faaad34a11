"""Firewalls: from the settings to the rules of a web ACL, and the rules about them."""

from collections.abc import Callable, Iterator
from typing import Any

from components._waf_groups import ManagedGroup, RuleGroup
from components._waf_rules import RateRule, check_headers, check_rules
from infra.settings.models import ManagedRules, Waf
from infra.settings.problems import Path, Problem, from_rule

# What the settings call AWS's groups.
_GROUPS = {group.name.lower().replace("_", "-"): group for group in RuleGroup}


def managed_groups(waf: Waf) -> list[ManagedGroup]:
    """AWS's groups, all but those that are null."""
    own = {str(name): rules for name, rules in waf.groups.items()}
    wanted = {name: own.get(name, ManagedRules()) for name in _GROUPS}
    return [_group(name, rules) for name, rules in wanted.items() if rules is not None]


def rate_rules(waf: Waf) -> list[RateRule]:
    """The rates, one rule for each class of paths."""
    return [RateRule(key=key, **rate.model_dump()) for key, rate in waf.rates.items()]


def firewall_problems(path: Path, waf: Waf) -> Iterator[Problem]:
    """All problems of one firewall, at `path`."""
    found = [
        *(
            problem
            for name, rules in waf.groups.items()
            if rules is not None
            for problem in _refused((*path, "groups", name), "correct the rules", _group, name, rules)
        ),
        *(
            problem
            for key, rate in waf.rates.items()
            for problem in _refused((*path, "rates", key), "correct the rate", RateRule, key=key, **rate.model_dump())
        ),
        *_refused(path, "write names of headers", check_headers, "redacted_headers", waf.redacted_headers),
    ]
    yield from found
    if not found:
        rules = managed_groups(waf), rate_rules(waf), waf.capacity_max
        yield from _refused(path, "leave rules out, or raise capacity_max", check_rules, *rules)


def _group(name: str, rules: ManagedRules) -> ManagedGroup:
    return ManagedGroup(group=_GROUPS[name], count=rules.count, count_rules=rules.count_rules)


def _refused(path: Path, remedy: str, rule: Callable[..., Any], *args: Any, **kwargs: Any) -> Iterator[Problem]:
    """What a component refuses, told at the field that its message begins with."""
    try:
        rule(*args, **kwargs)
    except ValueError as error:
        field = str(error).partition(":")[0]
        yield from_rule((*path, {"rate_rules": "rates"}.get(field, field)), error, remedy=remedy)
