"""Image repositories and their copies in other regions."""

import json
from typing import Any

import pytest
from botocore.session import get_session
from hypothesis import given
from hypothesis import strategies as st

from components.image import (
    ImageReplication,
    ImageReplicationArgs,
    ImageRepository,
    ImageRepositoryArgs,
    image_by_digest,
    lifecycle_policy,
    repository_prefix,
)
from tests.support.data import ACCOUNT, KEY, TARGET, TOPIC, alarms
from tests.support.recorder import Recording, record

pytestmark = pytest.mark.feature("I1")

REPOSITORY = "aws:ecr/repository:Repository"
LIFECYCLE = "aws:ecr/lifecyclePolicy:LifecyclePolicy"
POLICY = "aws:ecr/repositoryPolicy:RepositoryPolicy"
REPLICATION = "aws:ecr/replicationConfiguration:ReplicationConfiguration"
RULE = "aws:cloudwatch/eventRule:EventRule"
EVENT_TARGET = "aws:cloudwatch/eventTarget:EventTarget"

US, EU = "us-east-1", "eu-west-1"
DIGEST = "sha256:" + "0a" * 32
ROLE = f"arn:aws:iam::{ACCOUNT}:role/ci"


def args(**changes: Any) -> ImageRepositoryArgs:
    return ImageRepositoryArgs(**{"kms_key_arn": KEY, **changes})


def recorded(preview: bool = False, **changes: Any) -> Recording:
    return record(lambda: ImageRepository("api", args(**changes)), preview=preview)


def replication_args(**changes: Any) -> ImageReplicationArgs:
    return ImageReplicationArgs(**{"account_id": ACCOUNT, "region": US, "destinations": [EU], **changes})


def test_everything_that_is_registered() -> None:
    recording = recorded()
    assert {(r.type, r.name) for r in recording.resources} == {
        ("breakwater:image:ImageRepository", "api"),
        (REPOSITORY, "api"),
        (LIFECYCLE, "api-lifecycle"),
    }
    recording = recorded(alarms=TARGET, replicated=True, pullers=[ROLE])
    assert recording.counts() == {
        REPOSITORY: 1,
        LIFECYCLE: 1,
        POLICY: 1,
        RULE: 2,
        EVENT_TARGET: 2,
        "aws:cloudwatch/metricAlarm:MetricAlarm": 2,
    }
    component = recording.get("breakwater:image:ImageRepository", "api")
    assert all(r.parent == component.urn for r in recording.resources if r.type.startswith("aws:ecr"))
    preview = recorded(preview=True, alarms=TARGET, replicated=True, pullers=[ROLE])
    assert [r.urn for r in preview.resources] == [r.urn for r in recording.resources]


def test_repository() -> None:
    recording = recorded()
    repository = recording.only(REPOSITORY)
    assert repository.inputs == {
        "name": "test-unit/api",
        "imageTagMutability": "IMMUTABLE",
        "imageScanningConfiguration": {"scanOnPush": True},
        "encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": KEY}],
        "forceDelete": False,
    }
    assert repository.protect
    component = recording.get("breakwater:image:ImageRepository", "api")
    assert recording.outputs[component.urn] == {
        "arn": "api.arn",
        "repository_name": "test-unit/api",
        "repository_url": "api.repositoryUrl",
        "registry_id": "api.registryId",
    }


def test_repository_that_may_go() -> None:
    repository = recorded(protect=False, repository_name="shared/api").only(REPOSITORY)
    assert (repository.protect, repository.inputs["forceDelete"]) == (False, True)
    assert repository.inputs["name"] == "shared/api"


def test_tags_that_may_move() -> None:
    inputs = recorded(mutable_tags=["buildcache", "branch-*"]).only(REPOSITORY).inputs
    assert inputs["imageTagMutability"] == "IMMUTABLE_WITH_EXCLUSION"
    assert inputs["imageTagMutabilityExclusionFilters"] == [
        {"filter": "buildcache", "filterType": "WILDCARD"},
        {"filter": "branch-*", "filterType": "WILDCARD"},
    ]


def test_lifecycle() -> None:
    policy = recorded(keep_images=30, untagged_days=3).only(LIFECYCLE)
    assert policy.inputs["repository"] == "test-unit/api"
    untagged, tagged = json.loads(policy.inputs["policy"])["rules"]
    assert untagged == {
        "rulePriority": 10,
        "description": "Untagged images go after 3 days",
        "selection": {
            "tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 3
        },
        "action": {"type": "expire"},
    }  # fmt: skip
    assert tagged == {
        "rulePriority": 20,
        "description": "The newest 30 tagged images stay",
        "selection": {
            "tagStatus": "tagged", "tagPatternList": ["*"], "countType": "imageCountMoreThan", "countNumber": 30
        },
        "action": {"type": "expire"},
    }  # fmt: skip
    # Otherwise the old policy would be deleted after the new one has taken its place.
    assert policy.delete_before_replace


