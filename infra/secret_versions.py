"""Which version of a secret a task definition names: the one that is current when the stack is updated.

The version is asked for without its value: nothing secret comes into the program or its state.
"""

from typing import TYPE_CHECKING

import pulumi

from components.service import SecretVersion
from infra.environment import regional_secret, secret_parts

if TYPE_CHECKING:
    from pulumi_aws.secretsmanager.get_secret_versions import GetSecretVersionsResult

CURRENT = "AWSCURRENT"


class SecretVersions:
    """The secrets of one region; each is asked for once."""

    def __init__(self, region: str, parent: pulumi.Resource) -> None:
        self._region, self._parent = region, parent
        self._current: dict[str, pulumi.Output[str]] = {}

    def of(self, reference: str) -> SecretVersion:
        """What a container is given for a reference of the settings."""
        arn, key, label = secret_parts(regional_secret(reference, self._region))
        if label:
            return SecretVersion(arn=arn, json_key=key, stage=label)
        return SecretVersion(arn=arn, json_key=key, version_id=self.current(arn, arn))

    def current(self, name: str, arn: pulumi.Input[str]) -> pulumi.Output[str]:
        """The id of a secret's current version; `name` tells secrets apart whose ARNs are not known yet."""
        return self._found(name, arn).apply(lambda found: found or _missing(name))

    def current_of_own(self, name: str, arn: pulumi.Input[str]) -> pulumi.Output[str]:
        """The same of a secret that the stack makes. Until its value is put in by hand, tasks that start read whatever
        is current then."""
        return self._found(name, arn)

    def _found(self, name: str, arn: pulumi.Input[str]) -> pulumi.Output[str]:
        if name not in self._current:
            self._current[name] = self._ask(arn)
        return self._current[name]

    def _ask(self, arn: pulumi.Input[str]) -> pulumi.Output[str]:
        # Loaded only where a stack has secrets.
        from pulumi_aws import secretsmanager

        versions = secretsmanager.get_secret_versions_output(
            secret_id=arn, opts=pulumi.InvokeOptions(parent=self._parent)
        )
        return versions.apply(current_version)


def current_version(found: "GetSecretVersionsResult") -> str:
    """The id of the version that has the label AWSCURRENT; empty where none has."""
    return next((version.version_id for version in found.versions if CURRENT in version.version_stages), "")


def _missing(name: str) -> str:
    raise ValueError(f"secrets: {name} has no value yet, so no task could start with it; put one in")
