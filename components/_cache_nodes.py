"""Nodes of a cache: which versions and types there are, how many nodes, and what they are called. Pure."""

from components._instance_classes import cache_class

# ElastiCache User Guide, engine versions: Valkey's.
ENGINE_VERSIONS = ("7.2", "8.0", "8.1", "8.2", "9.0", "9.1")
# The same, quotas: nodes of a sharded cache (90 until a quota is raised).
NODES_MAX = 500
# A node of a replication group is a cluster of one node, which ElastiCache numbers so.
NODE_ID = "0001"
# The same, Global Datastore: sizes that it does not take; large and above are supported, of m5, r5 and newer.
BELOW_LARGE = ("micro", "small", "medium")


def check_nodes(node_type: str, *, replicated: bool) -> None:
    """Refuse a node type that is unknown, or too small to be copied to other regions."""
    cache_class("node_type", node_type)
    if replicated and node_type.rpartition(".")[2] in BELOW_LARGE:
        raise ValueError(
            f"node_type: {node_type!r} is too small for a Global Datastore; use size large or above, such as "
            "cache.r7g.large (the t families have none)"
        )


def node_numbers(shards: int | None, replicas: int) -> list[str]:
    """How ElastiCache ends the nodes' names: 001 and so on, with 0001 and so on before it for each shard."""
    nodes = [f"{number:03d}" for number in range(1, replicas + 2)]
    if shards is None:
        return nodes
    return [f"{shard:04d}-{node}" for shard in range(1, shards + 1) for node in nodes]
