"""The master user's password: generated once, secret everywhere."""

import json

import pytest

from components.database import Database
from components.master_credential import MasterCredentialArgs
from tests.support.data import KEY, KEYS, RANDOM_PASSWORD
from tests.support.databases import FULL, INSTANCE, args, recorded
from tests.support.recorder import record


@pytest.mark.feature("D5")
def test_credential_is_generated_once_and_secret() -> None:
    recording = recorded()
    secret = recording.only("aws:secretsmanager/secret:Secret")
    assert (secret.inputs["kmsKeyId"], secret.inputs["recoveryWindowInDays"], secret.protect) == (
        KEYS.secrets,
        30,
        True,
    )
    version = recording.get("aws:secretsmanager/secretVersion:SecretVersion", "db-master-v1")
    assert version.inputs["secretId"] == "db-master.id"
    assert json.loads(version.inputs["secretString"]) == {
        "username": "platform",
        "password": "generated",
        "engine": "postgres",
        "port": 5433,
        "dbname": "app",
        "dbInstanceIdentifier": "test-unit-db",
    }
    assert version.secret_inputs == {"secretString"}
    # A new value is generated in every run; the first one stays, and the instance reads it from there.
    assert version.ignore_changes == ("secretString",)
    writer = recording.get(INSTANCE, "db")
    assert writer.secret_inputs == {"passwordWo"}
    assert writer.property_dependencies["passwordWo"] == (version.urn,)
    assert writer.ignore_changes == ()


@pytest.mark.feature("D5")
def test_new_password_version_is_a_new_secret_version() -> None:
    recording = recorded(master_password_version=2)
    assert recording.only("aws:secretsmanager/secretVersion:SecretVersion").name == "db-master-v2"
    assert recording.get(INSTANCE, "db").inputs["passwordWoVersion"] == 2


def test_provider_that_generates_nothing_does_not_stop_the_program() -> None:
    recording = record(lambda: Database("db", args()), invokes={RANDOM_PASSWORD: {}})
    assert recording.get(INSTANCE, "db").inputs["passwordWo"] == ""


def test_no_output_reveals_the_password() -> None:
    recording = recorded(**FULL)
    assert "generated" not in json.dumps(recording.outputs)


def test_credential_version_refused() -> None:
    with pytest.raises(ValueError, match="version: 0; count from 1"):
        MasterCredentialArgs(kms_key_arn=KEY, username="platform", details={}, version=0)
