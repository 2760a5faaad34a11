"""A small project on disk, and the command line over it."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from breakwater.analysis import timeline
from breakwater.cli import app
from tests.breakwater.timelines import Take, times

PROJECT = "name: demo\nmain: infra\nruntime: python\n"
STACK = "config:\n  demo:cidr: 10.0.1.0/24\n  demo:password: {secure: v1:abc}\n"
PROGRAM = """\
import pulumi
import pulumi_aws as aws

config = pulumi.Config()
provider = aws.Provider("us", region="us-east-1", default_tags={"tags": {"owner": "tests"}})


class Net(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("demo:net:Net", name, None, opts)
        self.vpc = aws.ec2.Vpc(name, cidr_block="10.0.0.0/16", opts=pulumi.ResourceOptions(parent=self))
        self.subnet = aws.ec2.Subnet(
            f"{name}-a",
            vpc_id=self.vpc.id,
            cidr_block=config.require("cidr"),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})


net = Net("net", pulumi.ResourceOptions(providers=[provider]))
pulumi.export("subnet_id", net.subnet.id)
pulumi.export("cidr", net.subnet.cidr_block)
pulumi.export("password", config.require_secret("password"))
"""


@dataclass(frozen=True)
class Result:
    """What a command printed and ended with."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """The one object on stdout."""
        return json.loads(self.stdout)


Command = Callable[..., Result]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project's folder, which is also the current one."""
    root = tmp_path / "demo"
    (root / "infra").mkdir(parents=True)
    (root / "Pulumi.yaml").write_text(PROJECT)
    (root / "Pulumi.dev.yaml").write_text(STACK)
    (root / "infra" / "__main__.py").write_text(PROGRAM)
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def command(project: Path) -> Command:
    """Runs the command line in this process, within the project."""
    assert project.is_dir()

    def run(*arguments: str) -> Result:
        result = CliRunner().invoke(app, arguments)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert "Traceback" not in result.output
        return Result(result.exit_code, result.stdout, result.stderr)

    return run


def edit(project: Path, old: str, new: str) -> None:
    """Change the program."""
    file = project / "infra" / "__main__.py"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    # Python takes a compiled file of the same second and size for that of this text.
    later = file.stat().st_mtime + 2
    os.utime(file, (later, later))


def program(project: Path, text: str) -> None:
    """Replace the program."""
    (project / "infra" / "__main__.py").write_text(text)


@pytest.fixture
def take(monkeypatch: pytest.MonkeyPatch) -> Take:
    """Have resources take so many seconds, by name."""
    return lambda seconds: monkeypatch.setattr(timeline, "creation_time", times(seconds))
