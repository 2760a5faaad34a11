"""Figures that webhook-runner must carry."""

from tests.examples.evidence import (
    ACL,
    CACHE,
    INSTANCE,
    LOG_GROUP,
    Row,
    every,
    exists,
    holds,
    met,
    rates,
    variables,
)

ROWS = [
    Row("webhook-runner", figure, check)
    for figure, check in {
        "API on port 5555": holds(
            lambda e: {b["containerPort"] for s in e.of("aws:ecs/service:Service") for b in s.get("loadBalancers", ())},
            {5555},
        ),
        "rate limits before it": holds(rates, lambda found: len(found) == 2),
        "firewall": exists(ACL),
        "cache that keeps its data": holds(
            lambda e: [(c["numCacheClusters"], c["snapshotRetentionLimit"]) for c in e.of(CACHE)], [(2, 7)]
        ),
        "PostgreSQL": every(INSTANCE, "engine", "postgres"),
        "breakers: 3 s, 50 %, 30 s, 10 calls": variables(
            "api",
            BREAKER_TIMEOUT_SECONDS="3",
            BREAKER_ERROR_PERCENT="50",
            BREAKER_RESET_SECONDS="30",
            BREAKER_MINIMUM_CALLS="10",
        ),
        "pool: 20 connections, 30 s idle, 2 s to connect": variables(
            "api", DATABASE_POOL_SIZE="20", DATABASE_POOL_IDLE_SECONDS="30", DATABASE_POOL_CONNECT_SECONDS="2"
        ),
        "queries cached for 5 min": variables("api", QUERY_CACHE_SECONDS="300"),
        "logs in JSON": variables("api", LOG_FORMAT="json"),
        "logs kept 14 days": every(LOG_GROUP, "retentionInDays", 14),
        "health and statistics endpoints": variables("api", HEALTH_PATH="/health", STATISTICS_PATH="/stats"),
        "several services": holds(lambda e: len(e.platform.primary.workloads), lambda found: found >= 2),
        "event streaming": exists("aws:cloudwatch/eventBus:EventBus"),
        "autoscaling": holds(
            lambda e: {w.name: (w.minimum, w.maximum) for w in e.platform.primary.workloads},
            lambda found: found and all(fewest < most for fewest, most in found.values()),
        ),
        "goes back by itself and in time": met("rollback"),
        "requests per second": met("requests"),
        "availability": met("availability"),
    }.items()
]
