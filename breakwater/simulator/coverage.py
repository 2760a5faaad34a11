"""Writes COVERAGE.md: each resource type with the API calls behind it, and what is held because moto or AWS does not.

python -m breakwater.simulator.coverage > breakwater/simulator/COVERAGE.md
"""

from collections.abc import Iterable, Mapping

from breakwater.simulator.handler import Call, Handler
from breakwater.simulator.handlers import HANDLERS
from breakwater.simulator.invokes import INVOKES

_HEAD = """\
# What the simulator covers

Made by `python -m breakwater.simulator.coverage`; do not edit. A resource type that is not here fails with an error
that names it.

Every request is checked in full against AWS's service model: types, required members, enumerations, patterns, lengths,
ranges. Then moto answers it, except where *checked only* follows: moto lacks that operation, and the resource's inputs
and outputs in the graph are all that is kept. *Written to moto* is what its API loses or gets wrong and what boto3
nevertheless sees. *Held* are inputs that no API parameter receives.
"""


def _marked(call: Call) -> str:
    notes = []
    if callable(call.simulated):
        notes.append("checked only for some inputs")
    elif not call.simulated:
        notes.append("checked only")
    if call.withheld:
        notes.append(f"checked only: {', '.join(sorted(call.withheld))}")
    return f"`{call.operation}`" + (f" ({'; '.join(notes)})" if notes else "")


def _calls(handler: Handler) -> str:
    return ", ".join(dict.fromkeys(_marked(call) for call in handler.calls))


def _sentence(text: str) -> str:
    return " ".join(text.split())


def _kept(handler: Handler) -> str:
    found = []
    if handler.amend is not None:
        why = _sentence(handler.amend.__doc__ or "what its API does not keep").removesuffix(".")
        found.append(f"Written to moto: {why}.")
    found.extend(f"Held: `{name}`, {reason}." for name, reason in sorted(handler.held.items()))
    return "<br>".join(found).replace("|", "\\|")


def _module(token: str) -> str:
    return token.split(":")[1].split("/")[0]


def _table(handlers: Iterable[Handler]) -> list[str]:
    rows = ["| type | API calls | written to moto, held |", "|---|---|---|"]
    rows.extend(
        f"| `{h.type.split(':')[2]}` | {_calls(h)} | {_kept(h)} |" for h in sorted(handlers, key=lambda h: h.type)
    )
    return rows


def render(handlers: Mapping[str, Handler] = HANDLERS, functions: Iterable[str] = INVOKES) -> str:
    """The text of COVERAGE.md."""
    calls = [call for handler in handlers.values() for call in handler.calls]
    answered = {call.operation for call in calls if call.simulated is not False}
    checked = {call.operation for call in calls} - answered
    lines = [
        _HEAD,
        f"{len(handlers)} resource types; {len(answered | checked)} API operations, of which moto answers "
        f"{len(answered)} and {len(checked)} are checked only.",
    ]
    for module in sorted({_module(token) for token in handlers}):
        lines += ["", f"## aws.{module}", "", *_table(h for h in handlers.values() if _module(h.type) == module)]
    lines += ["", "## Functions", "", ", ".join(f"`{name}`" for name in sorted(functions))]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(render(), end="")
