"""Route tables, routes and associations."""

from collections.abc import Mapping
from typing import Any

from breakwater.simulator.handler import Call, Creation, Handler
from breakwater.simulator.handlers._ec2 import hashcode, tag_adopted
from breakwater.simulator.handlers._store import backend, refuse

_ROUTE_TARGETS = {"egressOnlyGatewayId": "EgressOnlyInternetGatewayId"}


def _check_route(c: Creation, table_id: str, route: Mapping[str, Any]) -> None:
    """moto takes any gateway that exists, and NAT gateways that do not."""
    store = backend(c, "ec2")
    table = store.route_tables.get(table_id)
    gateway = store.internet_gateways.get(route.get("gatewayId"))
    if table and gateway and (gateway.vpc is None or gateway.vpc.id != table.vpc_id):
        raise refuse(
            "ec2:CreateRoute",
            "InvalidParameterValue",
            f"route table {table_id} and network gateway {gateway.id} belong to different networks",
        )
    nat = route.get("natGatewayId")
    if nat and nat not in store.nat_gateways:
        raise refuse("ec2:CreateRoute", "InvalidNatGatewayID.NotFound", f"The natGateway ID '{nat}' does not exist")


def _inline_routes(c: Creation) -> list[dict[str, Any]]:
    """The parameters of one CreateRoute per block of `routes`."""
    found = []
    for route in c.inputs["routes"]:
        _check_route(c, c.id, route)
        names = _ROUTE_TARGETS | {"cidrBlock": "DestinationCidrBlock", "ipv6CidrBlock": "DestinationIpv6CidrBlock"}
        renamed = {names.get(k, k[:1].upper() + k[1:]): v for k, v in route.items() if v}
        found.append({"RouteTableId": c.id} | renamed)
    return found


_ROUTES = Call(
    operation="ec2:CreateRoute",
    each=_inline_routes,
    consumes=frozenset({"routes"}),
    when=lambda c: bool(c.inputs.get("routes")),
)
_PROPAGATION = Call(
    operation="ec2:EnableVgwRoutePropagation",
    each=lambda c: [{"RouteTableId": c.id, "GatewayId": gateway} for gateway in c.inputs["propagatingVgws"]],
    consumes=frozenset({"propagatingVgws"}),
    when=lambda c: bool(c.inputs.get("propagatingVgws")),
    simulated=False,
)

_ROUTE_TABLE = Handler(
    type="aws:ec2/routeTable:RouteTable",
    calls=(
        Call(operation="ec2:CreateRouteTable", consumes=frozenset({"routes", "propagatingVgws"})),
        _ROUTES,
        _PROPAGATION,
    ),
    id="RouteTable.RouteTableId",
    outputs=lambda c: {"arn": c.arn("ec2", f"route-table/{c.id}"), "ownerId": c.account},
    tag_type="route-table",
)

_DEFAULT_ROUTE_TABLE = Handler(
    type="aws:ec2/defaultRouteTable:DefaultRouteTable",
    calls=(
        Call(
            operation="ec2:DescribeRouteTables",
            inputs=frozenset(),
            parameters=lambda c: {"RouteTableIds": [c.inputs["defaultRouteTableId"]]},
            consumes=frozenset({"defaultRouteTableId"}),
        ),
        Call(
            operation="ec2:DeleteRoute",
            each=lambda c: [
                {"RouteTableId": c.id, "DestinationCidrBlock": route["DestinationCidrBlock"]}
                for route in c.answers[0]["RouteTables"][0]["Routes"]
                if route.get("GatewayId") != "local"
            ],
        ),
        _ROUTES,
        _PROPAGATION,
        tag_adopted(),
    ),
    id="RouteTables.0.RouteTableId",
    outputs=lambda c: {
        "arn": c.arn("ec2", f"route-table/{c.id}"),
        "ownerId": c.account,
        "vpcId": c.answers[0]["RouteTables"][0]["VpcId"],
    },
)


def _route(c: Creation) -> dict[str, Any]:
    _check_route(c, c.inputs["routeTableId"], c.inputs)
    return {}


def _route_id(c: Creation) -> str:
    names = ("destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId")
    destination = next((c.inputs[name] for name in names if name in c.inputs), "")
    return f"r-{c.inputs['routeTableId']}{hashcode(destination)}"


_ROUTE = Handler(
    type="aws:ec2/route:Route",
    calls=(Call(operation="ec2:CreateRoute", rename=_ROUTE_TARGETS, parameters=_route),),
    id=_route_id,
    outputs=lambda _: {"origin": "CreateRoute", "state": "active"},
)


def _check_association(c: Creation) -> dict[str, Any]:
    """moto answers a second table for a subnet with the first one's association; AWS refuses it."""
    table, association = c.inputs["routeTableId"], c.id
    if association not in backend(c, "ec2").route_tables[table]._associations:
        subject = c.inputs.get("subnetId") or c.inputs.get("gatewayId")
        raise refuse(
            "ec2:AssociateRouteTable",
            "Resource.AlreadyAssociated",
            f"the specified association for route table {table} conflicts with an existing association of {subject}",
        )
    return {}


_ROUTE_TABLE_ASSOCIATION = Handler(
    type="aws:ec2/routeTableAssociation:RouteTableAssociation",
    calls=(Call(operation="ec2:AssociateRouteTable"),),
    id="AssociationId",
    outputs=_check_association,
)


HANDLERS = (_ROUTE_TABLE, _DEFAULT_ROUTE_TABLE, _ROUTE, _ROUTE_TABLE_ASSOCIATION)
