"""Hosted zones, records, health checks, query logs."""

import re
from collections.abc import Mapping
from typing import Any

from breakwater.simulator.handler import Call, Creation, Handler
from breakwater.simulator.handlers._store import backend, made_up, refuse

_TAGS = Call(
    operation="route53:ChangeTagsForResource",
    parameters=lambda c: {
        "ResourceType": "healthcheck" if "healthCheck" in c.type else "hostedzone",
        "ResourceId": c.id,
        "AddTags": [{"Key": k, "Value": v} for k, v in c.tags.items()],
    },
    consumes=frozenset({"tags"}),
    when=lambda c: bool(c.tags),
)

# -- zones


def _vpc(c: Creation, block: Mapping[str, Any]) -> dict[str, Any]:
    return {"VPCId": block["vpcId"], "VPCRegion": block.get("vpcRegion", c.region)}


def _zone(c: Creation) -> dict[str, Any]:
    vpcs = c.inputs.get("vpcs") or []
    comment = c.inputs.get("comment", "Managed by Pulumi")
    for block in vpcs:
        vpc = _vpc(c, block)
        if vpc["VPCId"] not in backend(c, "ec2", vpc["VPCRegion"]).vpcs:
            message = f"The VPC {vpc['VPCId']} that you provided is not in the region {vpc['VPCRegion']}"
            raise refuse("route53:CreateHostedZone", "InvalidVPCId", message)
    return {
        "CallerReference": made_up(c.urn, 32),
        "HostedZoneConfig": {"Comment": comment} | ({"PrivateZone": True} if vpcs else {}),
        "VPC": _vpc(c, vpcs[0]) if vpcs else None,
    }


def _zone_outputs(c: Creation) -> dict[str, Any]:
    servers = sorted(backend(c, "route53").zones[c.id].delegation_set.name_servers)
    return {
        "arn": c.arn("route53", f"hostedzone/{c.id}", region="").replace(c.account, ""),
        "comment": c.inputs.get("comment", "Managed by Pulumi"),
        "name": c.inputs["name"].removesuffix("."),
        "nameServers": servers,
        "primaryNameServer": servers[0],
        "zoneId": c.id,
    }


_ZONE = Handler(
    type="aws:route53/zone:Zone",
    calls=(
        Call(operation="route53:CreateHostedZone", parameters=_zone, consumes=frozenset({"comment", "vpcs", "tags"})),
        Call(
            operation="route53:AssociateVPCWithHostedZone",
            each=lambda c: [{"HostedZoneId": c.id, "VPC": _vpc(c, block)} for block in c.inputs["vpcs"][1:]],
            when=lambda c: len(c.inputs.get("vpcs") or ()) > 1,
        ),
        Call(
            operation="route53:UpdateHostedZoneFeatures",
            inputs=frozenset({"enableAcceleratedRecovery"}),
            parameters=lambda c: {"HostedZoneId": c.id},
            when=lambda c: bool(c.inputs.get("enableAcceleratedRecovery")),
            simulated=False,
        ),
        _TAGS,
    ),
    id=lambda c: str(c.answers[0]["HostedZone"]["Id"].rpartition("/")[2]),
    outputs=_zone_outputs,
    held={"forceDestroy": "the provider's own: whether it deletes records that others have made with the zone"},
)

# -- records

_CHANGE = "route53:ChangeResourceRecordSets"
_ZONE_ID = re.compile(r"Z[A-Z0-9]{9,31}")
_POLICIES = {
    "failoverRoutingPolicies": {"type": "Failover"},
    "latencyRoutingPolicies": {"region": "Region"},
    "weightedRoutingPolicies": {"weight": "Weight"},
}
_ROUTING = frozenset({"Failover", "Region", "Weight", "GeoLocation", "CidrRoutingConfig", "MultiValueAnswer"})
_QUOTED = ("TXT", "SPF")
_RECORD_INPUTS = frozenset(_POLICIES) | {
    "aliases",
    "allowOverwrite",
    "cidrRoutingPolicy",
    "geolocationRoutingPolicies",
    "healthCheckId",
    "multivalueAnswerRoutingPolicy",
    "name",
    "records",
    "setIdentifier",
    "ttl",
    "type",
    "zoneId",
}


