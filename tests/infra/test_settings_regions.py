"""Rules about regions, networks and zones."""

import pytest

from tests.infra.sample import SAMPLE, Case, assert_among, assert_only, edited, refusal, settings_of

CASES = {
    "no network": Case(
        "10.1.0.0/16", "10.1.0.0/99", "regions.eu-west-1.cidr", "/99", "is no IPv4 network", "another range"
    ),
    "public range": Case(
        "10.1.0.0/16", "54.0.0.0/16", "regions.eu-west-1.cidr", "54.0", "not private", "another range"
    ),
    "small range": Case("10.1.0.0/16", "10.1.0.0/24", "regions.eu-west-1.cidr", "/24", "too small", "another range"),
    "foreign zone": Case(
        "eu-west-1b: 1",
        "us-east-1b: 1",
        "regions.eu-west-1.zones.us-east-1b",
        "us-east-1b: 1}",
        "no zone of eu-west-1",
        "write it as eu-west-1a",
    ),
    "slot twice": Case(
        "eu-west-1b: 1",
        "eu-west-1b: 0",
        "regions.eu-west-1.zones.eu-west-1b",
        "eu-west-1b: 0",
        "slot 0 belongs to eu-west-1a",
        "write 1",
    ),
    "slot too high": Case(
        "eu-west-1b: 1",
        "eu-west-1b: 8",
        "regions.eu-west-1.zones.eu-west-1b",
        "eu-west-1b: 8",
        "slot 8 does not exist",
        "write 1",
    ),
    "one zone": Case(", eu-west-1b: 1", "", "regions.eu-west-1.zones", "{eu-west-1a", "1 zone", "eu-west-1b: 1"),
    "signal twice": Case(
        "    log_retention_days: 30\n",
        "    log_retention_days: 30\n    health_signals: [balancer, balancer]\n",
        "health_signals[1]",
        "health_signals",
        "balancer is listed twice",
        "remove one of the two",
    ),
    "tasks of nobody": Case(
        "api: {min: 2, max: 4}",
        "apis: {min: 2, max: 4}",
        "regions.us-east-1.tasks.apis",
        "apis:",
        "no service or worker apis",
        "write api",
    ),
    "regional tasks upside down": Case(
        "api: {min: 2, max: 4}",
        "api: {min: 4, max: 2}",
        "regions.us-east-1.tasks.api.max",
        "{min: 4",
        "maximum 2 is less than the minimum 4",
        "write 4",
    ),
    "key in no region": Case(
        "    owner:",
        "    key_region: us-west-2\n    owner:",
        "key_region",
        "key_region",
        "no region us-west-2",
        "write one of them",
    ),
}

PEERS = {
    "overlap": Case(
        "10.1.0.0/16",
        "10.0.128.0/17",
        "regions.eu-west-1.cidr",
        "10.0.128",
        "overlaps 10.0.0.0/16 of us-east-1",
        "give one of the two another range",
    ),
    "peer of itself": Case(
        "role: standby",
        "role: standby\n        peers: [eu-west-1]",
        "regions.eu-west-1.peers[0]",
        "peers:",
        "eu-west-1 cannot be its own peer",
        "remove it",
    ),
    "unknown peer": Case(
        "role: standby",
        "role: standby\n        peers: [us-east-2]",
        "regions.eu-west-1.peers[0]",
        "peers:",
        "the stack has no region us-east-2",
        "write us-east-1",
    ),
    "peer twice": Case(
        "role: standby",
        "role: standby\n        peers: [us-east-1, us-east-1]",
        "regions.eu-west-1.peers[1]",
        "peers:",
        "us-east-1 is listed twice",
        "remove one of the two",
    ),
}

ENDPOINTS = {
    "gateway service": Case(
        "[logs]", "[s3]", "regions.us-east-1.interface_endpoints[0]", "[s3]", "gateway endpoint", "leave"
    ),
    "no service's name": Case(
        "[logs]", "[ECR API]", "regions.us-east-1.interface_endpoints[0]", "ECR", "no service's name", "correct"
    ),
    "endpoint twice": Case(
        "[logs]", "[ecr.api, ecr-api]", "regions.us-east-1.interface_endpoints[1]", "ecr-api", "listed twice", "remove"
    ),
    "no way out": Case(
        "        interface_endpoints: [logs]",
        "        nat: none\n        interface_endpoints: [logs]",
        "regions.us-east-1.nat",
        "nat: none",
        "without NAT gateway tasks cannot reach ecr.api, ecr.dkr, sqs",
        "add ecr.api, ecr.dkr, sqs to interface_endpoints",
    ),
}

