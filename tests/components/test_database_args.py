"""Combinations of arguments that RDS would refuse, or that would be unsafe."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.database import ProxyArgs
from tests.support.data import subnets
from tests.support.databases import FULL, READER, args, elsewhere, recorded


@pytest.mark.feature("D10")
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"instance_class": "db.r7g.lagre"}, r"instance_class: 'db.r7g.lagre' .* db\.r7g\.large"),
        ({"engine_version": "17.4"}, "engine_version: '17.4' is no major version; write it as '17'"),
        ({"engine_version": "13"}, "engine_version: RDS has no PostgreSQL 13 .* give 14, 15, 16, 17, 18"),
        ({"allow_major_version_upgrade": True}, "allow_major_version_upgrade: .* set apply_immediately too"),
        ({"port": 80}, "port: 80 .* 1150 to 65535"),
        ({"allocated_storage_gib": 19}, "allocated_storage_gib: 19 .* 20 to 65536"),
        ({"max_allocated_storage_gib": 109}, "max_allocated_storage_gib: 109; .* a tenth more"),
        ({"max_allocated_storage_gib": 70_000}, "max_allocated_storage_gib: 70000"),
        ({"iops": 12_000}, "iops: gp3 below 400 GiB"),
        ({"throughput_mibps": 500}, "throughput_mibps: gp3 below 400 GiB"),
        ({"allocated_storage_gib": 400, "iops": 3_000}, "iops: 3000 .* 12000 to 64000"),
        ({"allocated_storage_gib": 400, "throughput_mibps": 500}, "throughput_mibps: .* together with iops"),
        (
            {"allocated_storage_gib": 400, "iops": 12_000, "throughput_mibps": 499},
            "throughput_mibps: 499 .* 500 to 4000",
        ),
        (
            {"allocated_storage_gib": 400, "iops": 12_000, "throughput_mibps": 4_000},
            "throughput_mibps: 4000 MiB/s with 12000 IOPS; .* raise iops to 16000",
        ),
        ({"allocated_storage_gib": 400, "iops": 64_001}, "iops: 64001 .* 12000 to 64000"),
        ({"subnet_ids": {}}, r"subnet_ids: 0 zone\(s\); RDS needs"),
        ({"subnet_ids": subnets("sa-east-1")}, "subnet_ids: zone 'sa-east-1a' is not in "),
        ({"identifier": "Db"}, "identifier: 'Db'"),
        ({"reader_name": "reader.db.internal"}, "reader_name: give it and private_zone_id together"),
        ({**READER, "reader_name": "reader"}, "reader_name: 'reader' is no full name"),
        ({"parameters": {"rds.force_ssl": "0"}}, "parameters: rds.force_ssl is set by the component"),
        ({"parameters": {"max_connections": "LEAST(1,2)"}}, "parameters: max_connections must be a number"),
        ({"parameters": {"max_connections": "5"}}, "parameters: max_connections 5 is outside .* 6 to 8388607"),
        ({"slow_query_milliseconds": 0}, "slow_query_milliseconds: 0"),
        ({"insights": "none"}, "insights: 'none' is not one of standard, advanced"),
        ({"monitoring_interval_seconds": 0}, "monitoring_interval_seconds: 0; give one of 1, 5"),
        ({"log_retention_days": 31}, "log_retention_days: 31"),
        ({"replica_lag_alarm_seconds": 0}, "replica_lag_alarm_seconds: 0"),
        ({"maintenance_window": "Sun:04:30-Sun:05:30"}, "maintenance_window: 'Sun:04:30-Sun:05:30'"),
    ],
)
@pytest.mark.parametrize("make", [args, elsewhere], ids=["Database", "DatabaseReplica"])
def test_refused_in_any_region(make: Callable[..., object], changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make(**changes)


@pytest.mark.feature("D10")
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"master_username": "postgres"}, "master_username: 'postgres'"),
        ({"master_username": "a" * 17}, "master_username: 'aaaaaaaaaaaaaaaaa'; use 1 to 16"),
        ({"database_name": "my-db"}, "database_name: 'my-db'"),
        ({"master_password_version": 0}, "master_password_version: 0; count from 1"),
        ({"backup_retention_days": 36}, "backup_retention_days: 36; RDS keeps backups for 0 to 35"),
        ({"backup_retention_days": 0}, "backup_retention_days: a protected database needs backups"),
        ({**FULL, "backup_retention_days": 0, "protect": False}, "backup_retention_days: replicas are made from"),
        ({"backup_window": "04:00-05:00"}, "backup_window: '04:00-05:00' overlaps maintenance_window"),
        ({"backup_window": "03:00-03:20"}, "backup_window: '03:00-03:20' lasts 20 minutes; at least 30"),
        (
            {"replica_maintenance_window": "sat:03:30-sat:04:30"},
            "backup_window: .* overlaps replica_maintenance_window",
        ),
        ({"replica_maintenance_window": "sun:05:00-sun:06:00"}, "replica_maintenance_window: .* overlaps maintenance"),
        (
            {"replica_maintenance_window": "mon:04:30-mon:05:30"},
            "replica_maintenance_window: .* comes after maintenance",
        ),
        ({"replica_maintenance_window": "sat:04:30-sat:04:40"}, "replica_maintenance_window: .* lasts 10 minutes"),
        ({**FULL, "managed_master_password": True}, "managed_master_password: RDS makes no replica .* leave it out"),
        (
            {"managed_master_password": True, "master_password_version": 2},
            "master_password_version: RDS changes a password that it manages by itself; leave it at 1",
        ),
        (
            {**FULL, "proxy": None, "blue_green_updates": True},
            "blue_green_updates: impossible with replicas; .* leave replicas out",
        ),
        (
            {"proxy": ProxyArgs(), "blue_green_updates": True},
            "blue_green_updates: impossible with a proxy; .* leave proxy out",
        ),
        (
            {"managed_master_password": True, "blue_green_updates": True},
            "blue_green_updates: impossible with a password that RDS manages; .* leave managed_master_password out",
        ),
        (
            {"backup_retention_days": 0, "protect": False, "blue_green_updates": True},
            "blue_green_updates: impossible with no backups; .* give backup_retention_days of 1 or more",
        ),
        (
            {"blue_green_updates": True, "allow_major_version_upgrade": True, "apply_immediately": True},
            "blue_green_updates: between major versions RDS copies by logical replication",
        ),
        ({**READER, "replicas": ["us-east-1d"]}, "replicas: zone 'us-east-1d' is not in the network; use one of us-"),
        ({**READER, "replicas": ["us-east-1b"] * 2}, "replicas: .* names a zone twice"),
        ({**READER, "replicas": ["us-east-1b"] * 16}, "replicas: 16; RDS takes 15"),
        ({"replicas": ["us-east-1b"]}, "replicas: nobody could reach them; give reader_name"),
        ({"writer_zone": "us-east-1a"}, "writer_zone: a Multi-AZ writer moves"),
        ({"multi_az": False, "writer_zone": "us-east-1d"}, "writer_zone: zone 'us-east-1d' is not in the network"),
        ({**READER, "multi_az": False, "replicas": ["us-east-1b"]}, "writer_zone: needed where a writer without"),
        (
            {**READER, "multi_az": False, "writer_zone": "us-east-1b", "replicas": ["us-east-1b"]},
            "replicas: 'us-east-1b' is the writer's zone",
        ),
        (
            {
                "instance_class": "db.t4g.micro",
                "proxy": ProxyArgs(max_connections_percent=30, max_idle_connections_percent=10),
            },
            "proxy.max_connections_percent: 30 % of 87 connections are 26; RDS advises 30",
        ),
    ],
)
def test_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        args(**changes)


def test_name_too_long() -> None:
    with pytest.raises(ValueError, match=r"identifier: .* AWS takes 63; give identifier with at most 53"):
        recorded(**FULL, identifier="d" * 54)


@pytest.mark.feature("D1")
@given(
    replicas=st.lists(st.sampled_from(["us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d"]), max_size=4),
    writer=st.sampled_from([None, "us-east-1a", "us-east-1b", "us-east-1d"]),
    multi_az=st.booleans(),
)
def test_accepted_replicas_are_apart(replicas: list[str], writer: str | None, multi_az: bool) -> None:
    try:
        accepted = args(**READER, replicas=replicas, writer_zone=writer, multi_az=multi_az)
    except ValueError:
        return
    assert len(set(accepted.replicas)) == len(accepted.replicas)
    assert set(accepted.replicas) <= set(accepted.subnet_ids)
    assert accepted.writer_zone not in accepted.replicas
    assert accepted.multi_az or not accepted.replicas or accepted.writer_zone is not None
