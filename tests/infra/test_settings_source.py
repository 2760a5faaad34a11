"""The stack file as text: read as Pulumi reads it, with the line of each part; refused where it is no YAML."""

from pathlib import Path

import pytest

from infra.settings import KEY, ConfigurationError, StackSource
from tests.infra.sample import SAMPLE, edited, line_of, refusal


@pytest.mark.parametrize(
    ("path", "at"),
    [
        ((), "  breakwater:platform:"),
        (("services", "api", "port"), "        port: 5555"),
        (("services", "api", "routes", 1, "paths"), "            paths: [/api"),
        (("services", "api", "routes", 1), "          - priority: 20"),
        (("services", "api", "unheard", "of"), "      api:\n        image"),
        (("regions", "us-east-1", "zones", "us-east-1b"), "          us-east-1b: 1"),
    ],
)
def test_line_of_a_part_or_of_the_nearest_around_it(path: tuple[str | int, ...], at: str) -> None:
    assert StackSource.parse(SAMPLE, "f").line(path) == line_of(SAMPLE, at)


def test_words_that_only_old_yaml_reads_otherwise_are_text() -> None:
    text = f"config: {{{KEY}: {{a: yes, b: on, c: 12:30, d: 2026-01-02, e: true, f: 0o17, g: 1.5, h: ~, i: 10}}}}"
    assert StackSource.parse(text, "f").config[KEY] == {
        "a": "yes", "b": "on", "c": "12:30", "d": "2026-01-02", "e": True, "f": 15, "g": 1.5, "h": None, "i": 10
    }  # fmt: skip


def test_a_key_written_twice_is_refused() -> None:
    text = edited(("        port: 5555\n", "        port: 5555\n        port: 5556\n"))
    (problem,) = refusal(text).problems
    assert problem.location == "config.breakwater:platform.services.api.port"
    assert problem.line == line_of(text, "        port: 5556")
    assert f"first on line {line_of(text, '        port: 5555')}" in problem.message


def test_a_merged_key_may_be_written_again() -> None:
    merged = "        health:\n          <<: *health\n          interval_seconds: 20\n"
    text = edited(
        ("        health:\n", "        health: &health\n"), ("        port: 8080\n", "        port: 8080\n" + merged)
    )
    source = StackSource.parse(text, "f")
    assert list(source.problems()) == []
    assert source.config[KEY]["services"]["web"]["health"]["interval_seconds"] == 20


def test_an_encrypted_value_among_the_settings_is_refused() -> None:
    text = edited(("LOG_LEVEL: info", "LOG_LEVEL: {secure: AAABAK==}"))
    problem = next(problem for problem in refusal(text).problems if "encrypted" in problem.message)
    assert problem.location == "config.breakwater:platform.services.api.environment.LOG_LEVEL"
    assert problem.line == line_of(text, "LOG_LEVEL")
    assert "Secrets Manager" in problem.remedy


def test_an_encrypted_value_elsewhere_is_none_of_our_business() -> None:
    source = StackSource.parse(edited(('aws:skipMetadataApiCheck: "true"', "datadog:apiKey: {secure: AAABAK==}")), "f")
    assert list(source.problems()) == []
    assert source.config["datadog:apiKey"] == {"secure": "AAABAK=="}


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("config:\n  a: [1, 2\n  b: 3\n", 3, "no YAML"),
        ("config:\n\ta: 1\n", 2, "no YAML"),
        ("config: *nobody\n", None, "no YAML"),
        ("- a\n", 1, "no mapping `config`"),
        ("encryptionsalt: v1\n", 1, "no mapping `config`"),
        ("", 1, "no mapping `config`"),
        ("config: &loop\n  a: *loop\n", None, "no configuration"),
    ],
)
def test_what_is_no_stack_file_is_refused(text: str, line: int | None, message: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        StackSource.parse(text, "Pulumi.test.yaml")
    (problem,) = refused.value.problems
    assert problem.file == "Pulumi.test.yaml"
    assert problem.line == line or line is None
    assert message in problem.message


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"Pulumi\.none\.yaml: .*\n.*cannot be read"):
        StackSource.read(tmp_path / "Pulumi.none.yaml")


def test_holds_knows_another_document() -> None:
    source = StackSource.parse(SAMPLE, "f")
    assert source.holds(source.config[KEY])
    assert not source.holds({**source.config[KEY], "owner": "somebody else"})
