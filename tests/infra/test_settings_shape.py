"""What does not have the shape of the settings is refused: keys, types, words, forms."""

import pytest

from tests.infra.sample import Case, assert_only

CASES = {
    "unknown key": Case("memory: 1024", "memroy: 1024", "services.api.memroy", "memroy", "not known", "`memory`"),
    "unknown key without a likeness": Case(
        "    log_retention_days", "    zzz: 1\n    log_retention_days", "zzz", "zzz", "not known", "remove it"
    ),
    "missing": Case(
        "        port: 5555\n", "", "services.api.port", "      api:\n        image", "missing", "add `port: "
    ),
    "text for a number": Case(
        "cpu: 512",
        'cpu: "512"',
        "services.api.cpu",
        'cpu: "512"',
        '"512" is not a whole number',
        "remove the quotes: 512",
    ),
    "number for text": Case(
        "LOG_LEVEL: info",
        "LOG_LEVEL: 3",
        "services.api.environment.LOG_LEVEL",
        "LOG_LEVEL",
        "3 is not text",
        'quotes: "3"',
    ),
    "unquoted version": Case(
        'engine_version: "17"', "engine_version: 17", "database.engine_version", "engine_version", "not text", '"17"'
    ),
    "fraction": Case("port: 5555", "port: 55.5", "services.api.port", "port: 55.5", "55.5", "write for example 8080"),
    "truth for a number": Case("port: 5555", "port: true", "services.api.port", "port: true", "true is not", "8080"),
    "empty mapping": Case(
        "    queues:\n      orders:\n        visibility_timeout_seconds: 60\n        retention_seconds: 345600\n",
        "    queues:\n",
        "queues",
        "    queues:",
        "null is not a mapping",
        "or remove the key",
    ),
    "wrong word": Case(
        "role: standby", "role: stand-by", "regions.eu-west-1.role", "stand-by", "none of", "write standby"
    ),
    "wrong class": Case("class: production", "class: prod", "class", "class: prod", "none of", "write production"),
    "bad name": Case("      packer:", "      Packer:", "workers.Packer", "Packer", "no name", "rename it"),
    "bad variable": Case(
        "LOG_LEVEL: info", "LOG-LEVEL: info", "services.api.environment.LOG-LEVEL", "LOG-LEVEL", "no name", "rename it"
    ),
    "beyond a limit": Case(
        "      replicas: 1", "      replicas: 6", "cache.replicas", "      replicas: 6", "less than or equal to 5", "1"
    ),
    "bad address": Case(
        "oncall@breakwater.example", "oncall", "alarms.emails[0]", "emails", "form", '"oncall@example.com"'
    ),
    "address twice": Case(
        "[oncall@breakwater.example]",
        "[a@b.example, a@b.example]",
        "alarms.emails[1]",
        "emails",
        "listed twice",
        "remove",
    ),
    "runbooks without TLS": Case(
        "https://docs", "http://docs", "alarms.runbooks_url", "runbooks_url", "form", "https://docs.breakwater.example"
    ),
    "retention CloudWatch lacks": Case(
        "log_retention_days: 30",
        "log_retention_days: 31",
        "log_retention_days",
        "log_retention_days",
        "none of",
        "one of",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_refused_at_its_place_with_a_remedy(case: Case) -> None:
    assert_only(case)
