"""The master user's credential of a database: generated once, kept in Secrets Manager, never in clear.

Children: a secret, its version.
"""

import json
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import secretsmanager

# PostgreSQL on RDS takes 8 to 128 characters; letters and digits need no quoting in an address.
PASSWORD_LENGTH = 40
RECOVERY_DAYS = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class MasterCredentialArgs:
    """Whose credential it is."""

    kms_key_arn: pulumi.Input[str]
    """Key that encrypts the secret."""
    username: str
    """Master user."""
    details: dict[str, Any]
    """More members of the secret's JSON, none of them secret: engine, port, database."""
    version: int = 1
    """Raise it by one to generate a new password and give it to the database."""
    protect: bool = True
    """Refuse to delete the secret, and keep it 30 days if it is deleted; without, it is gone at once."""

    def __post_init__(self) -> None:
        if self.version < 1:
            raise ValueError(f"version: {self.version}; count from 1")


class MasterCredential(pulumi.ComponentResource):
    """A generated password and the secret that holds it. USD 0.40 a month.

    RDS cannot manage the password itself where the instance has replicas. The generated value changes with every run,
    so the secret's version ignores changes after its creation and everybody else reads the password from there: an
    unchanged program changes nothing, and a database created in a later run (or anew) still gets the password that
    the secret holds. A new `version` is a new resource, so it does take a new value. The password is secret in the
    state, and the database takes it as a write-only argument, which is neither read back nor compared.
    """

    secret_arn: pulumi.Output[str]
    password: pulumi.Output[str]
    version: int

    def __init__(self, name: str, args: MasterCredentialArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("breakwater:master_credential:MasterCredential", name, None, opts)
        secret = secretsmanager.Secret(
            name,
            description=f"Master user of {name}",
            kms_key_id=args.kms_key_arn,
            recovery_window_in_days=RECOVERY_DAYS if args.protect else 0,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        version = secretsmanager.SecretVersion(
            f"{name}-v{args.version}",
            secret_id=secret.id,
            secret_string=self._generate(args),
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["secretString"]),
        )
        self.secret_arn = secret.arn
        self.password = pulumi.Output.secret(version.secret_string.apply(_password))
        self.version = args.version
        self.register_outputs({"secret_arn": self.secret_arn})

    def _generate(self, args: MasterCredentialArgs) -> pulumi.Output[str]:
        generated = secretsmanager.get_random_password_output(
            password_length=PASSWORD_LENGTH,
            exclude_punctuation=True,
            require_each_included_type=True,
            opts=pulumi.InvokeOutputOptions(parent=self),
        )
        content = generated.apply(
            lambda answer: json.dumps(
                {"username": args.username, "password": answer.random_password, **args.details}, sort_keys=True
            )
        )
        return pulumi.Output.secret(content)


def _password(secret_string: str | None) -> str:
    """Empty where nothing was generated: RDS refuses that, and a stand-in for the provider does not mind."""
    return str(json.loads(secret_string)["password"] or "") if secret_string else ""
