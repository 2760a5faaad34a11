"""How dangerous it is to be allowed something; `analysis/data/permissions.json` has the lists and their sources."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from importlib.resources import files
from typing import Any

from breakwater.analysis.permissions.actions import Level, level
from breakwater.analysis.permissions.conditions import Condition
from breakwater.analysis.permissions.model import Grant, Kind, Unread, Who, without_wildcards


class Weight(IntEnum):
    """From harmless to all."""

    LESS = 0
    """Less is allowed than before."""
    READ = 1
    """Lists and describes."""
    WRITE = 2
    """Changes or tags; of a trust, a service of AWS may assume the role."""
    DATA = 3
    """Gets at what is stored or sent."""
    REVIEW = 4
    """Nobody can say what is allowed."""
    PERMISSIONS = 5
    """Decides what others may do, or lifts a denial."""
    SERVICE = 6
    """Everything of a service, on everything."""
    ESCALATION = 7
    """Can become more than it is."""
    EXTERNAL = 8
    """Another account, or who an identity provider lets in."""
    PUBLIC = 9
    """Anybody."""
    ADMIN = 10
    """Everything."""

    @property
    def label(self) -> str:
        """As JSON has it."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Weighed:
    """A weight, and what it comes from: what is heaviest first."""

    weight: Weight
    reasons: tuple[str, ...] = ()


def weigh(grant: Grant, accounts: Collection[str]) -> Weighed:
    """Of being allowed what a grant says, in a stack of these accounts."""
    found = [*_who(grant, accounts)]
    if grant.kind == Kind.ENDPOINT:
        wide = grant.resource == "*" and not narrowed(grant.conditions)
        found.append((Weight.DATA, "anybody's resources through an endpoint") if wide else (Weight.WRITE, ""))
    elif grant.kind == Kind.RESOURCE and grant.principal.kind == Who.ACCOUNT and grant.principal.name in accounts:
        found.append((Weight.WRITE, "left to the account's own policies"))
    elif grant.kind == Kind.TRUST:
        found.append((Weight.WRITE, f"{grant.principal} may assume the role"))
    else:
        found += _what(grant)
    heaviest = max(weight for weight, _ in found)
    ordered = sorted(found, key=lambda one: -one[0])
    return Weighed(heaviest, tuple(dict.fromkeys(reason for weight, reason in ordered if reason and weight > 2)))


def weigh_unread(unread: Unread) -> Weighed:
    """Of a policy that is only named."""
    name, lists = unread.what.rpartition("/")[2], weights_data()["managed"]
    if name in lists["admin"]:
        return Weighed(Weight.ADMIN, (f"{name} allows everything, or nearly so",))
    if name in lists["escalation"]:
        return Weighed(Weight.ESCALATION, (f"{name} decides what everybody may do",))
    return Weighed(Weight.REVIEW, (unread.why,))


def _who(grant: Grant, accounts: Collection[str]) -> Iterable[tuple[Weight, str]]:
    principal = grant.principal
    if grant.kind not in (Kind.RESOURCE, Kind.TRUST):
        return
    if principal.kind in (Who.PUBLIC, Who.ALL_BUT) and not narrowed(grant.conditions):
        yield Weight.PUBLIC, "anybody" if principal.kind == Who.PUBLIC else f"everybody but {principal.name}"
    if principal.kind == Who.FEDERATED:
        if _names_subjects(grant):
            yield Weight.EXTERNAL, f"whom {principal.name} names"
        else:
            yield Weight.PUBLIC, f"anybody whom {principal.name} knows: no condition on the subject"
    if principal.account and principal.account not in accounts:
        yield Weight.EXTERNAL, f"account {principal.account}"
    elif grant.kind == Kind.TRUST and principal.kind == Who.ACCOUNT:
        yield Weight.ESCALATION, "whoever the account's own policies let assume roles"


def _what(grant: Grant) -> Iterable[tuple[Weight, str]]:
    on_all = grant.resource == "*" and not grant.conditions
    yield Weight.READ, ""
    if grant.kind == Kind.IDENTITY and on_all and any(text in ("*", "*:*") for text in grant.written):
        yield Weight.ADMIN, "every action on everything"
    elif grant.kind == Kind.IDENTITY and on_all and any(text.startswith("not ") for text in grant.written):
        yield Weight.ADMIN, "every action but a few on everything"
    elif grant.whole and not without_wildcards(grant):
        yield Weight.SERVICE, f"{_wholes(grant)} on {grant.resource}"
    elif grant.whole:
        yield Weight.PERMISSIONS, f"{_wholes(grant)} on {grant.resource}"
    escalation, data = weights_data()["escalation"], weights_data()["data"]["actions"]
    for action in sorted(grant.actions & escalation["actions"].keys()):
        usual = action in escalation["usual_on_named_resources"] and without_wildcards(grant)
        yield Weight.PERMISSIONS if usual else Weight.ESCALATION, f"{action}: {escalation['actions'][action]}"
    for action in sorted(grant.actions & data.keys()):
        yield Weight.DATA, f"{action}: {data[action]}"
    levels = {level(action): action for action in sorted(grant.actions - data.keys(), reverse=True)}
    if named := levels.get(Level.PERMISSIONS):
        yield Weight.PERMISSIONS, f"{named}: manages permissions"
    if named := levels.get(Level.UNKNOWN):
        yield Weight.REVIEW, f"{named}: not known"
    if Level.WRITE in levels or Level.TAGGING in levels:
        yield Weight.WRITE, ""


def _names_subjects(grant: Grant) -> bool:
    """Whether not all users of an identity provider are let in: those of SAML are the provider's own to choose."""
    name = grant.principal.name
    needed = (":sub",) if ":oidc-provider/" in name or "openIdConnectProvider" in name else (":sub", ":aud", ":app_id")
    return (
        ":saml-provider/" in name
        or "samlProvider" in name
        or any(
            condition.key.endswith(needed) and not condition.negates and "*" not in condition.values
            for condition in grant.conditions
        )
    )


def _wholes(grant: Grant) -> str:
    return ", ".join(text for text in grant.written if text == "*" or text.endswith(":*") or text.startswith("not "))


def narrowed(conditions: Iterable[Condition]) -> bool:
    """Whether a condition ties requests to known parties."""
    # A missing key satisfies ForAllValues and ...IfExists, so neither narrows anything.
    return any(
        condition.key in narrowing_keys()
        and not (condition.negates or condition.if_exists or condition.quantifier == "ForAllValues:")
        and condition.operator != "Null"
        and not {"*", "false"} & set(condition.values)
        for condition in conditions
    )


@cache
def narrowing_keys() -> frozenset[str]:
    """Condition keys, in lower letters, that tie a request to known parties."""
    return frozenset(weights_data()["narrowing"]["keys"])


@cache
def weights_data() -> Mapping[str, Any]:
    """The lists, each with what it is, how sure it is, its source and date."""
    text = files("breakwater.analysis").joinpath("data/permissions.json").read_text("utf-8")
    found: Mapping[str, Any] = json.loads(text)
    return found
