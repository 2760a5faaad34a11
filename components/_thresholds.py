"""Alarm thresholds, computed from what the alarm watches: sizes, limits and timeouts in, one number out. Pure.

Shares of a limit are AWS's own (CloudWatch User Guide, recommended alarms) unless a comment says otherwise.
"""

import math

GIB = 1024**3

DATABASE_CPU_PERCENT = 90.0
DATABASE_MEMORY_SHARE = 0.25
# A quarter is more than the smallest classes ever have free: PostgreSQL and the system leave an idle db.t4g.micro about
# 110 MiB. A sixteenth of its memory, 64 MiB, is the level of cloudposse's alarms.
DATABASE_SMALL_MEMORY_GIB, DATABASE_SMALL_MEMORY_SHARE = 4.0, 1 / 16
DATABASE_STORAGE_SHARE = 0.10
DATABASE_CONNECTIONS_SHARE = 0.90
TRANSACTION_IDS = 1e9
"""PostgreSQL stops writing near 2.1e9 unvacuumed transaction ids; AWS recommends this distance."""

# RDS User Guide, quotas: max_connections = LEAST(DBInstanceClassMemory / 9531392, 5000).
BYTES_PER_CONNECTION = 9_531_392
MAX_CONNECTIONS = 5_000
# DBInstanceClassMemory is what the operating system leaves: a fit over four measured classes, error up to 1.5 %.
USABLE_MEMORY_SLOPE, USABLE_MEMORY_OFFSET_GIB = 0.98, 0.2

# RDS runs burstable classes in unlimited mode: out of credits they stay fast and cost more. AWS names no number; less
# than what an hour earns, for longer than an hour, is a load above the class's baseline and no new instance.
DATABASE_CREDIT_PERIOD_SECONDS, DATABASE_CREDIT_PERIODS = 300, 15

# AWS names no number for a proxy: RDS's sizing advice is 30 % of room over the peak, so the alarm leaves 20 %.
PROXY_CONNECTIONS_PERCENT = 80.0
# Borrowing takes well under a millisecond while connections are free; a tenth of a second means that clients queue.
PROXY_BORROW_MICROSECONDS = 100_000.0
# Sustained for five minutes: one client with a token that has expired is no alarm, a role that lost its permission is.
PROXY_AUTHENTICATION_FAILURES = 0.0
MICROSECONDS_PER_MILLISECOND = 1_000

CACHE_CPU_PERCENT = 90.0
CACHE_MANY_VCPUS = 4
"""From here on EngineCPUUtilization shows the engine's one thread (ElastiCache User Guide, host-level metrics)."""
# AWS leaves the level to the user; at 80 % there is still time to add memory before keys are evicted.
CACHE_MEMORY_PERCENT = 80.0
CACHE_CONNECTIONS_MAX = 65_000
CACHE_CONNECTIONS_SHARE = 0.90
SERVERLESS_ECPU_SHARE = 0.90

# SQS: messages received and not yet deleted, standard and FIFO alike; past it a consumer gets OverLimit or nothing.
QUEUE_IN_FLIGHT_MAX = 120_000
QUEUE_IN_FLIGHT_SHARE = 0.90
QUEUE_AGE_FACTOR = 1.5


def max_connections(memory_gib: float) -> int:
    """PostgreSQL's default max_connections on an RDS class of this nominal memory."""
    usable = max(0.0, USABLE_MEMORY_SLOPE * memory_gib - USABLE_MEMORY_OFFSET_GIB) * GIB
    return min(int(usable / BYTES_PER_CONNECTION), MAX_CONNECTIONS)


def database_connections(limit: int) -> float:
    """Connections above which few are left, given max_connections."""
    return float(math.floor(limit * DATABASE_CONNECTIONS_SHARE))


def database_free_memory_bytes(memory_gib: float) -> float:
    """FreeableMemory below which the class is too small."""
    small = memory_gib < DATABASE_SMALL_MEMORY_GIB
    return float(round(memory_gib * GIB * (DATABASE_SMALL_MEMORY_SHARE if small else DATABASE_MEMORY_SHARE)))


def database_credits(earned_per_hour: int) -> float:
    """CPUCreditBalance below which a burstable class has used up what it saved."""
    return float(earned_per_hour)


def database_free_storage_bytes(allocated_gib: int) -> float:
    """FreeStorageSpace below which the disk fills up, given the storage allocated at first."""
    return float(round(allocated_gib * GIB * DATABASE_STORAGE_SHARE))


def database_load(vcpu: int) -> float:
    """Average active sessions above which some wait for a processor."""
    return float(vcpu)


def cache_cpu(vcpu: int) -> tuple[str, float]:
    """Metric and percentage at which the engine's single thread is nearly busy.

    On small nodes the host's figure counts, of which one thread can reach 1/vCPU only; on larger ones the engine's own.
    """
    if vcpu < CACHE_MANY_VCPUS:
        return "CPUUtilization", CACHE_CPU_PERCENT / vcpu
    return "EngineCPUUtilization", CACHE_CPU_PERCENT


def cache_connections() -> float:
    """Connections of one node close to the limit that no setting raises."""
    return CACHE_CONNECTIONS_MAX * CACHE_CONNECTIONS_SHARE


def serverless_ecpu(limit_per_second: int, period_seconds: int) -> float:
    """Processing units in a period close to the limit of a serverless cache."""
    return float(round(limit_per_second * period_seconds * SERVERLESS_ECPU_SHARE))


def serverless_storage_bytes(limit_gb: int) -> float:
    """Bytes close to the limit; in decimal gigabytes, the smaller ones, because AWS does not say which it means."""
    return limit_gb * 10**7 * CACHE_MEMORY_PERCENT


def queue_in_flight() -> float:
    """Messages in flight close to SQS's limit."""
    return QUEUE_IN_FLIGHT_MAX * QUEUE_IN_FLIGHT_SHARE


def queue_age_seconds(longest_seconds: int, retention_seconds: int) -> float:
    """Age of the oldest message at which consumers are behind.

    AWS: 1.5 times the longest expected time, which is the visibility timeout at least; never later than half the
    retention, so that somebody hears of it while the messages still exist.
    """
    return float(min(QUEUE_AGE_FACTOR * longest_seconds, retention_seconds / 2))
