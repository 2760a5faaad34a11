"""Configuration documents for property tests: valid ones of many shapes, and ways to break them.

`documents()` gives what `breakwater:platform` may hold; `broken_documents()` such a document with one thing wrong, and
the path at which that must be reported; `mutated_documents()` such a document with anything anywhere.
"""

import copy
from collections.abc import Callable
from functools import cache
from typing import Any

from hypothesis import strategies as st

Document = dict[str, Any]
Path = tuple[str | int, ...]

DIGEST = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
IMAGE = f"111122223333.dkr.ecr.us-east-1.amazonaws.com/breakwater/app@{DIGEST}"
COLLECTOR = f"111122223333.dkr.ecr.us-east-1.amazonaws.com/mirror/aws-otel-collector@{DIGEST}"
SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:app/token-a1b2c3"
DOMAIN = "test.breakwater.example"

_REGIONS = ("us-east-1", "eu-west-1", "us-west-2")
_SIZES = ((256, 512), (512, 2048), (1024, 4096), (4096, 30720))
_WORKLOADS = ("alpha", "bravo", "charlie", "delta", "echo", "foxtrot")
_BUCKETS = ("files", "exports")
_QUEUES = ("orders", "mails")
_HOOK = {
    "function": "arn:aws:lambda:us-east-1:111122223333:function:smoke",
    "stages": ["POST_SCALE_UP", "POST_PRODUCTION_TRAFFIC_SHIFT"],
}
_HEADLESS = {"strategy": "BLUE_GREEN", "bake_minutes": 0, "hooks": [_HOOK]}
_SCHEDULES = ("rate(1 minute)", "rate(10 minutes)", "cron(0 6 * * ? *)", "cron(0/15 8-18 ? * MON-FRI *)")


CALLED = ["ecr.api", "ecr.dkr", "logs", "secretsmanager", "sqs", "sns", "events", "ssmmessages", "xray"]
"""All services that tasks may have to call without a NAT gateway."""


@st.composite
def documents(draw: st.DrawFn, *, regions: int = 3) -> Document:
    """A valid document; `regions` is how many it has at most."""
    names = _REGIONS[: draw(st.integers(1, regions))]
    queues = _QUEUES[: draw(st.integers(0, len(_QUEUES)))]
    stores = draw(st.sets(st.sampled_from(["database", "cache"])))
    production = draw(st.booleans())
    services, workers, jobs = draw(st.tuples(st.integers(1, 2), st.integers(0, 2), st.integers(0, 2)))
    kept = {name: draw(_queue()) for name in queues}
    topics, buses = draw(_topics(queues)), draw(_buses(queues))
    for bus in buses.values():
        bus["rules"]["paid"]["queues"] = {
            name: {"message_group": "paid"} if queue["fifo"] else {} for name, queue in kept.items()
        }
        for queue in kept.values():
            queue["content_based_deduplication"] = queue["fifo"]
    buckets = _BUCKETS[: draw(st.integers(0, len(_BUCKETS)))]
    container = _containers((*queues, *topics, *buses), tuple(sorted(stores)), buckets)
    serving = _serving(production=production)
    document: Document = {
        "class": "production" if production else "development",
        "owner": "platform-team",
        "domain": {"name": DOMAIN},
        "alarms": {"runbooks_url": "https://docs.breakwater.example/runbooks", "emails": ["oncall@breakwater.example"]},
        "log_retention_days": draw(st.sampled_from([1, 30, 3653])),
        "regions": {name: draw(_region(name, index)) for index, name in enumerate(names)},
        "queues": kept,
        "topics": topics,
        "buses": buses,
        "buckets": {name: draw(_bucket(replicate=len(names) > 1)) for name in buckets},
        "services": {
            name: {**draw(container), **draw(serving), "port": draw(st.integers(1024, 14999)),
                   "calls": draw(st.sampled_from([[], list(_WORKLOADS[:index])])),
                   **draw(_web(name, index))}
            for index, name in enumerate(_WORKLOADS[:services])
        },
        "workers": {
            name: {**draw(container), **draw(serving), "calls": draw(st.sampled_from([[], ["alpha"]])),
                   "queue": draw(st.sampled_from(queues)),
                   "deployment": draw(st.sampled_from([{}, {"minimum_healthy_percent": 0}, _HEADLESS])),
                   "seconds_per_message": draw(st.floats(0.1, 5)), "backlog_per_task": draw(st.integers(1, 1000))}
            for name in _WORKLOADS[2 : 2 + workers] if queues
        },
        "jobs": {
            name: {**draw(container), "schedule": draw(st.sampled_from(_SCHEDULES)), **draw(_JOB_OPTIONS)}
            for name in _WORKLOADS[4 : 4 + jobs]
        },
    }  # fmt: skip
    if draw(st.booleans()):
        document["telemetry"] = {"image": COLLECTOR, "sampling_percent": draw(st.floats(0, 100)), "memory": 128}
    document |= draw(_serverless(names, queues, sorted(stores)))
    _name_secrets_and_build(draw, document)
    if "database" in stores:
        document["database"] = draw(_database(names))
        for section in ("services", "workers", "jobs"):
            for workload in document[section].values():
                if "database" in workload["connects"] and draw(st.booleans()):
                    workload["pool"] = draw(_POOLS)
    if "cache" in stores:
        document["cache"] = draw(_cache(production=production))
        for section in ("services", "workers", "jobs"):
            for workload in document[section].values():
                if "cache" in workload["connects"] and draw(st.booleans()):
                    workload["cache_access"] = draw(_cache_access())
    document |= draw(_edge())
    _declare_load(draw, document)
    document |= draw(_observability(document))
    return document


