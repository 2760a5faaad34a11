"""`breakwater bootstrap` against the simulated AWS: the plan, what it makes, what it puts right, what stops it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from typer.testing import CliRunner

from breakwater.cli import app
from breakwater.operations.access import OidcProvider
from breakwater.operations.bootstrap import Request, owner_of, sign_in
from breakwater.operations.errors import OperationError, explained
from breakwater.operations.identities import Owner
from breakwater.operations.state_bucket import StateBucket
from tests.breakwater.conftest import Result

Bootstrap = Callable[..., Result]
BUCKET = "demo-state-123456789012"
OWNER = Owner(project="demo", account="1", partition="aws", region="eu-west-1", bucket="taken", repository="a/b")
STACK = "config:\n  demo:platform:\n    regions: {eu-west-1: {role: primary}, us-east-1: {role: standby}}\n"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        yield


@pytest.fixture
def bootstrap(aws: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bootstrap:  # noqa: ARG001 (first the simulation)
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra/__main__.py").touch()
    (tmp_path / "Pulumi.yaml").write_text("name: demo\nmain: infra\nruntime: python\n")
    (tmp_path / "Pulumi.prod.yaml").write_text(STACK)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Result:
        given = arguments if "--repository" in arguments else (*arguments, "--repository", "acme/platform")
        result = CliRunner().invoke(app, ["bootstrap", "prod", *given])
        return Result(result.exit_code, result.stdout, result.stderr)

    return run


def actions(result: Result) -> dict[str, str]:
    return {f"{s['kind']} {s['name']}": s["action"] for s in result.json["steps"]}


def test_without_yes_it_prints_the_plan_and_makes_nothing(bootstrap: Bootstrap) -> None:
    result = bootstrap()
    assert result.exit_code == 1
    assert f"+ S3 bucket {BUCKET}\n    in eu-west-1\n" in result.stdout
    assert "    trusts repo:acme/platform:pull_request\n" in result.stdout
    assert "10 to create, 0 to change, 0 as they must be, 0 to delete." in result.stdout
    assert "--yes" in result.stderr
    assert boto3.client("s3").list_buckets()["Buckets"] == []
    assert boto3.client("iam").list_roles()["Roles"] == []


@pytest.mark.parametrize(("answer", "made"), [(True, 1), (False, 0)])
def test_somebody_at_a_terminal_is_asked(
    bootstrap: Bootstrap, monkeypatch: pytest.MonkeyPatch, answer: bool, made: int
) -> None:
    asked = []
    monkeypatch.setattr("breakwater.operating._at_terminal", lambda: True)
    monkeypatch.setattr("typer.confirm", lambda text, **_: asked.append(text) or answer)
    result = bootstrap()
    assert (result.exit_code, asked) == (1 - made, ["Do these 10?"])
    assert len(boto3.client("s3").list_buckets()["Buckets"]) == made


def test_it_makes_everything_and_a_second_run_finds_nothing_to_do(bootstrap: Bootstrap) -> None:
    first = bootstrap("--yes", "--json")
    assert first.exit_code == 0, first.stderr
    assert (first.json["ok"], first.json["applied"], set(actions(first).values())) == (True, True, {"create"})
    assert list(actions(first))[3:5] == ["KMS key alias/demo-prod-state", "IAM policy demo-prod-boundary"]

    s3 = boto3.client("s3", region_name="eu-west-1")
    assert s3.get_bucket_location(Bucket=BUCKET)["LocationConstraint"] == "eu-west-1"
    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    assert all(s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"].values())
    encryption = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert encryption["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    (tls,) = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])["Statement"]
    assert (tls["Effect"], tls["Principal"], tls["Action"]) == ("Deny", "*", "s3:*")
    assert tls["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}

    key = boto3.client("kms", region_name="eu-west-1").describe_key(KeyId="alias/demo-prod-state")["KeyMetadata"]
    iam = boto3.client("iam")
    for role in ("preview", "deploy"):
        own = iam.get_role_policy(RoleName=f"demo-prod-{role}", PolicyName="state")["PolicyDocument"]
        assert key["Arn"] in json.dumps(own), "the key that the same run has made"
    attached = iam.list_attached_role_policies(RoleName="demo-prod-preview")["AttachedPolicies"]
    assert [policy["PolicyName"] for policy in attached] == ["demo-read"]

    second = bootstrap("--json")
    assert second.exit_code == 0, second.stderr
    assert (second.json["applied"], set(actions(second).values())) == (False, {"keep"})
    assert "BREAKWATER_STACKS" in "".join(second.json["next"])


def test_what_has_drifted_is_shown_and_put_right_and_what_others_added_stays(bootstrap: Bootstrap) -> None:
    assert bootstrap("--yes").exit_code == 0
    s3, iam = boto3.client("s3", region_name="eu-west-1"), boto3.client("iam")
    kms = boto3.client("kms", region_name="eu-west-1")
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})
    theirs = {
        "Sid": "Theirs",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:DeleteBucket",
        "Resource": f"arn:aws:s3:::{BUCKET}",
    }
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [theirs]}))
    kms.disable_key_rotation(KeyId=kms.describe_key(KeyId="alias/demo-prod-state")["KeyMetadata"]["KeyId"])
    trust = json.dumps(iam.get_role(RoleName="demo-prod-deploy")["Role"]["AssumeRolePolicyDocument"])
    open_to_all = trust.replace("StringEquals", "StringLike").replace(":environment:prod", ":*")
    iam.update_assume_role_policy(RoleName="demo-prod-deploy", PolicyDocument=open_to_all)
    iam.detach_role_policy(RoleName="demo-prod-preview", PolicyArn="arn:aws:iam::123456789012:policy/demo-read")
    wide = {
        "Version": "2012-10-17",
        "Statement": {"Sid": "Workloads", "Effect": "Allow", "Action": "*", "Resource": "*"},
    }
    iam.put_role_policy(RoleName="demo-prod-preview", PolicyName="extra", PolicyDocument=json.dumps(wide))
    boundary = "arn:aws:iam::123456789012:policy/demo-prod-boundary"
    iam.create_policy_version(PolicyArn=boundary, PolicyDocument=json.dumps(wide), SetAsDefault=True)

    plan = bootstrap()
    assert plan.exit_code == 1
    assert "    versioning: Suspended → Enabled\n" in plan.stdout
    assert "    rotation: off → every year\n" in plan.stdout
    assert "    policy demo-read: not attached → attached\n" in plan.stdout
    assert "    ! policy extra, its own, is not from here; it stays\n" in plan.stdout
    assert "+StringEquals token.actions.githubusercontent.com:sub repo:acme/platform:environment:prod" in plan.stdout
    assert "5 to change, 5 as they must be" in plan.stdout

    assert bootstrap("--yes").exit_code == 0
    assert set(actions(bootstrap("--json")).values()) == {"keep"}
    statements = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])["Statement"]
    assert [s["Sid"] for s in statements] == ["Theirs", "TlsOnly"]
    assert sorted(iam.list_role_policies(RoleName="demo-prod-preview")["PolicyNames"]) == ["extra", "guard", "state"]
    version = iam.get_policy(PolicyArn=boundary)["Policy"]["DefaultVersionId"]
    now = iam.get_policy_version(PolicyArn=boundary, VersionId=version)["PolicyVersion"]["Document"]
    assert now["Statement"][0]["Action"] != "*"


def test_a_policy_with_five_versions_gives_up_its_oldest_and_says_so(bootstrap: Bootstrap) -> None:
    assert bootstrap("--yes").exit_code == 0
    iam, arn = boto3.client("iam"), "arn:aws:iam::123456789012:policy/demo-read"
    other = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}})
    for _ in range(4):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=other, SetAsDefault=True)
    assert "version v1, the oldest, makes room: IAM keeps 5" in bootstrap().stdout
    assert bootstrap("--yes").exit_code == 0
    kept = [v["VersionId"] for v in iam.list_policy_versions(PolicyArn=arn)["Versions"]]
    assert sorted(kept) == ["v2", "v3", "v4", "v5", "v6"]


def test_an_oidc_provider_that_others_use_only_gets_the_audience() -> None:
    class Iam:
        def __init__(self) -> None:
            self.clients = ["theirs"]

        def get_open_id_connect_provider(self, **_: str) -> Any:
            return {"ClientIDList": self.clients}

        def add_client_id_to_open_id_connect_provider(self, **given: str) -> None:  # moto has no such operation
            self.clients.append(given["ClientID"])

    iam = Iam()
    provider = OidcProvider(iam, OWNER)
    step = provider.look()
    assert (step.action, step.details) == ("change", ["audience sts.amazonaws.com: missing → added"])
    step.apply()
    assert iam.clients == ["theirs", "sts.amazonaws.com"]
    assert provider.look().action == "keep"


def test_a_bucket_in_another_region_is_named(bootstrap: Bootstrap) -> None:
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket=BUCKET)
    result = bootstrap("--yes", "--json")
    assert result.exit_code == 1
    assert (
        result.json["error"]["message"]
        == f"bucket {BUCKET}: is in us-east-1, not in eu-west-1; pass --region us-east-1"
    )


def test_a_key_that_is_going_to_be_deleted_stops_it(bootstrap: Bootstrap) -> None:
    assert bootstrap("--yes").exit_code == 0
    kms = boto3.client("kms", region_name="eu-west-1")
    kms.schedule_key_deletion(KeyId=kms.describe_key(KeyId="alias/demo-prod-state")["KeyMetadata"]["KeyId"])
    result = bootstrap("--yes")
    assert result.exit_code == 1
    assert "aws kms cancel-key-deletion --key-id" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--repository", "acme"), "'acme' is no GitHub repository: write owner/name"),
        (("--bucket", "Not_A_Bucket"), "'Not_A_Bucket' is no name for a bucket"),
    ],
)
def test_bad_arguments_are_told_in_one_sentence(bootstrap: Bootstrap, arguments: Any, message: str) -> None:
    result = bootstrap(*arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(message)


def request(**changes: Any) -> Request:
    given: dict[str, Any] = {
        "project": "demo", "stacks": {"prod": ("eu-west-1",)}, "primary_regions": ["eu-west-1"], "repository": None,
        "region": None, "bucket": None, "backend": None, "remote": "git@github.com:acme/platform.git",
    }  # fmt: skip
    return Request(**given | changes)


@pytest.mark.usefixtures("aws")
def test_what_is_not_named_comes_from_the_project() -> None:
    owner = owner_of(request(), sign_in())
    assert (owner.repository, owner.region, owner.bucket) == ("acme/platform", "eu-west-1", BUCKET)
    owner = owner_of(request(backend="s3://their-state?region=eu-central-1&awssdk=v2"), sign_in())
    assert (owner.region, owner.bucket) == ("eu-central-1", "their-state")
    with pytest.raises(OperationError, match="pass --repository"):
        owner_of(request(remote="https://git.example.com/acme/platform"), sign_in())
    with pytest.raises(OperationError, match=r"differ \(eu-west-1, us-east-1\): name one with --region"):
        owner_of(request(primary_regions=["us-east-1", "eu-west-1"]), sign_in())


def test_no_credentials_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(OperationError, match=r"no AWS credentials: .*AWS_PROFILE"):
        owner_of(request(), sign_in())


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("AccessDenied", "CreateRole is not permitted to whoever is signed in: no; use a role that may"),
        ("ExpiredToken", "the credentials have expired (CreateRole); sign in again"),
        ("InvalidClientTokenId", "AWS does not know these credentials"),
        ("LimitExceeded", "AWS refused CreateRole: LimitExceeded: no"),
    ],
)
def test_refusals_are_told(code: str, message: str) -> None:
    with pytest.raises(OperationError) as told, explained():
        raise ClientError({"Error": {"Code": code, "Message": "no."}}, "CreateRole")
    assert str(told.value).startswith(message)


def test_a_bucket_of_another_account_is_told() -> None:
    class Refusing:
        def __init__(self, code: str) -> None:
            self.code = code

        def head_bucket(self, **_: str) -> None:
            raise ClientError({"Error": {"Code": self.code}}, "HeadBucket")

        def create_bucket(self, **_: Any) -> None:
            raise ClientError({"Error": {"Code": "BucketAlreadyExists"}}, "CreateBucket")

    with pytest.raises(OperationError, match=r"taken: belongs to another account.*--bucket"):
        StateBucket(Refusing("403"), OWNER).look()
    with pytest.raises(OperationError, match="taken: the name is taken by another account"):
        StateBucket(Refusing("404"), OWNER).look().apply()
