"""The names of HTTP APIs, which fail over between the regions as those of services do."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from components.alarms import AlarmTarget
from components.dns import Endpoint, FailoverRecord, FailoverRecordArgs, Role, regional_name
from infra.providers import GLOBAL_REGION, with_provider
from infra.region import Region
from infra.settings import Settings


def create_api_names(
    settings: Settings,
    regions: Mapping[str, Region],
    signals: Mapping[str, Sequence[pulumi.Input[str]]],
    zone_id: pulumi.Input[str],
    alarms: AlarmTarget | None,
    providers: Mapping[str, aws.Provider],
) -> dict[str, FailoverRecord]:
    """Host -> its records."""
    return {
        api.host: FailoverRecord(
            f"name-{api.host.removesuffix(settings.domain.name).rstrip('.')}",
            FailoverRecordArgs(
                zone_id=zone_id,
                record_name=api.host,
                endpoints={
                    name: _endpoint(name, key, settings, region, signals[name]) for name, region in regions.items()
                },
                alarms=alarms,
            ),
            opts=with_provider(providers[GLOBAL_REGION]),
        )
        for key, api in settings.http_apis.items()
    }


def _endpoint(
    name: str, key: str, settings: Settings, region: Region, signals: Sequence[pulumi.Input[str]]
) -> Endpoint:
    api, targets = settings.http_apis[key], region.http_apis[key].targets
    own, regional = targets[api.host], targets[regional_name(name, api.host)]
    return Endpoint(
        dns_name=regional.dns_name,
        zone_id=regional.zone_id,
        role=Role(settings.regions[name].role),
        health_path=api.health_path,
        # With the services: their data is in one region.
        signals=signals,
        own=(own.dns_name, own.zone_id),
    )
