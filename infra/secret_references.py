"""How the settings name secrets, and what that means in a region."""

import pulumi

from components.task import SecretVersion
from infra.environment import own_secret, regional_secret
from infra.place import Place
from infra.secret_versions import SecretVersions


def secret_arn(reference: str, at: Place) -> pulumi.Input[str]:
    """The secret that a reference means, in the region's own copy: name and suffix are the same everywhere."""
    own = own_secret(reference)
    return regional_secret(reference, at.region) if own is None else at.secrets[own[0]][at.region]


def container_secret(reference: str, at: Place, versions: SecretVersions) -> SecretVersion:
    """What a container definition takes: the secret, its key, its version."""
    own = own_secret(reference)
    if own is None:
        return versions.of(reference)
    name, key = own
    arn = at.secrets[name][at.region]
    return SecretVersion(arn=arn, json_key=key, version_id=versions.current_of_own(name, arn))
