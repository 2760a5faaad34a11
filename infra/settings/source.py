"""The stack file as text: the configuration in it, and the line on which each part stands.

It is read as Pulumi's engine reads it, YAML 1.2: `yes`, `on`, `12:30` and dates are text.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

import yaml

from infra.settings.problems import KEY, ConfigurationError, Path, Problem

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]  # the C loader is missing where PyYAML was built without libyaml
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  # PyYAML's own attribute


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    (
        "float",
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        "-+0123456789.",
    ),
    ("merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), list(_first))


@dataclass(frozen=True, slots=True)
class StackSource:
    """A stack file that was read."""

    file: str
    """How the file is named in messages."""
    config: dict[str, Any]
    """Everything under `config`; an encrypted value is a mapping with the one key `secure`."""
    node: Any
    """The file's root as a PyYAML node, with marks."""

    @classmethod
    def read(cls, path: FilePath) -> "StackSource":
        """Read a stack file; ConfigurationError where it is no YAML mapping with a `config` mapping."""
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise _refused(
                path.name, None, f"the file cannot be read ({error})", "give the path of a stack file"
            ) from None
        return cls.parse(text, path.name)

    @classmethod
    def parse(cls, text: str, file: str) -> "StackSource":
        """Read a stack file's text."""
        try:
            # Read twice: making the document resolves `<<` in the nodes, and then a key could seem to be written twice.
            node, document = yaml.compose(text, Loader=_Loader), yaml.load(text, Loader=_Loader)  # noqa: S506
            json.dumps(document, default=str)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            what = getattr(error, "problem", None) or str(error)
            raise _refused(file, mark.line + 1 if mark else None, f"no YAML: {what}", "correct the syntax") from None
        except (TypeError, ValueError, RecursionError) as error:
            raise _refused(file, None, f"no configuration: {error}", "write it without cycles and odd keys") from None
        if not isinstance(document, dict) or not isinstance(document.get("config"), dict):
            raise _refused(file, 1, "there is no mapping `config` in it", f"begin it with `config:` and `{KEY}:` below")
        return cls(file, document["config"], node)

    def line(self, path: Path) -> int | None:
        """The line of a place in the settings, or of the nearest place around it that exists."""
        node, line = self.node, None
        for part in ("config", KEY, *path):
            found = _child(node, part)
            if found is None:
                break
            node, line = found[1], found[0].start_mark.line + 1
        return line

    def holds(self, document: Any) -> bool:
        """Whether this is the file the settings came from: the two are equal, encrypted values aside."""
        return _same(self.config.get(KEY), json.loads(json.dumps(document, default=str)))

    def problems(self) -> Iterator[Problem]:
        """What only the file shows: keys written twice, and encrypted values among the settings."""
        root = _child(self.node, "config")
        settings = _child(root[1], KEY) if root else None
        if settings:
            yield from self._problems_below(settings[1], ())

    def _problems_below(self, node: Any, path: Path) -> Iterator[Problem]:
        if isinstance(node, yaml.SequenceNode):
            for position, item in enumerate(node.value):
                yield from self._problems_below(item, (*path, position))
        elif isinstance(node, yaml.MappingNode):
            first: dict[str, int] = {}
            for key, value in node.value:
                name, line = str(key.value), key.start_mark.line + 1
                if name in first and name != "<<":
                    yield Problem(
                        path=(*path, name),
                        file=self.file,
                        line=line,
                        message=f"the key is written twice, first on line {first[name]}",
                        allowed="each key once",
                        remedy="remove one of the two",
                    )
                first.setdefault(name, line)
                if name == "secure" and len(node.value) == 1 and isinstance(value, yaml.ScalarNode):
                    yield secret_problem(path, self.file, line)
                yield from self._problems_below(value, (*path, name))


def secret_problem(path: Path, file: str | None = None, line: int | None = None) -> Problem:
    """Settings end up in task definitions and names, in clear: an encrypted value would be disclosed."""
    return Problem(
        path=path,
        file=file,
        line=line,
        message="an encrypted value stands among the settings, which are not kept secret",
        allowed="plain values; secrets only as ARNs",
        remedy="put the value into Secrets Manager and name its ARN under `secrets`",
    )


def _child(node: Any, part: str | int) -> tuple[Any, Any] | None:
    """The node that names a part and the part's own node; both the same for an item of a list."""
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if str(key.value) == str(part)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    return None


def _same(written: Any, given: Any) -> bool:
    if isinstance(written, dict):
        if set(written) == {"secure"} and not isinstance(given, dict):
            return True
        return (
            isinstance(given, dict)
            and {str(k) for k in written} == set(given)
            and all(_same(value, given[str(key)]) for key, value in written.items())
        )
    if isinstance(written, list):
        return isinstance(given, list) and len(written) == len(given) and all(map(_same, written, given))
    return bool(written == given)


def _refused(file: str, line: int | None, message: str, remedy: str) -> ConfigurationError:
    return ConfigurationError(
        [Problem(path=(), file=file, line=line, message=message, allowed="a Pulumi stack file", remedy=remedy)]
    )
