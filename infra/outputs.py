"""The outputs of a stack; docs/outputs.md says what each means, and a test holds the two together."""

from typing import Any

from components.cache import Cache
from infra.region import Region
from infra.settings import Settings
from infra.settings.models import Model
from infra.stack import Platform


def stack_outputs(platform: Platform) -> dict[str, Any]:
    """All outputs by name."""
    settings = platform.settings
    return {
        "account_id": platform.account_id,
        "domain": settings.domain.name,
        "name_servers": platform.public_zone.name_servers if platform.public_zone else [],
        "primary_region": settings.primary_region,
        "job_ledger": platform.ledger.table_name if platform.ledger else None,
        "urls": {host: f"https://{host}" for host in platform.names},
        "cdn": _cdn(platform),
        "global_dashboard": next((d.dashboard_name for d in platform.dashboards.get("global", {}).values()), None),
        "regions": {
            name: {
                "role": settings.regions[name].role,
                "key_arns": {str(encrypts): key.arn for encrypts, key in platform.keys[name].items()},
                "alarm_topic_arn": platform.topics[name].topic_arn,
                "urls": {host: f"https://{record.regional_names[name]}" for host, record in platform.names.items()},
                "repositories": {
                    key: repository.repository_url for key, repository in platform.repositories[name].items()
                },
                "secrets": {key: secret.arns[name] for key, secret in platform.secrets.items()},
                "dashboards": {
                    kind: dashboard.dashboard_name for kind, dashboard in platform.dashboards.get(name, {}).items()
                },
                **_region_outputs(region),
            }
            for name, region in platform.regions.items()
        },
        "targets": _declared(settings.targets) or None,
        "load": _load(settings),
    }


def _load(settings: Settings) -> dict[str, Any]:
    """What the settings declare of requests, users and messages, for whoever judges the stack by its outputs."""
    services = {
        name: {field: _declared(model) for field in ("request", "users") if (model := getattr(service, field))}
        for name, service in settings.services.items()
    }
    return {
        "services": {name: declared for name, declared in services.items() if declared},
        "workers": {
            name: {
                "concurrency": worker.concurrency,
                **({"message": _declared(worker.message)} if worker.message else {}),
            }
            for name, worker in settings.workers.items()
        },
    }


def _declared(model: Model) -> dict[str, Any]:
    """A model's fields without those that are not set."""
    return {name: value for name, value in model.model_dump(exclude_none=True).items() if value != {}}


def _cdn(platform: Platform) -> dict[str, Any] | None:
    if platform.cdn is None or platform.settings.cdn is None:
        return None
    return {
        "url": f"https://{platform.settings.cdn.host}",
        "bucket": platform.cdn.bucket_name,
        "distribution_id": platform.cdn.distribution_id,
    }


def _region_outputs(region: Region) -> dict[str, Any]:
    return {
        "vpc_id": region.network.vpc_id,
        "ipv6_cidr": region.network.ipv6_cidr,
        "nat_public_ips": region.network.nat_public_ips,
        "load_balancer": {
            "arn": region.load_balancer.arn,
            "dns_name": region.load_balancer.dns_name,
            "log_bucket": region.log_bucket.bucket_name if region.log_bucket else None,
            "web_acl": region.web_acl.acl_name if region.web_acl else None,
        },
        "cluster": region.cluster.name,
        "services": {
            name: {
                "service_name": service.service_name,
                "target_group_arn": service.target_group_arn,
                "alternate_target_group_arn": service.alternate_target_group_arn,
                "log_group": service.log_group_name,
            }
            for name, service in region.services.items()
        },
        "workers": {
            name: {"service_name": worker.service_name, "log_group": worker.log_group_name}
            for name, worker in region.workers.items()
        },
        "jobs": {
            name: {
                "schedule_arn": job.schedule_arn,
                "machine_arn": job.machine_arn,
                "log_group": job.log_group_name,
                "dead_letter_url": job.dead_letter_url,
            }
            for name, job in region.jobs.items()
        },
        "queues": {
            name: {
                "url": queue.url,
                "arn": queue.arn,
                "dead_letter_url": queue.dead_letter_url,
                "dead_letter_arn": queue.dead_letter_arn,
            }
            for name, queue in region.messaging.queues.items()
        },
        "topics": {
            name: {
                "arn": topic.arn,
                "dead_letter_urls": {
                    queue: subscription.dead_letter_url
                    for (of, queue), subscription in region.messaging.subscriptions.items()
                    if of == name
                },
            }
            for name, topic in region.messaging.topics.items()
        },
        "buses": {
            name: {
                "name": bus.bus_name,
                "arn": bus.arn,
                "archive_arn": bus.archive_arn,
                "dead_letter_url": bus.dead_letter_url,
                "rules": {
                    rule: {
                        "dead_letter_urls": {
                            queue: delivery.dead_letter_url
                            for (within, of, queue), delivery in region.messaging.deliveries.items()
                            if (within, of) == (name, rule)
                        }
                    }
                    for rule in bus.rules
                },
            }
            for name, bus in region.messaging.buses.items()
        },
        "buckets": {name: {"name": bucket.bucket_name, "arn": bucket.arn} for name, bucket in region.buckets.items()},
        "functions": {
            name: {
                "function_name": function.function_name,
                "log_group": function.log_group_name,
                "dead_letter_url": function.dead_letter_url,
            }
            for name, function in region.functions.items()
        },
        "http_apis": {
            name: {"api_id": api.api_id, "log_group": api.log_group_name} for name, api in region.http_apis.items()
        },
        "database": _database(region),
        "database_backup_copy_arn": region.backup_copy.arn if region.backup_copy else None,
        "cache": _cache(region),
    }


def _database(region: Region) -> dict[str, Any] | None:
    """The same names for the writer and for a standby's replica, which has neither proxy nor master credential."""
    if region.database is not None:
        return {
            "identifier": region.database.writer_identifier,
            "host": region.database.write_endpoint,
            "reader_host": region.database.reader_endpoint,
            "master_secret_arn": region.database.master_secret_arn,
        }
    if region.replica is not None:
        return {
            "identifier": region.replica.identifier,
            "host": region.replica.address,
            "reader_host": region.replica.reader_endpoint,
            "master_secret_arn": None,
        }
    return None


def _cache(region: Region) -> dict[str, Any] | None:
    if region.cache is None:
        return None
    return {
        "replication_group_id": region.cache.replication_group_id
        if isinstance(region.cache, Cache)
        else region.cache.cache_name,
        "host": region.cache.primary_endpoint,
        "reader_host": region.cache.reader_endpoint,
    }
