"""Alarms and runbooks belong together, and the commands in runbooks are ones that AWS knows."""

import ast
import re
import shlex
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.exceptions import UnknownServiceError

ROOT = Path(__file__).parent.parent
PAGES = {page.stem: page.read_text() for page in sorted((ROOT / "docs/runbooks").glob("*.md")) if page.stem != "README"}
INDEX = (ROOT / "docs/runbooks/README.md").read_text()
PARTS = ["Look first", "Do", "Over when"]

# Options of the command line itself, and commands that are not an API operation.
GLOBAL_OPTIONS = {"query", "output", "region", "no-cli-pager", "max-items"}
CLI_NAMES = {"s3api": "s3"}
CUSTOM_COMMANDS = {("logs", "tail"): {"since", "filter-pattern", "follow", "format", "log-stream-name-prefix"}}


def calls_in(module: ast.Module) -> list[ast.Call]:
    return [node for node in ast.walk(module) if isinstance(node, ast.Call)]


def named(name: str, calls: Sequence[ast.Call]) -> list[ast.Call]:
    return [call for call in calls if getattr(call.func, "id", getattr(call.func, "attr", None)) == name]


class _Stems(ast.NodeVisitor):
    """Collects each runbook= of a module; what a helper gets as a parameter is looked up where it is called.

    That is in the module itself, and in the others for a helper that its own module does not call.
    """

    def __init__(self, module: ast.Module, everywhere: Sequence[ast.Call] = ()) -> None:
        self.calls = calls_in(module)
        self.everywhere = everywhere or self.calls
        self.functions: list[ast.FunctionDef] = []
        self.found = set[str]()
        self.visit(module)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.functions.append(node)
        self.generic_visit(node)
        self.functions.pop()

    def visit_keyword(self, node: ast.keyword) -> None:
        if node.arg == "runbook":
            self.found |= self._texts(node.value)
        self.generic_visit(node)

    def _texts(self, value: ast.expr) -> set[str]:
        if isinstance(value, ast.Constant):
            return {str(value.value)}
        if isinstance(value, ast.IfExp):
            return self._texts(value.body) | self._texts(value.orelse)
        if isinstance(value, ast.Name):
            return {text for argument in self._arguments(value.id) for text in self._texts(argument)}
        if isinstance(value, ast.FormattedValue):
            return self._texts(value.value)
        if isinstance(value, ast.Attribute) and value.attr == "runbook":
            return set()  # a page of the owner's own
        assert isinstance(value, ast.JoinedStr), f"write the runbook as text, not as {ast.unparse(value)}"
        return {"".join(parts) for parts in product(*map(self._texts, value.values))}

    def _arguments(self, parameter: str) -> list[ast.expr]:
        """What the function around is called with for one of its parameters."""
        function = self.functions[-1]
        names = [argument.arg for argument in function.args.args]
        found = list[ast.expr]()
        for call in named(function.name, self.calls) or named(function.name, self.everywhere):
            by_name = [keyword.value for keyword in call.keywords if keyword.arg == parameter]
            found += by_name or [call.args[names.index(parameter)]]
        assert found, f"nobody calls {function.name} with {parameter}"
        return found


@cache
def stems_in_use() -> frozenset[str]:
    """The runbook of every alarm in the components."""
    modules = [ast.parse(file.read_text()) for file in (ROOT / "components").glob("*.py")]
    everywhere = [call for module in modules for call in calls_in(module)]
    return frozenset().union(*(_Stems(module, everywhere).found for module in modules))


def test_a_helper_is_followed_to_its_callers() -> None:
    helpers = ast.parse("def shared(runbook):\n  f(runbook=runbook)\ndef own(runbook):\n  f(runbook=runbook)\nown('b')")
    user = ast.parse("shared(runbook='a')\nmodule.shared('c')\nown('of another module')")
    everywhere = [*calls_in(helpers), *calls_in(user)]
    assert _Stems(helpers, everywhere).found == {"a", "b", "c"}
    assert _Stems(user, everywhere).found == {"a"}


def commands(page: str) -> Iterator[list[str]]:
    """The words of each aws command in the shell blocks of a page, in loops, pipes and substitutions too."""
    for block in re.findall(r"^ *```sh\n(.*?)^ *```", page, re.MULTILINE | re.DOTALL):
        # A date in the middle of a command would end it below.
        text = re.sub(r"\$\(date [^)]*\)", "NOW", block.replace("\\\n", " "))
        for line in text.splitlines():
            words = shlex.shlex(line, posix=True, punctuation_chars="();|")
            words.whitespace_split = True
            command: list[str] | None = None
            for word in words:
                if word == "aws" or set(word) <= set("();|"):
                    if command:
                        yield command
                    command = [] if word == "aws" else None
                elif command is not None:
                    command.append(word)
            if command:
                yield command


