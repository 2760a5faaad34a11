"""The automated backups of a database in another region, copied there as they are made.

Children: the replication of the backups.
"""

from dataclasses import dataclass

import pulumi
from pulumi_aws import rds

from components._database_limits import BACKUP_DAYS_MAX


@dataclass(frozen=True, kw_only=True, slots=True)
class BackupCopyArgs:
    """Whose backups, and where to."""

    source_arn: pulumi.Input[str]
    """ARN of the writer, which must have backups itself."""
    source_region: str
    """Region of the writer; another one than `region`."""
    region: str
    """Region of the copies, in which this component is made."""
    kms_key_arn: pulumi.Input[str]
    """Key of `region`, which encrypts the copies."""
    retention_days: int = 7
    """Days that a restore in `region` can reach back, 1 to 35."""

    def __post_init__(self) -> None:
        if self.source_region == self.region:
            raise ValueError(
                f"source_region: the writer and its backups are in {self.region} already; copy them to another region"
            )
        if not 1 <= self.retention_days <= BACKUP_DAYS_MAX:
            raise ValueError(f"retention_days: {self.retention_days}; RDS keeps copies for 1 to {BACKUP_DAYS_MAX} days")


class BackupCopy(pulumi.ComponentResource):
    """Snapshots and transaction logs of a writer in a second region, where it can be restored to any second.

    Complements a replica, which copies a mistake at once. Costs the traffic between the regions, and backup storage.
    Deleting it ends the copying and keeps the copies for as long as they were meant to be; so it is not protected, and
    a new retention, which RDS takes only at the beginning, stops one replication and starts another.
    """

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: BackupCopyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breakwater:database_backups:BackupCopy", name, None, opts)
        replication = rds.InstanceAutomatedBackupsReplication(
            name,
            source_db_instance_arn=args.source_arn,
            kms_key_id=args.kms_key_arn,
            retention_period=args.retention_days,
            # RDS copies an instance's backups to a region once.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        # The id is the ARN.
        self.arn = replication.id
        self.register_outputs({"arn": self.arn})
