"""From the settings to the stack's own secrets, who reads them, and who rotates them."""

from collections.abc import Iterable, Mapping

import pulumi
import pulumi_aws as aws

from components.alarms import AlarmTarget
from components.key import Keys
from components.secret import Secret, SecretArgs
from infra.environment import logical_name, own_secret
from infra.providers import with_provider
from infra.region import Region
from infra.settings import Settings


def create_secrets(
    settings: Settings,
    providers: Mapping[str, aws.Provider],
    keys: Mapping[str, Keys],
    account_id: pulumi.Input[str],
) -> dict[str, Secret]:
    """In the region that the keys are at home in, with copies in the others: roles may move, secrets do not."""
    home = settings.home_region
    return {
        name: Secret(
            logical_name(home, f"{name}-secret"),
            SecretArgs(
                description=settings.secrets[name].description,
                region=home,
                kms_key_arn=keys[home].secrets,
                replicas={region: keys[region].secrets for region in sorted(settings.regions) if region != home},
                readers=_readers(name, settings, account_id),
                protect=settings.protect,
            ),
            opts=with_provider(providers[home]),
        )
        for name in settings.secrets
    }


def create_rotations(
    settings: Settings,
    providers: Mapping[str, aws.Provider],
    keys: Mapping[str, Keys],
    alarms: Mapping[str, AlarmTarget],
    secrets: Mapping[str, Secret],
    regions: Mapping[str, Region],
) -> None:
    """After the functions, which may read secrets themselves."""
    home = settings.home_region
    for name, secret in settings.secrets.items():
        if secret.rotation is None:
            continue
        # Only here, because few stacks rotate.
        from components.secret_rotation import SecretRotation, SecretRotationArgs

        own = regions[home].functions[secret.rotation.function] if secret.rotation.function else None
        SecretRotation(
            logical_name(home, f"{name}-rotation"),
            SecretRotationArgs(
                secret=secrets[name],
                function_arn=own.arn if own else str(secret.rotation.function_arn),
                role_name=own.role_name if own else None,
                kms_key_arn=keys[home].secrets if own else None,
                schedule=secret.rotation.schedule,
                window_hours=secret.rotation.window_hours,
                alarms=alarms[home],
            ),
            opts=with_provider(providers[home]),
        )


def _readers(name: str, settings: Settings, account_id: pulumi.Input[str]) -> list[pulumi.Input[str]]:
    """Nobody in particular, unless the settings name readers: then they, and what in the stack names the secret.

    Patterns, because the roles are made later and their policies name the secret; Pulumi appends to a role's name.
    """
    secret = settings.secrets[name]
    if not secret.readers:
        return []
    functions = [key for key, function in settings.functions.items() if _names(function.secrets.values(), name)]
    if secret.rotation and secret.rotation.function and secret.rotation.function not in functions:
        functions.append(secret.rotation.function)
    containers = {**settings.services, **settings.workers, **settings.jobs}
    roles = [f"{key}-execution" for key, container in containers.items() if _names(container.secrets.values(), name)]
    return [
        *secret.readers,
        *(
            pulumi.Output.concat("arn:aws:iam::", account_id, f":role/{logical_name(region, role)}-*")
            for region in sorted(settings.regions)
            for role in sorted([*roles, *functions])
        ),
    ]


def _names(references: Iterable[str], name: str) -> bool:
    return any((own_secret(reference) or ("", ""))[0] == name for reference in references)
