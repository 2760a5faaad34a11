"""Figures that multi-tenant-saas must carry."""

from operator import itemgetter

from tests.examples.evidence import (
    ACL,
    CACHE,
    DEFINITION,
    QUEUE,
    Evidence,
    Row,
    containers,
    every,
    exists,
    holds,
    met,
    named,
    rates,
    variables,
)
from tests.support.stacks import ROOT


def _collectors(evidence: Evidence) -> tuple[int, int]:
    """Services and workers, and those with a collector beside the program."""
    programs = [w for r in evidence.platform.regions for w in r.workloads]
    with_one = [d for d in evidence.of(DEFINITION) if "collector" in map(itemgetter("name"), containers(d))]
    return len(programs), len(with_one)


def _dead_letters(evidence: Evidence) -> list[bool]:
    return [queue.has_dead_letters for region in evidence.platform.regions for queue in region.queues]


ROWS = [
    Row("multi-tenant-saas", figure, check)
    for figure, check in {
        "API on Fargate": exists("aws:ecs/service:Service", 2),
        "API on Lambda behind an HTTP API": exists("aws:apigatewayv2/api:Api", 2),
        "file storage": exists("aws:s3/bucket:Bucket", 2),
        "copied to the other region": exists("aws:s3/bucketReplicationConfig:BucketReplicationConfig"),
        "CDN": exists("aws:cloudfront/distribution:Distribution"),
        "request timeout 30 s": every("aws:apigatewayv2/integration:Integration", "timeoutMilliseconds", 30_000),
        "service timeout 25 s": every("aws:lambda/function:Function", "timeout", 25),
        "both told to the API": variables("api", REQUEST_TIMEOUT_SECONDS="30", SERVICE_TIMEOUT_SECONDS="25"),
        "dead letters for every queue": holds(_dead_letters, lambda found: found and all(found)),
        "retries with exponential backoff": variables(
            "import", RETRY_FIRST_SECONDS="5", RETRY_FACTOR="2", RETRY_MAXIMUM_SECONDS="900"
        ),
        "encrypted queues": holds(lambda e: {bool(q.get("kmsMasterKeyId")) for q in e.of(QUEUE)}, {True}),
        "firewall in each region": holds(lambda e: len(e.of(ACL)), lambda found: found >= 2),
        "rates per tenant": holds(rates, lambda found: found.get("rate-tenants") == 200),
        "token revocation in the cache": holds(
            lambda e: sorted(w.name for w in e.platform.primary.workloads if "cache" in w.connects),
            ["api", "export", "import"],
        ),
        "encrypted environment": holds(
            lambda e: {bool(f.get("kmsKeyArn")) for f in e.of("aws:lambda/function:Function")}, {True}
        ),
        "several servers": holds(
            lambda e: {w.name: w.minimum for w in e.platform.primary.workloads},
            lambda found: min(found.values()) >= 2,
        ),
        "several regions with traffic": holds(lambda e: len(list(e.platform.serving())), 2),
        "Route 53 health checks": exists("aws:route53/healthCheck:HealthCheck", 2),
        "cache replication": exists("aws:elasticache/globalReplicationGroup:GlobalReplicationGroup"),
        "cache nodes replace each other": every(CACHE, "automaticFailoverEnabled", True),
        "metrics and traces of every program": holds(_collectors, lambda found: found[0] == found[1] > 0),
        "observed globally": holds(
            lambda e: len(named(e.graph, "aws:cloudwatch/dashboard:Dashboard", "global")), lambda found: found == 1
        ),
        "PostgreSQL with replicas for analytics": holds(
            lambda e: len(e.platform.primary.database.replicas), lambda found: found >= 2
        ),
        "CI/CD by GitHub Actions": holds(
            lambda _: sorted(file.name for file in (ROOT / ".github" / "workflows").glob("deploy*.yml")),
            ["deploy-stack.yml", "deploy.yml"],
        ),
        "requests per second": met("requests"),
        "concurrent users": met("concurrent users"),
        "messages per second": met("messages"),
        "availability": met("availability"),
        "recovery of a region": met("recovery"),
    }.items()
]
