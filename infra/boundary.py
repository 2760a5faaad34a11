"""The permissions boundary of all roles, in one place: a component that makes a role cannot forget it."""

import pulumi

_ROLE = "aws:iam/role:Role"


def bound_roles(policy_arn: str) -> None:
    """Give every role that is registered from now on, at whatever depth, this boundary."""

    def bound(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if args.type_ != _ROLE:
            return None
        return pulumi.ResourceTransformationResult(
            props={**args.props, "permissions_boundary": policy_arn}, opts=args.opts
        )

    pulumi.runtime.register_stack_transformation(bound)
