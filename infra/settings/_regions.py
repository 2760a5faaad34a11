"""Rules about regions, their networks, and names in DNS."""

import ipaddress
import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path as FilePath

from components._cidr import SLOTS, subnet_plan
from components._containers import ecr_repository_arn
from infra.settings._messaging import destinations
from infra.settings._rules import component_rule, listed, nearest, problem
from infra.settings.models import Container, Function, Region, Settings
from infra.settings.problems import Path, Problem

# A load balancer and RDS's subnet groups need two zones.
_ZONES_MIN = 2

# Their traffic goes through gateway endpoints, which are always there.
_GATEWAY_SERVICES = ("s3", "dynamodb")
_ENDPOINT_OF = {"queues": "sqs", "topics": "sns", "buses": "events"}
_ENDPOINT_SERVICE = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")


def region_problems(settings: Settings) -> Iterator[Problem]:
    """All problems of the regions."""
    yield from _roles(settings)
    if settings.key_region is not None and settings.key_region not in settings.regions:
        message, allowed = f"the stack has no region {settings.key_region}", listed(settings.regions)
        yield problem(("key_region",), message, allowed, "write one of them", ("regions",))
    yield from _health_signals(settings)
    for index, email in enumerate(settings.alarms.emails):
        if email in settings.alarms.emails[:index]:
            path: Path = ("alarms", "emails", index)
            yield problem(path, f"{email} is listed twice", "each address once", "remove one of the two")
    for name, region in settings.regions.items():
        yield from _known(name)
        yield from _zones(name, region)
        yield from _plan(name, region)
        yield from _endpoints(name, region)
        yield from _peers(name, region, settings)
        yield from _way_to_the_writer(name, region, settings)
        yield from _ways_out(name, region, settings)
        yield from _task_overrides(name, region, settings)
    yield from _overlaps(settings)


@cache
def aws_regions() -> tuple[str, ...]:
    """The regions of AWS's commercial partition, from botocore's data; botocore itself is not imported."""
    spec = find_spec("botocore")
    if spec is None or not spec.submodule_search_locations:
        return ()
    data = json.loads(
        FilePath(spec.submodule_search_locations[0], "data", "partitions.json").read_text(encoding="utf-8")
    )
    commercial = next(partition for partition in data["partitions"] if partition["id"] == "aws")
    return tuple(sorted(name for name in commercial["regions"] if name[-1].isdigit()))


def _roles(settings: Settings) -> Iterator[Problem]:
    primaries: list[Path] = [("regions", name, "role") for name, r in settings.regions.items() if r.role == "primary"]
    allowed = "exactly one primary region"
    for second in primaries[1:]:
        yield problem(
            second,
            f"{primaries[0][1]} is the primary region already",
            allowed,
            "write `role: active` or `role: standby`",
            *primaries,
        )
    if not primaries:
        yield problem(("regions",), "no region is the primary one", allowed, "give one region `role: primary`")


def _health_signals(settings: Settings) -> Iterator[Problem]:
    path: Path = ("health_signals",)
    if settings.health_signals and len(settings.regions) == 1:
        message = "no other region could take over, so nobody asks for the health of this one"
        yield problem(path, message, "none with one region", "remove it, or add a region", ("regions",))
    for position, signal in enumerate(settings.health_signals):
        if signal in settings.health_signals[:position]:
            yield problem((*path, position), f"{signal} is listed twice", "each once", "remove one of the two")
        for named, section in (("writer", "database"), ("queue-age", "queues")):
            if signal == named and not getattr(settings, section):
                yield problem(
                    (*path, position), f"the stack has no {section}", "what the stack has", "remove it", (section,)
                )


def _known(name: str) -> Iterator[Problem]:
    regions = aws_regions()
    if regions and name not in regions:
        meant = nearest(name, regions)
        remedy = f"write {meant}" if meant else "write one of them"
        yield problem(("regions", name), f"{name} is no region of AWS", listed(regions), remedy)


def _zones(name: str, region: Region) -> Iterator[Problem]:
    zones: Path = ("regions", name, "zones")
    if len(region.zones) < _ZONES_MIN:
        yield problem(
            zones,
            f"{len(region.zones)} zone",
            f"at least {_ZONES_MIN} zones: load balancer and database need them",
            f"add a zone with a free slot, such as {name}b: 1",
        )
    for zone in region.zones:
        if not re.fullmatch(rf"{re.escape(name)}[a-z]", zone):
            yield problem(
                (*zones, zone),
                f"{zone} is no zone of {name}",
                f"{name} and a letter",
                f"write it as {name}a, or move it",
            )
    taken: dict[int, str] = {}
    for zone, slot in region.zones.items():
        if not 0 <= slot < SLOTS:
            yield problem(
                (*zones, zone),
                f"slot {slot} does not exist",
                f"0 to {SLOTS - 1}",
                f"write {_free(region.zones.values())}",
            )
        elif slot in taken:
            yield problem(
                (*zones, zone),
                f"slot {slot} belongs to {taken[slot]}",
                "a slot of its own for each zone",
                f"write {_free(region.zones.values())} for the newer of the two",
                (*zones, taken[slot]),
            )
        taken.setdefault(slot, zone)


def _free(slots: object) -> int:
    taken = set(slots)  # type: ignore[call-overload]
    return next(slot for slot in range(SLOTS) if slot not in taken)


def _plan(name: str, region: Region) -> Iterator[Problem]:
    """The range alone, with slots known to be good: each problem is told at its own place."""
    yield from component_rule(
        ("regions", name, "cidr"),
        "give the region another range, such as 10.0.0.0/16",
        subnet_plan,
        region.cidr,
        {f"{name}a": 0},
    )


