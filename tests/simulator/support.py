"""Deploy a small program, written as a function in the test, and look at what came of it, through the graph and boto3.

    def test_a_vpc(simulate: Simulate) -> None:
        def program(on: Where) -> None:
            ec2.Vpc("net", cidr_block="10.0.0.0/16", opts=on.us)

        world = simulate(program)
        assert world.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"] == world.only("aws:ec2/vpc:Vpc").id

Where something must be refused: `simulate(program, fails=True).assert_refused({"net": "InvalidVpc.Range"})`.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pulumi
import pulumi_aws as aws
from moto import mock_aws

from breakwater.graph import Resource
from breakwater.project import Stack, load_stack
from breakwater.simulator._moto import ACCOUNT_ID
from breakwater.simulator.run import Outcome, deployed

US, EU = "us-east-1", "eu-west-1"
DEFAULT_TAGS = {"owner": "tests"}
ACCOUNT = ACCOUNT_ID


@dataclass(frozen=True)
class Where:
    """Options that put a resource into a region."""

    us: pulumi.ResourceOptions
    eu: pulumi.ResourceOptions

    @staticmethod
    def after(options: pulumi.ResourceOptions, *resources: pulumi.Resource) -> pulumi.ResourceOptions:
        """The options, with dependencies that the inputs do not show."""
        merged = pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(depends_on=list(resources)))
        assert merged is not None
        return merged


Program = Callable[[Where], None]
Simulate = Callable[..., "World"]
"""`(program, *, fails=False) -> World`, the fixture `simulate`; the simulated AWS is there until the test ends."""


@dataclass(frozen=True)
class World:
    """What a program has come to."""

    outcome: Outcome

    def client(self, service: str, region: str = US) -> Any:
        """A boto3 client that looks into the simulated AWS."""
        return _client(service, region)

    def get(self, type_: str, name: str) -> Resource:
        """The resource of a type and a logical name."""
        found = [r for r in self.outcome.graph.of(type_) if r.name == name]
        assert len(found) == 1, f"no {type_} named {name}; there are {[r.label for r in self.outcome.graph]}"
        return found[0]

    def only(self, type_: str) -> Resource:
        """The one resource of a type."""
        found = self.outcome.graph.of(type_)
        assert len(found) == 1, f"{len(found)} resources of type {type_}"
        return found[0]

    def reasons(self) -> dict[str, str]:
        """Logical name → why it failed, without those that were skipped."""
        return {f.name: f.reason for f in self.outcome.failures if not f.skipped}

    def assert_refused(self, expected: Mapping[str, str]) -> None:
        """The failures are just these: logical name → a part of the reason."""
        reasons = self.reasons()
        assert reasons.keys() == expected.keys(), reasons
        for name, part in expected.items():
            assert part in reasons[name], f"{name}: {part!r} is not in {reasons[name]!r}"


@cache
def _client(service: str, region: str) -> Any:
    # Clients are slow to make; under moto's mock an old one is as good as a new one.
    return boto3.client(service, region_name=region, aws_access_key_id="tests", aws_secret_access_key="tests")


def tags_of(answer: list[dict[str, str]]) -> dict[str, str]:
    """A list of Key/Value pairs as a mapping."""
    return {tag["Key"]: tag["Value"] for tag in answer}


_current: list[Program] = []


def run_program() -> None:
    """Called by the project's __main__: runs the function of the test that is under way."""
    us, eu = (
        pulumi.ResourceOptions(provider=aws.Provider(name, region=region, default_tags={"tags": DEFAULT_TAGS}))
        for name, region in (("us", US), ("eu", EU))
    )
    _current[-1](Where(us, eu))


def write_function_project(folder: Path) -> Stack:
    """A project whose program is the function that a test hands to `simulated`."""
    (folder / "Pulumi.yaml").write_text("name: demo\nmain: infra\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text("config: {}\n")
    (folder / "infra").mkdir()
    (folder / "infra" / "__main__.py").write_text("from tests.simulator.support import run_program\n\nrun_program()\n")
    return load_stack("dev", folder)


@contextlib.contextmanager
def simulated(stack: Stack, program: Program, *, fails: bool = False) -> Iterator[World]:
    """Deploy the program; inside the block boto3 looks at the result. It must succeed, unless `fails`."""
    _current.append(program)
    try:
        with deployed(stack) as outcome:
            assert outcome.error is None, outcome.error
            found = [f"{f.type}::{f.name}: {f.reason}" for f in outcome.failures]
            assert bool(found) == fails, "\n".join(found) or "the program did not fail"
            mock = mock_aws()
            mock.start(reset=False)
            try:
                yield World(outcome)
            finally:
                mock.stop(remove_data=False)
    finally:
        _current.pop()
