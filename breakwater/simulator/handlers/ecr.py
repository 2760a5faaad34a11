"""Image repositories."""

from collections.abc import Mapping
from typing import Any

from breakwater.simulator.handler import Call, Creation, Handler
from breakwater.simulator.handlers._rds import check_key
from breakwater.simulator.handlers._store import backend, refuse


def _repository(c: Creation) -> Mapping[str, Any]:
    for encryption in c.inputs.get("encryptionConfigurations", ()):
        check_key(c, "ecr:CreateRepository", encryption.get("kmsKey"))
    return {"imageTagMutability": c.inputs.get("imageTagMutability", "MUTABLE")}


def _hold_replication(c: Creation) -> None:
    """moto takes one rule only; a new registry has no images that would be copied."""
    configuration = c.requests[0]["replicationConfiguration"]
    for rule in configuration["rules"]:
        for target in rule["destinations"]:
            if (target["region"], target["registryId"]) == (c.region, c.account):
                message = "Replication destination cannot be the same as the source registry"
                raise refuse("ecr:PutReplicationConfiguration", "InvalidParameterException", message)
    backend(c, "ecr").replication_config = configuration


HANDLERS = (
    Handler(
        type="aws:ecr/repository:Repository",
        calls=(
            Call(
                operation="ecr:CreateRepository",
                rename={"name": "repositoryName", "encryptionConfigurations": "encryptionConfiguration"},
                parameters=_repository,
            ),
        ),
        id="repository.repositoryName",
        outputs=lambda c: {
            "arn": c.answers[0]["repository"]["repositoryArn"],
            "registryId": c.answers[0]["repository"]["registryId"],
            "repositoryUrl": c.answers[0]["repository"]["repositoryUri"],
        },
        held={"forceDelete": "only for deletion, by the provider"},
    ),
    Handler(
        type="aws:ecr/lifecyclePolicy:LifecyclePolicy",
        calls=(
            Call(
                operation="ecr:PutLifecyclePolicy",
                rename={"repository": "repositoryName", "policy": "lifecyclePolicyText"},
            ),
        ),
        id="repositoryName",
        outputs=lambda c: {"registryId": c.account},
    ),
    Handler(
        type="aws:ecr/repositoryPolicy:RepositoryPolicy",
        calls=(
            Call(
                operation="ecr:SetRepositoryPolicy",
                rename={"repository": "repositoryName", "policy": "policyText"},
            ),
        ),
        id="repositoryName",
        outputs=lambda c: {"registryId": c.account},
    ),
    Handler(
        type="aws:ecr/replicationConfiguration:ReplicationConfiguration",
        calls=(Call(operation="ecr:PutReplicationConfiguration", simulated=False),),
        id=lambda c: c.account,
        amend=_hold_replication,
        outputs=lambda c: {"registryId": c.account},
    ),
)