_POOLS = st.fixed_dictionaries(
    {},
    optional={
        "connections": st.integers(1, 1000),
        "idle_seconds": st.integers(1, 1799),
        "connect_timeout_seconds": st.integers(1, 60),
    },
)


def _declare_load(draw: st.DrawFn, document: Document) -> None:
    """Some services and workers declare what they take, and all of those have targets."""
    targets: Document = {}
    for name, service in document["services"].items():
        if draw(st.booleans()):
            service["request"] = draw(_work(service))
            targets["requests_per_second"] = {name: draw(st.floats(0.1, 1e6))}
            targets["spikes"] = {name: {"requests_per_second": 1000, "seconds": draw(st.integers(1, 600))}}
        if draw(st.booleans()):
            held: Document = draw(st.sampled_from([{}, {"connections_per_task": 65_535}]))
            service["users"] = {"seconds_between_requests": draw(st.floats(0.1, 86_400)), **held}
            if "request" in service:
                targets["concurrent_users"] = {name: draw(st.integers(1, 10**7))}
    for worker in document["workers"].values():
        worker["concurrency"] = draw(st.sampled_from([1, 10, 1000]))
        if draw(st.booleans()):
            worker["message"] = draw(_work(worker, most=1000 * worker["seconds_per_message"]))
        wanted: Document = draw(
            st.sampled_from([{}, {"backlog": 10_000, "drain_minutes": 0.5}, {"downtime_hours": 24}])
        )
        rate = {"per_second": draw(st.floats(0.001, 1e5))}
        if all("message" in other for other in document["workers"].values() if other["queue"] == worker["queue"]):
            targets["messages"] = {worker["queue"]: rate | wanted}
    if "database" in document:
        targets["database_clients"] = draw(st.integers(1, 10**5))
    if len(document["regions"]) > 1:
        targets |= {"recovery_minutes": draw(st.floats(0.1, 1e4)), "data_loss_seconds": draw(st.floats(0, 1e6))}
    targets |= {"availability_percent": 99.9, "rollback_seconds": 120, "monthly_usd": draw(st.floats(1, 1e7))}
    if draw(st.booleans()):
        document["targets"] = targets


@st.composite
def _work(draw: st.DrawFn, container: Document, *, most: float = 7_200_000) -> Document:
    """What a request or message of at most so many milliseconds takes."""
    milliseconds = draw(st.floats(0.1, most))
    transactions = {"transactions": draw(st.floats(0.01, 100)), "transaction_milliseconds": milliseconds / 2}
    return {
        "cpu_milliseconds": draw(st.sampled_from([0.001, 1.0])) * milliseconds,
        "milliseconds": milliseconds,
        "kilobytes": draw(st.none() | st.floats(0, 1024)),
        **(transactions if "database" in container["connects"] and draw(st.booleans()) else {}),
    }


_JOB_OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "overlap": st.sampled_from(["skip", "wait"]),
        "maximum_run_seconds": st.sampled_from([60, 3_600, 604_800]),
        "retries": st.sampled_from([0, 185]),
        "retry_window_seconds": st.sampled_from([60, 86_400]),
        "timezone": st.sampled_from(["UTC", "Europe/Dublin"]),
    },
)


