"""The ledger of the jobs: a table in one region, replicas in the others."""

from collections.abc import Mapping

import pulumi_aws as aws

from components.key import DataClass, Key
from components.ledger import JobLedger, JobLedgerArgs, JobLedgerReplica, JobLedgerReplicaArgs
from infra.environment import logical_name
from infra.providers import with_provider
from infra.settings import Settings


def create_ledgers(
    settings: Settings, providers: Mapping[str, aws.Provider], keys: Mapping[str, Mapping[DataClass, Key]]
) -> dict[str, JobLedger | JobLedgerReplica]:
    """Region -> its ledger; none without jobs. The table is where the keys' primaries are, and stays there when two
    regions exchange roles: it is one table everywhere, so jobs go on where they stopped."""
    if not settings.jobs:
        return {}
    home = settings.home_region
    source = JobLedger(
        logical_name(home, "job-ledger"),
        JobLedgerArgs(kms_key_arn=keys[home][DataClass.DATA].arn, protect=settings.protect),
        opts=with_provider(providers[home]),
    )
    ledgers: dict[str, JobLedger | JobLedgerReplica] = {home: source}
    for region in settings.region_order:
        if region != home:
            ledgers[region] = JobLedgerReplica(
                logical_name(region, "job-ledger"),
                JobLedgerReplicaArgs(
                    source=source, kms_key_arn=keys[region][DataClass.DATA].arn, protect=settings.protect
                ),
                opts=with_provider(providers[region]),
            )
    return ledgers
