"""Figures that marketing-hub must carry."""

from typing import Any

from breakwater.analysis.cost.billing import bill
from breakwater.analysis.model import Role
from tests.examples.evidence import DEFINITION, GROUP, Evidence, Row, containers, every, exists, holds, met, variables
from tests.support.stacks import planned

SERVICE = "aws:ecs/service:Service"
COMPONENTS = ("balancer", "api", "web", "database", "cache")


def _strategies(evidence: Evidence) -> set[str]:
    return {s["deploymentConfiguration"]["strategy"] for s in evidence.of(SERVICE)}


def _watched(evidence: Evidence) -> set[tuple[bool, bool]]:
    """Whether alarms and circuit breaker lead back to the version before."""
    return {(s["alarms"]["rollback"], s["deploymentCircuitBreaker"]["rollback"]) for s in evidence.of(SERVICE)}


def _health(evidence: Evidence) -> set[tuple[Any, ...]]:
    return {(g["healthCheck"]["interval"], g["healthCheck"]["healthyThreshold"]) for g in evidence.of(GROUP)}


ROWS = [
    Row("marketing-hub", figure, check)
    for figure, check in {
        "web and API": holds(lambda e: sorted(w.name for w in e.platform.primary.services), ["api", "web"]),
        "blue/green and canary": holds(_strategies, {"BLUE_GREEN", "CANARY"}),
        "3,000 client connections": met("clients"),
        "pooled": exists("aws:rds/proxy:Proxy"),
        "health check every 5 s": holds(_health, {(5, 2)}),
        "healthy within 60 s": every(SERVICE, "healthCheckGracePeriodSeconds", 60),
        "a given version": holds(
            lambda e: {"@sha256:" in c["image"] for d in e.of(DEFINITION) for c in containers(d)}, {True}
        ),
        "dry run": holds(lambda e: {r.urn for r in planned("examples/marketing-hub")} == {r.urn for r in e.graph}),
        "forced": every(SERVICE, "forceNewDeployment", True),
        "cost of each deployment": holds(
            lambda e: {f"{d.region} {d.name}": round(d.maximum.usd, 4) for d in bill(e.graph).deployments},
            lambda found: len(found) == 4 and all(0 < usd < 10 for usd in found.values()),
        ),
        "watched for 30 s and longer": holds(
            lambda e: {float(s["deploymentConfiguration"]["bakeTimeInMinutes"]) * 60 for s in e.of(SERVICE)},
            lambda found: min(found) >= 30,
        ),
        "goes back by itself": holds(_watched, {(True, True)}),
        "goes back in less than 2 min": met("rollback"),
        "breaker: 5 failures, 60 s, 2 successes": variables(
            "api", BREAKER_FAILURES="5", BREAKER_RESET_SECONDS="60", BREAKER_SUCCESSES="2"
        ),
        "sampling by configuration": variables("api", OTEL_TRACES_SAMPLER_ARG="0.1"),
        "health of five components": holds(
            lambda e: [name for name in COMPONENTS if e.alarms(f"us-east-1-{name}")], list(COMPONENTS)
        ),
        "requests per second": met("requests"),
        "disaster recovery": holds(
            lambda e: [r.name for r in e.platform.regions if r.role == Role.STANDBY and r.database], ["eu-west-1"]
        ),
        "time to recover": met("recovery"),
        "data lost with a region": met("data loss"),
        "availability": met("availability"),
    }.items()
]