@st.composite
def _observability(draw: st.DrawFn, document: Document) -> Document:
    """Alarms on programs' own metrics and dashboards of what there is: all, some or none."""
    found: Document = {}
    if draw(st.booleans()):
        source = {"program": "alpha"} if "telemetry" in document and draw(st.booleans()) else {"namespace": "Shop"}
        common = {"summary": "It fails.", "metric": "failed", "threshold": draw(st.floats(0.1, 1000)), **source}
        found["metric_alarms"] = {
            "rate": {**common, "statistic": "Sum", "per_second": draw(st.booleans()),
                     "period_seconds": draw(st.sampled_from([10, 60, 300]))},
            "late": {**common, "statistic": draw(st.sampled_from(["p99.9", "Maximum"])), "severity": "critical",
                     "comparison": draw(st.sampled_from(["above", "at-least", "below", "at-most"])),
                     "evaluation_periods": 5, "datapoints": draw(st.integers(1, 5)), "dimensions": {"OTelLib": "app"}},
        }  # fmt: skip
    kinds = ["health", "api", "errors"]
    kinds += ["messages"] if document["queues"] else []
    kinds += ["database"] if {"database", "cache"} & set(document) else []
    kinds += ["global"] if len(document["regions"]) > 1 else []
    found["dashboards"] = draw(st.lists(st.sampled_from(kinds), unique=True))
    return found


@st.composite
def _serverless(draw: st.DrawFn, regions: tuple[str, ...], queues: tuple[str, ...], stores: list[str]) -> Document:
    """Functions, an API before one of them, repositories, secrets: all, some or none."""
    code: Document = draw(
        st.sampled_from(
            [
                {"image": IMAGE},
                {
                    "package": {
                        "key": "function.zip",
                        "runtime": "python3.13",
                        "handler": "app.handler",
                        "sources": {region: {"bucket": f"builds-{region}", "version": "v1"} for region in regions},
                    }
                },
            ]
        )
    )
    function: Document = {
        **code,
        "concurrency": draw(st.integers(1, 100)),
        "timeout_seconds": draw(st.integers(1, 29)),
        "connects": draw(st.sampled_from([[], stores])),
        "produces": draw(st.sampled_from([[], list(queues)])),
        "in_network": draw(st.booleans()),
    }
    api: Document = {
        "host": f"lima.{DOMAIN}",
        "routes": {"GET /health/ready": {"function": "lima", "public": True}, "$default": {"function": "lima"}},
        "jwt": {"issuer": "https://id.example.com", "audiences": ["lima"]},
        "burst": draw(st.integers(1, 500)),
    }
    secret: Document = draw(
        st.sampled_from(
            [{}, {"readers": ["arn:aws:iam::123456789012:role/support"]}, {"rotation": {"function": "lima"}}]
        )
    )
    found: Document = {"functions": {"lima": function}, "repositories": {"app": {}}, "secrets": {}, "http_apis": {}}
    if draw(st.booleans()):
        found["http_apis"]["lima"] = api
    found["secrets"]["token"] = {"description": "Token", **secret}
    return found if draw(st.booleans()) else {}


def _name_secrets_and_build(draw: st.DrawFn, document: Document) -> None:
    """Where there is a secret, some name it; where there is a repository, development builds into it."""
    containers = [*document["services"].values(), *document["workers"].values(), *document["jobs"].values()]
    for container in containers:
        if "secrets" in document and draw(st.booleans()):
            container["secrets"] = {"TOKEN": draw(st.sampled_from(["token", "token:key"]))}
    if "secrets" in document and draw(st.booleans()):
        document["functions"]["lima"]["secrets"] = {"TOKEN_ARN": "token"}
    if "repositories" in document and document["class"] == "development" and draw(st.booleans()):
        del containers[-1]["image"]
        containers[-1]["build"] = {"repository": "app", "context": "services/app"}


