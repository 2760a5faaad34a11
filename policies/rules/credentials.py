"""No credential stands in clear, and no data store admits anybody without one."""

import re
from collections.abc import Iterable

from ._model import UNKNOWN, Properties, Rule, absent, block

_SECRET_PARAMETER = re.compile(
    r"(.*[/_.-])?(password|passwd|secret|token|api[_-]?key|private[_-]?key|credentials?)", re.IGNORECASE
)


def _parameter(properties: Properties) -> Iterable[str]:
    name, kind = properties.get("name"), properties.get("type")
    if kind not in ("SecureString", UNKNOWN) and _SECRET_PARAMETER.fullmatch(str(name)):
        yield f"{name} is a {kind}, not a SecureString"


def _database_password(properties: Properties) -> Iterable[str]:
    password = properties.get("password")
    if not absent(password) and password != UNKNOWN:
        yield "password is set: it stays in the state, and every reader of the state has it"


def _cache_access(properties: Properties) -> Iterable[str]:
    if absent(properties.get("userGroupIds")) and absent(properties.get("authToken")):
        yield "neither userGroupIds nor authToken is set: whoever reaches the port is in"


def _serverless_cache_access(properties: Properties) -> Iterable[str]:
    if absent(properties.get("userGroupId")):
        yield "userGroupId is not set: whoever reaches the port is in"


def _cache_user(properties: Properties) -> Iterable[str]:
    without = block(properties, "authenticationMode", "type") == "no-password-required"
    if not without and properties.get("noPasswordRequired") not in (True, "true"):
        return
    # A user that is off cannot log in: a group needs a user named default, and this is how it is closed.
    access = properties.get("accessString")
    if access != UNKNOWN and str(access).split()[:1] != ["off"]:
        yield "needs no password and is not off"


RULES = (
    Rule(
        name="parameter-not-in-clear",
        description="Parameters whose name says secret are encrypted.",
        remedy="Use Secrets Manager, or the type SecureString.",
        types=frozenset({"aws:ssm/parameter:Parameter"}),
        check=_parameter,
    ),
    Rule(
        name="database-password-write-only",
        description="The master password of a database is not kept in the state.",
        remedy="Set password_wo with password_wo_version, or manage_master_user_password.",
        types=frozenset({"aws:rds/instance:Instance", "aws:rds/cluster:Cluster"}),
        check=_database_password,
    ),
    Rule(
        name="cache-authenticates",
        description="Caches know their users.",
        remedy="Give it a user group whose users authenticate by IAM.",
        controls=("ElastiCache.6",),
        types=frozenset({"aws:elasticache/replicationGroup:ReplicationGroup"}),
        check=_cache_access,
    ),
    Rule(
        name="serverless-cache-authenticates",
        description="Serverless caches know their users.",
        remedy="Give it a user group whose users authenticate by IAM.",
        types=frozenset({"aws:elasticache/serverlessCache:ServerlessCache"}),
        check=_serverless_cache_access,
    ),
    Rule(
        name="cache-user-authenticates",
        description="Users of a cache prove who they are.",
        remedy="Set authentication_mode to iam; close the user named default with the access string `off -@all`.",
        controls=("ElastiCache.6",),
        types=frozenset({"aws:elasticache/user:User"}),
        check=_cache_user,
    ),
)
