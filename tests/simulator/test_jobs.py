"""Tables and their replicas, state machines, and a job deployed whole with its ledger; and what is refused."""

import json
from typing import Any

import pulumi
import pytest
from pulumi_aws import dynamodb, ec2, ecs, scheduler, sfn

from components.job import Job, JobArgs, LedgerEntry
from components.key import Keys
from components.ledger import JobLedger, JobLedgerArgs, JobLedgerReplica, JobLedgerReplicaArgs
from policies.rules import evaluate
from tests.simulator.support import ACCOUNT, DEFAULT_TAGS, EU, US, Simulate, Where, tags_of
from tests.support.workloads import job_arguments

KEY = f"arn:aws:kms:{US}:{ACCOUNT}:key/mrk-1234"
EU_KEY = f"arn:aws:kms:{EU}:{ACCOUNT}:key/mrk-1234"
TABLE, REPLICA = "aws:dynamodb/table:Table", "aws:dynamodb/tableReplica:TableReplica"
MACHINE = "aws:sfn/stateMachine:StateMachine"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/machine"
GROUP = f"arn:aws:logs:{US}:{ACCOUNT}:log-group:/aws/vendedlogs/states/x"
SIMPLE: dict[str, Any] = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Succeed"}}}


def within(options: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    provider = options.provider
    assert provider is not None
    return pulumi.ResourceOptions(providers={"aws": provider})


def test_a_ledger_and_its_replica(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        ledger = JobLedger("home", JobLedgerArgs(kms_key_arn=KEY), within(on.us))
        JobLedgerReplica("away", JobLedgerReplicaArgs(source=ledger, kms_key_arn=EU_KEY), within(on.eu))

    world = simulate(program)
    assert evaluate(list(world.outcome.graph)) == []
    table, replica = world.only(TABLE), world.only(REPLICA)
    name = table.outputs["name"]
    assert (table.id, replica.id) == (name, f"{name}:{US}")
    for region, key, resource in ((US, KEY, table), (EU, EU_KEY, replica)):
        client = world.client("dynamodb", region)
        shown = client.describe_table(TableName=name)["Table"]
        assert resource.outputs["arn"] == shown["TableArn"] == f"arn:aws:dynamodb:{region}:{ACCOUNT}:table/{name}"
        assert shown["KeySchema"] == [{"AttributeName": "job", "KeyType": "HASH"}]
        assert shown["BillingModeSummary"] == {"BillingMode": "PAY_PER_REQUEST"}
        assert (shown["SSEDescription"]["SSEType"], shown["SSEDescription"]["KMSMasterKeyArn"]) == ("KMS", key)
        assert shown["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        assert shown["DeletionProtectionEnabled"] is True
        backups = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
        assert tags_of(client.list_tags_of_resource(ResourceArn=shown["TableArn"])["Tags"]) == DEFAULT_TAGS
    assert table.outputs["streamArn"].startswith(f"{table.outputs['arn']}/stream/")


def test_a_table_with_indexes_and_time_to_live(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        dynamodb.Table(
            "events",
            hash_key="id",
            range_key="at",
            attributes=[dynamodb.TableAttributeArgs(name=n, type=t) for n, t in (("id", "S"), ("at", "N"))],
            read_capacity=5,
            write_capacity=2,
            ttl=dynamodb.TableTtlArgs(attribute_name="expires", enabled=True),
            global_secondary_indexes=[
                dynamodb.TableGlobalSecondaryIndexArgs(
                    name="by-time",
                    key_schemas=[dynamodb.TableGlobalSecondaryIndexKeySchemaArgs(attribute_name="at", key_type="HASH")],
                    projection_type="ALL",
                    read_capacity=1,
                    write_capacity=1,
                )
            ],
            opts=on.us,
        )

    world = simulate(program)
    client, name = world.client("dynamodb"), world.only(TABLE).id
    shown = client.describe_table(TableName=name)["Table"]
    assert [key["KeyType"] for key in shown["KeySchema"]] == ["HASH", "RANGE"]
    assert shown["ProvisionedThroughput"]["ReadCapacityUnits"] == 5
    assert [index["IndexName"] for index in shown["GlobalSecondaryIndexes"]] == ["by-time"]
    found = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    assert found == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}


def test_a_state_machine(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        sfn.StateMachine(
            "flow",
            role_arn=ROLE,
            definition=json.dumps(SIMPLE),
            logging_configuration=sfn.StateMachineLoggingConfigurationArgs(
                level="ERROR", include_execution_data=True, log_destination=f"{GROUP}:*"
            ),
            encryption_configuration=sfn.StateMachineEncryptionConfigurationArgs(
                type="CUSTOMER_MANAGED_KMS_KEY", kms_key_id=KEY, kms_data_key_reuse_period_seconds=900
            ),
            opts=on.us,
        )

    world = simulate(program)
    machine = world.only(MACHINE)
    shown = world.client("stepfunctions").describe_state_machine(stateMachineArn=machine.id)
    assert machine.outputs["arn"] == shown["stateMachineArn"] == machine.id
    assert (shown["name"], shown["type"], shown["status"]) == (machine.outputs["name"], "STANDARD", "ACTIVE")
    assert json.loads(shown["definition"]) == SIMPLE
    assert shown["loggingConfiguration"] == {
        "level": "ERROR",
        "includeExecutionData": True,
        "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": f"{GROUP}:*"}}],
    }
    assert shown["encryptionConfiguration"]["kmsKeyId"] == KEY


@pytest.mark.feature("J1", "J2", "J3")
def test_a_job_deployed_whole(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        keys = Keys(data=KEY, messages=KEY, logs=KEY, secrets=KEY)
        ledger = JobLedger("ledger", JobLedgerArgs(kms_key_arn=KEY), within(on.us))
        entry = LedgerEntry(table_name=ledger.table_name, table_arn=ledger.table_arn, job="tidy")
        vpc = ec2.Vpc("net", cidr_block="10.0.0.0/16", opts=on.us)
        cluster = ecs.Cluster("main", name="main", opts=on.us)
        arguments: JobArgs = job_arguments(
            keys=keys, account_id=ACCOUNT, ledger=entry, vpc_id=vpc.id, cluster_arn=cluster.arn
        )
        Job("tidy", arguments, within(on.us))

    world = simulate(program)
    assert [v for v in evaluate(list(world.outcome.graph)) if "tidy" in v.urn] == []
    machine = world.only(MACHINE)
    (found,) = world.client("scheduler").list_schedules()["Schedules"]
    shown = world.client("scheduler").get_schedule(Name=found["Name"], GroupName=found["GroupName"])
    assert shown["Target"]["Arn"] == machine.id
    assert json.loads(shown["Target"]["Input"]) == {"scheduled_time": "<aws.scheduler.scheduled-time>"}
    assert shown["Target"]["RetryPolicy"] == {"MaximumRetryAttempts": 185, "MaximumEventAgeInSeconds": 600}
    definition = json.loads(
        world.client("stepfunctions").describe_state_machine(stateMachineArn=machine.id)["definition"]
    )
    parameters = definition["States"]["TakeLock"]["Parameters"]
    table = world.only(TABLE)
    assert (parameters["TableName"], parameters["Key"]) == (table.id, {"job": {"S": "tidy"}})
    task = world.only("aws:ecs/taskDefinition:TaskDefinition")
    assert definition["States"]["Run"]["Parameters"]["TaskDefinition"] == task.outputs["arn"]
    assert definition["States"]["FindTasks"]["Parameters"]["Family"] == task.outputs["family"]
    alarms = world.client("cloudwatch").describe_alarms(AlarmNamePrefix="tidy-alarms-")["MetricAlarms"]
    watched = {a["MetricName"] for a in alarms if a["Dimensions"] == [{"Name": "StateMachineArn", "Value": machine.id}]}
    assert watched == {"ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted", "ExecutionsStarted"}


def test_refusals(simulate: Simulate) -> None:
    lost = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "C"}, "B": {"Type": "Pass"}}}

    def program(on: Where) -> None:
        sfn.StateMachine("text", role_arn=ROLE, definition="nothing", opts=on.us)
        sfn.StateMachine("lost", role_arn=ROLE, definition=json.dumps(lost), opts=on.us)
        sfn.StateMachine("kind", role_arn=ROLE, definition=json.dumps(SIMPLE), type="FAST", opts=on.us)
        sfn.StateMachine("n" * 75, role_arn=ROLE, definition=json.dumps(SIMPLE), opts=on.us)
        sfn.StateMachine(
            "log",
            role_arn=ROLE,
            definition=json.dumps(SIMPLE),
            logging_configuration=sfn.StateMachineLoggingConfigurationArgs(level="ALL", log_destination=GROUP),
            opts=on.us,
        )
        key = [dynamodb.TableAttributeArgs(name="id", type="S")]
        plain = dynamodb.Table("plain", hash_key="id", attributes=key, billing_mode="PAY_PER_REQUEST", opts=on.us)
        dynamodb.Table("mode", hash_key="id", attributes=key, billing_mode="FREE", opts=on.us)
        dynamodb.TableReplica("unfed", global_table_arn=plain.arn, opts=on.eu)
        dynamodb.TableReplica("here", global_table_arn=plain.arn, opts=on.us)
        arn = f"arn:aws:dynamodb:{US}:{ACCOUNT}:table/none"
        dynamodb.TableReplica("none", global_table_arn=arn, opts=on.eu)
        target = scheduler.ScheduleTargetArgs(
            arn=f"arn:aws:states:{US}:{ACCOUNT}:stateMachine:x", role_arn=ROLE, input="<aws.scheduler.scheduled-time>"
        )
        window = scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF")
        scheduler.Schedule(
            "input", schedule_expression="rate(1 day)", flexible_time_window=window, target=target, opts=on.us
        )

    simulate(program, fails=True).assert_refused(
        {
            "text": "INVALID_JSON_DESCRIPTION",
            "lost": "A leads to C, which is not there; SCHEMA_VALIDATION_FAILED: B has neither Next nor End; "
            "UNREACHABLE_STATE: nothing leads to B",
            "kind": "type: 'FAST' is not one of STANDARD, EXPRESS",
            "n" * 75: "AWS allows 80",
            "log": "must end with :*",
            "mode": "BillingMode: 'FREE' is not one of PROVISIONED, PAY_PER_REQUEST",
            "unfed": "stream enabled with view type new and old images",
            "here": f"is in {US} already",
            "none": f"there is no table none in {US}",
            "input": "no well-formed JSON",
        }
    )
