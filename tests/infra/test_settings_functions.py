"""Rules about functions, HTTP APIs, repositories, builds and own secrets."""

import pytest

from infra.settings import KEY, ConfigurationError, StackSource, validate
from tests.infra.sample import SAMPLE, SERVERLESS, settings_of

EVERYTHING = SAMPLE + SERVERLESS
Case = tuple[str, str, str, str, str]
ROUTE = "GET /orders/{id}: {function: orders-api, scopes: [read]}"
DIGEST = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

# Each an edit of the text with everything, the problem's place, and a part of what is said of it and of the remedy.
FUNCTIONS = {
    "image by tag": (
        f"functions@sha256:{DIGEST}",
        "functions:latest",
        "functions.orders-api.image",
        "digest",
        "digest",
    ),
    "image elsewhere": (
        f"111122223333.dkr.ecr.us-east-1.amazonaws.com/test-unit/functions@sha256:{DIGEST}",
        f"docker.io/library/functions@sha256:{DIGEST}",
        "functions.orders-api.image",
        "not in ECR",
        "ECR",
    ),
    "image and archive": (
        "        package:\n",
        f"        image: 111122223333.dkr.ecr.us-east-1.amazonaws.com/a/b@sha256:{DIGEST}\n        package:\n",
        "functions.rotate",
        "cannot both run",
        "remove one",
    ),
    "archive missing in a region": (
        "            eu-west-1: {bucket: builds-eu, version: v2}\n",
        "",
        "functions.rotate.package.sources",
        "eu-west-1 does not know",
        "upload it to a bucket in eu-west-1",
    ),
    "archive in an unknown region": (
        "            us-east-1: {bucket",
        "            us-west-2: {bucket: b-b, version: v}\n            us-east-1: {bucket",
        "functions.rotate.package.sources.us-west-2",
        "no region us-west-2",
        "remove",
    ),
    "runtime": (
        "runtime: python3.13",
        "runtime: cobol",
        "functions.rotate.package",
        "no runtime",
        "correct the archive",
    ),
    "variable of Lambda's": (
        "{MODE: fast}",
        "{AWS_REGION: x}",
        "functions.orders-api.environment",
        "set by Lambda",
        "rename",
    ),
    "variable of the platform's": (
        "{MODE: fast}",
        "{DATABASE_HOST: x}",
        "functions.orders-api.environment.DATABASE_HOST",
        "set by the platform",
        "remove",
    ),
    "no such queue": (
        "        produces: [orders]\n        environment: {MODE",
        "        produces: [order]\n        environment: {MODE",
        "functions.orders-api.produces[0]",
        "no queue, topic or bus order",
        "write orders",
    ),
    "name taken": (
        "      rotate:\n",
        "      web:\n        image: 111122223333.dkr.ecr.us-east-1.amazonaws.com/a/b@sha256:"
        f"{DIGEST}\n        concurrency: 1\n      rotate:\n",
        "functions.web",
        "services has a web too",
        "rename",
    ),
}
APIS = {
    "host elsewhere": ("host: shop.test.", "host: a.shop.test.", "http_apis.shop.host", "not directly under", "write"),
    "host of a service": (
        "host: shop.test.",
        "host: api.test.",
        "http_apis.shop.host",
        "belongs to services",
        "another name",
    ),
    "route": (
        ROUTE,
        ROUTE.replace("GET /", "FETCH /"),
        "http_apis.shop.routes.FETCH /orders/{id}",
        "must be a method",
        "correct",
    ),
    "no such function": (
        ROUTE,
        ROUTE.replace("orders-api", "order-api"),
        "http_apis.shop.routes.GET /orders/{id}.function",
        "no order-api in functions",
        "write orders-api",
    ),
    "open by mistake": (
        '        jwt: {issuer: "https://id.example.com", audiences: [shop]}\n',
        "",
        "http_apis.shop.routes.GET /orders/{id}",
        "open to everybody",
        "add `jwt`",
    ),
    "public with scopes": (
        ROUTE,
        ROUTE.replace("scopes", "public: true, scopes"),
        "http_apis.shop.routes.GET /orders/{id}.scopes",
        "public route sees no token",
        "correct the scopes",
    ),
    "function slower than the API": (
        "        concurrency: 50\n",
        "        concurrency: 50\n        timeout_seconds: 30\n",
        "functions.orders-api.timeout_seconds",
        "may take 30 s and the API waits 30 s",
        "give the function less",
    ),
    "nobody may ask for its health": (
        "GET /health/ready: {function: orders-api, public: true}",
        "GET /health/ready: {function: orders-api}",
        "http_apis.shop.health_path",
        "no route lets anybody ask",
        "add the route `GET /health/ready`",
    ),
    "origins": (
        'origins: ["https://app.example.com"]',
        'origins: ["app"]',
        "http_apis.shop.cors",
        "must be a scheme",
        "correct",
    ),
}
IMAGES = {
    "prefix": (
        "    secrets:\n      chat",
        "    image_replication: {further_prefixes: [A]}\n    secrets:\n      chat",
        "image_replication.further_prefixes[0]",
        "lower-case",
        "names of repositories",
    ),
}
SECRETS = {
    "no such secret": (
        "{TOKEN_ARN: chat-token}",
        "{TOKEN_ARN: chat}",
        "functions.orders-api.secrets.TOKEN_ARN",
        "no secret chat",
        "arn:aws",
    ),
    "key for a function": (
        "{TOKEN_ARN: chat-token}",
        "{TOKEN_ARN: 'chat-token:user'}",
        "functions.orders-api.secrets.TOKEN_ARN",
        "reads the whole secret",
        "write chat-token",
    ),
    "nobody rotates": (
        "rotation: {function: rotate, schedule: rate(7 days)}",
        "rotation: {schedule: rate(7 days)}",
        "secrets.chat-token.rotation",
        "nobody rotates it",
        "add `function`",
    ),
    "two rotate": (
        "{function: rotate,",
        "{function: rotate, function_arn: 'arn:aws:lambda:us-east-1:111122223333:function:f',",
        "secrets.chat-token.rotation",
        "cannot both",
        "remove one",
    ),
    "no such rotating function": (
        "{function: rotate,",
        "{function: rotat,",
        "secrets.chat-token.rotation.function",
        "no function rotat",
        "write rotate",
    ),
    "rotating function elsewhere": (
        "{function: rotate,",
        "{function_arn: 'arn:aws:lambda:eu-west-1:111122223333:function:f',",
        "secrets.chat-token.rotation.function_arn",
        "the secret is in us-east-1",
        "deploy it in us-east-1",
    ),
    "too often": (
        "rate(7 days)",
        "rate(1 hour)",
        "secrets.chat-token.rotation.schedule",
        "runs 3600 s apart",
        "longer gap",
    ),
    "reader": ("role/support-*", "root", "secrets.chat-token.readers[0]", "form", "arn:aws:iam"),
}


