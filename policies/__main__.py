"""Serves the rules to Pulumi's engine as a policy pack: `pulumi preview --policy-pack policies`."""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyComplianceFramework,
    PolicyPack,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

if __name__ == "__main__":
    # The engine runs this folder, not the package: the rules are those beside this file, installed or not.
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from policies.rules import ALL, UNKNOWN, AnyRule, Resource, Rule, StackRule, plain, with_default_tags

PACK = "breakwater"


def known(value: Any) -> Any:
    """A value without the SDK's guards: they raise where it is unknown, and the whole rule is then skipped."""
    if isinstance(value, Mapping):
        return {key: known(_item(value, key)) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [known(_item(value, index)) for index in range(len(value))]
    return plain(value)


def _item(container: Any, key: Any) -> Any:
    try:
        return container[key]
    except UnknownValueError:
        return UNKNOWN


def policies() -> list[Policy]:
    """One mandatory policy for each rule."""
    return [_resource_policy(rule) if isinstance(rule, Rule) else _stack_policy(rule) for rule in ALL]


def _described(rule: AnyRule) -> dict[str, Any]:
    framework = PolicyComplianceFramework(
        name="AWS Foundational Security Best Practices", version="1.0.0", specification=", ".join(rule.controls)
    )
    return {
        "name": rule.name,
        "description": rule.description,
        "remediation_steps": rule.remedy,
        "enforcement_level": EnforcementLevel.MANDATORY,
        "framework": framework if rule.controls else None,
    }


def _resource_policy(rule: Rule) -> Policy:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        if args.resource_type in rule.types:
            provider = known(args.provider.props) if args.provider else {}
            for message in rule.check(with_default_tags(known(args.props), provider)):
                report(f"{message}. {rule.remedy}", None)

    return ResourceValidationPolicy(validate=validate, **_described(rule))


def _stack_policy(rule: StackRule) -> Policy:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        for urn, message in rule.check([_read(resource) for resource in args.resources]):
            report(f"{message}. {rule.remedy}", urn)

    return StackValidationPolicy(validate=validate, **_described(rule))


def _read(resource: PolicyResource) -> Resource:
    references = {name: frozenset(r.urn for r in rs) for name, rs in resource.property_dependencies.items()}
    return Resource(
        type=resource.resource_type, urn=resource.urn, properties=known(resource.props), references=references
    )


def serve(pack: Callable[..., Any] = PolicyPack) -> None:
    """Answer the engine until it is done."""
    pack(PACK, policies(), enforcement_level=EnforcementLevel.MANDATORY)


if __name__ == "__main__":
    serve()