@given(keep=st.integers(1, 10**9), days=st.integers(1, 10**6))
def test_lifecycle_is_what_ecr_takes(keep: int, days: int) -> None:
    text = lifecycle_policy(keep, days)
    operation = get_session().get_service_model("ecr").operation_model("PutLifecyclePolicy")
    limits = operation.input_shape.members["lifecyclePolicyText"].metadata
    assert limits["min"] <= len(text) <= limits["max"]
    rules = json.loads(text)["rules"]
    assert [rule["rulePriority"] for rule in rules] == [10, 20]
    assert [rule["selection"]["countNumber"] for rule in rules] == [days, keep]
    assert text == lifecycle_policy(keep, days)


def test_policy() -> None:
    functions = f"arn:aws:lambda:{US}:{ACCOUNT}:function:thumbnails-*"
    other = "arn:aws:iam::444455556666:root"
    recording = recorded(pullers=[other], pushers=[ROLE, other], lambda_functions=[functions])
    pull, push, lambda_pull = json.loads(recording.only(POLICY).inputs["policy"])["Statement"]
    reading = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    assert pull == {"Sid": "Pull", "Effect": "Allow", "Principal": {"AWS": other}, "Action": reading}
    writing = ["ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"]
    assert push == {
        "Sid": "Push",
        "Effect": "Allow",
        "Principal": {"AWS": [ROLE, other]},
        "Action": sorted(reading + writing),
    }
    assert lambda_pull == {
        "Sid": "LambdaPull",
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        "Condition": {"ArnLike": {"aws:SourceArn": functions}},
    }
    assert recording.only(POLICY).delete_before_replace


def test_alarms() -> None:
    recording = recorded(alarms=TARGET, replicated=True)
    found = alarms(recording)
    assert {
        name: (a.inputs["namespace"], a.inputs["metricName"], a.inputs["dimensions"]) for name, a in found.items()
    } == {
        "api-alarms-critical-findings": ("AWS/Events", "TriggeredRules", {"RuleName": "api-findings.name"}),
        "api-alarms-replication-failed": ("AWS/Events", "TriggeredRules", {"RuleName": "api-replication.name"}),
    }
    for alarm in found.values():
        assert (alarm.inputs["statistic"], alarm.inputs["comparisonOperator"]) == ("Sum", "GreaterThanThreshold")
        assert (alarm.inputs["threshold"], alarm.inputs["treatMissingData"]) == (0, "notBreaching")
    patterns = {rule.name: json.loads(rule.inputs["eventPattern"]) for rule in recording.of(RULE)}
    assert patterns == {
        "api-findings": {
            "source": ["aws.ecr"],
            "detail-type": ["ECR Image Scan"],
            "detail": {
                "repository-name": ["test-unit/api"],
                "finding-severity-counts": {"CRITICAL": [{"numeric": [">", 0]}]},
            },
        },
        "api-replication": {
            "source": ["aws.ecr"],
            "detail-type": ["ECR Replication Action"],
            "detail": {"repository-name": ["test-unit/api"], "result": ["FAILED"]},
        },
    }
    targets = {t.name: t.inputs for t in recording.of(EVENT_TARGET)}
    assert targets == {name: {"rule": f"{name}.name", "arn": TOPIC} for name in patterns}
    assert list(alarms(recorded(alarms=TARGET))) == ["api-alarms-critical-findings"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"repository_name": "API"}, "repository_name: 'API' must be 2 to 256 lower-case letters"),
        ({"repository_name": "a"}, "repository_name: 'a' must be 2 to 256"),
        ({"repository_name": "a" * 257}, "must be 2 to 256"),
        ({"repository_name": "team//api"}, "words joined by"),
        ({"keep_images": 0}, "keep_images: 0; give 1 or more"),
        ({"untagged_days": 0}, "untagged_days: 0; give 1 or more"),
        ({"mutable_tags": list("abcdef")}, "mutable_tags: 6 patterns; ECR takes 5 at most"),
        ({"mutable_tags": ["*"]}, "every tag move"),
        ({"mutable_tags": ["a b"]}, "mutable_tags: 'a b' must be 1 to 128"),
        ({"pullers": ["*"]}, r"pullers: '\*' is no principal"),
        ({"pushers": ["111122223333"]}, "pushers: '111122223333' is no principal"),
        ({"lambda_functions": ["*"]}, "lambda_functions: .* is no function"),
        ({"replicated": True}, "replicated: nothing could tell of a failed copy; give alarms"),
    ],
)
def test_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        args(**changes)


def test_component_name_that_makes_no_repository_name_is_refused() -> None:
    with pytest.raises(ValueError, match="repository_name: 'test-unit/API'"):
        record(lambda: ImageRepository("API", args()))


