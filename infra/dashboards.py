"""From the settings to dashboards, made when everything is there that they show.

Imported only where a stack has dashboards.
"""

import re
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from components._alarm_definitions import AlarmRegister
from components._dashboard_body import Section, is_empty
from components._dashboard_contents import Holdings
from components._dashboard_stores import GLOBAL, REGIONAL, side_by_side
from components.alarms import AlarmTarget
from components.cache import Cache
from components.dashboard import Dashboard, DashboardArgs
from components.serverless_cache import ServerlessCache
from infra.environment import logical_name
from infra.metric_alarms import metric_alarms
from infra.place import Place
from infra.providers import GLOBAL_REGION, with_provider
from infra.region import Region


def create_dashboards(
    places: Mapping[str, Place],
    regions: Mapping[str, Region],
    alarms: Mapping[str, AlarmTarget],
    providers: Mapping[str, aws.Provider],
) -> dict[str, dict[str, Dashboard]]:
    """Region, or `global` -> kind -> dashboard. A region without what a kind shows has none of it."""
    settings = next(iter(places.values())).settings
    held = {name: _holdings(places[name], regions[name]) for name in regions}
    made: dict[str, dict[str, Dashboard]] = {}
    for name, holdings in held.items():
        shown = {kind: (title, contents(holdings)) for kind, (title, contents) in REGIONAL.items()}
        made[name] = {
            kind: _dashboard(name, kind, f"{title}, {name}", sections, name, with_provider(providers[name]))
            for kind, (title, sections) in shown.items()
            if kind in settings.dashboards and not is_empty(sections)
        }
    if GLOBAL in settings.dashboards:
        # Where health checks have their alarms, whether or not the stack has anything else there.
        elsewhere = {
            name: Holdings(region=name, alarms=_register(target)) for name, target in alarms.items() if name not in held
        }
        sections = side_by_side([*held.values(), *elsewhere.values()])
        opts = with_provider(providers[GLOBAL_REGION])
        made[GLOBAL] = {
            GLOBAL: _dashboard(GLOBAL, "", "All regions side by side", sections, settings.primary_region, opts)
        }
    return made


def _dashboard(
    scope: str, kind: str, title: str, sections: list[Section], region: str, opts: pulumi.ResourceOptions
) -> Dashboard:
    """Named after the stack and its region: dashboards belong to none, so the account has each name once."""
    name = "-".join(filter(None, (pulumi.get_project(), pulumi.get_stack(), scope, kind)))
    role = f"{kind}-dashboard" if kind else "dashboard"
    args = DashboardArgs(
        dashboard_name=re.sub(r"[^A-Za-z0-9_-]", "-", name),
        title=f"{title}: {pulumi.get_stack()}",
        region=region,
        sections=sections,
    )
    return Dashboard(logical_name(scope, role), args, opts=opts)


def _register(target: AlarmTarget) -> AlarmRegister:
    return target.register or AlarmRegister()


def _holdings(at: Place, region: Region) -> Holdings:
    return Holdings(
        region=at.region,
        alarms=_register(at.alarms),
        metric_alarms=metric_alarms(at),
        cluster=region.cluster.name,
        load_balancer=region.load_balancer.arn_suffix,
        web_acl=region.web_acl.acl_name if region.web_acl else None,
        services={
            **{key: service.service_name for key, service in region.services.items()},
            **{key: worker.service_name for key, worker in region.workers.items()},
        },
        target_groups=_target_groups(region),
        functions={key: function.function_name for key, function in region.functions.items()},
        http_apis={key: api.api_id for key, api in region.http_apis.items()},
        machines={key: job.machine_arn for key, job in region.jobs.items()},
        **_messaging(region),
        **_database(region),
        **_cache(region.cache),
    )


def _target_groups(region: Region) -> dict[str, pulumi.Input[str]]:
    """A service that is not deployed by ROLLING has two, of which either has the requests."""
    return {
        f"{key} {letter}" if len(service.target_group_arn_suffixes) > 1 else key: suffix
        for key, service in region.services.items()
        for letter, suffix in zip("ab", service.target_group_arn_suffixes, strict=False)
    }


def _messaging(region: Region) -> dict[str, Any]:
    carried = region.messaging
    return {
        "queues": {key: queue.queue_name for key, queue in carried.queues.items()},
        "dead_letters": {
            **{key: queue.dead_letter_name for key, queue in carried.queues.items()},
            **{f"{topic} to {queue}": made.dead_letter_name for (topic, queue), made in carried.subscriptions.items()},
            **{key: bus.dead_letter_name for key, bus in carried.buses.items()},
            **{
                f"{bus} {rule} to {queue}": made.dead_letter_name
                for (bus, rule, queue), made in carried.deliveries.items()
            },
        },
        "topics": {key: topic.topic_name for key, topic in carried.topics.items()},
        "rules": {
            f"{key} {rule}": {"EventBusName": bus.bus_name, "RuleName": created.name}
            for key, bus in carried.buses.items()
            for rule, created in bus.rules.items()
        },
    }


def _database(region: Region) -> dict[str, Any]:
    if region.database is not None:
        replicas = {f"replica {key}": name for key, name in region.database.replica_identifiers.items()}
        databases = {"writer": region.database.writer_identifier, **replicas}
        return {"databases": databases, "replicas": replicas, "proxy": region.database.proxy_name}
    if region.replica is not None:
        replicas = {"replica": region.replica.identifier}
        return {"databases": replicas, "replicas": replicas}
    return {}


def _cache(cache: Cache | ServerlessCache | None) -> dict[str, Any]:
    if isinstance(cache, ServerlessCache):
        return {"serverless_cache": cache.cache_name}
    return {"cache_nodes": cache.node_ids} if cache is not None else {}
