"""The nodes of a replication group and their names, as ElastiCache makes them."""

from collections.abc import Mapping
from itertools import cycle, islice
from typing import Any

from breakwater.simulator.handler import Creation
from breakwater.simulator.handlers._store import backend, made_up

_SLOTS = 16_384
"""Redis and Valkey cluster mode."""


def is_sharded(c: Creation) -> bool:
    """Whether cluster mode is on: asked for, by more than one shard, or by a parameter group for it."""
    return (
        c.inputs.get("clusterMode") == "enabled"
        or c.inputs.get("numNodeGroups", 1) > 1
        or str(c.inputs.get("parameterGroupName", "")).endswith(".cluster.on")
    )


def build_nodes(c: Creation, record: Any, primary: Any = None) -> None:
    """Give moto's record the nodes that were asked for, spread over the zones, and a cache cluster for each.

    A secondary of a Global Datastore has as many shards as its primary.
    """
    store = backend(c, "elasticache")
    request = c.requests[0]
    sharded, shards = is_sharded(c), request.get("NumNodeGroups", 1)
    if primary is not None:
        sharded, shards = primary.cluster_enabled, len(primary.node_groups)
    replicas = request.get("ReplicasPerNodeGroup", request.get("NumCacheClusters", 1) - 1)
    zones = request.get("PreferredCacheClusterAZs") or _zones(store, record)
    record.cluster_enabled, record.cluster_mode = sharded, "enabled" if sharded else "disabled"
    names = _names(c, record)
    record.node_groups, record.member_clusters = [], []
    configured = {
        g.get("NodeGroupId", f"{i + 1:0>4}"): g for i, g in enumerate(request.get("NodeGroupConfiguration", ()))
    }
    for index in range(shards):
        name = f"{index + 1:0>4}"
        own = configured.get(name, {})
        count = own.get("ReplicaCount", replicas) + 1
        wanted = [own["PrimaryAvailabilityZone"]] if "PrimaryAvailabilityZone" in own else []
        wanted += own.get("ReplicaAvailabilityZones", [])
        placed = list(islice(cycle(wanted or zones[index % len(zones) :] + zones[: index % len(zones)]), count))
        group: dict[str, Any] = {"node_group_id": name, "status": "available", "node_group_members": []}
        if sharded:
            group["slots"] = own.get("Slots") or _slots(index, shards)
        else:
            group["primary_endpoint"] = {"address": names["primary"], "port": record.port}
            group["reader_endpoint"] = {"address": names["reader"], "port": record.port}
        for number, zone in enumerate(placed, 1):
            member = f"{record.replication_group_id}-{name}-{number:0>3}" if sharded else (
                f"{record.replication_group_id}-{number:0>3}"
            )  # fmt: skip
            node: dict[str, Any] = {
                "cache_cluster_id": member, "cache_node_id": "0001", "preferred_availability_zone": zone
            }  # fmt: skip
            if not sharded:
                node["current_role"] = "primary" if number == 1 else "replica"
                node["read_endpoint"] = {"address": f"{member}.{names['domain']}", "port": record.port}
            group["node_group_members"].append(node)
            record.member_clusters.append(member)
            _add_cluster(c, record, member, zone)
        record.node_groups.append(group)
    if sharded:
        record.configuration_endpoint = {"address": names["configuration"], "port": record.port}
    if record.snapshot_retention_limit:
        record.snapshotting_cluster_id = record.member_clusters[1 if len(record.member_clusters) > 1 else 0]


def _zones(store: Any, record: Any) -> list[str]:
    group = store.cache_subnet_groups[str(record.cache_subnet_group_name).lower()]
    return sorted({str(subnet["subnet_availability_zone"]["name"]) for subnet in group.subnets})


def _slots(index: int, shards: int) -> str:
    size, larger = divmod(_SLOTS, shards)
    first = index * size + min(index, larger)
    return f"{first}-{first + size - 1 + (index < larger)}"


def region_code(region: str) -> str:
    """A region's name in host names: use1 for us-east-1."""
    area, side, number = region.rsplit("-", 2)
    short = {"southeast": "se", "northeast": "ne", "northwest": "nw", "southwest": "sw"}.get(side, side[0])
    return f"{area.replace('-', '')}{short}{number}"


def _names(c: Creation, record: Any) -> Mapping[str, str]:
    """Host names: with encryption in transit the role comes first, without it after the group."""
    tail = f"{region_code(c.region)}.cache.amazonaws.com"
    group, middle = record.replication_group_id, made_up(record.arn, 6)
    if record.transit_encryption_enabled:
        domain = f"{group}.{middle}.{tail}"
        return {
            "domain": domain,
            "primary": f"master.{domain}",
            "reader": f"replica.{domain}",
            "configuration": f"clustercfg.{domain}",
        }
    return {
        "domain": f"{middle}.0001.{tail}",
        "primary": f"{group}.{middle}.ng.0001.{tail}",
        "reader": f"{group}-ro.{middle}.ng.0001.{tail}",
        "configuration": f"{group}.{middle}.clustercfg.{tail}",
    }


def _add_cluster(c: Creation, record: Any, name: str, zone: str) -> None:
    from moto.elasticache.models import CacheCluster

    given = {
        "account_id": c.account, "region_name": c.region, "cache_cluster_id": name, "preferred_availability_zone": zone,
        "replication_group_id": record.replication_group_id, "num_cache_nodes": 1, "tags": record.tags,
    }  # fmt: skip
    shared = (
        "cache_node_type", "engine", "engine_version", "cache_subnet_group_name", "transit_encryption_enabled",
        "network_type", "ip_discovery", "preferred_maintenance_window", "port", "notification_topic_arn",
        "auto_minor_version_upgrade", "log_delivery_configurations", "security_group_ids",
    )  # fmt: skip
    unset = (
        "az_mode", "cache_parameter_group_name", "snapshot_name", "snapshot_retention_limit", "snapshot_window",
        "auth_token", "outpost_mode", "preferred_outpost_arn", "preferred_availability_zones",
        "cache_security_group_names", "snapshot_arns", "preferred_outpost_arns", "cache_node_ids_to_remove",
        "cache_node_ids_to_reboot",
    )  # fmt: skip
    cluster = CacheCluster(
        **dict.fromkeys(unset), **{field: getattr(record, field) for field in shared}, **given  # type: ignore[arg-type]
    )  # fmt: skip
    cluster.num_cache_nodes, cluster.replication_group_id = 1, record.replication_group_id
    extra = {
        "at_rest_encryption_enabled": record.at_rest_encryption_enabled,
        "transit_encryption_mode": record.transit_encryption_mode,
        "cache_parameter_group": {
            "cache_parameter_group_name": record.cache_parameter_group_name,
            "parameter_apply_status": "in-sync",
        },
        "security_groups": [
            {"security_group_id": group, "status": "active"} for group in record.security_group_ids or ()
        ],
    }
    vars(cluster).update(extra)
    backend(c, "elasticache").cache_clusters[name] = cluster