def problems_of(text: str) -> dict[str, tuple[str, str, int | None]]:
    source = StackSource.parse(text, "Pulumi.test.yaml")
    try:
        validate(source.config[KEY], source=source)
    except ConfigurationError as error:
        prefix = f"config.{KEY}."
        return {p.location.removeprefix(prefix): (p.message, p.remedy, p.line) for p in error.problems}
    return {}


def check(case: Case) -> None:
    old, new, path, message, remedy = case
    assert EVERYTHING.count(old) >= 1, f"not in the text: {old!r}"
    found = problems_of(EVERYTHING.replace(old, new, 1))
    assert list(found) == [path], found
    told, advised, line = found[path]
    assert message in told
    assert remedy in advised
    assert line


def test_the_text_is_good() -> None:
    assert problems_of(EVERYTHING) == {}


@pytest.mark.feature("L8")
@pytest.mark.parametrize("case", [*FUNCTIONS.values(), *APIS.values()], ids=lambda c: c[2])
def test_functions_and_apis(case: Case) -> None:
    check(case)


@pytest.mark.feature("L8")
def test_a_function_without_code_and_two_apis_of_one_name() -> None:
    empty = "      empty:\n        concurrency: 1\n    http_apis:\n"
    assert (
        problems_of(EVERYTHING.replace("    http_apis:\n", empty, 1))["functions.empty"][1]
        == "add `image` or `package`"
    )
    second = (
        "      second:\n        host: shop.test.breakwater.example\n        routes:\n"
        "          GET /health/ready: {function: orders-api, public: true}\n    repositories:\n"
    )
    found = problems_of(EVERYTHING.replace("    repositories:\n", second, 1))
    # The mapping is read sorted: of two, the one that comes later by name is told.
    assert list(found) == ["http_apis.shop.host"]
    assert "belongs to http_apis.second" in found["http_apis.shop.host"][0]


