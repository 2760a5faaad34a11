"""Figures that message-scheduler must carry."""

from breakwater.analysis.resilience import assess
from breakwater.analysis.resilience.model import Kind
from tests.examples.evidence import DEFINITION, Evidence, Row, containers, exists, holds, kept, met, named, variables


def _schedules(evidence: Evidence) -> dict[str, str]:
    return {job.name: job.schedule for job in evidence.platform.primary.jobs}  # type: ignore[union-attr]


def _containers(evidence: Evidence) -> list[tuple[str, bool]]:
    """User and health check of the programs that run all the time."""
    region = evidence.platform.regions[0]
    programs = {f"{region.name}-{w.name}" for w in region.workloads}
    found = []
    for definition in evidence.graph.of(DEFINITION):
        if definition.name in programs:
            own = next(c for c in containers(definition.inputs) if c["name"] == definition.name)
            found.append((str(own["user"]), bool(own["healthCheck"])))
    return found


def _threshold(part: str):  # type: ignore[no-untyped-def]
    return lambda evidence: [alarm.get("threshold") for alarm in evidence.alarms(part)]


ROWS = [
    Row("message-scheduler", figure, check)
    for figure, check in {
        "jobs: daily, every minute, every 10 minutes": holds(
            _schedules,
            {"daily": "cron(0 6 * * ? *)", "dispatch": "rate(1 minute)", "recovery": "rate(10 minutes)"},
        ),
        "durable queue without duplicates": holds(
            lambda e: [(q.fifo, q.has_dead_letters) for q in e.platform.primary.queues], [(True, True)]
        ),
        "jobs cover what they missed, once": exists("aws:dynamodb/table:Table"),
        "> 100 messages/s": met("messages"),
        "nothing lost in 24 h of downtime": kept("age of the oldest"),
        "backlog worked off": kept("time until the backlog"),
        "10,000 messages a day": holds(
            lambda e: e.platform.targets.messages["messages"].per_second * 86_400, lambda found: found >= 10_000
        ),
        "500 requests/s sustained": met("requests"),
        "spike to 1,000 requests/s in 10 s": met("spike"),
        "API answers in less than 1 s": holds(
            lambda e: [f.value for f in e.figures if f.part == "api" and f.name == "mean time to answer"],
            lambda found: len(found) == 1 and found[0] < 1000,
        ),
        "alarm: API p99 above 1 s": holds(_threshold("response-time"), [1]),
        "alarm: database above 100 ms": holds(_threshold("query-latency"), [100_000]),
        "3 replicas": holds(lambda e: {w.name: w.minimum for w in e.platform.primary.workloads}, {"api": 3, "send": 3}),
        "not root, with a health check": holds(
            _containers,
            lambda found: len(found) == 2 and all(u.split(":")[0] not in ("0", "root") and h for u, h in found),
        ),
        "alarm: queue depth above 1000": holds(_threshold("depth"), lambda found: 1000 in found),
        "alarm: failures above 0.1/s": holds(_threshold("failure-rate"), [0.1]),
        "alarm: breaker open": holds(_threshold("breaker-open"), [0]),
        "alarm: connection pool exhausted": holds(_threshold("pool-exhausted"), [0]),
        "five dashboards": holds(
            lambda e: [
                len(named(e.graph, "aws:cloudwatch/dashboard:Dashboard", k))
                for k in ("health", "messages", "api", "database", "errors")
            ],
            [1, 1, 1, 1, 1],
        ),
        "queue overflow survived": holds(
            lambda e: [(q.has_dead_letters, q.retention_seconds >= 86_400) for q in e.platform.primary.queues],
            [(True, True)],
        ),
        "loss of the writer survived": holds(
            lambda e: [s.recovery.seconds for s in assess(e.platform).scenarios if s.kind == Kind.WRITER],
            lambda found: len(found) == 1 and found[0] <= 120,
        ),
        "breaker around the outbound API": variables("send", BREAKER_FAILURES="5", BREAKER_RESET_SECONDS="60"),
        "writer, queue and zones may fail": met("availability"),
        "goes back in time": met("rollback"),
    }.items()
]
