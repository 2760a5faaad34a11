"""After a deployment: does the stack answer, are its tasks the new ones and healthy, is no alarm on?

It knows the stack by its outputs alone. A check that fails is tried again until the deadline; then, for the watch,
all of them must stay good. What ECS has rolled back itself fails at once.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from breakwater.operations.errors import OperationError

_ANSWER_SECONDS = 10
_PAUSE_SECONDS = 15
_SERVICES_AT_ONCE = 10
"""Services that one ecs:DescribeServices takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found."""

    check: str
    good: bool
    text: str
    final: bool = False
    """It will not get better by waiting."""

    def to_json(self) -> dict[str, Any]:
        """The finding under `--json`."""
        return {"check": self.check, "ok": self.good, "text": self.text}


Check = Callable[[], Sequence[Finding]]
Client = Callable[[str, str], Any]
"""Service and region -> boto3 client."""


def checks(outputs: Any, client: Client, since: datetime | None) -> list[Check]:
    """All checks of a stack, from `pulumi stack output --json`."""
    if not isinstance(outputs, Mapping) or not isinstance(outputs.get("regions"), Mapping):
        raise OperationError("these are no outputs of a stack: take `pulumi stack output --json`")
    found: list[Check] = [_url(host, url) for host, url in sorted((outputs.get("urls") or {}).items())]
    for region, parts in sorted(outputs["regions"].items()):
        found += [_url(f"{host} in {region}", url) for host, url in sorted((parts.get("urls") or {}).items())]
        found += _tasks(region, parts, client)
        if parts.get("alarm_topic_arn"):
            found.append(_alarms(region, str(parts["alarm_topic_arn"]), client, since))
    return found


def until_good(
    checks: Sequence[Check],
    deadline: float,
    watch: float,
    *,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> list[Finding]:
    """What the checks found last: all good, or what was still wrong when the time was up."""
    end = now() + deadline
    good_since: float | None = None
    while True:
        findings = [finding for check in checks for finding in check()]
        wrong = [finding for finding in findings if not finding.good]
        moment = now()
        if not wrong:
            good_since = moment if good_since is None else good_since
            if moment - good_since >= watch:
                return findings
        elif any(finding.final for finding in wrong) or good_since is not None or moment >= end:
            return findings
        until = end if good_since is None else good_since + watch
        sleep(max(0.0, min(_PAUSE_SECONDS, until - moment)))


class _Stay(HTTPRedirectHandler):
    """A redirect is an answer; it may lead to where nothing of the stack is."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _url(name: str, url: Any) -> Check:
    """Anything but an error of the server is an answer: what lives at `/` is the service's own affair."""

    def check() -> list[Finding]:
        if urlsplit(str(url)).scheme not in ("https", "http"):
            return [Finding(check=name, good=False, text=f"{url!r} is no web address", final=True)]
        request = Request(str(url), headers={"User-Agent": "breakwater-smoke"})  # noqa: S310 (http and https only)
        try:
            with build_opener(_Stay).open(request, timeout=_ANSWER_SECONDS) as answer:
                status = int(answer.status)
        except HTTPError as error:
            status = error.code
            error.close()
        except (URLError, OSError, ValueError) as error:
            return [Finding(check=name, good=False, text=f"{url} does not answer: {getattr(error, 'reason', error)}")]
        return [Finding(check=name, good=status < 500, text=f"{url} answers {status}")]

    return check


def _tasks(region: str, parts: Mapping[str, Any], client: Client) -> Iterator[Check]:
    services = {**(parts.get("services") or {}), **(parts.get("workers") or {})}
    names = sorted(str(service["service_name"]) for service in services.values() if service.get("service_name"))
    for start in range(0, len(names), _SERVICES_AT_ONCE):
        yield _deployed(region, str(parts.get("cluster")), names[start : start + _SERVICES_AT_ONCE], client)
    for name, service in sorted(services.items()):
        groups = [service.get("target_group_arn"), service.get("alternate_target_group_arn")]
        if groups[0]:
            yield _targets(region, name, [str(group) for group in groups if group], client)


def _deployed(region: str, cluster: str, names: Sequence[str], client: Client) -> Check:
    """Every service runs as many tasks as it should, all of them of the last deployment."""

    def check() -> list[Finding]:
        answer = client("ecs", region).describe_services(cluster=cluster, services=list(names))
        found = {service["serviceName"]: service for service in answer["services"]}
        return [_service(region, name, found.get(name)) for name in names]

    return check


def _service(region: str, name: str, service: Mapping[str, Any] | None) -> Finding:
    check = f"service {name} in {region}"
    if service is None or service.get("status") != "ACTIVE":
        return Finding(check=check, good=False, text="is not there", final=True)
    running, desired = service["runningCount"], service["desiredCount"]
    deployments = service.get("deployments") or []
    states = [str(d.get("rolloutState", "COMPLETED")) for d in deployments]
    count = f"{running} of {desired} tasks run"
    if "FAILED" in states:
        reason = next(d.get("rolloutStateReason", "") for d in deployments if d.get("rolloutState") == "FAILED")
        return Finding(check=check, good=False, text=f"the deployment failed: {reason}".rstrip(": "), final=True)
    settled = len(deployments) <= 1 and set(states) <= {"COMPLETED"}
    return Finding(check=check, good=settled and running >= desired, text=count if settled else f"{count}, deploying")


def _targets(region: str, name: str, groups: Sequence[str], client: Client) -> Check:
    """The group that has requests is healthy; of a pair the other one may be empty."""

    def check() -> list[Finding]:
        elb = client("elbv2", region)
        states = [
            target["TargetHealth"]["State"]
            for group in groups
            for target in elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        ]
        serving = [state for state in states if state != "draining"]
        healthy = serving.count("healthy")
        text = f"{healthy} of {len(serving)} targets are healthy"
        return [Finding(check=f"targets of {name} in {region}", good=0 < healthy == len(serving), text=text)]

    return check


def _alarms(region: str, topic: str, client: Client, since: datetime | None) -> Check:
    """No alarm of the stack is on: those that tell its topic, and of these the ones that went on since then."""

    def check() -> list[Finding]:
        pages = (
            client("cloudwatch", region)
            .get_paginator("describe_alarms")
            .paginate(StateValue="ALARM", ActionPrefix=topic, AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        )
        on = [a for page in pages for kind in ("MetricAlarms", "CompositeAlarms") for a in page.get(kind, [])]
        fresh = [alarm for alarm in on if _is_new(alarm, since)]
        if not fresh:
            old = f", {len(on)} were on before" if on else ""
            return [Finding(check=f"alarms in {region}", good=True, text=f"none is on{old}")]
        return [
            Finding(
                check=f"alarm {alarm['AlarmName']} in {region}", good=False, text=str(alarm.get("StateReason", "on"))
            )
            for alarm in fresh
        ]

    return check


def _is_new(alarm: Mapping[str, Any], since: datetime | None) -> bool:
    moment = alarm.get("StateTransitionedTimestamp") or alarm.get("StateUpdatedTimestamp")
    return since is None or moment is None or bool(moment >= since)
