"""The rules of the verdict, in one table, and what a stack file changes in it.

A stack file may have, beside its settings:

    config:
      <project>:review:
        rules:
          cost-increase: {usd: 500, verdict: blocked}
          new-path: {verdict: safe}
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from breakwater.review.model import Kind, Verdict

VERDICTS = {"safe": Verdict.SAFE, "approval": Verdict.APPROVAL, "blocked": Verdict.BLOCKED, "failed": Verdict.FAILED}
"""As a stack file has them."""


class RulesError(ValueError):
    """A stack file's rules that cannot be used; the message names each problem."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table."""

    name: str
    kind: Kind
    verdict: Verdict
    """Where it applies; `safe` takes the rule out."""
    what: str
    """When it applies, in one line."""
    thresholds: Mapping[str, float] = field(default_factory=dict)
    """What a stack file may set, with the default."""


_F, _A, _B = Verdict.FAILED, Verdict.APPROVAL, Verdict.BLOCKED

DEFAULTS: tuple[Rule, ...] = (
    Rule("program-fails", Kind.FAILURE, _F, "the program, the preview or the comparison fails"),
    Rule("resource-fails", Kind.FAILURE, _F, "a resource cannot be created"),
    Rule("changed-rules", Kind.POLICY, _A, "the stack file changes these rules"),
    Rule("policy-unknown", Kind.POLICY, _F, "a policy rule fails itself, so nothing is known"),
    Rule("policy-violation", Kind.POLICY, _F, "a mandatory policy is newly violated"),
    Rule("policy-still-violated", Kind.POLICY, _A, "a mandatory policy is violated, as it was before"),
    Rule("data-deletion", Kind.DANGER, _B, "what holds data is deleted, in production or without any safeguard"),
    Rule("data-replacement", Kind.DANGER, _B, "what holds data is replaced, in production or without any safeguard"),
    Rule("guarded-deletion", Kind.DANGER, _A, "what holds data is deleted, and a safeguard keeps or refuses it"),
    Rule("guarded-replacement", Kind.DANGER, _A, "what holds data is replaced, and a safeguard keeps or refuses it"),
    Rule("copy-loss", Kind.DANGER, _A, "a copy of data that is elsewhere too is deleted or replaced"),
    Rule("records-loss", Kind.DANGER, _A, "records such as logs are deleted"),
    Rule("network-replacement", Kind.DANGER, _B, "a network is replaced that databases or caches are in"),
    Rule("serving-deletion", Kind.DANGER, _A, "what requests go through is deleted"),
    Rule("serving-replacement", Kind.DANGER, _A, "what requests go through is replaced"),
    Rule("safeguard-removed", Kind.DANGER, _A, "what holds data loses a safeguard: protection, snapshot, backups"),
    Rule("engine-upgrade", Kind.DANGER, _A, "the engine of what holds data gets another version: there is no way back"),
    Rule(
        "cost-increase",
        Kind.COST,
        _A,
        "the month costs more by `percent` and by `usd`, at autoscaling's maximum",
        {"percent": 10, "usd": 100},
    ),
    Rule("internet-exposure", Kind.EXPOSURE, _B, "the internet reaches more than web ports, or a store"),
    Rule("internet-serving", Kind.EXPOSURE, _A, "the internet reaches a web port that it did not reach"),
    Rule("new-path", Kind.EXPOSURE, _A, "parts that were there already reach each other on more ports"),
    Rule("undecidable-exposure", Kind.EXPOSURE, _A, "nobody can say whether a path is newly open"),
    Rule("admin-permissions", Kind.PERMISSIONS, _B, "somebody may newly do everything"),
    Rule("public-permissions", Kind.PERMISSIONS, _B, "anybody is newly allowed something"),
    Rule("broad-permissions", Kind.PERMISSIONS, _A, "newly allowed: a whole service, to outsiders, to become more"),
    Rule("undecidable-permissions", Kind.PERMISSIONS, _A, "a new or changed policy that nobody can look into"),
    Rule("missed-target", Kind.CAPACITY, _B, "a target is newly missed, or something newly runs out"),
    Rule("unknown-target", Kind.CAPACITY, _A, "whether a target is met can no longer be said"),
    Rule("lowered-target", Kind.CAPACITY, _A, "the stack is asked to carry or survive less"),
    Rule("worse-loss", Kind.CAPACITY, _A, "a loss leaves less, takes longer or costs more data than before"),
    Rule("single-point", Kind.CAPACITY, _A, "something exists once from now on, whose own failure is enough"),
    Rule("lost-alarms", Kind.CAPACITY, _A, "what stays loses alarms"),
)