@cache
def _containers(
    destinations: tuple[str, ...], stores: tuple[str, ...], buckets: tuple[str, ...]
) -> st.SearchStrategy[Document]:
    return st.fixed_dictionaries(
        {
            "image": st.just(IMAGE),
            "connects": st.sampled_from([[], list(stores[:1]), list(stores)]),
            "produces": st.sampled_from([[], list(destinations)]),
            "environment": st.sampled_from([{}, {"LOG_LEVEL": "info"}]),
            "secrets": st.sampled_from(
                [{}, {"TOKEN": SECRET}, {"TOKEN": f"{SECRET}:a", "KEY": f"{SECRET}::AWSCURRENT"}]
            ),
            "reads": st.sampled_from([[], list(buckets)]),
            "writes": st.sampled_from([[], list(buckets[:1])]),
            "user": st.sampled_from(["1000:1000", "app"]),
            "writable_volumes": st.sampled_from([{}, {"work": "/app/work"}]),
            "stop_timeout_seconds": st.integers(60, 120),
        }
    ).flatmap(lambda common: st.sampled_from(_SIZES).map(lambda size: {**common, "cpu": size[0], "memory": size[1]}))


@st.composite
def _routes(draw: st.DrawFn, name: str, priority: int) -> list[Document]:
    """Some with a written priority, some without: the host's own, and paths there."""
    written = draw(st.sampled_from([{}, {"priority": priority}]))
    further = [{"host": f"{name}.{DOMAIN}", "paths": paths} for paths in (["/v1/*", "/v1"], ["/v1/orders/*"])]
    return [{**written, "host": f"{name}.{DOMAIN}"}, *further[: draw(st.integers(0, 2))]]


@cache
def _balancing() -> st.SearchStrategy[Document]:
    return st.sampled_from(
        [
            {},
            {"stickiness_seconds": 3600},
            {"algorithm": "round_robin", "slow_start_seconds": 30},
            {"algorithm": "round_robin", "stickiness_seconds": 60, "slow_start_seconds": 900},
        ]
    )


_HEADERS: tuple[Document, ...] = (
    {},
    {"content_security_policy": None, "frame_options": "SAMEORIGIN", "hsts_include_subdomains": False},
)
_WAFS: tuple[Document, ...] = (
    {"blocked_baseline": 0},
    {"blocked_baseline": 500, "groups": {"common": {"count_rules": ["SizeRestrictions_BODY"]}, "sql": None},
     "rates": {"auth": {"requests_per_second": 10, "paths": ["/login", "/auth/*"]},
               "tenant": {"requests_per_second": 0.5, "tenant_header": "x-tenant", "count": True}},
     "redacted_headers": ["x-api-key"], "log_allowed": True},
)  # fmt: skip


@st.composite
def _edge(draw: st.DrawFn) -> Document:
    """Load balancer, firewall and CDN: each may be left out."""
    balancer = {
        "idle_timeout_seconds": draw(st.integers(1, 4000)),
        "desync_mitigation_mode": draw(st.sampled_from(["defensive", "strictest"])),
        "headers": draw(st.sampled_from([None, *_HEADERS])),
        "logs": draw(st.sampled_from([None, {}, {"retention_days": 1}])),
    }
    cdn = {
        "host": f"www.{DOMAIN}",
        "fallback_path": draw(st.sampled_from([None, "/index.html"])),
        "headers": draw(st.sampled_from(_HEADERS)),
        "access_logs": draw(st.booleans()),
        "waf": draw(st.sampled_from([None, *_WAFS])),
    }
    whole = {"load_balancer": balancer, "waf": draw(st.sampled_from(_WAFS)), "cdn": cdn}
    wanted = draw(st.sets(st.sampled_from(sorted(whole))))
    return {section: whole[section] for section in sorted(wanted)}


@cache
def _serving(*, production: bool) -> st.SearchStrategy[Document]:
    times = {
        "day": {"schedule": "cron(0 7 * * ? *)", "timezone": "Europe/Dublin", "min": 2, "max": 9},
        "night": {"schedule": "cron(0 20 * * ? *)", "timezone": "UTC", "min": 1, "max": 3},
    }
    return st.fixed_dictionaries(
        {
            "tasks": st.integers(1, 5).flatmap(lambda low: st.integers(low, 9).map(lambda m: {"min": low, "max": m})),
            "health_command": st.just(["CMD", "/app/healthcheck"]),
            "spot_weight": st.integers(0, 3),
            "memory_target_percent": st.sampled_from([None, 75]),
            "schedules": st.sampled_from([{}, times]),
            "execute_command": st.just(False) if production else st.booleans(),
        }
    )


