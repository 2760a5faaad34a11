"""The arguments of a Database, and which of their combinations are impossible. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from components import _database_limits as limits
from components._database_settings import InstanceSettings, check_settings
from components._windows import check_order, check_windows
from components.database_proxy import ProxyArgs

# RDS API, CreateDBInstance: of the master user and of the first database.
_USERNAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]{0,15}")
_DATABASE_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]{0,62}")
# `postgres` is what an attacker tries first (FSBP RDS.25); RDS keeps the others for itself.
_RESERVED_USERS = ("postgres", "rdsadmin", "admin")


@dataclass(frozen=True, kw_only=True, slots=True)
class DatabaseArgs(InstanceSettings):
    """A writer, and what surrounds it."""

    database_name: str = "app"
    """First database."""
    master_username: str = "platform"
    """Master user; services do not use it."""
    master_password_version: int = 1
    """Raise it by one to give the master user a new password; only who reads the secret notices."""
    managed_master_password: bool = False
    """Leave the master user's password to RDS, which changes it every week; refused with replicas."""
    multi_az: bool = True
    """A standby of the writer in a second zone, which RDS fails over to."""
    writer_zone: str | None = None
    """Zone of a writer without standby; default RDS's choice. A Multi-AZ writer moves, so it has none."""
    replicas: Sequence[str] = ()
    """Zones, one read replica each; default none."""
    replica_maintenance_window: str = "sat:04:30-sat:05:30"
    """Weekly, UTC, of the replicas, before maintenance_window: RDS puts the writer's upgrade off until they have it."""
    proxy: ProxyArgs | None = None
    """RDS Proxy in front of the writer; default none."""
    backup_retention_days: int = 30
    """Days that a restore can reach back, 0 to 35."""
    blue_green_updates: bool = False
    """Make changes on a copy that takes over within a minute; refused with replicas and with a proxy."""

    def __post_init__(self) -> None:
        check_settings(self)
        self._check_names()
        self._check_backups()
        self._check_zones()
        self._check_proxy()
        self._check_windows()
        self._check_managed_password()
        self._check_blue_green()

    def _check_names(self) -> None:
        if not _USERNAME.fullmatch(self.master_username) or self.master_username in _RESERVED_USERS:
            raise ValueError(
                f"master_username: {self.master_username!r}; use 1 to 16 letters, digits and _, a letter first, "
                f"none of {', '.join(_RESERVED_USERS)}"
            )
        if not _DATABASE_NAME.fullmatch(self.database_name):
            raise ValueError(
                f"database_name: {self.database_name!r}; use 1 to 63 letters, digits and _, beginning with a letter"
            )
        if self.master_password_version < 1:
            raise ValueError(f"master_password_version: {self.master_password_version}; count from 1")

    def _check_backups(self) -> None:
        days = self.backup_retention_days
        if not 0 <= days <= limits.BACKUP_DAYS_MAX:
            raise ValueError(f"backup_retention_days: {days}; RDS keeps backups for 0 to {limits.BACKUP_DAYS_MAX} days")
        if days == 0 and self.replicas:
            raise ValueError("backup_retention_days: replicas are made from backups; give 1 or more, or no replicas")
        if days == 0 and self.protect:
            raise ValueError("backup_retention_days: a protected database needs backups; give 1 or more")

    def _check_zones(self) -> None:
        if len(self.replicas) > limits.REPLICAS_MAX:
            raise ValueError(f"replicas: {len(self.replicas)}; RDS takes {limits.REPLICAS_MAX} of one source")
        if len(set(self.replicas)) < len(self.replicas):
            raise ValueError(f"replicas: {list(self.replicas)} names a zone twice; give each replica its own zone")
        if self.replicas and self.reader_name is None:
            raise ValueError("replicas: nobody could reach them; give reader_name and private_zone_id too")
        if self.multi_az and self.writer_zone is not None:
            raise ValueError("writer_zone: a Multi-AZ writer moves between zones; leave it out or set multi_az=False")
        if self.replicas and not self.multi_az and self.writer_zone is None:
            raise ValueError("writer_zone: needed where a writer without standby has replicas, to keep them apart")
        zones = ", ".join(self.subnet_ids)
        for field, chosen in (("writer_zone", [self.writer_zone]), ("replicas", list(self.replicas))):
            for zone in chosen:
                if zone is not None and zone not in self.subnet_ids:
                    raise ValueError(f"{field}: zone {zone!r} is not in the network; use one of {zones}")
        if self.writer_zone in self.replicas:
            raise ValueError(
                f"replicas: {self.writer_zone!r} is the writer's zone, and one outage would take both; use another"
            )

    def _check_proxy(self) -> None:
        if self.proxy is None:
            return
        pool = self.max_connections * self.proxy.max_connections_percent // 100
        if pool < limits.PROXY_POOL_MIN:
            raise ValueError(
                f"proxy.max_connections_percent: {self.proxy.max_connections_percent} % of {self.max_connections} "
                f"connections are {pool}; RDS advises {limits.PROXY_POOL_MIN} at least, so raise it or take a larger "
                "class"
            )

    def _check_windows(self) -> None:
        check_windows(
            daily_field="backup_window",
            daily=self.backup_window,
            weekly_field="replica_maintenance_window",
            weekly=self.replica_maintenance_window,
            shortest_minutes=limits.WINDOW_MIN_MINUTES,
        )
        check_order(
            first_field="replica_maintenance_window",
            first=self.replica_maintenance_window,
            second_field="maintenance_window",
            second=self.maintenance_window,
        )

    def _check_managed_password(self) -> None:
        if not self.managed_master_password:
            return
        if self.replicas:
            raise ValueError(
                "managed_master_password: RDS makes no replica of an instance whose password it manages; "
                "leave it out, the password is then generated and kept in a secret of the stack's, or have no replicas"
            )
        if self.master_password_version > 1:
            raise ValueError(
                "master_password_version: RDS changes a password that it manages by itself; leave it at 1, or set "
                "managed_master_password=False"
            )

    def _check_blue_green(self) -> None:
        if not self.blue_green_updates:
            return
        for present, what, remedy in (
            (bool(self.replicas), "replicas", "leave replicas out"),
            (self.proxy is not None, "a proxy", "leave proxy out"),
            (self.managed_master_password, "a password that RDS manages", "leave managed_master_password out"),
            (self.backup_retention_days == 0, "no backups", "give backup_retention_days of 1 or more"),
        ):
            if present:
                raise ValueError(
                    f"blue_green_updates: impossible with {what}; set blue_green_updates=False, or {remedy}"
                )
        if self.allow_major_version_upgrade and self.parameters.get("rds.logical_replication") != "1":
            raise ValueError(
                "blue_green_updates: between major versions RDS copies by logical replication; set "
                'parameters={"rds.logical_replication": "1"} and restart the writer first'
            )