CONSEQUENCES = {
    "unknown region": Case(
        "      eu-west-1:\n        role",
        "      eu-west-9:\n        role",
        "regions.eu-west-9",
        "eu-west-9",
        "eu-west-9 is no region of AWS",
        "write eu-west-",
    ),
    "two primaries": Case(
        "role: standby",
        "role: primary",
        "regions.us-east-1.role",
        "role: primary\n        cidr: 10.0",
        "eu-west-1 is the primary region already",
        "write `role: active` or `role: standby`",
    ),
    "no primary": Case(
        "role: primary", "role: standby", "regions", "    regions:", "no region is the primary", "role: primary"
    ),
}
"""Refused together with what follows from it."""


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_refused_at_its_place_with_a_remedy(case: Case) -> None:
    assert_only(case)


@pytest.mark.feature("N9")
@pytest.mark.parametrize("case", PEERS.values(), ids=PEERS.keys())
def test_networks_are_refused_that_cannot_be_joined(case: Case) -> None:
    assert_only(case)


@pytest.mark.feature("N4")
@pytest.mark.parametrize("case", ENDPOINTS.values(), ids=ENDPOINTS.keys())
def test_endpoints_are_refused_that_are_none_or_too_few(case: Case) -> None:
    assert_only(case)


@pytest.mark.parametrize("case", CONSEQUENCES.values(), ids=CONSEQUENCES.keys())
def test_refused_together_with_its_consequences(case: Case) -> None:
    assert_among(case)


def test_an_active_region_needs_a_way_to_the_writer() -> None:
    (problem,) = refusal(edited(("role: standby", "role: active"))).problems
    assert problem.location == "config.breakwater:platform.regions.eu-west-1.peers"
    assert "programs in eu-west-1 write to the database in us-east-1" in problem.message
    assert problem.remedy.startswith("add `peers: [us-east-1]`")
    assert settings_of(edited(("role: standby", "role: active\n        peers: [us-east-1]")))


ONE_REGION = (SAMPLE[SAMPLE.index("      eu-west-1:\n        role") : SAMPLE.index("    services:\n      api:")], "")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ([ONE_REGION, ("      remote_replicas:\n        eu-west-1: {}\n", "")], "no other region could take over"),
        ([(SAMPLE[SAMPLE.index("    database:\n") : SAMPLE.index("    cache:\n")], ""),
          ("[database, cache]", "[cache]")], "the stack has no database"),
    ],
)  # fmt: skip
def test_signals_of_what_is_not_there_are_refused(changes: list[tuple[str, str]], message: str) -> None:
    text = edited(*changes, ("    log_retention_days: 30\n", "    health_signals: [writer]\n"))
    (problem,) = refusal(text).problems
    assert message in problem.message
    assert problem.remedy.startswith("remove it")


@pytest.mark.feature("N4")
def test_endpoints_can_be_the_only_ways_out() -> None:
    endpoints = "        nat: none\n        interface_endpoints: [ecr.api, ecr.dkr, logs, sqs]"
    settings = settings_of(edited(("        interface_endpoints: [logs]", endpoints)))
    assert settings.regions["us-east-1"].nat == "none"


@pytest.mark.feature("N4")
def test_without_nat_secrets_need_an_endpoint_too() -> None:
    endpoints = "        nat: none\n        interface_endpoints: [ecr.api, ecr.dkr, logs, sqs]"
    secret = "{TOKEN: arn:aws:secretsmanager:us-east-1:111122223333:secret:token-a1b2c3}"
    text = edited(
        ("        interface_endpoints: [logs]", endpoints),
        ("        environment:\n", f"        secrets: {secret}\n        environment:\n"),
    )
    assert [problem.message for problem in refusal(text).problems] == [
        "without NAT gateway tasks cannot reach secretsmanager"
    ]


@pytest.mark.feature("N4")
@pytest.mark.feature("N4")
def test_without_nat_topics_and_buses_need_their_endpoints() -> None:
    endpoints = "        nat: none\n        interface_endpoints: [ecr.api, ecr.dkr, logs, sqs]"
    text = edited(
        ("        interface_endpoints: [logs]", endpoints),
        ("        produces: [orders]", "        produces: [news, mill]"),
    )
    text += "    topics: {news: {subscriptions: {orders: {}}}}\n    buses: {mill: {}}\n"
    assert [problem.message for problem in refusal(text).problems] == [
        "without NAT gateway tasks cannot reach events, sns"
    ]


def test_without_nat_only_images_of_ecr_can_be_pulled() -> None:
    endpoints = "        nat: none\n        interface_endpoints: [ecr.api, ecr.dkr, logs, sqs]"
    elsewhere = f"docker.io/library/nginx@sha256:{'0' * 64}"
    text = edited(
        ("        interface_endpoints: [logs]", endpoints),
        ("        image: *image\n        port: 8080", f"        image: {elsewhere}\n        port: 8080"),
    )
    (problem,) = refusal(text).problems
    assert problem.location == "config.breakwater:platform.services.web.image"
    assert "without NAT gateway in us-east-1 no image can be pulled from docker.io" in problem.message
    assert "copy the image to ECR" in problem.remedy
