"""The parameters of PostgreSQL instances: what is always set, what a class is given, when a change applies. Pure."""

from collections.abc import Mapping
from typing import NamedTuple

OWN_PARAMETERS = ("rds.force_ssl", "log_min_duration_statement")
"""Parameters that arguments of their own, or nobody, may change."""

# RDS User Guide, quotas: what max_connections may be.
CONNECTIONS_MIN, CONNECTIONS_MAX = 6, 8_388_607
# A sort or hash that spills more than this share of the class's memory to the disk is worth a line in the log.
TEMPORARY_FILE_SHARE = 0.01
KIB_PER_GIB = 1024**2

# Parameters that people set and PostgreSQL takes without a restart (its manual, server configuration: none of them "can
# only be set at server start"). RDS refuses `immediate` for the other kind; with `pending-reboot` these would wait.
DYNAMIC = frozenset({
    "autovacuum_analyze_scale_factor", "autovacuum_analyze_threshold", "autovacuum_naptime",
    "autovacuum_vacuum_cost_delay", "autovacuum_vacuum_cost_limit", "autovacuum_vacuum_scale_factor",
    "autovacuum_vacuum_threshold", "checkpoint_timeout", "deadlock_timeout", "default_statistics_target",
    "effective_cache_size", "effective_io_concurrency", "hot_standby_feedback", "idle_in_transaction_session_timeout",
    "idle_session_timeout", "jit", "lock_timeout", "log_autovacuum_min_duration", "log_connections",
    "log_disconnections", "log_lock_waits", "log_min_duration_statement", "log_statement", "log_temp_files",
    "maintenance_work_mem", "max_parallel_maintenance_workers", "max_parallel_workers",
    "max_parallel_workers_per_gather", "max_standby_streaming_delay", "max_wal_size", "min_wal_size",
    "random_page_cost", "rds.force_ssl", "seq_page_cost", "statement_timeout", "tcp_keepalives_count",
    "tcp_keepalives_idle", "tcp_keepalives_interval", "work_mem",
})  # fmt: skip


class Parameter(NamedTuple):
    """One parameter of a group."""

    name: str
    value: str
    apply_method: str
    """`immediate`, or `pending-reboot` where PostgreSQL must be restarted."""


def group_parameters(
    *, slow_query_milliseconds: int, memory_gib: float, given: Mapping[str, str]
) -> tuple[Parameter, ...]:
    """TLS and slow queries first, then what the class suggests and the caller may change, then the caller's own."""
    own = {"rds.force_ssl": "1", "log_min_duration_statement": str(slow_query_milliseconds)}
    suggested = {
        "log_lock_waits": "1",
        "log_temp_files": str(round(memory_gib * KIB_PER_GIB * TEMPORARY_FILE_SHARE)),
    }
    return tuple(
        Parameter(name, value, "immediate" if name in DYNAMIC else "pending-reboot")
        for name, value in {**own, **dict(sorted({**suggested, **given}.items()))}.items()
    )


def check_parameters(parameters: Mapping[str, str]) -> None:
    """Refuse what belongs to another argument, and connections that no alarm could be computed from."""
    for name in OWN_PARAMETERS:
        if name in parameters:
            raise ValueError(f"parameters: {name} is set by the component; leave it out")
    connections = parameters.get("max_connections")
    if connections is None:
        return
    if not connections.isdigit():
        raise ValueError("parameters: max_connections must be a number, because the alarm is computed from it")
    if not CONNECTIONS_MIN <= int(connections) <= CONNECTIONS_MAX:
        raise ValueError(
            f"parameters: max_connections {connections} is outside what RDS allows; "
            f"give {CONNECTIONS_MIN} to {CONNECTIONS_MAX}"
        )
