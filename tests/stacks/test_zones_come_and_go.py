"""A zone is added to a region of prod, or taken away, and no subnet of another zone is touched."""

from typing import Any

import pytest

from breakwater.graph import ResourceGraph
from breakwater.review.diff import compare
from tests.stacks.conftest import StackOf, planned, settings_document
from tests.stacks.test_regions_come_and_go import changed_but

pytestmark = pytest.mark.feature("N1")

LISTS_OF_SUBNETS = {"routeTableIds", "subnetIds", "subnets", "vpcSubnetIds", "networkConfiguration", "definition"}
"""Inputs of what stands in several zones."""


def of_zone(letter: str, region: str, name: str) -> bool:
    return name.startswith(f"{region}-network-") and f"-{letter}-" in f"{name}-"


def subnets(graph: ResourceGraph) -> dict[str, Any]:
    kinds = ("aws:ec2/subnet:Subnet", "aws:ec2/routeTableAssociation:RouteTableAssociation", "aws:ec2/route:Route")
    return {r.urn: r.inputs for r in graph.of(*kinds)}


def test_a_new_zone_touches_no_other(stack_of: StackOf, prod_planned: ResourceGraph) -> None:
    document = settings_document("prod")
    document["regions"]["us-east-1"]["zones"]["us-east-1d"] = 3
    after = planned(stack_of, document)
    difference = compare(prod_planned, after)
    assert (difference.removed, difference.renamed) == ((), ())
    assert len(difference.added) == 13
    assert all(of_zone("d", "us-east-1", r.name) for r in difference.added)
    assert changed_but(difference, *LISTS_OF_SUBNETS) == {}
    assert subnets(prod_planned).items() <= subnets(after).items()


def test_a_zone_in_the_middle_goes_without_touching_another(stack_of: StackOf, prod_planned: ResourceGraph) -> None:
    document = settings_document("prod")
    del document["regions"]["eu-west-1"]["zones"]["eu-west-1b"]
    after = planned(stack_of, document)
    difference = compare(prod_planned, after)
    assert (difference.added, difference.renamed) == ((), ())
    assert len(difference.removed) == 13
    assert all(of_zone("b", "eu-west-1", r.name) for r in difference.removed)
    assert changed_but(difference, *LISTS_OF_SUBNETS) == {}
    assert subnets(after).items() <= subnets(prod_planned).items()
