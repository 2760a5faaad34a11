"""Rules about the database."""

import math
from collections.abc import Iterator

from components import _database_limits as limits
from components._database_parameters import check_parameters
from components._instance_classes import database_class
from components._thresholds import max_connections
from components._windows import check_order, check_windows
from infra.settings._rules import component_rule, listed, nearest, problem
from infra.settings.models import Database, Proxy, Settings, Storage
from infra.settings.problems import Path, Problem


def database_problems(database: Database, settings: Settings) -> Iterator[Problem]:
    """All problems of a database."""
    yield from _database(database)
    yield from _storage(database.storage)
    yield from _windows(database)
    yield from _upgrades(database)
    yield from _password(database)
    yield from _zones(database, settings)
    yield from _remote_replicas(database, settings)
    yield from _backup_copies(database, settings)
    yield from _proxy(database)


def _database(database: Database) -> Iterator[Problem]:
    yield from component_rule(
        ("database", "instance_class"),
        "choose a class of the table",
        database_class,
        "instance_class",
        database.instance_class,
    )
    if database.engine_version not in limits.ENGINE_VERSIONS:
        yield problem(
            ("database", "engine_version"),
            f"RDS has no PostgreSQL {database.engine_version} in standard support",
            ", ".join(limits.ENGINE_VERSIONS),
            f'write "{limits.ENGINE_VERSIONS[-2]}"',
        )
    yield from component_rule(
        ("database", "parameters"), "change this parameter, or remove it", check_parameters, database.parameters
    )


def _storage(storage: Storage) -> Iterator[Problem]:
    if storage.maximum_gib < storage.initial_gib * limits.AUTOSCALING_FACTOR:
        yield problem(
            ("database", "storage", "maximum_gib"),
            f"{storage.maximum_gib} GiB leaves {storage.initial_gib} GiB too little room to grow",
            "at least a tenth above initial_gib",
            f"write {math.ceil(storage.initial_gib * limits.AUTOSCALING_FACTOR)} or more",
            ("database", "storage", "initial_gib"),
        )
    for name, value in (("iops", storage.iops), ("throughput_mibps", storage.throughput_mibps)):
        if value is not None and storage.initial_gib < limits.STRIPED_FROM_GIB:
            yield problem(
                ("database", "storage", name),
                f"{storage.initial_gib} GiB of gp3 have 3000 IOPS and 125 MiB/s and take no other",
                f"only from {limits.STRIPED_FROM_GIB} GiB on",
                f"write `initial_gib: {limits.STRIPED_FROM_GIB}` or more, or remove `{name}`",
                ("database", "storage", "initial_gib"),
            )
    if (
        storage.throughput_mibps is not None
        and storage.throughput_mibps > (storage.iops or 0) * limits.THROUGHPUT_PER_IOPS
    ):
        yield problem(
            ("database", "storage", "throughput_mibps"),
            f"{storage.throughput_mibps} MiB/s " + (f"with {storage.iops} IOPS" if storage.iops else "without `iops`"),
            "a quarter of `iops` at most",
            f"write `iops: {max(12_000, math.ceil(storage.throughput_mibps / limits.THROUGHPUT_PER_IOPS))}` or more",
            ("database", "storage", "iops"),
        )


def _windows(database: Database) -> Iterator[Problem]:
    found: list[Problem] = []
    for name in ("maintenance_window", "replica_maintenance_window"):
        found += component_rule(
            ("database", name),
            "move one of the two windows",
            check_windows,
            daily_field="backup_window",
            daily=database.backup_window,
            weekly_field=name,
            weekly=getattr(database, name),
            shortest_minutes=limits.WINDOW_MIN_MINUTES,
            involves=(("database", "backup_window"),),
        )
    yield from found or component_rule(
        ("database", "replica_maintenance_window"),
        "move it to a day before",
        check_order,
        first_field="replica_maintenance_window",
        first=database.replica_maintenance_window,
        second_field="maintenance_window",
        second=database.maintenance_window,
        involves=(("database", "maintenance_window"),),
    )


