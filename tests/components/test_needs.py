"""What a task role allows follows from what the program says it needs, resource by resource."""

import json
from typing import Any

import pulumi
import pytest

from components.service import Connection, Worker
from components.service_options import BucketNeed
from components.task import Task, TaskArgs
from tests.support.recorder import Recording, record
from tests.support.workloads import QUEUE, REGION, task_arguments, worker_arguments

pytestmark = pytest.mark.feature("S10")

KEY = "arn:aws:kms:us-east-1:111122223333:key/mrk-files"
BUCKET, OTHER = "arn:aws:s3:::files", "arn:aws:s3:::exports"


def statements(recording: Recording, name: str) -> dict[str, dict[str, Any]]:
    policy = json.loads(recording.get("aws:iam/rolePolicy:RolePolicy", name).inputs["policy"])
    sids = [statement["Sid"] for statement in policy["Statement"]]
    assert len(sids) == len(set(sids))
    return {statement["Sid"]: statement for statement in policy["Statement"]}


def task(**changes: Any) -> dict[str, dict[str, Any]]:
    return statements(record(lambda: Task("api", TaskArgs(**task_arguments(**changes)))), "api-task")


def shown(found: dict[str, dict[str, Any]]) -> dict[str, tuple[Any, Any]]:
    assert all(statement["Effect"] == "Allow" for statement in found.values())
    return {sid: (statement["Action"], statement["Resource"]) for sid, statement in found.items()}


def via(service: str) -> dict[str, Any]:
    return {"StringEquals": {"kms:ViaService": f"{service}.{REGION}.amazonaws.com"}}


def test_without_needs_the_role_allows_nothing() -> None:
    recording = record(lambda: Task("api", TaskArgs(**task_arguments())))
    assert [policy.name for policy in recording.of("aws:iam/rolePolicy:RolePolicy")] == ["api-execution"]


def test_a_reader_of_a_bucket_cannot_write() -> None:
    found = task(reads={"user-files": BucketNeed(arn=BUCKET, kms_key_arn=KEY)})
    assert shown(found) == {
        "ListUserFiles": ("s3:ListBucket", BUCKET),
        "ReadUserFiles": ("s3:GetObject", f"{BUCKET}/*"),
        "DecryptObjects": ("kms:Decrypt", KEY),
    }
    assert found["DecryptObjects"]["Condition"] == via("s3")


def test_a_writer_of_a_bucket_cannot_read() -> None:
    found = task(writes={"files": BucketNeed(arn=BUCKET, kms_key_arn=KEY)})
    assert shown(found) == {
        "WriteFiles": (["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject"], f"{BUCKET}/*"),
        "EncryptObjects": (["kms:Decrypt", "kms:GenerateDataKey"], KEY),
    }
    assert found["EncryptObjects"]["Condition"] == via("s3")


def test_each_bucket_has_a_statement_of_its_own_and_a_key_is_named_once() -> None:
    key = pulumi.Output.from_input(KEY)
    needs = {"a": BucketNeed(arn=BUCKET, kms_key_arn=key), "b": BucketNeed(arn=OTHER, kms_key_arn=key)}
    assert shown(task(reads=needs)) == {
        "ListA": ("s3:ListBucket", BUCKET),
        "ReadA": ("s3:GetObject", f"{BUCKET}/*"),
        "ListB": ("s3:ListBucket", OTHER),
        "ReadB": ("s3:GetObject", f"{OTHER}/*"),
        "DecryptObjects": ("kms:Decrypt", KEY),
    }


def test_a_bucket_without_a_key_of_kms_needs_none() -> None:
    assert set(task(reads={"files": BucketNeed(arn=BUCKET, kms_key_arn=None)})) == {"ListFiles", "ReadFiles"}


def test_a_worker_consumes_its_queue_and_no_other() -> None:
    found = statements(record(lambda: Worker("mail", worker_arguments())), "mail-task")
    assert found["ConsumeQueue"]["Resource"] == QUEUE
    assert "sqs:SendMessage" not in found["ConsumeQueue"]["Action"]
    assert found["DecryptMessages"]["Condition"] == via("sqs")


def test_a_connection_is_an_edge_between_security_groups() -> None:
    args = task_arguments(connects={"database": Connection(security_group_id="sg-database", port=5433)})
    recording = record(lambda: Task("api", TaskArgs(**args)))
    rule = recording.get("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "api-to-database-ingress")
    assert (rule.inputs["securityGroupId"], rule.inputs["referencedSecurityGroupId"]) == ("sg-database", "api.id")
    assert (rule.inputs["fromPort"], rule.inputs["toPort"]) == (5433, 5433)
