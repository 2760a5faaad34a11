"""The whole platform: keys, alarm topics, the public zone, the regions, the ways between their networks, and the names
that fail over between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from components.alarms import AlarmRegister, AlarmTarget, AlarmTopic, AlarmTopicArgs
from components.dns import Endpoint, FailoverRecord, FailoverRecordArgs, PublicZone, PublicZoneArgs, Role
from components.health_signals import HealthSignals, HealthSignalsArgs, Signal
from components.key import DataClass, Key, KeyArgs, Keys
from components.ledger import JobLedger, JobLedgerReplica
from components.secret import Secret
from infra.api_names import create_api_names
from infra.boundary import bound_roles
from infra.buckets import create_bucket_replication
from infra.cdn import CdnPlace, create_cdn
from infra.database import admit_active_regions
from infra.environment import logical_name
from infra.images import Repositories, create_repositories
from infra.ledgers import create_ledgers
from infra.network import create_peerings
from infra.own_secrets import create_rotations, create_secrets
from infra.place import Place
from infra.providers import GLOBAL_REGION, create_providers, with_provider
from infra.region import Region
from infra.settings import Settings
from infra.settings.routing import health_path, hosts

if TYPE_CHECKING:
    from components.cdn import Cdn
    from components.dashboard import Dashboard


@dataclass(frozen=True, kw_only=True, slots=True)
class Platform:
    """What was built, for the outputs."""

    settings: Settings
    """What it was built from."""
    account_id: pulumi.Output[str]
    """Account of the providers."""
    public_zone: PublicZone | None
    """The stack's zone; None where the settings name an existing one."""
    keys: dict[str, dict[DataClass, Key]]
    """Region -> its keys."""
    topics: dict[str, AlarmTopic]
    """Region -> topic of its alarms."""
    ledger: JobLedger | JobLedgerReplica | None
    """The jobs' ledger, the same table in all regions; None without jobs."""
    regions: dict[str, Region]
    """Region -> what is there."""
    names: dict[str, FailoverRecord]
    """Host -> its records."""
    cdn: "Cdn | None"
    """What serves files; None where the settings ask for none."""
    repositories: Repositories
    """Region -> name -> repository of images."""
    secrets: dict[str, Secret]
    """Name -> secret of the stack's own."""
    dashboards: "dict[str, dict[str, Dashboard]]"
    """Region, or `global` -> kind -> dashboard."""


def build(settings: Settings) -> Platform:
    """Register everything; the settings are known to be good."""
    if settings.permissions_boundary is not None:
        bound_roles(settings.permissions_boundary)
    providers = create_providers(settings)
    primary = providers[settings.primary_region]
    account_id = aws.get_caller_identity_output(opts=pulumi.InvokeOptions(provider=primary)).account_id
    keys = _create_keys(settings, providers, account_id)
    topics = _create_topics(settings, providers, keys, account_id)
    alarms = {
        region: AlarmTarget(
            topic_arn=topic.topic_arn,
            runbooks_url=settings.alarms.runbooks_url,
            register=AlarmRegister() if settings.dashboards else None,
        )
        for region, topic in topics.items()
    }
    zone = _create_public_zone(settings, providers)
    zone_id = zone.zone_id if zone else pulumi.Output.from_input(str(settings.domain.hosted_zone_id))
    arns = {region: _arns(keys[region]) for region in settings.regions}
    repositories = create_repositories(settings, providers, arns, alarms, account_id)
    secrets = create_secrets(settings, providers, arns, account_id)
    ledgers = create_ledgers(settings, providers, keys)
    places = {
        name: Place(
            settings=settings,
            region=name,
            account_id=account_id,
            keys=arns[name],
            alarms=alarms[name],
            zone_id=zone_id,
            repositories=repositories[name],
            secrets={key: secret.arns for key, secret in secrets.items()},
            ledger=ledgers.get(name),
        )
        for name in settings.region_order
    }
    regions: dict[str, Region] = {}
    # The primary region first: standbys copy its database and cache.
    for name in settings.region_order:
        source = regions.get(settings.primary_region)
        regions[name] = Region(
            name,
            places[name],
            source=source,
            opts=with_provider(providers[name]),
        )
    create_rotations(settings, providers, arns, alarms, secrets, regions)
    signals = {
        name: _create_signals(name, settings, region, providers[GLOBAL_REGION]) for name, region in regions.items()
    }
    create_peerings(settings, {name: region.network for name, region in regions.items()}, providers)
    admit_active_regions(settings, regions, providers)
    _create_replications(places, regions, providers)
    names = {
        host: _create_name(host, settings, regions, signals, zone_id, alarms.get(GLOBAL_REGION), providers)
        for host in hosts(settings)
    }
    names |= create_api_names(settings, regions, signals, zone_id, alarms.get(GLOBAL_REGION), providers)
    cdn = None
    if settings.cdn is not None:
        at = CdnPlace(
            settings=settings,
            account_id=account_id,
            zone_id=zone_id,
            logs_key_arn=keys[GLOBAL_REGION][DataClass.LOGS].arn,
            alarms=alarms[GLOBAL_REGION],
        )
        cdn = create_cdn(settings.cdn, at, with_provider(providers[GLOBAL_REGION]))
    dashboards: dict[str, dict[str, Dashboard]] = {}
    if settings.dashboards:
        from infra.dashboards import create_dashboards

        dashboards = create_dashboards(places, regions, alarms, providers)
    return Platform(
        settings=settings,
        account_id=account_id,
        public_zone=zone,
        keys=keys,
        topics=topics,
        ledger=next(iter(ledgers.values()), None),
        regions=regions,
        names=names,
        cdn=cdn,
        repositories=repositories,
        secrets=secrets,
        dashboards=dashboards,
    )


