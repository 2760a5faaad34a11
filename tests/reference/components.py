"""Write docs/components.md: each component's arguments, defaults, outputs, children, and monthly cost at the defaults.

    python -m tests.reference.components > docs/components.md

Texts come from the docstrings, children and costs from the examples beside this module, planned in the simulator.
"""

import ast
import dataclasses
import importlib
import inspect
import pkgutil
import sys
import tempfile
import textwrap
import typing
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pulumi

import components
from breakwater.analysis.cost.fixed import fixed_costs
from breakwater.analysis.cost.item import Item
from breakwater.analysis.cost.kinds import USED
from breakwater.graph import Resource, ResourceGraph
from breakwater.simulator.run import preview
from tests.reference.examples import EXAMPLES, REGION, make_all
from tests.simulator import support

PAGE = Path(__file__).parents[2] / "docs" / "components.md"

HEAD = f"""# Components

Written from the code by `python -m tests.reference.components`; a test holds the two together. Children are those of an
example with nothing but the required arguments. Its monthly cost is in US dollars at the list prices of {REGION}, 730
hours, before anything is used: two tasks, `db.r7g.large` with 100 GiB, nodes of `cache.r7g.large`. Prices and
their sources are in `breakwater/analysis/data/prices.json`.
"""

Component = type[pulumi.ComponentResource]


def public_components() -> list[Component]:
    """All components, by module and in the order in which the module defines them."""
    found: list[Component] = []
    for module in sorted(m.name for m in pkgutil.iter_modules(components.__path__) if not m.name.startswith("_")):
        members = vars(importlib.import_module(f"components.{module}")).values()
        own = [m for m in members if inspect.isclass(m) and m.__module__ == f"components.{module}"]
        found += [m for m in own if issubclass(m, pulumi.ComponentResource)]
    return found


@cache
def planned() -> tuple[ResourceGraph, Mapping[Component, str]]:
    """The plan of all examples, and the logical name of each."""
    names: dict[Component, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        stack = support.write_function_project(Path(folder))
        support._current.append(lambda on: names.update(make_all(on.us)))
        try:
            outcome = preview(stack)
        finally:
            support._current.pop()
    if outcome.error is not None:
        raise RuntimeError(f"an example cannot be planned: {outcome.error.message}")
    return outcome.graph, names


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(section(component) for component in public_components())])


def section(component: Component) -> str:
    """One component."""
    resources = _below(component)
    return "\n".join(
        [
            f"## {component.__name__}",
            "",
            f"`{component.__module__.replace('.', '/')}.py`",
            "",
            inspect.cleandoc(component.__doc__ or ""),
            "",
            *_arguments(component),
            *_outputs(component),
            *_children(resources),
            *_costs(resources),
            "",
        ]
    )


def _below(component: Component) -> list[Resource]:
    graph, names = planned()
    token = f"breakwater:{component.__module__.removeprefix('components.')}:{component.__name__}"
    (top,) = [r for r in graph.of(token) if r.name == names[component]]

    def descend(resource: Resource) -> Iterator[Resource]:
        for child in graph.children.get(resource.urn, ()):
            yield child
            yield from descend(child)

    return list(descend(top))


def _arguments(component: Component) -> Iterator[str]:
    args = _argument_class(component)
    told = {name: told for base in reversed(args.__mro__) for name, told in attributes(base).items()}
    yield from ("| argument | type | default | |", "|---|---|---|---|")
    for field in dataclasses.fields(args):
        attribute = told[field.name]
        yield _row(f"`{field.name}`", f"`{attribute.type}`", _default(field), attribute.doc)
    yield ""


def _argument_class(component: Component) -> Any:
    """The class of the argument `args`."""
    return typing.get_type_hints(component.__init__)["args"]


def _outputs(component: Component) -> Iterator[str]:
    public = {name: told for name, told in attributes(component).items() if not name.startswith("_")}
    if not public:
        return
    yield from ("| output | type | |", "|---|---|---|")
    yield from (_row(f"`{name}`", f"`{told.type}`", told.doc) for name, told in public.items())
    yield ""


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _children(resources: list[Resource]) -> Iterator[str]:
    counts = Counter(r.type for r in resources)
    listed = [f"{count} × `{type_}`" if count > 1 else f"`{type_}`" for type_, count in sorted(counts.items())]
    yield f"Children: {', '.join(listed) or 'none'}."
    yield ""


def _costs(resources: list[Resource]) -> Iterator[str]:
    graph, _ = planned()
    own = {r.urn for r in resources}
    items = [item for item in fixed_costs(graph) if item.resource.urn in own and item.minimum]
    priced = [item for item in items if item.price is not None]
    lines = [f"USD {sum(item.usd() or 0 for item in priced):,.2f} a month" + (f": {_listed(priced)}" if priced else "")]
    if unpriced := sorted({f"`{item.resource.type}`" for item in items if item.price is None}):
        lines.append(f"no price is known for {', '.join(unpriced)}")
    if by_use := sorted({f"`{r.type}`" for r in resources if any(use.where(r, graph) for use in USED.get(r.type, ()))}):
        lines.append(f"billed by use: {', '.join(by_use)}")
    yield f"Cost: {'; '.join(lines)}."


def _listed(items: list[Item]) -> str:
    totals: dict[str, float] = {}
    for item in items:
        totals[f"{item.service}.{item.name}"] = totals.get(f"{item.service}.{item.name}", 0) + (item.usd() or 0)
    return ", ".join(f"{name} {usd:,.2f}" for name, usd in sorted(totals.items(), key=lambda pair: -pair[1]))


class Attribute(NamedTuple):
    """What the code says of an annotated attribute."""

    type: str
    doc: str


def attributes(class_: type) -> dict[str, Attribute]:
    """The annotated attributes of a class's own body, each with the line under it."""
    try:
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(class_))).body
    except (OSError, TypeError):
        return {}
    members = tree.body if isinstance(tree, ast.ClassDef) else []
    return {
        member.target.id: Attribute(ast.unparse(member.annotation).replace("pulumi.", ""), _text(after))
        for member, after in pairwise([*members, None])
        if isinstance(member, ast.AnnAssign) and isinstance(member.target, ast.Name)
    }


def _text(statement: ast.stmt | None) -> str:
    """What a bare string says; nothing for any other statement."""
    value = statement.value if isinstance(statement, ast.Expr) else None
    text = value.value if isinstance(value, ast.Constant) else ""
    return " ".join(text.split()) if isinstance(text, str) else ""


def _default(field: "dataclasses.Field[Any]") -> str:
    if field.default_factory is not dataclasses.MISSING:
        value = field.default_factory()
    elif field.default is not dataclasses.MISSING:
        value = field.default
    else:
        return "required"
    if value is None or value == () or value == {}:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if dataclasses.is_dataclass(value):
        return f"`{type(value).__name__}()`"
    return f"`{value.value if hasattr(value, 'value') else value}`"


if __name__ == "__main__":
    missing = [c.__name__ for c in public_components() if c not in EXAMPLES]
    if missing:
        sys.exit(f"tests/reference/examples.py has no example of {', '.join(missing)}")
    sys.stdout.write(page())
