"""Groups and users of caches.

moto has neither parameter groups nor user groups: they are held, and checked where they are used.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from breakwater.simulator.handler import Call, Creation, Handler, MappingError
from breakwater.simulator.handlers._rds import MANAGED
from breakwater.simulator.handlers._store import backend, held, refuse

PARAMETER_GROUPS, USER_GROUPS = "parameter groups", "user groups"
_PARAMETERS_PER_CALL = 20
"""ElastiCache API reference, ModifyCacheParameterGroup."""


def _subnet_group(c: Creation) -> Mapping[str, Any]:
    known = {subnet for subnets in backend(c, "ec2").subnets.values() for subnet in subnets}
    if lost := [subnet for subnet in c.inputs["subnetIds"] if subnet not in known]:
        raise refuse("elasticache:CreateCacheSubnetGroup", "InvalidSubnet", f"{lost[0]} does not exist in {c.region}")
    return {
        "CacheSubnetGroupName": str(c.inputs["name"]).lower(),
        "CacheSubnetGroupDescription": c.inputs.get("description", MANAGED),
    }


def _complete_subnet_group(c: Creation) -> None:
    """moto has the zone where the API has a structure with the zone's name."""
    for subnet in backend(c, "elasticache").cache_subnet_groups[c.id].subnets:
        subnet["subnet_availability_zone"] = {"name": subnet["subnet_availability_zone"]}


def _parameter_group(c: Creation) -> Mapping[str, Any]:
    name = str(c.inputs["name"]).lower()
    if name in held(c, "elasticache", PARAMETER_GROUPS):
        operation, message = "elasticache:CreateCacheParameterGroup", f"Cache parameter group {name} already exists."
        raise refuse(operation, "CacheParameterGroupAlreadyExists", message)
    return {"CacheParameterGroupName": name, "Description": c.inputs.get("description", MANAGED)}


def _parameters(c: Creation) -> Iterable[Mapping[str, Any]]:
    given = [{"ParameterName": p["name"], "ParameterValue": p["value"]} for p in c.inputs["parameters"]]
    for start in range(0, len(given), _PARAMETERS_PER_CALL):
        some = given[start : start + _PARAMETERS_PER_CALL]
        yield {"CacheParameterGroupName": c.id, "ParameterNameValues": some}


def _hold_parameter_group(c: Creation) -> None:
    """moto has no cache parameter groups."""
    held(c, "elasticache", PARAMETER_GROUPS)[c.id] = c.inputs["family"]


def _user(c: Creation) -> Mapping[str, Any]:
    mode = c.inputs.get("authenticationMode", {}).get("type")
    if mode == "iam" and c.inputs["userId"] != c.inputs["userName"]:
        message = "a user with IAM authentication has the same userId and userName"
        raise refuse("elasticache:CreateUser", "InvalidParameterCombination", message)
    if mode is None and not (c.inputs.get("noPasswordRequired") or _passwords(c)):
        raise MappingError("authenticationMode, noPasswordRequired or passwords: a user has one of these")
    return {}


def _passwords(c: Creation) -> bool:
    return bool(c.inputs.get("passwords") or c.inputs.get("passwordsWo"))


def _user_group(c: Creation) -> Mapping[str, Any]:
    operation, store = "elasticache:CreateUserGroup", backend(c, "elasticache")
    members = c.inputs.get("userIds", [])
    if lost := [user for user in members if user not in store.users]:
        raise refuse(operation, "UserNotFound", f"User {lost[0]} not found in {c.region}.")
    engine = str(c.inputs["engine"]).lower()
    if engine == "redis" and not any(store.users[user].name == "default" for user in members):
        raise refuse(operation, "DefaultUserRequired", "a group of Redis users needs one whose user name is default")
    if c.inputs["userGroupId"] in held(c, "elasticache", USER_GROUPS):
        raise refuse(operation, "UserGroupAlreadyExists", f"{c.inputs['userGroupId']} exists")
    return {}


def _hold_user_group(c: Creation) -> None:
    """moto has no user groups, though its users have a list of theirs."""
    store = backend(c, "elasticache")
    for user in c.inputs.get("userIds", []):
        store.users[user].user_group_ids.append(c.id)
    held(c, "elasticache", USER_GROUPS)[c.id] = c.inputs["engine"]


HANDLERS = (
    Handler(
        type="aws:elasticache/subnetGroup:SubnetGroup",
        calls=(
            Call(
                operation="elasticache:CreateCacheSubnetGroup",
                rename={"name": "CacheSubnetGroupName", "description": "CacheSubnetGroupDescription"},
                parameters=_subnet_group,
            ),
        ),
        id="CacheSubnetGroup.CacheSubnetGroupName",
        amend=_complete_subnet_group,
        outputs=lambda c: {
            "arn": c.answers[0]["CacheSubnetGroup"]["ARN"],
            "vpcId": c.answers[0]["CacheSubnetGroup"]["VpcId"],
            "description": c.inputs.get("description", MANAGED),
        },
    ),
    Handler(
        type="aws:elasticache/parameterGroup:ParameterGroup",
        calls=(
            Call(
                operation="elasticache:CreateCacheParameterGroup",
                rename={"name": "CacheParameterGroupName", "family": "CacheParameterGroupFamily"},
                parameters=_parameter_group,
                simulated=False,
            ),
            Call(
                operation="elasticache:ModifyCacheParameterGroup",
                each=_parameters,
                consumes=frozenset({"parameters"}),
                when=lambda c: bool(c.inputs.get("parameters")),
                simulated=False,
            ),
        ),
        id=lambda c: str(c.inputs["name"]).lower(),
        amend=_hold_parameter_group,
        outputs=lambda c: {
            "arn": c.arn("elasticache", f"parametergroup:{c.id}"),
            "description": c.inputs.get("description", MANAGED),
        },
    ),
    Handler(
        type="aws:elasticache/user:User",
        calls=(
            Call(
                operation="elasticache:CreateUser",
                rename={"passwordsWo": "Passwords"},
                parameters=_user,
            ),
        ),
        id="UserId",
        outputs=lambda c: {"arn": c.answers[0]["ARN"]},
        held={
            "authenticationMode.passwordCount": "what the provider reads",
            "passwordsWoVersion": "what the provider compares, in place of the passwords",
        },
    ),
    Handler(
        type="aws:elasticache/userGroup:UserGroup",
        calls=(Call(operation="elasticache:CreateUserGroup", parameters=_user_group, simulated=False),),
        id=lambda c: str(c.inputs["userGroupId"]),
        amend=_hold_user_group,
        outputs=lambda c: {"arn": c.arn("elasticache", f"usergroup:{c.id}")},
    ),
)
