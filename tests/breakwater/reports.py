"""Reviews made by hand."""

from dataclasses import replace
from typing import Any

from breakwater.analysis.cost import Sum
from breakwater.analysis.cost.item import Estimate
from breakwater.analysis.exposure import Change as ExposureChange
from breakwater.analysis.exposure import Direction, Path
from breakwater.analysis.exposure import Step as PathStep
from breakwater.analysis.exposure.changes import Kind as PathKind
from breakwater.analysis.exposure.ports import of as ports
from breakwater.analysis.figures import Figure
from breakwater.analysis.figures import Verdict as FigureVerdict
from breakwater.analysis.permissions import (
    Grant,
    How,
    PermissionChange,
    PermissionDifference,
    Principal,
    Source,
    Unread,
    UnreadChange,
    Who,
)
from breakwater.analysis.permissions import Kind as GrantKind
from breakwater.analysis.permissions import Weight as GrantWeight
from breakwater.analysis.resilience.model import AtRisk, Scenario
from breakwater.analysis.resilience.model import Kind as Loss
from breakwater.analysis.resilience.points import Scope, SinglePoint
from breakwater.analysis.resilience.recovery import Chain, Part, Recovery
from breakwater.analysis.resilience.tasks import Left
from breakwater.graph import Resource, SourceLine
from breakwater.policy_check import PolicyResult, Violation
from breakwater.review.model import (
    CostChange,
    Danger,
    Failure,
    FigureChange,
    Kind,
    Op,
    Reason,
    Review,
    Step,
    Verdict,
    Weight,
)
from breakwater.review.values import ABSENT, Change
from breakwater.values import Secret
from tests.breakwater.graphs import QUEUE, ROLE, graph, resource

DATABASE, SERVICE = "aws:rds/instance:Instance", "aws:ecs/service:Service"
REGION = resource("breakwater:region:Region", "us-east-1")


def a_review(text: str = "orders", *, line: int = 212, **fields: Any) -> Review:
    """A review with something in each part; `text` is in every place where a change could have its own words."""
    source = SourceLine(f"components/{text}.py", line)
    home = resource("breakwater:database:Database", f"us-east-1-{text}", parent=REGION.urn)
    api = resource("breakwater:service:WebService", "us-east-1-api", parent=REGION.urn)
    database = resource(
        DATABASE, f"us-east-1-{text}", parent=home.urn, inputs={"identifier": text}, source=source, outputs={}
    )
    service = resource(
        SERVICE, "us-east-1-api", parent=api.urn, property_dependencies={"taskDefinition": (database.urn,)}
    )
    queue = resource(QUEUE, f"{text}-mail", parent=REGION.urn)
    role = resource(ROLE, f"{text}-role", source=source)
    before = (REGION, home, api, database, service, queue)
    after = (REGION, home, api, replace(database, inputs={"identifier": f"{text}-2"}), service, role)
    replaced = Step(
        op=Op.REPLACE,
        certain=False,
        before=database,
        after=after[3],
        changes=(
            Change("identifier", text, f"{text}-2"),
            Change(f"tags.{text}", ABSENT, {"deep": [text, None, 1]}),
            Change(f"gone[{text}]", text, ABSENT),
            Change("password", Secret("swordfish-1"), Secret("swordfish-2")),
            Change("nested", {"key": Secret("swordfish-3")}, {"key": Secret("swordfish-4"), "other": text}),
        ),
        forced_by=("identifier",),
        hidden=("masterPassword",),
    )
    steps = (
        Step(op=Op.CREATE, certain=True, after=role),
        replaced,
        Step(op=Op.DELETE, certain=True, before=queue),
    )
    found = Review(
        stack="dev",
        project="demo",
        against=text,
        verdict=Verdict.BLOCKED,
        reasons=(
            Reason(
                rule="stateful-replacement",
                kind=Kind.DANGER,
                verdict=Verdict.BLOCKED,
                text=f"{text} may be replaced",
                remedy=f"Keep the identifier of {text}.",
                source=source,
            ),
            Reason(
                rule="exposure-widened",
                kind=Kind.EXPOSURE,
                verdict=Verdict.APPROVAL,
                text=f"{text} opens",
                source=source,
            ),
        ),
        before=graph(*before),
        after=graph(*after),
        steps=steps,
        dangers=(
            Danger(
                step=replaced,
                weight=Weight.BLOCK,
                what=f"The database {text} would be created anew, and empty.",
                safeguards=("deletion protection", text),
                cause=(f"{source} {text}", f"{source} {DATABASE}::{text}.identifier"),
                touches=(f"{SERVICE}::us-east-1-api", f"{SERVICE}::{text}"),
                also=(f"{SERVICE}::{text}-2",),
                renamed_to=f"{DATABASE}::{text}-2",
                source=source,
            ),
        ),
        cost=CostChange(
            before=_sum(100.0, 200.0),
            after=_sum(150.5, 300.0, unpriced=2),
            components=(("us-east-1", text, 20.0, 70.5), ("eu-west-1", "cache", 5.0, 0.0)),
            unpriced=(f"aws:x/y:Z::{text}",),
        ),
        exposure=(_path(text, PathKind.OPENED), _path(text, PathKind.CLOSED), _path(text, PathKind.WIDENED, why=text)),
        permissions=_permissions(text, str(source)),
        figures=(
            FigureChange(before=_figure(text, 100), after=_figure(text, 400, FigureVerdict.MISSED)),
            FigureChange(before=None, after=replace(_figure(text, 0), value=None, verdict=FigureVerdict.UNKNOWN)),
            FigureChange(before=replace(_figure(text, 7), lowest=2), after=None),
        ),
        losses=((_loss(text, 4, 3, 60), _loss(text, 4, 1, 300)), (None, _loss(text, 2, 1, 60))),
        single_points=(SinglePoint(scope=Scope.PART, region=text, name=text, urn="", takes=text, remedy=f"{text}: 2"),),
        unwatched=(f"{QUEUE}::{text}",),
        policies=PolicyResult(
            61, (Violation("no-wildcards", role.urn, ROLE, role.name, f"{text} allows *", f"Name {text}.", source),)
        ),
        failures=(Failure(f"{text} cannot be created", source),),
        diagnostics=(("warning", f"look at {text}"),),
        digest="3f8e1c5a9b7d2460",
    )
    return replace(found, **fields)