@cache
def _service(name: str) -> Any:
    return botocore.session.get_session().get_service_model(name)


def wrong_in(command: list[str]) -> list[str]:
    """What AWS's own definition of the operation does not know of a command's words."""
    service, operation, *rest = command
    options = {word[2:].split("=")[0] for word in rest if re.match(r"--[a-z]", word)} - GLOBAL_OPTIONS
    if (service, operation) in CUSTOM_COMMANDS:
        return [f"--{option}" for option in sorted(options - CUSTOM_COMMANDS[service, operation])]
    try:
        model = _service(CLI_NAMES.get(service, service))
    except UnknownServiceError:
        return [service]
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    if operation not in operations:
        return [f"{service} {operation}"]
    shape = model.operation_model(operations[operation]).input_shape
    members = {xform_name(name, "-"): name for name in shape.members} if shape else {}
    required = {option for option, name in members.items() if shape and name in shape.required_members}
    unknown = {option for option in options if option not in members and option.removeprefix("no-") not in members}
    return [f"--{option}" for option in sorted(unknown)] + [f"no --{option}" for option in sorted(required - options)]


def test_components_name_runbooks() -> None:
    """Written out, put together, and passed to a helper."""
    assert {"certificate-expiry", "load-balancer-server-errors", "job-failed-run"} <= stems_in_use()


@pytest.mark.parametrize("stem", sorted(stems_in_use()))
def test_each_alarm_has_its_page(stem: str) -> None:
    assert stem in PAGES, f"docs/runbooks/{stem}.md is missing"


@pytest.mark.parametrize("page", PAGES)
def test_each_page_has_its_alarm(page: str) -> None:
    assert page in stems_in_use(), f"no alarm leads to {page}.md"


@pytest.mark.parametrize("page", PAGES)
def test_each_page_has_the_same_parts(page: str) -> None:
    text = PAGES[page]
    assert re.findall(r"^# .+$", text, re.MULTILINE) == [text.splitlines()[0]]
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == PARTS
    assert len(text.split("\n## ")[0].splitlines()) > 2, "the page does not begin with what the alarm means"


@pytest.mark.parametrize("page", PAGES)
def test_commands_are_known_to_aws(page: str) -> None:
    found = list(commands(PAGES[page]))
    assert found, "the page names no command to begin with"
    assert {" ".join(c[:2]): wrong for c in found if (wrong := wrong_in(c))} == {}


def test_commands_of_the_index_are_known_to_aws() -> None:
    assert [wrong for command in commands(INDEX) for wrong in wrong_in(command)] == []


@pytest.mark.parametrize(
    ("command", "wrong"),
    [
        ("sqs get-queue-url --queue-name q --query QueueUrl", []),
        ("sqs get-queue-urls --queue-name q", ["sqs get-queue-urls"]),
        ("sqs get-queue-url", ["no --queue-name"]),
        ("sqs get-queue-url --queue-name q --quiet", ["--quiet"]),
        ("rds reboot-db-instance --db-instance-identifier x --force-failover", []),
        ("rds modify-db-instance --db-instance-identifier x --no-multi-az", []),
        ("sns2 publish", ["sns2"]),
        ("logs tail group --since 1h", []),
        ("logs tail group --until 1h", ["--until"]),
    ],
)
def test_wrong_commands_are_found(command: str, wrong: list[str]) -> None:
    assert wrong_in(command.split()) == wrong


def test_commands_are_found_wherever_they_stand() -> None:
    page = """
```sh
ARN=$(aws sqs get-queue-url --queue-name "$Q" --query "a[?ends_with(b, '$C')]" --output text)  # aws in a comment
for x in $(aws ecs list-tasks --cluster c); do aws logs tail g \\
  --since $(date +%s) --follow; done
aws ecs list-services | xargs aws ecs describe-services --services
```
aws not here
"""
    assert [" ".join(command[:2]) for command in commands(page)] == [
        "sqs get-queue-url", "ecs list-tasks", "logs tail", "ecs list-services", "ecs describe-services",
    ]  # fmt: skip


def test_links_between_pages_lead_somewhere() -> None:
    for page, text in PAGES.items():
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (ROOT / "docs/runbooks" / target).exists(), f"{page}: {target}"