def alarm_regions(settings: Settings) -> list[str]:
    """Regions with alarms: the stack's own, and that of the CDN and of health checks, which one region has not."""
    everywhere = len(settings.regions) > 1 or settings.cdn is not None
    return list(dict.fromkeys([*settings.region_order, *([GLOBAL_REGION] if everywhere else [])]))


def _create_keys(
    settings: Settings, providers: dict[str, aws.Provider], account_id: pulumi.Input[str]
) -> dict[str, dict[DataClass, Key]]:
    """Multi-Region keys, one for each class of data: what one region encrypted, another can read.

    A region that has only the health checks' alarms needs the key of their topic only, and that of the CDN's logs.
    """
    home = settings.home_region
    keys: dict[str, dict[DataClass, Key]] = {}
    for region in sorted(alarm_regions(settings), key=lambda name: name != home):
        classes = list(DataClass) if region in {*settings.regions, home} else [DataClass.MESSAGES]
        if settings.cdn is not None and DataClass.LOGS not in classes:
            classes.append(DataClass.LOGS)
        keys[region] = {
            encrypts: Key(
                logical_name(region, f"{encrypts}-key"),
                KeyArgs(
                    encrypts=encrypts,
                    description=f"{encrypts.capitalize()} of stack {pulumi.get_stack()}",
                    account_id=account_id,
                    region=region,
                    replica_of=None if region == home else keys[home][encrypts].arn,
                    protect=settings.protect,
                ),
                opts=_formerly_the_only_key(region, encrypts, providers[region]),
            )
            for encrypts in classes
        }
    return keys


def _formerly_the_only_key(region: str, encrypts: DataClass, provider: aws.Provider) -> pulumi.ResourceOptions:
    """One key encrypted everything once. It stays that of the databases, whose key cannot be changed."""
    aliases = [pulumi.Alias(name=logical_name(region, "key"))] if encrypts == DataClass.DATA else []
    return pulumi.ResourceOptions(providers={"aws": provider}, aliases=aliases)


def _create_replications(
    places: dict[str, Place], regions: dict[str, Region], providers: dict[str, aws.Provider]
) -> None:
    """Copies of the primary region's buckets, where the settings ask for them."""
    primary = next(place for place in places.values() if place.is_primary)
    for key, bucket in primary.settings.buckets.items():
        if bucket.replicate:
            create_bucket_replication(
                key,
                primary,
                {name: region.buckets[key] for name, region in regions.items()},
                {name: place.keys for name, place in places.items()},
                with_provider(providers[primary.region]),
            )


def _arns(keys: dict[DataClass, Key]) -> Keys:
    return Keys(**{encrypts.value: key.arn for encrypts, key in keys.items()})


def _create_topics(
    settings: Settings,
    providers: dict[str, aws.Provider],
    keys: dict[str, dict[DataClass, Key]],
    account_id: pulumi.Input[str],
) -> dict[str, AlarmTopic]:
    return {
        region: AlarmTopic(
            logical_name(region, "alarms"),
            AlarmTopicArgs(
                kms_key_arn=keys[region][DataClass.MESSAGES].arn, account_id=account_id, emails=settings.alarms.emails
            ),
            opts=with_provider(providers[region]),
        )
        for region in alarm_regions(settings)
    }


def _create_public_zone(settings: Settings, providers: dict[str, aws.Provider]) -> PublicZone | None:
    if settings.domain.hosted_zone_id is not None:
        return None
    return PublicZone(
        "public-zone",
        PublicZoneArgs(domain=settings.domain.name, protect=settings.protect),
        # Route 53 belongs to no region. Its resources keep to one provider whichever region is the primary one,
        # because another provider would mean another zone.
        opts=with_provider(providers[GLOBAL_REGION]),
    )


def _create_signals(
    name: str, settings: Settings, region: Region, provider: aws.Provider
) -> Sequence[pulumi.Input[str]]:
    """Health checks of a region's alarms; their provider is Route 53's, like that of all health checks."""
    alarms = {
        key: Signal(alarm=alarm, silence_is_healthy=key != "writer")
        for key, alarm in region.health_alarms(settings.health_signals).items()
    }
    if not alarms or len(settings.regions) == 1:
        return ()
    signals = HealthSignals(
        logical_name(name, "signals"), HealthSignalsArgs(region=name, signals=alarms), opts=with_provider(provider)
    )
    return list(signals.check_ids.values())


def _create_name(
    host: str,
    settings: Settings,
    regions: dict[str, Region],
    signals: Mapping[str, Sequence[pulumi.Input[str]]],
    zone_id: pulumi.Input[str],
    alarms: AlarmTarget | None,
    providers: dict[str, aws.Provider],
) -> FailoverRecord:
    label = host.removesuffix(settings.domain.name).rstrip(".")
    path = health_path(settings, host)
    if path is None:
        raise ValueError(f"host: no service answers health checks for {host}; the settings refuse this")
    return FailoverRecord(
        f"name-{label}" if label else "name",
        FailoverRecordArgs(
            zone_id=zone_id,
            record_name=host,
            endpoints={
                name: Endpoint(
                    dns_name=region.load_balancer.dns_name,
                    zone_id=region.load_balancer.zone_id,
                    role=Role(settings.regions[name].role),
                    health_path=path,
                    signals=signals[name],
                    dual_stack=region.network.ipv6,
                )
                for name, region in regions.items()
            },
            alarms=alarms,
        ),
        opts=with_provider(providers[GLOBAL_REGION]),
    )
