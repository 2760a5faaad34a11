"""What tasks are told and allowed, as far as it is plain values."""

import re
import sys
from importlib import metadata
from pathlib import Path

import pulumi
import pytest

from infra.environment import (
    Access,
    bucket_variable,
    combined,
    event_access,
    logical_name,
    producer_access,
    publisher_access,
    regional_image,
    regional_secret,
    secret_parts,
    service_variable,
    variable_of,
)
from infra.stores import store_identifier

DIGEST = "@sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (
            "111122223333.dkr.ecr.us-east-1.amazonaws.com/app/api",
            "111122223333.dkr.ecr.eu-west-1.amazonaws.com/app/api",
        ),
        ("public.ecr.aws/docker/library/nginx", "public.ecr.aws/docker/library/nginx"),
        ("registry.example.com:5000/api", "registry.example.com:5000/api"),
        ("nginx", "nginx"),
    ],
)
def test_only_a_private_ecr_image_has_a_regional_twin(image: str, expected: str) -> None:
    assert regional_image(image + DIGEST, "eu-west-1") == expected + DIGEST


def test_a_secrets_replica_differs_in_its_region_only() -> None:
    arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:app/token-a1b2c3"
    assert regional_secret(arn, "us-east-1") == arn
    assert regional_secret(arn, "eu-west-1") == arn.replace("us-east-1", "eu-west-1")
    assert secret_parts(arn) == (arn, "", "")
    assert secret_parts(f"{arn}:password") == (arn, "password", "")
    assert secret_parts(f"{arn}:password:AWSCURRENT") == (arn, "password", "AWSCURRENT")
    assert secret_parts(f"{arn}::AWSCURRENT") == (arn, "", "AWSCURRENT")


def test_names_and_variables() -> None:
    assert logical_name("eu-west-1", "api") == "eu-west-1-api"
    assert variable_of("queues", "bulk-mails") == "QUEUE_URL_BULK_MAILS"
    assert variable_of("topics", "bulk-mails") == "TOPIC_ARN_BULK_MAILS"
    assert variable_of("buses", "bulk-mails") == "BUS_NAME_BULK_MAILS"


@pytest.mark.feature("Q5")
def test_publishing_needs_the_topic_and_its_key_through_sns() -> None:
    access = publisher_access("orders", arn="orders-arn", kms_key_arn="key", region="eu-west-1")
    assert access.variables == {"TOPIC_ARN_ORDERS": "orders-arn"}
    publish, key = access.statements
    assert (publish.actions, publish.resources) == (["sns:Publish"], ["orders-arn"])
    assert (key.actions, key.resources) == (["kms:Decrypt", "kms:GenerateDataKey"], ["key"])
    assert key.conditions == {"StringEquals": {"kms:ViaService": "sns.eu-west-1.amazonaws.com"}}


@pytest.mark.feature("Q5")
def test_sending_events_needs_the_bus_only() -> None:
    access = event_access("shop", bus_name="shop-1", arn="shop-arn")
    assert access.variables == {"BUS_NAME_SHOP": "shop-1"}
    assert [(s.actions, s.resources) for s in access.statements] == [(["events:PutEvents"], ["shop-arn"])]
    assert bucket_variable("user-files") == "BUCKET_USER_FILES"
    assert service_variable("price-list") == "SERVICE_URL_PRICE_LIST"


def test_combined_states_a_permission_once() -> None:
    orders, mails = (
        producer_access(name, url=f"{name}-url", arn=f"{name}-arn", kms_key_arn="key", region="eu-west-1")
        for name in ("orders", "mails")
    )
    access = combined([orders, mails, Access(groups={"cache": ("sg-1", 6379)})])
    assert access.variables == {"QUEUE_URL_ORDERS": "orders-url", "QUEUE_URL_MAILS": "mails-url"}
    assert [statement.resources for statement in access.statements] == [["orders-arn"], ["key"], ["mails-arn"]]
    assert access.statements[1].conditions == {"StringEquals": {"kms:ViaService": "sqs.eu-west-1.amazonaws.com"}}
    assert access.groups == {"cache": ("sg-1", 6379)}


@pytest.mark.parametrize("role", ["cache", "database"])
def test_identifiers_of_stores_are_short_and_distinct(role: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulumi, "get_project", lambda: "breakwater")
    monkeypatch.setattr(pulumi, "get_stack", lambda: "Prod_1")
    assert store_identifier(role, 32) == f"breakwater-prod-1-{role}"
    long = set()
    for number in (1, 2):
        stack = f"a-stack-with-a-rather-long-name-{number}"
        monkeypatch.setattr(pulumi, "get_stack", lambda stack=stack: stack)
        long.add(store_identifier(role, 32))
    assert len(long) == 2
    assert all(re.fullmatch(r"[a-z](-?[a-z0-9])*", identifier) and len(identifier) <= 32 for identifier in long)


def test_no_module_hides_one_of_pythons_or_of_a_package() -> None:
    """Pulumi puts the folder of the program first on the path, so `import secrets` would find infra/secrets.py."""
    own = {file.stem for file in (Path(__file__).parents[2] / "infra").iterdir() if not file.name.startswith("_")}
    packages = set(metadata.packages_distributions())
    assert own & (sys.stdlib_module_names | packages) == set()
