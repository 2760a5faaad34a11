"""What holds data or takes traffic cannot be deleted by accident, in every stack that is not for development.

A stack says so by a default tag on its providers. A missing tag counts as production: only who writes `development`
gives up the protection.
"""

from collections.abc import Iterable

from ._model import UNKNOWN, Properties, Rule, absent, block, off

CLASS_TAG = "class"
"""Default tag that names the stack's class."""
UNPROTECTED_CLASSES = frozenset({"development"})
"""Classes whose resources may be thrown away."""


def _exempt(properties: Properties) -> bool:
    return block(properties, "tags", CLASS_TAG) in UNPROTECTED_CLASSES | {UNKNOWN}


def _database(properties: Properties) -> Iterable[str]:
    if _exempt(properties):
        return
    if off(properties.get("deletionProtection")):
        yield "deletionProtection is not true"
    if absent(properties.get("replicateSourceDb")) and properties.get("skipFinalSnapshot") in (True, "true"):
        yield "skipFinalSnapshot is true"


def _balancer(properties: Properties) -> Iterable[str]:
    if not _exempt(properties) and off(properties.get("enableDeletionProtection")):
        yield "enableDeletionProtection is not true"


def _table(properties: Properties) -> Iterable[str]:
    if not _exempt(properties) and off(properties.get("deletionProtectionEnabled")):
        yield "deletionProtectionEnabled is not true"


def _recoverable(properties: Properties) -> Iterable[str]:
    recovery = properties.get("pointInTimeRecovery")
    # A block on a table, a switch on a replica.
    if off(block(recovery, "enabled") if isinstance(recovery, dict) else recovery):
        yield "pointInTimeRecovery is not on"


_TABLES = frozenset({"aws:dynamodb/table:Table", "aws:dynamodb/tableReplica:TableReplica"})

RULES = (
    Rule(
        name="database-deletion-protection",
        description="Databases outside development refuse deletion and leave a final snapshot.",
        remedy=f"Set `protect` of the component; for a throw-away stack set the default tag {CLASS_TAG}=development.",
        controls=("RDS.8",),
        types=frozenset({"aws:rds/instance:Instance"}),
        check=_database,
    ),
    Rule(
        name="balancer-deletion-protection",
        description="Load balancers outside development refuse deletion.",
        remedy=f"Set `protect` of the component; for a throw-away stack set the default tag {CLASS_TAG}=development.",
        controls=("ELB.6",),
        types=frozenset({"aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer"}),
        check=_balancer,
    ),
    Rule(
        name="table-deletion-protection",
        description="Tables outside development refuse deletion.",
        remedy=f"Set `protect` of the component; for a throw-away stack set the default tag {CLASS_TAG}=development.",
        controls=("DynamoDB.6",),
        types=_TABLES,
        check=_table,
    ),
    Rule(
        name="table-recoverable",
        description="Tables can be restored to any second of the last weeks.",
        remedy="Set point_in_time_recovery.",
        controls=("DynamoDB.2",),
        types=_TABLES,
        check=_recoverable,
    ),
)