@st.composite
def _web(draw: st.DrawFn, name: str, index: int) -> Document:
    """Rules, balancing and deployment of a service: two target groups go with one rule and without sessions."""
    routes, balancing = draw(_routes(name, 10 * (index + 1))), draw(_balancing())
    single = len(routes) == 1 and "stickiness_seconds" not in balancing
    return {"routes": routes, **balancing, **draw(_arrival(index + 1, paired=single))}


@cache
def _arrival(test_priority: int, *, paired: bool) -> st.SearchStrategy[Document]:
    """How new versions of a service come."""
    test = {"priority": test_priority, "source_ranges": ["203.0.113.0/24"]}
    single: list[Document] = [{}, {"minimum_healthy_percent": 50, "alarms": ["orders-lost"]}]
    double: list[Document] = [
        {"prepared": True, "test": test},
        {"strategy": "BLUE_GREEN", "bake_minutes": 4, "test": {"priority": test_priority}},
        {"strategy": "CANARY", "step_percent": 2.5, "hooks": [_HOOK]},
        {"strategy": "LINEAR", "step_bake_minutes": 5, "test": test},
    ]
    return st.fixed_dictionaries(
        {
            "deployment": st.sampled_from([*single, *double] if paired else single),
            "deregistration_seconds": st.sampled_from([30, 60]),
            "response_time_alarm_seconds": st.sampled_from([0.1, 1]),
            "error_alarm_percent": st.sampled_from([0.1, 100]),
            "health": st.sampled_from([{}, {"interval_seconds": 5, "timeout_seconds": 2, "grace_seconds": 10}]),
        }
    )


@st.composite
def _region(draw: st.DrawFn, name: str, index: int) -> Document:
    zones = {f"{name}{letter}": slot for slot, letter in enumerate("abc"[: draw(st.integers(2, 3))])}
    nat = draw(st.sampled_from(["none", "single", "per-zone", "regional"]))
    return {
        "role": "standby" if index else "primary",
        "cidr": f"10.{index}.0.0/{draw(st.integers(16, 21))}",
        "zones": zones,
        "nat": nat,
        "interface_endpoints": draw(st.sampled_from([[], ["logs"], ["ecr.api", "ecr.dkr"]]))
        if nat != "none"
        else CALLED,
        "ipv6": draw(st.booleans()),
        "peers": draw(st.sampled_from([[], ["us-east-1"]])) if index else [],
    }


@st.composite
def _bucket(draw: st.DrawFn, *, replicate: bool) -> Document:
    return {
        "replicate": draw(st.booleans()) if replicate else False,
        "expiration_days": draw(st.sampled_from([None, 400])),
        "infrequent_access_days": draw(st.sampled_from([None, 30])),
    }


@st.composite
def _queue(draw: st.DrawFn) -> Document:
    return {
        "fifo": (fifo := draw(st.booleans())),
        "high_throughput": fifo and draw(st.booleans()),
        "visibility_timeout_seconds": draw(st.integers(30, 600)),
        "retention_seconds": draw(st.integers(3600, 345600)),
        "depth_alarm_messages": draw(st.sampled_from([None, 1, 1000])),
    }


_PROXIES: tuple[Document | None, ...] = (
    None,
    {},
    {"max_connections_percent": 80, "query_latency_alarm_milliseconds": 100},
)
_DISKS: tuple[Document, ...] = (
    {}, {"initial_gib": 400, "maximum_gib": 500},
    {"initial_gib": 400, "maximum_gib": 500, "iops": 16_000, "throughput_mibps": 4_000},
)  # fmt: skip
_WINDOWS: tuple[Document, ...] = (
    {},
    {"maintenance_window": "wed:04:30-wed:05:30", "replica_maintenance_window": "mon:22:00-mon:23:00"},
)
_UPGRADES: tuple[Document, ...] = (
    {},
    {"apply_immediately": True},
    {"apply_immediately": True, "allow_major_version_upgrade": True},
)


@st.composite
def _topics(draw: st.DrawFn, queues: tuple[str, ...]) -> Document:
    """A FIFO topic may send to queues of both kinds."""
    if not queues or draw(st.booleans()):
        return {}
    wanted = st.sampled_from([{}, {"raw": True}, {"filter": {"kind": ["paid", {"prefix": "re"}]}}])
    return {"news": {"fifo": True, "subscriptions": {name: draw(wanted) for name in queues}}}


