"""All policies of a graph: roles, users and groups with what is attached to them, trust, resources, endpoints."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from breakwater.analysis.permissions.documents import (
    ATTACHMENTS,
    ENDPOINT,
    ENDPOINT_POLICY,
    INLINE,
    KEY,
    KEY_POLICY,
    MANAGED_POLICY,
    REPLICA_KEY,
    RESOURCE_POLICIES,
    ROLE,
    USER,
    endpoint_service,
)
from breakwater.analysis.permissions.effective import bounded, undenied
from breakwater.analysis.permissions.grants_in_properties import GRANTS, document_of
from breakwater.analysis.permissions.groups import members, with_members
from breakwater.analysis.permissions.model import Grant, Kind, Permissions, Principal, Source, Unread, merged
from breakwater.analysis.permissions.statements import Document, Names, UndecidableError, granted, listed
from breakwater.analysis.properties import known, plain, sources, text
from breakwater.graph import Resource, ResourceGraph
from breakwater.values import UNKNOWN, Secret

_ANYTHING = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
"""The policy of an endpoint that has none of its own."""
_AWS_MANAGED = ":iam::aws:policy/"


def read(graph: ResourceGraph) -> Permissions:
    """What all policies of a stack come to."""
    return _Reader(graph).permissions()


class _Reader:
    def __init__(self, graph: ResourceGraph) -> None:
        self._graph, self._names = graph, Names(graph)
        self._allowed: list[Grant] = []
        self._denied: list[Grant] = []
        self._unread: list[Unread] = []

    def permissions(self) -> Permissions:
        """Everything, in one pass over the graph."""
        for document in (*self._identities(), *self._of_resources()):
            self._add(document)
        self._missed()
        of_groups = members(self._names)
        self._allowed = list(with_members(self._allowed, of_groups))
        self._denied = list(with_members(self._denied, of_groups))
        allowed = merged(undenied(self._within_boundaries(), self._denied))
        return Permissions(
            grants=allowed,
            denials=merged(self._denied),
            unread=tuple(sorted(set(self._unread), key=lambda unread: unread.order)),
            owners=frozenset(resource.label for resource in self._graph.cloud),
            accounts=frozenset(filter(None, map(_account, self._graph.cloud))),
        )

    def _add(self, document: Document) -> None:
        try:
            allowed, denied = granted(document, self._names)
        except UndecidableError as error:
            self._undecidable(document, error)
        else:
            self._allowed += allowed
            self._denied += denied

    def _undecidable(self, document: Document, error: UndecidableError) -> None:
        fingerprint = None if error.fingerprint is None else self._names.normalised(error.fingerprint)
        what, holder = document.owner, document.holder
        self._unread.append(
            Unread(principal=holder, what=what, why=error.why, fingerprint=fingerprint, source=document.source)
        )

    # Identities

    def _identities(self) -> Iterator[Document]:
        for role in self._graph.of(ROLE):
            yield from self._of_role(role)
        for resource in self._graph.of(*INLINE):
            property_name, type_ = INLINE[resource.type]
            for holder, owner in self._named(resource, property_name, type_):
                value = _value(resource, "policy")
                yield Document(kind=Kind.IDENTITY, value=value, owner=owner, source=Source.of(resource), holder=holder)
        for resource in self._graph.of(*ATTACHMENTS):
            for property_name, type_ in ATTACHMENTS[resource.type]:
                for holder, owner in self._named(resource, property_name, type_):
                    yield from self._managed(known(resource, "policyArn"), holder, owner, resource)

    def _of_role(self, role: Resource) -> Iterator[Document]:
        holder, source = self._names.principal(role), Source.of(role)
        yield Document(
            kind=Kind.TRUST,
            value=_value(role, "assumeRolePolicy"),
            owner=role.label,
            source=source,
            target=self._arn(role),
            service="sts",
        )
        for inline in listed(plain(role.inputs.get("inlinePolicies"))):
            value = inline.get("policy") if isinstance(inline, Mapping) else inline
            yield Document(kind=Kind.IDENTITY, value=value, owner=role.label, source=source, holder=holder)
        for arn in listed(plain(role.inputs.get("managedPolicyArns"))):
            yield from self._managed(plain(arn), holder, role.label, role)

    def _named(self, resource: Resource, property_name: str, type_: str) -> Iterator[tuple[Principal, str]]:
        """The identities that a property names, each with its label."""
        for name in listed(known(resource, property_name)) or [None]:
            found = self._names.find(name, type_) if isinstance(name, str) else None
            found = found or next(sources(resource, property_name, self._graph, type_), None)
            if found:
                yield self._names.principal(found), found.label
            elif isinstance(name, str):
                yield self._names.identity(name, type_), resource.label

    def _managed(self, arn: Any, holder: Principal, owner: str, by: Resource) -> Iterator[Document]:
        """A managed policy that is attached; one of another stack, or of AWS, is only named."""
        policy = self._names.find(arn, MANAGED_POLICY) if isinstance(arn, str) else None
        policy = policy or next(sources(by, "policyArn", self._graph, MANAGED_POLICY), None)
        if policy:
            value, source = _value(policy, "policy"), Source.of(policy)
            yield Document(kind=Kind.IDENTITY, value=value, owner=owner, source=source, holder=holder)
        else:
            self._unread.append(_outside(arn, holder, by, self._names))

    def _within_boundaries(self) -> Iterable[Grant]:
        """What is left of identities' grants by their permissions boundaries; a boundary's denials count too."""
        limits: dict[Principal, list[Grant]] = {}
        for identity in self._graph.of(ROLE, USER):
            if identity.inputs.get("permissionsBoundary") is None:
                continue
            holder = self._names.principal(identity)
            arn = known(identity, "permissionsBoundary")
            policy = self._names.find(arn, MANAGED_POLICY) if isinstance(arn, str) else None
            policy = policy or next(sources(identity, "permissionsBoundary", self._graph, MANAGED_POLICY), None)
            if policy is None:
                self._unread.append(_outside(arn, holder, identity, self._names, "permissions boundary, "))
                continue
            source = Source.of(policy)
            document = Document(
                kind=Kind.IDENTITY,
                value=_value(policy, "policy"),
                owner=identity.label,
                source=source,
                holder=holder,
            )
            try:
                limits[holder], denied = granted(document, self._names)
            except UndecidableError as error:
                self._undecidable(document, error)
            else:
                self._denied += denied
        return bounded(self._allowed, limits)

    # Resources

    def _of_resources(self) -> Iterator[Document]:
        for resource in self._graph.of(*RESOURCE_POLICIES):
            place = RESOURCE_POLICIES[resource.type]
            if resource.inputs.get(place.property_name) is None:
                continue
            target, owner = self._target(resource, place.target)
            value = _value(resource, place.property_name)
            yield Document(
                kind=Kind.RESOURCE,
                value=value,
                owner=owner,
                source=Source.of(resource),
                target=target,
                service=place.service,
            )
        for resource in self._graph.of(*GRANTS):
            service, property_name = GRANTS[resource.type]
            target, owner = self._target(resource, property_name)
            value, source = document_of(resource), Source.of(resource)
            yield Document(kind=Kind.RESOURCE, value=value, owner=owner, source=source, target=target, service=service)
        yield from self._endpoints()
        yield from self._keys()

    def _endpoints(self) -> Iterator[Document]:
        apart = {self._target(r, "vpcEndpointId")[1]: r for r in self._graph.of(ENDPOINT_POLICY)}
        for endpoint in self._graph.of(ENDPOINT):
            writer = apart.get(endpoint.label, endpoint)
            given = writer.inputs.get("policy") is not None
            yield Document(
                kind=Kind.ENDPOINT,
                value=_value(writer, "policy") if given else _ANYTHING,
                owner=endpoint.label,
                source=Source.of(writer),
                target="",
                service=endpoint_service(text(known(endpoint, "serviceName")) or ""),
            )

    def _keys(self) -> Iterator[Document]:
        """A key without a policy of its own is its account's, as KMS's default policy says."""
        apart = {self._target(r, "keyId")[1] for r in self._graph.of(KEY_POLICY)}
        for key in self._graph.of(KEY, REPLICA_KEY):
            if key.inputs.get("policy") is None and key.label not in apart and (account := _account(key)):
                principal = {"AWS": f"arn:aws:iam::{account}:root"}
                statement = {"Effect": "Allow", "Principal": principal, "Action": "kms:*", "Resource": "*"}
                yield Document(
                    kind=Kind.RESOURCE,
                    value={"Statement": [statement]},
                    owner=key.label,
                    source=Source.of(key),
                    target=self._arn(key),
                    service="kms",
                )

    def _target(self, resource: Resource, property_name: str) -> tuple[str, str]:
        """ARN and label of what a policy belongs to."""
        if not property_name:
            return self._arn(resource), resource.label
        value = text(known(resource, property_name))
        urns = resource.property_dependencies.get(property_name, ())
        named = [r for urn in urns if (r := self._graph.by_urn.get(urn)) is not None and r.is_cloud]
        # Names are not unique between services: what the property comes from goes first.
        found = next((r for r in named if value in (r.id, r.outputs.get("arn"))), next(iter(named), None))
        if found is None and value:
            found = self._names.find(value)
        if found is not None and found != resource:
            return self._arn(found), found.label
        return value or f"(what {resource.label} belongs to)", resource.label

    def _arn(self, resource: Resource) -> str:
        """The ARN; where it is not known, what stands for it."""
        return text(known(resource, "arn")) or f"${{{resource.label}.arn}}"

    def _missed(self) -> None:
        """Policies in places that nobody thought of: they are told, not passed over."""
        read = {ROLE, MANAGED_POLICY, ENDPOINT, ENDPOINT_POLICY, *INLINE, *RESOURCE_POLICIES}
        for resource in self._graph.cloud:
            if resource.type in read:
                continue
            for property_name, value in resource.inputs.items():
                if _is_policy(value):
                    what, why = f"{resource.label}.{property_name}", "this kind of policy is not read"
                    fingerprint = value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
                    known_by, source = self._names.normalised(fingerprint), Source.of(resource)
                    unread = Unread(principal=None, what=what, why=why, fingerprint=known_by, source=source)
                    self._unread.append(unread)


def _value(resource: Resource, property_name: str) -> Any:
    """As the program gave it, secret or not; where that is not known, what the provider answered."""
    given = resource.inputs.get(property_name, UNKNOWN)
    return resource.outputs.get(property_name, UNKNOWN) if given == UNKNOWN else given


def _outside(arn: Any, holder: Principal, by: Resource, names: Names, which: str = "") -> Unread:
    if not isinstance(arn, str):
        why = f"{which}known only after deployment"
        return Unread(principal=holder, what=by.label, why=why, source=Source.of(by))
    why = "a policy of AWS, not expanded" if _AWS_MANAGED in arn else "a policy of another stack"
    what = names.normalised(arn)
    return Unread(principal=holder, what=what, why=which + why, fingerprint=what, source=Source.of(by))


def _is_policy(value: Any) -> bool:
    if isinstance(value, Secret):
        return False
    if isinstance(value, Mapping):
        return "Statement" in value
    return isinstance(value, str) and '"Statement"' in value and '"Effect"' in value


def _account(resource: Resource) -> str:
    arn = text(known(resource, "arn")) or ""
    parts = arn.split(":")
    return parts[4] if len(parts) > 5 and len(parts[4]) == 12 else ""
