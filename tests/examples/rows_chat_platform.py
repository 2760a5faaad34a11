"""Figures that chat-platform must carry."""

import json
from typing import Any

from tests.examples.evidence import (
    GROUP,
    Evidence,
    Row,
    every,
    exists,
    headers,
    holds,
    met,
    rates,
    redirects,
    tls,
    variables,
)

SERVER_CONNECTIONS, CLIENTS = 30, 1_000


def _server_connections(evidence: Evidence) -> int:
    """Connections that the proxy may open to the database."""
    from components._instance_classes import database_class
    from components._thresholds import max_connections

    database = evidence.platform.primary.database  # type: ignore[union-attr]
    most = max_connections(database_class("class", database.main.instance_class).memory_gib)  # type: ignore[union-attr, arg-type]
    return int(most * database.proxy.max_connections_percent / 100)  # type: ignore[union-attr]


def _health(evidence: Evidence) -> set[tuple[Any, Any]]:
    return {(g["healthCheck"]["interval"], g["healthCheck"]["unhealthyThreshold"]) for g in evidence.of(GROUP)}


def _states(evidence: Evidence, state: str, key: str) -> set[Any]:
    """A field of one state in all the jobs' machines."""
    machines = [json.loads(m["definition"]) for m in evidence.of("aws:sfn/stateMachine:StateMachine")]
    return {machine["States"][state].get(key) for machine in machines}


def _lock(evidence: Evidence) -> set[tuple[Any, ...]]:
    """The condition under which a run gets the lock, and what a lock that is held leads to."""
    machines = [json.loads(m["definition"])["States"] for m in evidence.of("aws:sfn/stateMachine:StateMachine")]
    return {
        (
            states["TakeLock"]["Parameters"]["ConditionExpression"],
            *((c["StringEquals"], c["Next"]) for c in states["HolderRuns"]["Choices"]),
            states["HolderRuns"]["Default"],
            states["Leftover"]["Next"],
        )
        for states in machines
    }


_FREE = (
    "(attribute_not_exists(lock_owner) OR lock_owner = :me) AND "
    "(attribute_not_exists(completed_until) OR completed_until < :scheduled)"
)
_LOCK = (_FREE, ("RUNNING", "Skipped"), "Leftover", "BreakLock")


ROWS = [
    Row("chat-platform", figure, check)
    for figure, check in {
        "3 to 4 API servers": holds(lambda e: e.workload("api").minimum, lambda found: 3 <= found <= 4),
        "least connections": every(GROUP, "loadBalancingAlgorithmType", "least_outstanding_requests"),
        "WebSockets stay open between pings": every("aws:lb/loadBalancer:LoadBalancer", "idleTimeout", 120),
        "HTTP redirected to HTTPS": holds(redirects),
        "TLS 1.2 or newer": holds(tls, {"ELBSecurityPolicy-TLS13-1-2-2021-06"}),
        "HSTS, CSP, frame and sniff headers": holds(
            headers,
            lambda found: (
                len(found) == 1
                and all(
                    hsts.startswith("max-age=31536000")
                    and "default-src" in csp
                    and frame == "DENY"
                    and sniff == "nosniff"
                    for hsts, csp, frame, sniff in found
                )
            ),
        ),
        "1,500 to 3,000 requests/s": met("requests"),
        "2,000 to 5,000 concurrent users": met("concurrent users"),
        "99.9 % availability": met("availability"),
        "checked every 10 s, out after 5 failures": holds(_health, {(10, 5)}),
        "rates: auth 10/s, webhook 50/s, API 100/s": holds(
            rates, {"rate-auth": 10, "rate-webhook": 50, "rate-api": 100}
        ),
        "pooler: 30 server connections": holds(
            _server_connections, lambda found: SERVER_CONNECTIONS <= found < 2 * SERVER_CONNECTIONS
        ),
        "pooler: 1,000 clients": met("clients"),
        "pooler: 300 concurrent users": holds(
            lambda e: [f.value for f in e.judged("concurrent users")], lambda found: found and min(found) >= 300
        ),
        "pooler: connections reused > 90 %": holds(
            lambda e: 1 - _server_connections(e) / CLIENTS, lambda found: found > 0.9
        ),
        "pool of each task": variables("api", DATABASE_POOL_SIZE="60"),
        "read replicas": holds(lambda e: len(e.platform.primary.database.replicas), lambda found: found >= 2),
        "replica lag alarm at 100 ms": holds(
            lambda e: {a["threshold"] for a in e.alarms("replica-lag")}, lambda found: found == {0.1}
        ),
        "jobs that never run twice": holds(
            lambda e: (len(e.of("aws:dynamodb/table:Table")), {j.name for j in e.platform.primary.jobs}),
            (1, {"digest", "reminders"}),
        ),
        "job lock asked for within 30 s": holds(lambda e: _states(e, "TakeLock", "TimeoutSeconds"), {30}),
        "job lock only for one, and broken only where its holder is dead": holds(_lock, {_LOCK}),
        "central logs": exists("aws:cloudwatch/logGroup:LogGroup", 4),
        "APM": variables("api", OTEL_TRACES_SAMPLER_ARG="0.05"),
    }.items()
]