@st.composite
def _buses(draw: st.DrawFn, queues: tuple[str, ...]) -> Document:
    """Without the queues of its rule: what a FIFO one needs depends on how it was drawn."""
    if not queues or draw(st.booleans()):
        return {}
    pattern = draw(st.sampled_from([{"source": ["shop"]}, {"detail": {"total": [{"numeric": [">", 100]}]}}]))
    return {"shop": {"archive_days": draw(st.sampled_from([None, 1, 365])), "rules": {"paid": {"pattern": pattern}}}}


@st.composite
def _cache_access(draw: st.DrawFn) -> Document:
    return {
        "commands": draw(st.sampled_from(["read-only", "read-write"])),
        "key_prefixes": draw(st.sampled_from([[], ["session:"], ["a:", "b/"]])),
        "channels": draw(st.booleans()),
    }


@st.composite
def _database(draw: st.DrawFn, regions: tuple[str, ...]) -> Document:
    database = {
        "instance_class": draw(st.sampled_from(["db.t4g.medium", "db.r7g.large"])),
        "engine_version": draw(st.sampled_from(["16", "17"])),
        "storage": draw(st.sampled_from(_DISKS)),
        "multi_az": True,
        "replicas": draw(st.sampled_from([[], [f"{regions[0]}a"], [f"{regions[0]}a", f"{regions[0]}b"]])),
        "remote_replicas": {region: draw(st.sampled_from(({}, {"multi_az": True}, {"backup_retention_days": 0})))
                            for region in regions[1:]},
        "backup_copies": draw(st.sampled_from([{}, {region: {"retention_days": 14} for region in regions[1:]}])),
        "proxy": draw(st.sampled_from(_PROXIES)),
        "parameters": draw(st.sampled_from([{}, {"work_mem": "65536", "max_connections": "300"}])),
        "insights": draw(st.sampled_from(["standard", "advanced"])),
        "master_password_version": draw(st.integers(1, 2)),
        "backup_retention_days": draw(st.integers(7, 35)),
        **draw(st.sampled_from(_WINDOWS)),
        **draw(st.sampled_from(_UPGRADES)),
    }  # fmt: skip
    if not database["replicas"] and not database["remote_replicas"] and draw(st.booleans()):
        # What RDS allows without replicas only.
        if database["proxy"] is None and not database.get("allow_major_version_upgrade"):
            database["blue_green_updates"] = True
        else:
            database |= {"managed_master_password": True, "master_password_version": 1}
    return database


@st.composite
def _cache(draw: st.DrawFn, *, production: bool) -> Document:
    common: Document = {
        "engine_version": draw(st.sampled_from(["7.2", "8.0", "9.1"])),
        "snapshot_retention_days": 1 if production else draw(st.integers(0, 1)),
    }
    if draw(st.integers(0, 3)) == 0:
        limits = {"storage_gb": draw(st.integers(1, 5000)), "ecpu_per_second": draw(st.integers(1000, 15_000_000))}
        return {**common, "serverless": limits}
    global_datastore = draw(st.booleans())
    return {
        **common,
        "node_type": "cache.r7g.large"
        if global_datastore
        else draw(st.sampled_from(["cache.t4g.micro", "cache.r7g.large"])),
        "replicas": draw(st.integers(0, 2)),
        "shards": draw(st.sampled_from([None, 1, 2])),
        "global_datastore": global_datastore,
    }


def _set(*path: str | int, value: Any) -> Callable[[Document], Path]:
    def change(document: Document) -> Path:
        *parents, last = path
        target: Any = document
        for part in parents:
            target = target[part]
        target[last] = value
        return path

    return change


def _remove(*path: str) -> Callable[[Document], Path]:
    def change(document: Document) -> Path:
        *parents, last = path
        target: Any = document
        for part in parents:
            target = target[part]
        del target[last]
        return path

    return change


_SERVICE = ("services", "alpha")
_REGION = ("regions", "us-east-1")