def _upgrades(database: Database) -> Iterator[Problem]:
    if database.allow_major_version_upgrade and not database.apply_immediately:
        yield problem(
            ("database", "allow_major_version_upgrade"),
            "version and parameter group must change at once, or replicas would get a group of a version to come",
            "with `apply_immediately: true`, for the same deployment",
            "add `apply_immediately: true`, or remove `allow_major_version_upgrade`",
            ("database", "apply_immediately"),
        )
    if not database.blue_green_updates:
        return
    for name, present in (
        ("replicas", bool(database.replicas)),
        ("remote_replicas", bool(database.remote_replicas)),
        ("proxy", database.proxy is not None),
        ("managed_master_password", database.managed_master_password),
    ):
        if present:
            remedy = "write `proxy: null`" if name == "proxy" else f"remove `{name}`"
            yield problem(
                ("database", "blue_green_updates"),
                f"neither RDS nor its provider make blue/green updates of a database with `{name}`",
                f"without `{name}`",
                f"remove `blue_green_updates`, or {remedy}",
                ("database", name),
            )
    if database.allow_major_version_upgrade and database.parameters.get("rds.logical_replication") != "1":
        yield problem(
            ("database", "blue_green_updates"),
            "between major versions RDS copies by logical replication, which is off",
            'with the parameter rds.logical_replication at "1", and a restart since',
            'add `rds.logical_replication: "1"` to `database.parameters`, restart the writer, then upgrade',
            ("database", "parameters"),
        )


def _password(database: Database) -> Iterator[Problem]:
    if not database.managed_master_password:
        return
    for name in ("replicas", "remote_replicas"):
        if getattr(database, name):
            yield problem(
                ("database", "managed_master_password"),
                f"RDS makes no replica of a database whose password it manages, and there are `{name}`",
                f"without `{name}`",
                f"remove it, a password is then generated and kept in a secret of the stack; or remove `{name}`",
                ("database", name),
            )
    if database.master_password_version > 1:
        yield problem(
            ("database", "master_password_version"),
            "RDS changes a password that it manages by itself",
            "1 with `managed_master_password`",
            "remove it",
            ("database", "managed_master_password"),
        )


def _zones(database: Database, settings: Settings) -> Iterator[Problem]:
    primaries = [name for name, region in settings.regions.items() if region.role == "primary"]
    if len(primaries) != 1:
        return
    known = settings.regions[primaries[0]].zones
    writer: Path = ("database", "writer_zone")
    for path, zone in [
        (writer, database.writer_zone),
        *((("database", "replicas", index), zone) for index, zone in enumerate(database.replicas)),
    ]:
        if zone is not None and zone not in known:
            message = f"the primary region, {primaries[0]}, has no zone {zone} in this stack"
            yield problem(path, message, listed(known), "choose one of these zones", ("regions",))
    for index, zone in enumerate(database.replicas):
        if zone in database.replicas[:index] or zone == database.writer_zone:
            message = f"{zone} holds the {'writer' if zone == database.writer_zone else 'replica before'} already"
            yield problem(("database", "replicas", index), message, "a zone of its own", "choose another zone", writer)
    if database.multi_az and database.writer_zone is not None:
        message, allowed = "a writer with standby moves between zones", "none, or `multi_az: false`"
        yield problem(writer, message, allowed, "remove it", ("database", "multi_az"))
    if database.replicas and not database.multi_az and database.writer_zone is None:
        message = "a writer without standby could share a replica's zone, and one outage would take both"
        yield problem(
            writer, message, listed(set(known) - set(database.replicas)), "add `writer_zone`", ("database", "replicas"),
            ("database", "multi_az"),
        )  # fmt: skip


