"""Users of a cache and their group, the same for nodes and serverless; makes its resources for the cache around it."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import elasticache

from components._iam import Statement

# ElastiCache's console takes no longer one; its API names no limit.
USER_ID_MAX = 40

_USER = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def check_users(users: Mapping[str, str]) -> None:
    """Refuse names and access strings that ElastiCache refuses, and those that would need a password."""
    if not users:
        raise ValueError("users: nobody could connect, because the default user is off; name one at least")
    for user, access in users.items():
        if not _USER.fullmatch(user) or user == "default":
            raise ValueError(f"users: {user!r}; use lower-case letters, digits and single hyphens, and not 'default'")
        rules = access.split()
        if not rules or rules[0] not in ("on", "off"):
            raise ValueError(f"users: the access string of {user} must begin with on or off: {access!r}")
        for rule in rules:
            if rule in ("reset", "nopass") or rule.startswith((">", "<", "#", "!")):
                raise ValueError(f"users: {rule!r} of {user} is about passwords; users have IAM tokens, remove it")


def user_id(cache_identifier: str, user: str) -> str:
    """`{cache}-{user}`, shortened where that is too long, so that a user's name says whose it is."""
    text = f"{cache_identifier}-{user}"
    if len(text) <= USER_ID_MAX:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:6]
    return f"{text[: USER_ID_MAX - 7].rstrip('-')}-{digest}"


@dataclass(frozen=True, slots=True)
class CacheUsers:
    """The users of a cache by their short names, and the group that lets them in."""

    users: Mapping[str, elasticache.User]
    group: elasticache.UserGroup

    @property
    def names(self) -> dict[str, pulumi.Output[str]]:
        """User -> the name to log in with."""
        return {key: user.user_name for key, user in self.users.items()}

    @property
    def arns(self) -> dict[str, pulumi.Output[str]]:
        """User -> ARN, for permissions."""
        return {key: user.arn for key, user in self.users.items()}


def create_users(name: str, identifier: str, access: Mapping[str, str], parent: pulumi.Resource) -> CacheUsers:
    """`{name}-{user}` for each, and the group `{name}`."""
    opts = pulumi.ResourceOptions(parent=parent, delete_before_replace=True)
    users = {
        key: elasticache.User(
            f"{name}-{key}",
            # With IAM the two must be equal; ElastiCache names neither itself.
            user_id=user_id(identifier, key),
            user_name=user_id(identifier, key),
            engine="valkey",
            access_string=string,
            authentication_mode=elasticache.UserAuthenticationModeArgs(type="iam"),
            opts=opts,
        )
        for key, string in access.items()
    }
    # A group of Valkey users switches the default user off by itself; one of Redis users would need a substitute.
    group = elasticache.UserGroup(
        name,
        user_group_id=identifier,
        engine="valkey",
        user_ids=[user.user_id for user in users.values()],
        opts=opts,
    )
    return CacheUsers(users, group)


def connect_statement(cache_arn: pulumi.Input[str], users: Mapping[str, pulumi.Output[str]], user: str) -> Statement:
    """What a task role needs to connect to the cache as one of its users with an IAM token."""
    if user not in users:
        raise ValueError(f"user: the cache has no user {user!r}; use one of {', '.join(users)}")
    return Statement(actions=["elasticache:Connect"], resources=[cache_arn, users[user]])