def _presumed_zone(c: Creation) -> Any:
    """A zone that the program names by its id only: the simulated account holds nothing, so it is presumed to be there,
    under the last two labels of the first name that goes into it; whether it is AWS alone can say."""
    from moto.route53.models import FakeZone

    id_, name = c.inputs["zoneId"], c.inputs.get("name", "").lower().removesuffix(".")
    if not _ZONE_ID.fullmatch(id_) or name.count(".") < 1:
        return None
    store = backend(c, "route53")
    servers = store.create_reusable_delegation_set(caller_reference=f"presumed {id_}")
    zone = FakeZone(  # type: ignore[abstract]  # as moto itself makes it
        f"{'.'.join(name.split('.')[-2:])}.", id_, private_zone=False, caller_reference=id_, delegation_set=servers
    )
    store.zones[id_] = zone
    return zone


def _record_name(c: Creation) -> str:
    """The full name without the last dot: a name outside the zone is meant to be inside it."""
    zone = backend(c, "route53").zones.get(c.inputs["zoneId"]) or _presumed_zone(c)
    if zone is None:
        raise refuse(_CHANGE, "NoSuchHostedZone", f"No hosted zone found with ID: {c.inputs['zoneId']}")
    name, apex = c.inputs.get("name", "").lower().removesuffix("."), zone.name.lower().removesuffix(".")
    if not name:
        return str(apex)
    return str(name if name == apex or name.endswith(f".{apex}") else f"{name}.{apex}")


def _value(kind: str, value: str) -> str:
    if kind in _QUOTED and not value.startswith('"'):
        return f'"{value}"'
    return value


def _record_set(c: Creation) -> dict[str, Any]:
    given = c.inputs
    found: dict[str, Any] = {"Name": _record_name(c), "Type": given["type"]}
    for alias in given.get("aliases") or ():
        found["AliasTarget"] = {
            "DNSName": alias["name"],
            "HostedZoneId": alias["zoneId"],
            "EvaluateTargetHealth": alias["evaluateTargetHealth"],
        }
    if "records" in given:
        found["ResourceRecords"] = [{"Value": _value(given["type"], record)} for record in given["records"]]
        found["TTL"] = given.get("ttl", 0)
    for name, members in _POLICIES.items():
        for block in given.get(name) or ():
            found |= {member: block[key] for key, member in members.items()}
    for block in given.get("geolocationRoutingPolicies") or ():
        codes = {"continent": "ContinentCode", "country": "CountryCode", "subdivision": "SubdivisionCode"}
        found["GeoLocation"] = {code: block[key] for key, code in codes.items() if block.get(key)}
    if cidr := given.get("cidrRoutingPolicy"):
        found["CidrRoutingConfig"] = {"CollectionId": cidr["collectionId"], "LocationName": cidr["locationName"]}
    simple = {
        "SetIdentifier": given.get("setIdentifier"),
        "HealthCheckId": given.get("healthCheckId"),
        "MultiValueAnswer": given.get("multivalueAnswerRoutingPolicy") or None,
    }
    return found | {k: v for k, v in simple.items() if v is not None}


def _check_record(c: Creation, wanted: Mapping[str, Any]) -> None:
    """What AWS refuses and moto does not see."""

    def batch(message: str) -> Exception:
        return refuse(_CHANGE, "InvalidChangeBatch", message)

    name, kind = f"{wanted['Name']}.", wanted["Type"]
    label = f"resource record set [name='{name}', type='{kind}']"
    routed = sorted(_ROUTING & wanted.keys())
    if len(routed) > 1:
        raise batch(f"{label}: only one routing policy is allowed, not {' and '.join(routed)}")
    if bool(routed) != ("SetIdentifier" in wanted):
        raise batch(f"{label}: a routing policy and a set identifier go together")
    if ("AliasTarget" in wanted) == ("ResourceRecords" in wanted):
        raise batch(f"{label}: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords]]")
    zone = backend(c, "route53").zones[c.inputs["zoneId"]]
    if kind == "CNAME" and name.lower() == zone.name.lower():
        raise batch(f"RRSet of type CNAME with DNS name {name} is not permitted at apex in zone {zone.name}")
    for other in zone.rrsets:
        if other.name.lower() != name:
            continue
        if other.type == kind:
            same = other.set_identifier == wanted.get("SetIdentifier")
            if same and not c.inputs.get("allowOverwrite"):
                raise batch(f"Tried to create {label} but it already exists")
            if bool(other.set_identifier) != bool(wanted.get("SetIdentifier")):
                raise batch(f"{label} cannot be created as other RRSets exist with the same name and type")
        elif "CNAME" in (kind, other.type):
            raise batch(f"{label} is not permitted because a conflicting RRSet of type {other.type} exists")
    check = wanted.get("HealthCheckId")
    if check and check not in backend(c, "route53").health_checks:
        raise refuse(_CHANGE, "NoSuchHealthCheck", f"No health check exists with ID: {check}")


