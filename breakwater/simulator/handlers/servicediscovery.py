"""Cloud Map."""

from collections.abc import Mapping
from typing import Any

from breakwater.simulator.handler import Call, Creation, Handler
from breakwater.simulator.handlers._store import backend


def _namespace_id(c: Creation) -> str:
    operation = c.call("servicediscovery:GetOperation", {"OperationId": c.answers[-1]["OperationId"]})["Operation"]
    return str(operation["Targets"]["NAMESPACE"])


def _name_zone(c: Creation) -> None:
    """moto gives the hosted zone a name of its own and no VPC."""
    zone = backend(c, "route53").zones[_record(c).dns_properties["HostedZoneId"].rpartition("/")[2]]
    zone.name = f"{str(c.inputs['name']).rstrip('.')}."
    zone.vpcs = [{"vpc_id": c.inputs["vpc"], "vpc_region": c.region}]


def _record(c: Creation) -> Any:
    return backend(c, "servicediscovery").namespaces[c.id]


def _private_outputs(c: Creation) -> Mapping[str, Any]:
    record = _record(c)
    return {"arn": record.arn, "hostedZone": record.dns_properties["HostedZoneId"].rpartition("/")[2]}


HANDLERS = (
    Handler(
        type="aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace",
        calls=(Call(operation="servicediscovery:CreatePrivateDnsNamespace"),),
        id=_namespace_id,
        amend=_name_zone,
        outputs=_private_outputs,
    ),
    Handler(
        type="aws:servicediscovery/httpNamespace:HttpNamespace",
        calls=(Call(operation="servicediscovery:CreateHttpNamespace"),),
        id=_namespace_id,
        outputs=lambda c: {"arn": _record(c).arn, "httpName": c.inputs["name"]},
    ),
    Handler(
        type="aws:servicediscovery/service:Service",
        calls=(Call(operation="servicediscovery:CreateService"),),
        id="Service.Id",
        outputs=lambda c: {"arn": c.answers[0]["Service"]["Arn"]},
        held={"forceDestroy": "only for deletion, by the provider"},
    ),
)
