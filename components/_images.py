"""Names, digests and the expiry of images, as ECR takes them; pure."""

import json
import re
from collections.abc import Sequence
from typing import Any

import pulumi

from components._containers import check_image

# ECR API, CreateRepository and PutReplicationConfiguration.
NAME_MIN, NAME_MAX = 2, 256
MUTABLE_TAGS_MAX = 5

# Priorities never move, and ECR wants them in ascending order; the gaps leave room.
UNTAGGED_PRIORITY, TAGGED_PRIORITY = 10, 20

_NAME_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_NAME = re.compile(rf"{_NAME_PART}(?:/{_NAME_PART})*")
_PREFIX = re.compile(r"(?:[a-z0-9]+(?:[._-][a-z0-9]*)*/)*[a-z0-9]*(?:[._-][a-z0-9]*)*")
_MUTABLE_TAG = re.compile(r"[0-9a-zA-Z._*-]{1,128}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_FUNCTION = re.compile(r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_*-]+")
_PRINCIPAL = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:(root|(role|user)/[\w+=,.@/-]+)")


def image_by_digest(repository_url: str, digest: str) -> str:
    """The image of a repository that a digest names; ValueError where either is none."""
    check_digest(digest)
    last = repository_url.rpartition("/")[2]
    if not last or "@" in repository_url or ":" in last:
        raise ValueError(f"repository_url: {repository_url!r} is no repository alone; leave tag and digest out")
    image = f"{repository_url}@{digest}"
    check_image(image)
    return image


def check_digest(digest: str) -> None:
    """Refuse what is no digest, such as a tag."""
    if not _DIGEST.fullmatch(digest):
        raise ValueError(f"digest: {digest!r} must be sha256: and 64 lower-case hexadecimal digits, as ECR shows it")


def lifecycle_policy(keep_images: int, untagged_days: int) -> str:
    """The JSON of a policy that expires untagged images by age, tagged ones by number, the oldest first."""
    for field, count in (("keep_images", keep_images), ("untagged_days", untagged_days)):
        if count < 1:
            raise ValueError(f"{field}: {count}; give 1 or more")
    rules = [
        _expiry(
            UNTAGGED_PRIORITY,
            f"Untagged images go after {untagged_days} days",
            {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days"},
            untagged_days,
        ),
        _expiry(
            TAGGED_PRIORITY,
            f"The newest {keep_images} tagged images stay",
            {"tagStatus": "tagged", "tagPatternList": ["*"], "countType": "imageCountMoreThan"},
            keep_images,
        ),
    ]
    return json.dumps({"rules": rules}, sort_keys=True)


def _expiry(priority: int, description: str, selection: dict[str, Any], count: int) -> dict[str, Any]:
    return {
        "rulePriority": priority,
        "description": description,
        "selection": {**selection, "countNumber": count},
        "action": {"type": "expire"},
    }


def check_repository_name(name: str) -> None:
    """Refuse what ECR refuses as a repository's name."""
    if not NAME_MIN <= len(name) <= NAME_MAX or not _NAME.fullmatch(name):
        raise ValueError(
            f"repository_name: {name!r} must be {NAME_MIN} to {NAME_MAX} lower-case letters and digits, in words "
            "joined by . _ __ / or hyphens"
        )


def check_prefix(prefix: str) -> None:
    """Refuse what ECR refuses as a filter of repositories."""
    if not NAME_MIN <= len(prefix) <= NAME_MAX or not _PREFIX.fullmatch(prefix):
        raise ValueError(
            f"repository_prefixes: {prefix!r} must be {NAME_MIN} to {NAME_MAX} lower-case letters, digits and / . _ -, "
            "as repositories' names begin"
        )


def check_mutable_tags(tags: Sequence[str]) -> None:
    """Refuse patterns that ECR refuses, and the one that lets every tag move."""
    if len(tags) > MUTABLE_TAGS_MAX:
        raise ValueError(f"mutable_tags: {len(tags)} patterns; ECR takes {MUTABLE_TAGS_MAX} at most")
    for tag in tags:
        if not _MUTABLE_TAG.fullmatch(tag) or not tag.strip("*"):
            raise ValueError(
                f"mutable_tags: {tag!r} must be 1 to 128 letters, digits and . _ - *, and not * alone, which would let "
                "every tag move"
            )


def check_principals(field: str, arns: Sequence[pulumi.Input[str]]) -> None:
    """Refuse everybody, and what is no principal."""
    for arn in arns:
        if isinstance(arn, str) and not _PRINCIPAL.fullmatch(arn):
            raise ValueError(
                f"{field}: {arn!r} is no principal; give the ARN of a role, a user or an account's root, such as "
                "arn:aws:iam::111122223333:root"
            )


def check_functions(arns: Sequence[pulumi.Input[str]]) -> None:
    """Refuse the functions of any account or region, and what is no function."""
    for arn in arns:
        if isinstance(arn, str) and not _FUNCTION.fullmatch(arn):
            raise ValueError(
                f"lambda_functions: {arn!r} is no function; give ARNs such as "
                "arn:aws:lambda:us-east-1:111122223333:function:thumbnails-*"
            )
