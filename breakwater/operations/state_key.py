"""The KMS key that seals a stack's secrets in state and stack file, found by its alias."""

from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from breakwater.operations.errors import OperationError, code
from breakwater.operations.identities import StackIdentity
from breakwater.operations.plan import Step, settled

KIND = "KMS key"


@dataclass(slots=True)
class StateKey:
    """One key for each stack: who may open one stack's secrets may not open another's."""

    kms: Any
    stack: StackIdentity
    found: str | None = field(default=None, init=False)
    """ARN of the key, once it was looked for and is there."""

    @property
    def arn(self) -> str:
        """The key's ARN, or what stands for it in a plan that has yet to make it."""
        owner = self.stack.owner
        return self.found or f"arn:{owner.partition}:kms:{owner.region}:{owner.account}:key/{self.stack.prefix}-new"

    def look(self) -> Step:
        """Compare it with what there is."""
        try:
            key = self.kms.describe_key(KeyId=self.stack.alias)["KeyMetadata"]
        except ClientError as error:
            if code(error) != "NotFoundException":
                raise
            details = [f"in {self.stack.owner.region}", "symmetric, rotated every year", _tags_shown(self.stack)]
            return Step(kind=KIND, name=self.stack.alias, action="create", details=details, apply=self._create)
        self.found = str(key["Arn"])
        if key["KeyState"] == "PendingDeletion":
            raise OperationError(
                f"{self.stack.alias}: its key is going to be deleted, and the stack's secrets with it; "
                f"stop that: aws kms cancel-key-deletion --key-id {key['KeyId']}"
            )
        return self._settled(key["KeyId"], disabled=key["KeyState"] == "Disabled")

    def _settled(self, key_id: str, *, disabled: bool) -> Step:
        differences = ["disabled → enabled"] if disabled else []
        rotates = disabled or self.kms.get_key_rotation_status(KeyId=key_id)["KeyRotationEnabled"]
        differences += [] if rotates else ["rotation: off → every year"]
        tags = {t["TagKey"]: t["TagValue"] for t in self.kms.list_resource_tags(KeyId=key_id)["Tags"]}
        tagged = _tags(self.stack).items() <= tags.items()
        differences += [] if tagged else [f"tags → {_tags_shown(self.stack)}"]

        def apply() -> None:
            if disabled:
                self.kms.enable_key(KeyId=key_id)
            if disabled or not rotates:
                self.kms.enable_key_rotation(KeyId=key_id)
            if not tagged:
                self.kms.tag_resource(KeyId=key_id, Tags=_pairs(self.stack))

        return settled(KIND, self.stack.alias, differences, apply)

    def _create(self) -> None:
        key = self.kms.create_key(
            Description=f"Secrets in the Pulumi state of {self.stack.prefix}", Tags=_pairs(self.stack)
        )["KeyMetadata"]
        self.kms.enable_key_rotation(KeyId=key["KeyId"])
        self.kms.create_alias(AliasName=self.stack.alias, TargetKeyId=key["KeyId"])
        self.found = str(key["Arn"])


def _tags(stack: StackIdentity) -> dict[str, str]:
    return {"project": stack.owner.project, "stack": stack.name}


def _pairs(stack: StackIdentity) -> list[dict[str, str]]:
    return [{"TagKey": key, "TagValue": value} for key, value in _tags(stack).items()]


def _tags_shown(stack: StackIdentity) -> str:
    return ", ".join(f"{key}={value}" for key, value in _tags(stack).items())
