"""The explicit AWS providers, one per region; nothing is ever made with a default one."""

import pulumi
import pulumi_aws as aws

from infra.settings import Settings

GLOBAL_REGION = "us-east-1"
"""Where Route 53 and its health checks' metrics are at home; its provider exists in every stack."""


def create_providers(settings: Settings) -> dict[str, aws.Provider]:
    """Region -> provider: the stack's regions, and the global one."""
    names = dict.fromkeys([*settings.region_order, GLOBAL_REGION])
    return {region: _provider(region, settings) for region in names}


def with_provider(provider: aws.Provider) -> pulumi.ResourceOptions:
    """Options of a component all of whose resources use one provider."""
    return pulumi.ResourceOptions(providers={"aws": provider})


def _provider(region: str, settings: Settings) -> aws.Provider:
    return aws.Provider(
        region,
        region=region,
        default_tags=aws.ProviderDefaultTagsArgs(
            tags={
                "project": pulumi.get_project(),
                "stack": pulumi.get_stack(),
                "class": settings.stack_class,
                "owner": settings.owner,
                "region": region,
            }
        ),
    )
