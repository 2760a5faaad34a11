"""The ledger of a stack's jobs: who runs each now, and how far it has got; a DynamoDB table, or its replica.

Children: the table (JobLedger); the replica of another region's table (JobLedgerReplica).
"""

from dataclasses import dataclass

import pulumi
from pulumi_aws import dynamodb

from components._states import LEDGER_KEY


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerEntry:
    """One job's item, and where it is."""

    table_name: pulumi.Input[str]
    """Table, or replica of the same name."""
    table_arn: pulumi.Input[str]
    """Its ARN in the job's region."""
    job: str
    """The job's name, the same in all regions."""


@dataclass(frozen=True, kw_only=True, slots=True)
class JobLedgerArgs:
    """How the table is kept."""

    kms_key_arn: pulumi.Input[str]
    """Key of stored data in the table's region."""
    protect: bool = True
    """Whether AWS and Pulumi refuse to delete the table; default yes: without it every job begins anew."""


class JobLedger(pulumi.ComponentResource):
    """The table, in one region, ready for replicas in others; recoverable to any second of the last 35 days.

    A few hundred bytes and three small requests per run: USD 0.625 for a million writes, twice that where they cross
    regions (us-east-1, on demand). Leaves out time to live: an item is as old as its job.
    """

    table_name: pulumi.Output[str]
    table_arn: pulumi.Output[str]

    def __init__(self, name: str, args: JobLedgerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breakwater:ledger:JobLedger", name, None, opts)
        table = dynamodb.Table(
            name,
            hash_key=LEDGER_KEY,
            attributes=[dynamodb.TableAttributeArgs(name=LEDGER_KEY, type="S")],
            billing_mode="PAY_PER_REQUEST",
            server_side_encryption=dynamodb.TableServerSideEncryptionArgs(enabled=True, kms_key_arn=args.kms_key_arn),
            point_in_time_recovery=dynamodb.TablePointInTimeRecoveryArgs(enabled=True),
            deletion_protection_enabled=args.protect,
            # Replicas are fed by it. There from the start, so that a region more changes nothing here; free if unread.
            stream_enabled=True,
            stream_view_type="NEW_AND_OLD_IMAGES",
            # Replicas are resources of their own.
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect, ignore_changes=["replicas"]),
        )
        self.table_name = table.name
        self.table_arn = table.arn
        self.register_outputs({"table_name": self.table_name, "table_arn": self.table_arn})


@dataclass(frozen=True, kw_only=True, slots=True)
class JobLedgerReplicaArgs:
    """Which table is copied, and how the copy is kept."""

    source: JobLedger
    """Ledger in another region."""
    kms_key_arn: pulumi.Input[str]
    """Key of stored data in the replica's region."""
    protect: bool = True
    """Whether AWS and Pulumi refuse to delete the replica; default yes."""


class JobLedgerReplica(pulumi.ComponentResource):
    """The same table in another region, a second or so behind, for the day its jobs run there.

    Writes are copied one by one and the later one wins: a lock holds among the runs of one region only. Costs what the
    writes cost there.
    """

    table_name: pulumi.Output[str]
    table_arn: pulumi.Output[str]

    def __init__(self, name: str, args: JobLedgerReplicaArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breakwater:ledger:JobLedgerReplica", name, None, opts)
        replica = dynamodb.TableReplica(
            name,
            global_table_arn=args.source.table_arn,
            kms_key_arn=args.kms_key_arn,
            point_in_time_recovery=True,
            deletion_protection_enabled=args.protect,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        # A global table has one name everywhere.
        self.table_name = args.source.table_name
        self.table_arn = replica.arn
        self.register_outputs({"table_name": self.table_name, "table_arn": self.table_arn})