def test_name_too_long_for_its_event_rules_is_refused() -> None:
    with pytest.raises(ValueError, match="an event rule is named after it"):
        record(lambda: ImageRepository("a" * 48, args(alarms=TARGET)))


def test_image_by_digest() -> None:
    url = f"{ACCOUNT}.dkr.ecr.{US}.amazonaws.com/test-unit/api"
    assert image_by_digest(url, DIGEST) == f"{url}@{DIGEST}"
    assert image_by_digest("localhost:5000/api", DIGEST) == f"localhost:5000/api@{DIGEST}"
    recording = record(lambda: ImageRepository("api", args()).image(DIGEST))
    assert recording.value(recording.result) == f"api.repositoryUrl@{DIGEST}"
    with pytest.raises(ValueError, match="digest: 'latest' must be sha256:"):
        record(lambda: ImageRepository("api", args()).image("latest"))


@pytest.mark.parametrize(
    ("url", "digest", "message"),
    [
        ("example.org/api", "latest", "digest: 'latest' must be sha256: and 64"),
        ("example.org/api", DIGEST.upper(), "digest: "),
        ("example.org/api", DIGEST + "0", "digest: "),
        ("example.org/api:1.0", DIGEST, "repository_url: 'example.org/api:1.0' is no repository alone"),
        (f"example.org/api@{DIGEST}", DIGEST, "is no repository alone"),
        ("example.org/", DIGEST, "is no repository alone"),
        ("", DIGEST, "is no repository alone"),
        ("example.org/a pi", DIGEST, "not pinned by digest"),
    ],
)
def test_image_by_digest_refused(url: str, digest: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        image_by_digest(url, digest)


def test_replication() -> None:
    recording = record(lambda: ImageReplication("images", replication_args(destinations=[EU, "us-west-2"])))
    assert [(r.type, r.name) for r in recording.resources] == [
        ("breakwater:image:ImageReplication", "images"),
        (REPLICATION, "images"),
    ]
    configuration = recording.only(REPLICATION)
    assert configuration.inputs == {
        "replicationConfiguration": {
            "rules": [
                {
                    "destinations": [
                        {"region": EU, "registryId": ACCOUNT},
                        {"region": "us-west-2", "registryId": ACCOUNT},
                    ],
                    "repositoryFilters": [{"filter": "test-unit/", "filterType": "PREFIX_MATCH"}],
                }
            ]
        }
    }
    assert configuration.protect
    assert recording.outputs[recording.resources[0].urn] == {
        "registry_id": "images.registryId",
        "repository_prefixes": ["test-unit/"],
    }


def test_replication_for_several_stacks() -> None:
    arguments = replication_args(repository_prefixes=["shop-prod/", "shop-dev/"], protect=False)
    configuration = record(lambda: ImageReplication("images", arguments)).only(REPLICATION)
    (rule,) = configuration.inputs["replicationConfiguration"]["rules"]
    assert [f["filter"] for f in rule["repositoryFilters"]] == ["shop-prod/", "shop-dev/"]
    assert not configuration.protect


def test_repositories_are_found_by_the_replication_of_their_stack() -> None:
    def program() -> str:
        assert ImageRepository("api", args()).repository_name == f"{repository_prefix()}api"
        return repository_prefix()

    assert record(program).result == "test-unit/"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"account_id": "1111"}, "account_id: '1111' must have twelve digits"),
        ({"region": "virginia"}, "region: 'virginia' is no region's name"),
        ({"destinations": []}, "destinations: 0 regions"),
        ({"destinations": [f"eu-west-{n}" for n in range(1, 27)]}, "destinations: 26 regions; give 1 to 25"),
        ({"destinations": ["europe"]}, "destinations: 'europe' is no region's name"),
        ({"destinations": [US]}, "is the region of the registry itself; leave it out"),
        ({"destinations": [EU, EU]}, "destinations: .* names one twice"),
        ({"repository_prefixes": ["api", "api"]}, "repository_prefixes: .* names one twice"),
        ({"repository_prefixes": ["a"]}, "repository_prefixes: 'a' must be 2 to 256"),
        ({"repository_prefixes": ["Api/"]}, "repository_prefixes: 'Api/' must be"),
        ({"repository_prefixes": [f"p{n}" for n in range(101)]}, "repository_prefixes: 101; ECR takes 100 at most"),
    ],
)
def test_replication_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replication_args(**changes)


def test_replication_comes_after_the_repositories() -> None:
    def program() -> None:
        repositories = [ImageRepository(name, args()) for name in ("here", "there")]
        ImageReplication("images", replication_args(repositories=repositories))

    recording = record(program)
    made = {r.urn for r in recording.of(REPOSITORY)}
    assert made <= set(recording.only(REPLICATION).dependencies)
