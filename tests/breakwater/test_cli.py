"""The command line as its users see it: what it prints where, and what it ends with."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import boto3
import pytest

from tests.breakwater.conftest import Command, edit, program
from tests.support.leftovers import wait_for_program

REPOSITORY = Path(__file__).parents[2]
FAIL_TWICE = """
bad = aws.ec2.Subnet("bad", vpc_id=net.vpc.id, cidr_block="nonsense", opts=pulumi.ResourceOptions(provider=provider))
aws.ec2.Subnet("worse", vpc_id="vpc-1", cidr_block="10.9.0.0/24", opts=pulumi.ResourceOptions(provider=provider))
aws.ec2.Subnet("left", vpc_id=bad.vpc_id, cidr_block="10.0.9.0/24", opts=pulumi.ResourceOptions(provider=provider))
"""


# -- up


def test_up_reports_components_outputs_and_totals(command: Command) -> None:
    result = command("up", "dev")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert re.fullmatch(r"dev +2 +\d+\.\d\d s", lines[0])
    assert re.fullmatch(r"└─ net  Net +2 +\d+\.\d\d s", lines[1])
    assert "  cidr       10.0.1.0/24" in lines
    assert "  password   [secret]" in lines
    assert re.search(r"^  subnet_id  subnet-[0-9a-f]+$", result.stdout, re.MULTILINE)
    assert re.fullmatch(r"dev: 2 resources simulated in 1 region \(us-east-1\), \d+ API calls, \d+\.\d s", lines[-1])
    assert result.stderr == "Simulating dev …\n"


def test_up_in_json_prints_one_documented_object(command: Command) -> None:
    document = command("up", "dev", "--json").json
    assert set(document) == {
        "command", "stack", "project", "ok", "error", "failures", "policies", "targets", "messages", "outputs", "totals"
    }  # fmt: skip
    assert [document[key] for key in ("command", "stack", "project", "ok")] == ["up", "dev", "demo", True]
    assert document["outputs"]["password"] == "[secret]"
    totals = document["totals"]
    assert (totals["resources"], totals["components"], totals["regions"]) == (2, 1, {"us-east-1": 2})
    assert totals["calls"] > 2
    assert totals["seconds"] > 0


def test_prints_of_the_program_do_not_get_into_the_result(command: Command, project: Path) -> None:
    edit(project, "import pulumi\n", 'import pulumi\nprint("noise")\n')
    result = command("up", "dev", "--json")
    assert result.json["ok"]
    assert "noise" in result.stderr


def test_all_failures_are_told_at_once_with_their_lines(command: Command, project: Path) -> None:
    edit(project, 'pulumi.export("cidr"', FAIL_TWICE + 'pulumi.export("cidr"')
    result = command("up", "dev")
    assert result.exit_code == 1
    line = (project / "infra" / "__main__.py").read_text().splitlines().index(FAIL_TWICE.splitlines()[1]) + 1
    for expected in (
        "2 resources failed",
        "✗ aws:ec2/subnet:Subnet  bad",
        "ec2:CreateSubnet: ",
        f"declared at infra/__main__.py:{line}\n",
        f"declared at infra/__main__.py:{line + 1}\n",
        "urn:pulumi:dev::demo::aws:ec2/subnet:Subnet::bad",
        f"- aws:ec2/subnet:Subnet  left: it depends on bad  infra/__main__.py:{line + 2}",
        "2 resources simulated in 1 region (us-east-1), 2 failed, 1 skipped",
    ):
        assert expected in result.stdout
    failures = command("up", "dev", "--json").json["failures"]
    assert {f["name"]: f["skipped"] for f in failures} == {"bad": False, "worse": False, "left": True}


def test_lines_of_callers_are_told(command: Command, project: Path) -> None:
    edit(project, 'cidr_block="10.0.0.0/16"', 'cidr_block="nonsense"')
    text = (project / "infra" / "__main__.py").read_text().splitlines()
    declared = next(n for n, line in enumerate(text, 1) if "aws.ec2.Vpc(" in line)
    called = next(n for n, line in enumerate(text, 1) if line.startswith("net = Net("))
    output = command("up", "dev").stdout
    assert f"declared at infra/__main__.py:{declared}\n      called from infra/__main__.py:{called}\n" in output


@pytest.mark.parametrize(
    ("text", "exit_code", "message"),
    [
        ('import pulumi\nraise pulumi.RunError("[red]bad[/red]\\n  remedy: x")', 2, "[red]bad[/red]\n  remedy: x\n"),
        ('raise ValueError("no [red]good")', 1, "ValueError: no [red]good\n  at infra/__main__.py:1\n"),
        ("import sys\nsys.exit(3)", 2, "the program ended itself with exit code 3\n"),
    ],
)  # fmt: skip
def test_how_a_program_ends_is_a_message(
    command: Command, project: Path, text: str, exit_code: int, message: str
) -> None:
    program(project, text)
    result = command("up", "dev")
    assert result.exit_code == exit_code
    assert result.stdout == ""
    assert result.stderr.endswith(message)
    document = command("up", "dev", "--json").json
    assert document["ok"] is False
    assert document["error"]["message"] in result.stderr
    assert document["error"]["kind"] == ("configuration" if exit_code == 2 else "program")


def test_a_run_that_hangs_ends(command: Command, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from breakwater import runs
    from breakwater.simulator.run import preview

    program(project, "import time\ntime.sleep(2)")
    monkeypatch.setattr(runs, "preview", partial(preview, time_limit=0.5))
    result = command("preview", "dev")
    wait_for_program()
    assert result.exit_code == 1
    assert "did not end within 0.5 s; it stands at infra/__main__.py:2" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("up", "nope"), "there is no stack 'nope': Pulumi.nope.yaml is not in"),
        (("up", "no/such.yaml"), "there is no such file or folder"),
        (("up", "dev", "--graph", "no/such/folder/graph.json"), "cannot be written"),
        (("up", "dev", "--serve", "0"), "--serve"),
        (("up",), "Missing argument 'STACK'"),
        (("preview", "dev", "--against", "nope.json"), "nope.json: No such file"),
        (("preview", "dev", "--against", "Pulumi.yaml"), "Pulumi.yaml: "),
        (("preview", "dev", "--against", "a", "--base", "b"), "exclude each other"),
        (("preview", "dev", "--base", "main"), "not a git repository"),
        (("schema",), "this project describes no settings (infra.settings.stack_schema)"),
    ],
)
def test_bad_usage_ends_with_2_and_says_why(command: Command, arguments: tuple[str, ...], message: str) -> None:
    result = command(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""


def test_bad_usage_in_json(command: Command) -> None:
    document = command("up", "nope", "--json").json
    assert document["ok"] is False
    assert document["error"]["kind"] == "configuration"
    assert "there is no stack 'nope'" in document["error"]["message"]


def test_a_path_names_a_stack_and_the_file_is_told_to_the_program(command: Command, project: Path) -> None:
    folder = project / "examples" / "one"
    folder.mkdir(parents=True)
    (folder / "Pulumi.small.yaml").write_text("config:\n  demo:cidr: 10.0.7.0/24\n  demo:password: {secure: x}\n")
    exported = 'import os\nimport pulumi\npulumi.export("file", os.environ["BREAKWATER_STACK_FILE"])\n'
    edit(project, "import pulumi\n", exported)
    for given in ("examples/one", "examples/one/Pulumi.small.yaml"):
        document = command("up", given, "--json").json
        assert document["stack"] == "small"
        assert document["outputs"]["cidr"] == "10.0.7.0/24"
        assert document["outputs"]["file"] == str(folder / "Pulumi.small.yaml")
    assert "BREAKWATER_STACK_FILE" not in os.environ


# -- policies

RULES = """\
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    name: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Violation:
    rule: Rule
    urn: str
    message: str