def _overlaps(settings: Settings) -> Iterator[Problem]:
    networks: dict[str, ipaddress.IPv4Network] = {}
    for name, region in settings.regions.items():
        try:
            networks[name] = ipaddress.IPv4Network(region.cidr)
        except ValueError:
            continue
    # Of two, the one that is told is the later: the primary region was there first.
    for one, other in combinations([name for name in settings.region_order if name in networks], 2):
        if networks[one].overlaps(networks[other]):
            yield problem(
                ("regions", other, "cidr"),
                f"{networks[other]} overlaps {networks[one]} of {one}",
                "ranges that share no address",
                "give one of the two another range, before it is first deployed",
                ("regions", one, "cidr"),
            )


def _endpoints(name: str, region: Region) -> Iterator[Problem]:
    seen: set[str] = set()
    for position, service in enumerate(region.interface_endpoints):
        path: Path = ("regions", name, "interface_endpoints", position)
        if service in _GATEWAY_SERVICES:
            yield problem(
                path, f"{service} has a gateway endpoint", "services with interface endpoints", "leave it out"
            )
        elif not _ENDPOINT_SERVICE.fullmatch(service):
            yield problem(path, f"{service!r} is no service's name", "a name such as ecr.api", "correct the name")
        elif service.replace(".", "-") in seen:
            yield problem(path, f"{service} is listed twice", "each service once", "remove one of the two")
        seen.add(service.replace(".", "-"))


def _peers(name: str, region: Region, settings: Settings) -> Iterator[Problem]:
    """Ranges that overlap could not be joined, but no two regions' may in any case."""
    others = [other for other in settings.regions if other != name]
    for position, peer in enumerate(region.peers):
        path: Path = ("regions", name, "peers", position)
        if peer == name:
            yield problem(path, f"{name} cannot be its own peer", listed(others), "remove it")
        elif peer not in settings.regions:
            meant = nearest(peer, others)
            remedy = f"write {meant}" if meant else f"add `regions.{peer}`, or remove it"
            yield problem(path, f"the stack has no region {peer}", listed(others), remedy, ("regions", peer))
        elif peer in region.peers[:position]:
            yield problem(path, f"{peer} is listed twice", "each region once", "remove one of the two")


def _way_to_the_writer(name: str, region: Region, settings: Settings) -> Iterator[Problem]:
    primary = next((other for other, found in settings.regions.items() if found.role == "primary"), None)
    if region.role != "active" or primary is None or settings.database is None:
        return
    if settings.connects_to("database") and (min(name, primary), max(name, primary)) not in settings.peerings:
        yield problem(
            ("regions", name, "peers"),
            f"programs in {name} write to the database in {primary}, and nothing leads there",
            "the primary region among the peers of an active one",
            f"add `peers: [{primary}]`, or write `role: standby`",
            ("regions", name, "role"),
            ("regions", primary, "peers"),
        )


def _ways_out(name: str, region: Region, settings: Settings) -> Iterator[Problem]:
    """Without NAT gateway: an endpoint for each API that starting a task calls, and for what the platform gives it."""
    if region.nat != "none":
        return
    workloads = {
        **{("services", key): service for key, service in settings.services.items()},
        **{("workers", key): worker for key, worker in settings.workers.items()},
        **{("jobs", key): job for key, job in settings.jobs.items()},
    }
    for path, workload in workloads.items():
        if workload.image is not None and ecr_repository_arn(workload.image) is None:
            message = f"without NAT gateway in {name} no image can be pulled from {workload.image.partition('/')[0]}"
            remedy = "copy the image to ECR, or write `nat: single`"
            yield problem((*path, "image"), message, "an image in ECR", remedy, ("regions", name, "nat"))
    # Tokens for database and cache are signed by the task itself, SQS uses its key by itself, and S3 and DynamoDB have
    # gateway endpoints: none of them needs an endpoint here.
    needed = ["ecr.api", "ecr.dkr", "logs"] if workloads else []
    serving = (*settings.services.values(), *settings.workers.values())
    if serving and settings.telemetry:
        needed.append("xray")
        if ecr_repository_arn(settings.telemetry.image) is None:
            message = f"without NAT gateway in {name} the collector cannot be pulled"
            remedy = "copy the image to ECR, or write `nat: single`"
            yield problem(("telemetry", "image"), message, "an image in ECR", remedy, ("regions", name, "nat"))
    if any(workload.execute_command for workload in serving):
        needed.append("ssmmessages")
    inside = [function for function in settings.functions.values() if function.in_network or function.connects]
    programs: list[Container | Function] = [*workloads.values(), *inside]
    if any(program.secrets for program in programs):
        needed.append("secretsmanager")
    known = destinations(settings)
    sent = {_ENDPOINT_OF[known[name]] for program in programs for name in program.produces if name in known}
    needed += sorted(sent | ({"sqs"} if settings.workers else set()))
    missing = [service for service in needed if service not in region.interface_endpoints]
    if missing:
        yield problem(
            ("regions", name, "nat"),
            f"without NAT gateway tasks cannot reach {', '.join(missing)}",
            "a NAT gateway, or an endpoint for each service of AWS that tasks use",
            f"add {', '.join(missing)} to interface_endpoints, or write `nat: single`",
            ("regions", name, "interface_endpoints"),
        )


def _task_overrides(name: str, region: Region, settings: Settings) -> Iterator[Problem]:
    both = [*settings.services, *settings.workers]
    for workload in region.tasks:
        if workload not in both:
            yield problem(
                ("regions", name, "tasks", workload),
                f"there is no service or worker {workload}",
                listed(both),
                f"write {meant}" if (meant := nearest(workload, both)) else "remove it",
                ("services", workload),
                ("workers", workload),
            )