class Rules:
    """The table as it holds for one stack."""

    def __init__(self, changed: Mapping[str, Rule] | None = None) -> None:
        self._by_name = {rule.name: rule for rule in DEFAULTS} | dict(changed or {})

    def __getitem__(self, name: str) -> Rule:
        return self._by_name[name]

    def __iter__(self) -> Iterator[Rule]:
        return iter(self._by_name.values())


def rules_from(document: Any, key: str) -> Rules:
    """The table with what a stack file has under `key`; RulesError with all that is wrong."""
    if document is None:
        return Rules()
    problems: list[str] = []
    changed = dict(_changed(document, problems))
    if problems:
        raise RulesError("\n".join(f"{key}{problem}" for problem in problems))
    return Rules(changed)


def _changed(document: Any, problems: list[str]) -> Iterator[tuple[str, Rule]]:
    if not isinstance(document, Mapping) or not set(document) <= {"rules"}:
        problems.append(": a mapping with the one key `rules` is expected")
        return
    entries = document.get("rules", {})
    if not isinstance(entries, Mapping):
        problems.append(".rules: a mapping from the name of a rule is expected")
        return
    known = {rule.name: rule for rule in DEFAULTS}
    for name, entry in entries.items():
        if name not in known:
            problems.append(f".rules: there is no rule {name!r}; there are {', '.join(known)}")
        elif not isinstance(entry, Mapping):
            problems.append(f".rules.{name}: a mapping is expected, such as {{verdict: approval}}")
        else:
            yield name, _merged(known[name], entry, problems)


def _merged(rule: Rule, entry: Mapping[Any, Any], problems: list[str]) -> Rule:
    thresholds = dict(rule.thresholds)
    for key, value in entry.items():
        at = f".rules.{rule.name}.{key}"
        if key == "verdict":
            if isinstance(value, str) and value in VERDICTS:
                rule = replace(rule, verdict=VERDICTS[value])
            else:
                problems.append(f"{at}: {value!r} is none of {', '.join(VERDICTS)}")
        elif key not in thresholds:
            allowed = ", ".join(("verdict", *thresholds))
            problems.append(f"{at}: there is no such setting; there is {allowed}")
        elif isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
            problems.append(f"{at}: {value!r} is no number from 0")
        else:
            thresholds[key] = float(value)
    return replace(rule, thresholds=thresholds)


def with_rules(document: dict[str, Any], project: str) -> dict[str, Any]:
    """The JSON schema of a project's stack files, with the key that changes the rules; others are left as they are."""
    config = document.get("properties", {}).get("config", {})
    if isinstance(config.get("properties"), dict):
        config["properties"][f"{project}:review"] = schema()
    return document


def schema() -> dict[str, Any]:
    """The JSON schema of the key in a stack file."""
    return {
        "type": "object",
        "description": "How `breakwater review` judges changes of this stack.",
        "additionalProperties": False,
        "properties": {
            "rules": {
                "type": "object",
                "additionalProperties": False,
                "properties": {rule.name: _rule_schema(rule) for rule in DEFAULTS},
            }
        },
    }


def _rule_schema(rule: Rule) -> dict[str, Any]:
    names = {verdict: name for name, verdict in VERDICTS.items()}
    verdict = {"enum": list(VERDICTS), "default": names[rule.verdict]}
    numbers = {name: {"type": "number", "minimum": 0, "default": default} for name, default in rule.thresholds.items()}
    return {
        "type": "object",
        "description": f"Applies where {rule.what}.",
        "additionalProperties": False,
        "properties": {"verdict": verdict, **numbers},
    }