def many(count: int, text: str = "orders") -> Review:
    """A review with so many of everything."""
    resources = [_numbered(number, text) for number in range(count)]
    steps = tuple(
        Step(op=Op.UPDATE, certain=True, before=r, after=r, changes=(Change("tags.Name", "a", f"{number}"),) * 3)
        for number, r in enumerate(resources)
    )
    one = a_review(text)
    return replace(
        one,
        before=graph(REGION, *resources),
        after=graph(REGION, *resources),
        steps=steps,
        reasons=tuple(replace(one.reasons[0], text=f"{number} {text}") for number in range(count)),
        dangers=tuple(replace(one.dangers[0], step=step) for step in steps),
        cost=replace(one.cost, components=tuple(("us-east-1", f"{n}-{text}", 1.0, 2.0 + n) for n in range(count)))
        if one.cost
        else None,
        exposure=one.exposure * count,
        figures=one.figures * count,
        losses=one.losses * count,
        single_points=one.single_points * count,
        unwatched=tuple(r.label for r in resources),
        policies=PolicyResult(61, one.policies.violations * count),
        diagnostics=one.diagnostics * count,
    )


def empty(**fields: Any) -> Review:
    """A review of a change that does nothing."""
    nothing: dict[str, Any] = {"verdict": Verdict.SAFE, "reasons": (), "before": graph(), "after": graph()}
    return Review(**({"stack": "dev", "project": "demo", "against": "main", **nothing} | fields))


def shuffled(review: Review) -> Review:
    """The same, with the order of what has none turned round."""
    return replace(
        review,
        before=graph(*review.before.resources[:0:-1]),
        after=graph(*review.after.resources[:0:-1]),
        cost=review.cost
        and replace(review.cost, components=review.cost.components[::-1], unpriced=review.cost.unpriced[::-1]),
        unwatched=review.unwatched[::-1],
        policies=replace(review.policies, violations=review.policies.violations[::-1]),
    )


def _numbered(number: int, text: str) -> Resource:
    home = f"us-east-1-{number % 60:02}"
    return resource(QUEUE, f"{home}-{text}-{number:04}", parent=REGION.urn, source=SourceLine("a.py", number + 1))


def _sum(least: float, most: float, *, unpriced: int = 0) -> Sum:
    sides = (Estimate(usd, usd * 0.9, usd * 1.1) for usd in (least, most))
    return Sum("", "", *sides, unpriced)


def _path(text: str, kind: PathKind, why: str = "") -> ExposureChange:
    path = Path(
        direction=Direction.INWARD,
        source="internet",
        target=text,
        ports=ports("tcp", 22, 22),
        ranges=("0.0.0.0/0",),
        undecidable=why,
    )
    return ExposureChange(kind=kind, path=path, by=(PathStep(f"aws:vpc/rule:Rule::{text}", text, f"{text}.py:3"),))


def _permissions(text: str, at: str) -> PermissionDifference:
    grant = Grant(
        kind=GrantKind.IDENTITY,
        principal=Principal(Who.ROLE, text),
        actions=frozenset({"s3:GetObject"}),
        resource=f"arn:aws:s3:::{text}",
        sources=(Source("urn", at),),
    )
    gained = PermissionChange(how=How.NEW, grant=grant, weight=GrantWeight.ADMIN, reasons=(f"reads {text}",))
    lost = replace(gained, weight=GrantWeight.LESS, reasons=(), how=How.RESOURCES, others=(grant,))
    unread = Unread(principal=Principal(Who.ROLE, text), what=text, why=f"{text} is not known", source=Source("u", at))
    return PermissionDifference(
        gained=(gained,),
        lost=(lost,),
        undecidable=(UnreadChange(unread=unread, weight=GrantWeight.REVIEW),),
        no_longer=(unread,),
    )


def _figure(text: str, value: float, verdict: FigureVerdict = FigureVerdict.NONE) -> Figure:
    return Figure(
        region="us-east-1", part=text, name=f"connections of {text}", value=value, limit=200, target=50, verdict=verdict
    )


def _loss(text: str, before: int, left: int, seconds: float) -> Scenario:
    part = Part(name=text, seconds=seconds)
    return Scenario(
        kind=Loss.ZONE,
        region="us-east-1",
        what=text,
        urns=(),
        recovery=Recovery((Chain(name=text, parts=(part,)),)),
        left=(Left(region="us-east-1", name=text, urn="", before=before, left=left, after=before),),
        data=(AtRisk(store=text, seconds=seconds, what=text),),
        by_hand=() if seconds < 100 else (f"Start {text}",),
    )