@pytest.mark.feature("I1")
def test_prefixes() -> None:
    check(IMAGES["prefix"])


BUILT = (
    "        image: *image\n        port: 8080",
    "        build: {repository: web, context: services/web}\n        port: 8080",
)
NAMED = ("    owner:", "    repositories: {web: {}}\n    owner:")


@pytest.mark.feature("I2")
def test_builds_are_for_development() -> None:
    text = SAMPLE.replace(*BUILT).replace(*NAMED)
    assert problems_of(text.replace("class: production", "class: development")) == {}
    (problem,) = problems_of(text).items()
    assert problem[0] == "services.web.build"
    assert "built once, by CI" in problem[1][0]
    assert "as `image`" in problem[1][1]


@pytest.mark.feature("I2")
@pytest.mark.parametrize(
    ("new", "path", "message"),
    [
        ("        port: 8080", "services.web", "no image to run"),
        (
            "        image: *image\n        build: {repository: web, context: a}\n        port: 8080",
            "services.web.build",
            "cannot both",
        ),
        (
            "        build: {repository: wob, context: a}\n        port: 8080",
            "services.web.build.repository",
            "no repository wob",
        ),
        ("        build: {repository: web, context: /a}\n        port: 8080", "services.web.build.context", "form"),
        ("        build: {repository: web, context: ../a}\n        port: 8080", "services.web.build.context", "form"),
    ],
)
def test_builds_refused(new: str, path: str, message: str) -> None:
    text = SAMPLE.replace("class: production", "class: development").replace(*NAMED).replace(BUILT[0], new)
    found = problems_of(text)
    assert list(found) == [path], found
    assert message in found[path][0]


@pytest.mark.feature("K2")
@pytest.mark.parametrize("case", SECRETS.values(), ids=lambda c: c[2])
def test_secrets(case: Case) -> None:
    check(case)


def test_home_is_the_keys_region() -> None:
    assert settings_of(SAMPLE).home_region == "us-east-1"
    assert settings_of(SAMPLE.replace("    owner:", "    key_region: eu-west-1\n    owner:")).home_region == "eu-west-1"


@pytest.mark.feature("L8")
def test_a_function_in_a_network_without_nat_needs_endpoints() -> None:
    """What Lambda does for it, logs, traces and dead letters, does not go through the network."""
    zones = "        zones: {eu-west-1a: 0, eu-west-1b: 1}\n"
    alone = "ecr.api, ecr.dkr, logs, sqs"
    text = EVERYTHING.replace(zones, f"{zones}        nat: none\n        interface_endpoints: [{alone}]\n")
    (problem,) = problems_of(text).items()
    assert problem[0] == "regions.eu-west-1.nat"
    assert "cannot reach secretsmanager" in problem[1][0]
    assert problems_of(text.replace(alone, f"{alone}, secretsmanager")) == {}