ALL = (Rule("no-subnets", "Remove the subnet."),)


def evaluate(resources):
    return [Violation(ALL[0], r.urn, "there is a [subnet]") for r in resources if r.type == "aws:ec2/subnet:Subnet"]
"""


def policies(project: Path, rules: str) -> None:
    (project / "policies" / "rules").mkdir(parents=True)
    (project / "policies" / "__init__.py").touch()
    (project / "policies" / "rules" / "__init__.py").write_text(rules)


@pytest.mark.parametrize("verb", ["up", "preview"])
def test_a_violation_fails_the_run(command: Command, project: Path, verb: str) -> None:
    policies(project, RULES)
    result = command(verb, "dev")
    assert result.exit_code == 1
    assert "1 policy violation\n  ✗ no-subnets  aws:ec2/subnet:Subnet  net-a  infra/__main__.py:" in result.stdout
    assert "there is a [subnet]\n      Remove the subnet.\n" in result.stdout
    violation = command(verb, "dev", "--json").json["policies"]["violations"][0]
    assert (violation["rule"], violation["name"]) == ("no-subnets", "net-a")
    assert not any(name.partition(".")[0] == "policies" and "demo" in str(m) for name, m in sys.modules.items())


def test_policies_that_hold_are_counted(command: Command, project: Path) -> None:
    policies(project, RULES.replace("aws:ec2/subnet:Subnet", "aws:s3/bucket:Bucket"))
    result = command("up", "dev")
    assert result.exit_code == 0
    assert "Policies: 1 rule, no violation\n" in result.stdout


def test_a_broken_rule_fails_the_run(command: Command, project: Path) -> None:
    policies(project, RULES.replace("return [", "return 1 / 0, ["))
    result = command("up", "dev")
    assert result.exit_code == 1
    assert "The policies could not be checked: ZeroDivisionError: division by zero (" in result.stdout


# -- in a process of its own


def breakwater(*arguments: str, cwd: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "breakwater.cli", *arguments],
        cwd=cwd, env=os.environ | {"PYTHONPATH": str(REPOSITORY)}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['breakwater', '--help']\n"
        "from breakwater.cli import app\n"
        "try: app()\n"
        "except SystemExit: pass\n"
        "heavy = {'pulumi', 'pulumi_aws', 'moto', 'boto3', 'botocore', 'rich.console', 'yaml', 'pydantic'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or None)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "up " in done.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_answers_from_the_simulated_world_until_interrupted(project: Path, number: signal.Signals) -> None:
    port = free_port()
    process = breakwater("up", "dev", "--serve", str(port), cwd=project)
    try:
        assert process.stdout is not None
        line = next(line for line in process.stdout if "answers at" in line)
        assert f"http://127.0.0.1:{port} " in line
        ec2 = boto3.client(
            "ec2", "us-east-1", endpoint_url=f"http://127.0.0.1:{port}",
            aws_access_key_id="simulated", aws_secret_access_key="simulated",
        )  # fmt: skip
        assert [v["CidrBlock"] for v in ec2.describe_vpcs()["Vpcs"]] == ["10.0.0.0/16"]
        assert [s["CidrBlock"] for s in ec2.describe_subnets()["Subnets"]] == ["10.0.1.0/24"]
        process.send_signal(number)
        _, errors = process.communicate(timeout=20)
        assert process.returncode == 0
        assert errors == "Simulating dev …\n"
    finally:
        process.kill()


def test_a_taken_port_is_refused_before_the_run(command: Command) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        started = time.perf_counter()
        result = command("up", "dev", "--serve", str(port))
    assert result.exit_code == 2
    assert f"port {port} of 127.0.0.1 cannot be used: Address already in use" in result.stderr
    assert "Simulating" not in result.stderr
    assert time.perf_counter() - started < 5


def test_the_schema_is_that_of_the_projects_settings(command: Command, project: Path) -> None:
    (project / "infra" / "__init__.py").touch()
    (project / "infra" / "settings.py").write_text("def stack_schema():\n    return {'title': 'Größe'}\n")
    result = command("schema")
    assert (result.exit_code, result.json) == (0, {"title": "Größe"})
    assert "infra.settings" not in sys.modules or "demo" not in str(sys.modules["infra.settings"])
