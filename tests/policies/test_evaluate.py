"""Running the rules: their names, the order of what they find, default tags, secrets and every kind of unknown."""

import re
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import pytest
from pulumi_policy import proxy

from policies.rules import ALL, UNKNOWN, evaluate, plain
from tests.policies.stack import Made, broken, messages

PROVIDER = "urn:pulumi:unit::test::pulumi:providers:aws::eu-west-1"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
SENTINELS = [value for name, value in vars(proxy).items() if name.startswith("UNKNOWN_")]


@dataclass(frozen=True)
class Hidden:
    """A secret's wrapper, as the simulator has one."""

    value: Any


def test_rules_have_names_sentences_and_controls() -> None:
    assert len({rule.name for rule in ALL}) == len(ALL) >= 10
    for rule in ALL:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.name)
        assert rule.description.endswith(".")
        assert rule.remedy.endswith(".")
        assert all(re.fullmatch(r"[A-Za-z0-9]+\.\d+", control) for control in rule.controls)


def test_rules_need_no_pulumi() -> None:
    code = "import sys, policies.rules; print([m for m in sys.modules if m.startswith('pulumi')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[]\n"


def test_violations_come_in_the_order_of_the_resources() -> None:
    vpc, queue = Made("aws:ec2/vpc:Vpc", urn="z"), Made("aws:sqs/queue:Queue", urn="a")
    found = [(v.urn, v.rule.name) for v in evaluate([vpc, queue])]
    assert found == [
        ("z", "default-security-group-adopted"),
        ("z", "vpc-flow-logs"),
        ("a", "queue-encrypted"),
        ("a", "queue-has-dead-letter-queue"),
    ]


def test_nothing_to_look_at_is_no_violation() -> None:
    assert evaluate([]) == []
    assert evaluate([Made("breakwater:network:Network", {"anything": Hidden("x")})]) == []


@pytest.mark.parametrize("sentinel", SENTINELS)
def test_every_kind_of_unknown_is_unknown(sentinel: str) -> None:
    assert plain({"a": [sentinel]}) == {"a": [UNKNOWN]}
    assert messages("queue-encrypted", Made("aws:sqs/queue:Queue", {"kmsMasterKeyId": sentinel})) == []


def test_secrets_are_looked_into_and_never_shown() -> None:
    environment = '[{"name": "c", "environment": [{"name": "DB_PASSWORD", "value": "hunter2"}]}]'
    task = Made("aws:ecs/taskDefinition:TaskDefinition", {"containerDefinitions": Hidden(environment)})
    assert messages("container-secrets", task) == ["container c has DB_PASSWORD in clear"]
    assert "hunter2" not in str([v.message for v in evaluate([task])])


def test_assets_are_opaque() -> None:
    assert plain({"code": object()}) == {"code": UNKNOWN}


@pytest.mark.parametrize(
    "tags",
    [{"tags": {"class": "development"}}, '{"tags": {"class": "development"}}', Hidden({"tags": UNKNOWN}), UNKNOWN],
    ids=["block", "text", "unknown tags", "unknown"],
)
def test_default_tags_of_the_provider_tell_the_class(tags: Any) -> None:
    provider = Made("pulumi:providers:aws", {"defaultTags": tags}, PROVIDER)
    balancer = Made(BALANCER, {}, "lb", provider=f"{PROVIDER}::{UNKNOWN}")
    assert broken("balancer-deletion-protection", provider, balancer) == []


def test_own_tags_win_over_default_tags() -> None:
    provider = Made("pulumi:providers:aws", {"defaultTags": {"tags": {"class": "development"}}}, PROVIDER)
    balancer = Made(BALANCER, {"tags": {"class": "production"}}, "lb", provider=f"{PROVIDER}::id")
    said = [("lb", "enableDeletionProtection is not true")]
    assert broken("balancer-deletion-protection", provider, balancer) == said


@pytest.mark.parametrize("tags", [{}, {"class": "prod"}, {"class": "Development"}], ids=str)
def test_only_the_exact_class_gives_up_protection(tags: dict[str, str]) -> None:
    provider = Made("pulumi:providers:aws", {"defaultTags": {"tags": tags}}, PROVIDER)
    balancer = Made(BALANCER, {}, "lb", provider=f"{PROVIDER}::id")
    assert broken("balancer-deletion-protection", provider, balancer) != []