def _change(c: Creation) -> dict[str, Any]:
    wanted = _record_set(c)
    _check_record(c, wanted)
    action = "UPSERT" if c.inputs.get("allowOverwrite") else "CREATE"
    return {
        "HostedZoneId": c.inputs["zoneId"],
        "ChangeBatch": {"Changes": [{"Action": action, "ResourceRecordSet": wanted}]},
    }


def _record_id(c: Creation) -> str:
    given = c.inputs
    parts = [given["zoneId"], given.get("name", "").lower(), given["type"], given.get("setIdentifier")]
    return "_".join(part for part in parts if part is not None)


_RECORD = Handler(
    type="aws:route53/record:Record",
    calls=(
        Call(
            operation=_CHANGE,
            inputs=frozenset(),
            parameters=_change,
            consumes=_RECORD_INPUTS,
        ),
    ),
    id=_record_id,
    outputs=lambda c: {"fqdn": _record_name(c)},
)

# -- health checks

_CHECK = "route53:CreateHealthCheck"
_CHECK_MEMBERS = {
    "childHealthThreshold": "HealthThreshold",
    "childHealthchecks": "ChildHealthChecks",
    "disabled": "Disabled",
    "enableSni": "EnableSNI",
    "failureThreshold": "FailureThreshold",
    "fqdn": "FullyQualifiedDomainName",
    "insufficientDataHealthStatus": "InsufficientDataHealthStatus",
    "invertHealthcheck": "Inverted",
    "ipAddress": "IPAddress",
    "measureLatency": "MeasureLatency",
    "port": "Port",
    "regions": "Regions",
    "requestInterval": "RequestInterval",
    "resourcePath": "ResourcePath",
    "routingControlArn": "RoutingControlArn",
    "searchString": "SearchString",
    "type": "Type",
}


def _health_check(c: Creation) -> dict[str, Any]:
    given = c.inputs
    config = {member: given[name] for name, member in _CHECK_MEMBERS.items() if name in given}
    if "cloudwatchAlarmName" in given:
        config["AlarmIdentifier"] = {"Name": given["cloudwatchAlarmName"], "Region": given.get("cloudwatchAlarmRegion")}
    kind = str(given["type"])
    if kind.startswith("HTTPS"):
        config.setdefault("EnableSNI", True)
    if config.get("RequestInterval", 30) not in (10, 30):
        raise refuse(_CHECK, "InvalidInput", f"RequestInterval: {config['RequestInterval']} is not one of 10, 30")
    if kind.startswith(("HTTP", "TCP")) and not {"FullyQualifiedDomainName", "IPAddress"} & config.keys():
        message = f"a health check of type {kind} needs an IPAddress or a FullyQualifiedDomainName"
        raise refuse(_CHECK, "InvalidInput", message)
    reference = given.get("referenceName", "")
    return {"CallerReference": f"{reference}{made_up(c.urn, 26)}"[:64], "HealthCheckConfig": config}


_HEALTH_CHECK = Handler(
    type="aws:route53/healthCheck:HealthCheck",
    calls=(
        Call(
            operation=_CHECK,
            inputs=frozenset(),
            parameters=_health_check,
            consumes=frozenset({*_CHECK_MEMBERS, "cloudwatchAlarmName", "cloudwatchAlarmRegion", "referenceName"}),
        ),
        _TAGS,
    ),
    id="HealthCheck.Id",
    outputs=lambda c: {"arn": c.arn("route53", f"healthcheck/{c.id}", region="").replace(c.account, "")},
    held={"triggers": "the provider's own: what makes it replace the health check"},
)

# -- query logs


def _query_log(c: Creation) -> dict[str, Any]:
    """moto wants the ARN with the `:*` that AWS takes but the provider's log groups do not have."""
    arn = c.inputs["cloudwatchLogGroupArn"]
    return {"CloudWatchLogsLogGroupArn": arn if arn.endswith(":*") else f"{arn}:*", "HostedZoneId": c.inputs["zoneId"]}


_QUERY_LOG = Handler(
    type="aws:route53/queryLog:QueryLog",
    calls=(
        Call(
            operation="route53:CreateQueryLoggingConfig",
            inputs=frozenset(),
            parameters=_query_log,
            consumes=frozenset({"cloudwatchLogGroupArn", "zoneId"}),
        ),
    ),
    id="QueryLoggingConfig.Id",
    outputs=lambda c: {"arn": c.arn("route53", f"queryloggingconfig/{c.id}", region="").replace(c.account, "")},
)

HANDLERS = (_ZONE, _RECORD, _HEALTH_CHECK, _QUERY_LOG)