def _remote_replicas(database: Database, settings: Settings) -> Iterator[Problem]:
    remote: Path = ("database", "remote_replicas")
    for name in database.remote_replicas:
        if name not in settings.regions:
            meant = nearest(name, settings.regions)
            remedy = f"write {meant}" if meant else f"add `regions.{name}`, or remove the replica"
            message = f"the stack has no region {name}"
            yield problem((*remote, name), message, listed(settings.regions), remedy, ("regions", name))
        elif settings.regions[name].role == "primary":
            message = f"{name} is the primary region"
            remedy = "name zones under `replicas` instead"
            yield problem((*remote, name), message, "standby regions", remedy, ("regions", name, "role"))
    users = [*settings.services.items(), *settings.workers.items(), *settings.jobs.items()]
    for name, region in settings.regions.items():
        if region.role != "primary" and name not in database.remote_replicas:
            for user, container in users:
                if "database" in container.connects:
                    message = f"{user} runs in {name} and connects to the database, but {name} has none"
                    remedy = f"add `{name}: {{}}` to `database.remote_replicas`"
                    yield problem(remote, message, "a replica in each standby region", remedy, ("regions", name))
                    break
    count = len(database.replicas) + len(database.remote_replicas)
    if count > limits.REPLICAS_MAX:
        yield problem(
            remote, f"{count} replicas", f"at most {limits.REPLICAS_MAX} of one source", "remove some", ("regions",)
        )
    if len(database.remote_replicas) > limits.REMOTE_REPLICAS_MAX:
        message = f"{len(database.remote_replicas)} replicas in other regions; RDS promises no more than the limit"
        yield problem(remote, message, f"at most {limits.REMOTE_REPLICAS_MAX}", "remove some", ("regions",))


def _backup_copies(database: Database, settings: Settings) -> Iterator[Problem]:
    copies: Path = ("database", "backup_copies")
    standbys = [name for name, region in settings.regions.items() if region.role != "primary"]
    for name in database.backup_copies:
        if name in standbys:
            continue
        if name in settings.regions:
            message, remedy = f"{name} is the primary region, where the backups are already", "name a standby region"
        else:
            meant = nearest(name, standbys)
            message = f"the stack has no region {name}, so no key for the copies either"
            remedy = f"write {meant}" if meant else f"add `regions.{name}`, or remove the copy"
        yield problem((*copies, name), message, listed(standbys), remedy, ("regions", name))


def _proxy(database: Database) -> Iterator[Problem]:
    proxy = database.proxy
    if proxy:
        yield from _pool(database, proxy)
    if proxy and proxy.max_idle_connections_percent > proxy.max_connections_percent:
        path: Path = ("database", "proxy")
        yield problem(
            (*path, "max_idle_connections_percent"),
            f"{proxy.max_idle_connections_percent} percent is more than the {proxy.max_connections_percent} it opens",
            "at most max_connections_percent",
            f"write {proxy.max_connections_percent} or less",
            (*path, "max_connections_percent"),
        )


def _pool(database: Database, proxy: Proxy) -> Iterator[Problem]:
    try:
        size = database_class("instance_class", database.instance_class)
        check_parameters(database.parameters)
    except ValueError:
        return
    given = database.parameters.get("max_connections")
    connections = int(given) if given else max_connections(size.memory_gib)
    pool = connections * proxy.max_connections_percent // 100
    if pool < limits.PROXY_POOL_MIN:
        percent = math.ceil(100 * limits.PROXY_POOL_MIN / connections)
        yield problem(
            ("database", "proxy", "max_connections_percent"),
            f"{proxy.max_connections_percent} percent of {connections} connections are a pool of {pool}",
            f"a pool of at least {limits.PROXY_POOL_MIN} connections",
            (f"write {percent} or more, or " if percent <= 100 else "")
            + "take a larger instance_class"
            + (" or raise `max_connections`" if given else ""),
            ("database", "instance_class"),
        )