BREAKS: dict[str, Callable[[Document], Path]] = {
    "unknown key": _set("sevices", value={}),
    "unknown key below": _set(*_SERVICE, "memroy", value=1),
    "wrong type": _set(*_SERVICE, "cpu", value="256"),
    "text for a mapping": _set("regions", value="us-east-1"),
    "null for a mapping": _set("services", value=None),
    "missing": _remove("owner"),
    "missing below": _remove(*_SERVICE, "port"),
    "wrong word": _set("class", value="prod"),
    "Fargate size": _set(*_SERVICE, "cpu", value=300),
    "image without digest": _set(*_SERVICE, "image", value="breakwater/app:latest"),
    "unknown region": _set("regions", "us-east-9", value={"role": "standby", "cidr": "10.9.0.0/16",
                                                         "zones": {"us-east-9a": 0, "us-east-9b": 1}}),
    "public range": _set(*_REGION, "cidr", value="54.0.0.0/16"),
    "small range": _set(*_REGION, "cidr", value="10.0.0.0/24"),
    "foreign zone": _set(*_REGION, "zones", "eu-west-1a", value=7),
    "slot twice": _set(*_REGION, "zones", "us-east-1f", value=0),
    "no such bucket": _set(*_SERVICE, "reads", value=["parcels"]),
    "root": _set(*_SERVICE, "user", value="root"),
    "nobody to call": _set(*_SERVICE, "calls", value=["zulu"]),
    "collector by tag": _set("telemetry", value={"image": "collector:latest", "memory": 128}),
    "no such queue": _set(*_SERVICE, "produces", value=["parcels"]),
    "no such queue of a topic": _set("topics", "gossip", value={"subscriptions": {"parcels": {}}}),
    "no field of an event": _set("buses", "mill", value={"rules": {"r": {"pattern": {"flour": ["x"]},
                                                                      "queues": {"parcels": {}}}}}),
    "access without a cache": _set(*_SERVICE, "cache_access", value={"commands": "everything"}),
    "tasks upside down": _set(*_SERVICE, "tasks", value={"min": 5, "max": 2}),
    "no such workload": _set(*_REGION, "tasks", value={"zulu": {"min": 1, "max": 2}}),
    "bad schedule": _set("jobs", "golf", value={"image": IMAGE, "cpu": 256, "memory": 512, "schedule": "hourly"}),
    "slow start of the wrong algorithm": _set(*_SERVICE, "slow_start_seconds", value=29),
    "rate that WAF has not": _set("waf", value={"blocked_baseline": 1, "rates": {"x": {"requests_per_second": 1e-9}}}),
    "transactions of unknown length": _set(
        *_SERVICE, "request",
        value={"cpu_milliseconds": 1, "milliseconds": 9, "kilobytes": 1, "transactions": 1},
    ),
    "target of nobody": _set("targets", value={"requests_per_second": {"zulu": 1}}),
    "CDN on a service's host": _set("cdn", value={"host": f"alpha.{DOMAIN}"}),
    "no such version": _set("database", value={"instance_class": "db.r7g.large", "engine_version": "9"}),
    "bad address": _set("alarms", "emails", value=["oncall"]),
    "alarm on nobody's metric": _set("metric_alarms", value={"rate": {
        "summary": "It fails.", "program": "zulu", "metric": "failed", "statistic": "Sum", "threshold": 1}}),
    "dashboard of another kind": _set("dashboards", value=["cost"]),
    "not JSON's text": _set("owner", value="\ud800"),
}  # fmt: skip


@st.composite
def broken_documents(draw: st.DrawFn) -> tuple[Document, Path]:
    """A document with one thing wrong, and the path that the problem must be told at, or below."""
    document = copy.deepcopy(draw(documents()))
    path = BREAKS[draw(st.sampled_from(sorted(BREAKS)))](document)
    return document, path


def anything() -> st.SearchStrategy[Any]:
    """Any JSON value at all, in place of a document."""
    return st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=10,
    )


@st.composite
def mutated_documents(draw: st.DrawFn) -> Document:
    """A document in which anything may stand anywhere: valid or not, nobody knows."""
    document = copy.deepcopy(draw(documents()))
    for _ in range(draw(st.integers(1, 3))):
        target: Any = document
        while True:
            keys = list(target) if isinstance(target, dict) else list(range(len(target)))
            key = draw(st.sampled_from(keys)) if keys else None
            child = target[key] if keys else None
            if not isinstance(child, dict | list) or not child or draw(st.integers(0, 3)) == 0:
                break
            target = child
        if key is not None:
            target[key] = draw(anything() | st.sampled_from(["", "x", 0, -1, 10**9, "10.0.0.0/8", "rate(1 minutes)"]))
    return document
