"""Loading the settings of a running stack: from Pulumi's configuration, with the lines of the stack file, quickly."""

import json
import runpy
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pulumi
import pytest
from pulumi.runtime import config

from infra.settings import KEY, ConfigurationError, StackSource, load
from tests.infra.sample import SAMPLE, edited, line_of
from tests.support.recorder import record

ROOT = Path(__file__).parents[2]
Configure = Callable[..., None]


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Configure]:
    """Gives a running stack `test` its configuration and, with `file`, its stack file."""
    monkeypatch.setattr(pulumi, "get_stack", lambda: "test")
    monkeypatch.setattr(pulumi.runtime, "get_root_directory", lambda: str(tmp_path))
    monkeypatch.delenv("BREAKWATER_STACK_FILE", raising=False)

    def apply(values: dict[str, str], *, secret: bool = False, file: str | None = None) -> None:
        config.set_all_config(values, list(values) if secret else [])
        if file is not None:
            (tmp_path / "Pulumi.test.yaml").write_text(file, encoding="utf-8")

    yield apply
    config.set_all_config({}, [])


def as_pulumi_gives_it(text: str) -> dict[str, str]:
    return {KEY: json.dumps(StackSource.parse(text, "f").config[KEY])}


def test_good_settings_are_loaded_with_and_without_the_file(configure: Configure) -> None:
    configure(as_pulumi_gives_it(SAMPLE))
    without = load()
    configure(as_pulumi_gives_it(SAMPLE), file=SAMPLE)
    assert load() == without
    assert without.owner == "platform-team"


def test_problems_have_lines_where_the_file_is_found(configure: Configure) -> None:
    text = edited(("port: 5555", "port: 0"))
    configure(as_pulumi_gives_it(text), file=text)
    with pytest.raises(ConfigurationError) as refused:
        load()
    assert f"Pulumi.test.yaml:{line_of(text, 'port: 0')}: config.{KEY}.services.api.port\n" in str(refused.value)


def test_the_file_may_be_named_by_a_variable(
    configure: Configure, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = edited(("port: 5555", "port: 0"))
    configure(as_pulumi_gives_it(text))
    other = tmp_path / "examples" / "Pulumi.shop.yaml"
    other.parent.mkdir()
    other.write_text(text, encoding="utf-8")
    monkeypatch.setenv("BREAKWATER_STACK_FILE", str(other))
    with pytest.raises(ConfigurationError, match=r"Pulumi\.shop\.yaml:\d+: "):
        load()


def test_another_files_lines_are_not_shown(configure: Configure) -> None:
    configure(as_pulumi_gives_it(edited(("port: 5555", "port: 0"))), file=SAMPLE)
    with pytest.raises(ConfigurationError) as refused:
        load()
    assert [(problem.file, problem.line) for problem in refused.value.problems] == [(None, None)]


def test_no_configuration_at_all(configure: Configure) -> None:
    configure({})
    with pytest.raises(
        ConfigurationError, match=r"Pulumi\.test\.yaml: config\.breakwater:platform\n.*no such configuration"
    ):
        load()


def test_text_in_place_of_an_object(configure: Configure) -> None:
    configure({KEY: "hello"})
    with pytest.raises(ConfigurationError, match='"hello" is not a mapping'):
        load()


def test_encrypted_settings_are_refused(configure: Configure) -> None:
    configure(as_pulumi_gives_it(SAMPLE), secret=True)
    with pytest.raises(ConfigurationError, match="an encrypted value stands among the settings"):
        load()


def test_the_program_refuses_before_it_registers_anything(configure: Configure) -> None:
    text = edited(("port: 5555", "port: 0"), ("cpu: 512", "cpu: 500"))
    configure(as_pulumi_gives_it(text), file=text)
    recordings = []

    def program() -> None:
        with pytest.raises(pulumi.RunError) as refused:
            runpy.run_path(str(ROOT / "infra"), run_name="__main__")
        assert "2 problems" in str(refused.value)
        assert isinstance(refused.value.__cause__, ConfigurationError)

    recordings.append(record(program))
    assert recordings[0].resources == []


def test_loading_takes_less_than_50_milliseconds(configure: Configure) -> None:
    text = (ROOT / "Pulumi.prod.yaml").read_text(encoding="utf-8")
    configure(as_pulumi_gives_it(text), file=text)
    load()
    times = []
    for _ in range(5):
        start = time.perf_counter()
        load()
        times.append(time.perf_counter() - start)
    assert min(times) < 0.05


def test_settings_are_usable_without_the_aws_sdk() -> None:
    check = (
        "import infra.settings, sys; print([m for m in sys.modules if m.split('.')[0] in ('pulumi_aws', 'botocore')])"
    )
    ran = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
