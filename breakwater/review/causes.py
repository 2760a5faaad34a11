"""Why a resource is replaced or deleted, back to the first changed input; and what uses it."""

from collections.abc import Iterable, Mapping, Sequence

from breakwater.graph import STACK_TYPE, Resource, ResourceGraph, SourceLine
from breakwater.review.model import Op, Step

_LOOKS_ON = {"aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/dashboard:Dashboard"}

_NETWORK = "aws:ec2/vpc:Vpc"
_SUBNET_GROUPS = {
    # "The new Subnets are not in the same Vpc as the existing subnet group": hashicorp/terraform-provider-aws#27459.
    "aws:rds/subnetGroup:SubnetGroup": "databases",
    "aws:elasticache/subnetGroup:SubnetGroup": "caches",
}


class Causes:
    """Walks the steps of a change."""

    def __init__(self, steps: Sequence[Step], before: ResourceGraph, after: ResourceGraph) -> None:
        self._before, self._after = before, after
        self._by_urn: dict[str, Step] = {step.resource.urn: step for step in steps}
        self._users = {True: _users(before), False: _users(after)}
        created = [step.resource for step in steps if step.op is Op.CREATE]
        self._created = _by_place(self._topmost(r, after, Op.CREATE) for r in created)
        self._deleted = _by_place(
            self._topmost(step.resource, before, Op.DELETE) for step in steps if step.op is Op.DELETE
        )

    def of(self, step: Step) -> tuple[str, ...]:
        """From the changed property to this resource, along what each is made with."""
        if step.op is Op.DELETE:
            return self._of_deletion(step.resource)
        return self._of_replacement(step, frozenset())

    def successor(self, step: Step) -> str:
        """Of a deletion that looks like a rename: the one new part beside the one part that goes, of its type."""
        if step.op is not Op.DELETE:
            return ""
        top = self._top(step.resource)
        place = top.type, top.parent
        new = self._created.get(place, {})
        return next(iter(new.values())).label if len(new) == len(self._deleted[place]) == 1 else ""

    def group(self, step: Step) -> str:
        """What steps of one cause have in common: the first change; of deletions the part that they are taken from."""
        if step.op is Op.DELETE:
            return self._top(step.resource).parent
        return "".join(self.of(step)[:1])

    def line(self, step: Step) -> SourceLine | None:
        """Where the first cause is written."""
        if step.op is Op.DELETE:
            return self._top(step.resource).source
        first = self._first(step, frozenset())
        return first.resource.source

    def touched(self, step: Step) -> tuple[str, ...]:
        """Labels of what uses it: what has a property from it, without what goes with it anyway, or only looks on."""
        users = self._users[step.op is Op.DELETE].get(step.resource.urn, ())
        return tuple(sorted({u.label for u in users if u.type not in _LOOKS_ON and not self._has(u, Op.DELETE)}))

    def strands(self, step: Step) -> str:
        """What a replaced network leaves behind: AWS takes no subnet of another network into a group that is there."""
        if step.op is not Op.REPLACE or step.before is None or step.before.type != _NETWORK:
            return ""
        subnets = {user.urn for user in self._users[True].get(step.before.urn, ())}
        users = {user.type for urn in subnets for user in self._users[True].get(urn, ())}
        return " and ".join(what for type_, what in _SUBNET_GROUPS.items() if type_ in users)

    def _has(self, resource: Resource, op: Op) -> bool:
        step = self._by_urn.get(resource.urn)
        return step is not None and step.op is op and resource.type != STACK_TYPE

    def _of_deletion(self, resource: Resource) -> tuple[str, ...]:
        top = self._top(resource)
        said = [f"{_at(top)}{top.label} is no longer in the program"]
        if top.urn != resource.urn:
            said.append(f"{_at(resource)}{resource.label}")
        return tuple(said)

    def _top(self, resource: Resource) -> Resource:
        """The largest part that goes with the resource, below the stack."""
        return self._topmost(resource, self._before, Op.DELETE)

    def _topmost(self, resource: Resource, graph: ResourceGraph, op: Op) -> Resource:
        while (parent := graph.by_urn.get(resource.parent)) is not None and self._has(parent, op):
            resource = parent
        return resource

    def _source_of(self, step: Step, seen: frozenset[str]) -> tuple[Step, str] | None:
        """The replaced resource that this one is replaced for, and through which property."""
        for name in step.forced_by:
            for urn in _sources(step, name):
                other = self._by_urn.get(urn)
                if other is not None and other.op is Op.REPLACE and urn not in seen:
                    return other, name
        return None

    def _first(self, step: Step, seen: frozenset[str]) -> Step:
        found = self._source_of(step, seen | {step.resource.urn})
        return self._first(found[0], seen | {step.resource.urn}) if found else step

    def _of_replacement(self, step: Step, seen: frozenset[str]) -> tuple[str, ...]:
        resource = step.resource
        found = self._source_of(step, seen | {resource.urn})
        if found is not None:
            source, name = found
            return (*self._of_replacement(source, seen | {resource.urn}), f"{_at(resource)}{resource.label}.{name}")
        names = step.forced_by or tuple(change.path for change in step.changes[:1])
        return (f"{_at(resource)}{resource.label}{'.' if names else ''}{', '.join(names)}",)


def _sources(step: Step, name: str) -> tuple[str, ...]:
    after: Mapping[str, tuple[str, ...]] = step.after.property_dependencies if step.after else {}
    before: Mapping[str, tuple[str, ...]] = step.before.property_dependencies if step.before else {}
    return tuple(dict.fromkeys((*after.get(name, ()), *before.get(name, ()))))


def _by_place(resources: Iterable[Resource]) -> dict[tuple[str, str], dict[str, Resource]]:
    """By type and parent."""
    found: dict[tuple[str, str], dict[str, Resource]] = {}
    for resource in resources:
        found.setdefault((resource.type, resource.parent), {})[resource.urn] = resource
    return found


def _users(graph: ResourceGraph) -> dict[str, list[Resource]]:
    found: dict[str, list[Resource]] = {}
    for resource in graph.cloud:
        sources = {urn for urns in resource.property_dependencies.values() for urn in urns}
        for urn in sources or resource.dependencies:
            found.setdefault(urn, []).append(resource)
    return found


def _at(resource: Resource) -> str:
    return f"{resource.source} " if resource.source else ""
