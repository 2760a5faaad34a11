"""Permissions that are resources themselves, written as the statement that AWS makes of them."""

from collections.abc import Mapping
from typing import Any

from breakwater.analysis.properties import items, known, plain
from breakwater.graph import Resource
from breakwater.values import UNKNOWN

_PERMISSION, _LAYER = "aws:lambda/permission:Permission", "aws:lambda/layerVersionPermission:LayerVersionPermission"
_BUS, _KEY = "aws:cloudwatch/eventPermission:EventPermission", "aws:kms/grant:Grant"

GRANTS: Mapping[str, tuple[str, str]] = {
    _PERMISSION: ("lambda", "function"),
    _LAYER: ("lambda", "layerName"),
    _BUS: ("events", "eventBusName"),
    _KEY: ("kms", "keyId"),
}
"""Prefix of the service, and the property that names what the permission is for."""

_LAMBDA_CONDITIONS = {
    "sourceArn": ("ArnLike", "aws:SourceArn"),
    "sourceAccount": ("StringEquals", "aws:SourceAccount"),
    "principalOrgId": ("StringEquals", "aws:PrincipalOrgID"),
    "functionUrlAuthType": ("StringEquals", "lambda:FunctionUrlAuthType"),
    "eventSourceToken": ("StringEquals", "lambda:EventSourceToken"),
    "invokedViaFunctionUrl": ("Bool", "lambda:InvokedViaFunctionUrl"),
}
_KMS_CONSTRAINTS = {"encryptionContextEquals": "StringEquals", "encryptionContextSubset": "StringEquals"}


def document_of(resource: Resource) -> dict[str, Any]:
    """The policy; what is not known in it is UNKNOWN."""
    conditions: dict[str, dict[str, Any]] = {}
    if resource.type == _KEY:
        actions = [f"kms:{operation}" for operation in known(resource, "operations") or [UNKNOWN]]
        principal = _given(resource, "granteePrincipal")
        for constraint in items(resource.inputs.get("constraints")):
            for name, operator in _KMS_CONSTRAINTS.items():
                for key, value in _object(constraint.get(name)).items():
                    conditions.setdefault(operator, {})[f"kms:EncryptionContext:{key}"] = value
    else:
        actions = [_given(resource, "action", "events:PutEvents" if resource.type == _BUS else UNKNOWN)]
        principal = _given(resource, "principal")
        for name, (operator, key) in _LAMBDA_CONDITIONS.items() if resource.type == _PERMISSION else ():
            if (value := resource.inputs.get(name)) is not None:
                conditions.setdefault(operator, {})[key] = value
        if (organisation := resource.inputs.get("organizationId")) is not None:
            conditions["StringEquals"] = {"aws:PrincipalOrgID": organisation}
        for condition in items(resource.inputs.get("condition")):
            conditions[str(condition.get("type"))] = {str(condition.get("key")): condition.get("value")}
    kind = "Service" if str(principal).endswith((".amazonaws.com", ".amazon.com", ".aws.internal")) else "AWS"
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": {kind: principal}, "Action": actions, "Resource": "*"}
    return {"Statement": [statement | ({"Condition": conditions} if conditions else {})]}


def _object(value: Any) -> Mapping[str, Any]:
    found = plain(value)
    return found if isinstance(found, Mapping) else {}


def _given(resource: Resource, name: str, default: str = UNKNOWN) -> Any:
    found = known(resource, name)
    return default if found is None and resource.inputs.get(name) is None else UNKNOWN if found is None else found
