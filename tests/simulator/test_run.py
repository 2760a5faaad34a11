"""Running a program: what is registered, what failures look like, that nothing hangs and two runs are the same."""

import sys
from pathlib import Path

import pytest

from breakwater.graph import SourceLine
from breakwater.simulator.run import TimeLimitExceededError, deployed, preview, up
from breakwater.values import UNKNOWN, Secret
from tests.support.leftovers import wait_for_program
from tests.support.projects import PREAMBLE, write_project

FIRST_LINE = PREAMBLE.count("\n") + 1
VPC = 'vpc = aws.ec2.Vpc("main", cidr_block="10.0.0.0/16", tags={"Name": "main"}, opts=here)\n'


def test_a_resource_is_created_with_the_providers_region_and_tags(tmp_path: Path) -> None:
    outcome = up(write_project(tmp_path, VPC + 'pulumi.export("vpc", vpc.id)'))
    assert outcome.ok
    (vpc,) = outcome.graph.of("aws:ec2/vpc:Vpc")
    assert vpc.id.startswith("vpc-")
    assert vpc.outputs["arn"] == f"arn:aws:ec2:eu-west-1:123456789012:vpc/{vpc.id}"
    assert vpc.outputs["region"] == "eu-west-1"
    assert vpc.outputs["tagsAll"] == {"Name": "main", "owner": "tests"}
    assert vpc.source == SourceLine("infra/__main__.py", FIRST_LINE)
    assert outcome.graph.outputs == {"vpc": vpc.id}


def test_what_is_made_up_in_a_preview_is_unknown(tmp_path: Path) -> None:
    program = VPC + (
        'cidr = vpc.cidr_block.apply(lambda c: c.replace("/16", "/24"))\n'
        'aws.ec2.Subnet("a", vpc_id=vpc.id, cidr_block=cidr, opts=here)\n'
        'pulumi.export("vpc", vpc.id)'
    )
    outcome = preview(write_project(tmp_path, program))
    assert outcome.ok
    assert outcome.calls == 0
    (subnet,) = outcome.graph.of("aws:ec2/subnet:Subnet")
    assert subnet.inputs == {"vpcId": UNKNOWN, "cidrBlock": "10.0.0.0/24"}
    assert outcome.graph.outputs == {"vpc": UNKNOWN}


def test_all_failures_are_reported_and_what_depends_on_them_is_skipped(tmp_path: Path) -> None:
    program = VPC + (
        'aws.ec2.Subnet("wrong", vpc_id=vpc.id, cidr_block="10.0.0/24", opts=here)\n'
        'other = aws.ec2.Vpc("other", cidr_block="10.1.0.0/8", instance_tenancy="shared", opts=here)\n'
        'aws.ec2.Subnet("after", vpc_id=other.id, cidr_block="10.1.0.0/24", opts=here)\n'
    )
    outcome = up(write_project(tmp_path, program))
    assert outcome.error is None
    found = {f.name: f for f in outcome.failures}
    assert set(found) == {"wrong", "other", "after"}
    assert "InvalidParameterValue" in found["wrong"].reason
    assert "10.0.0/24" in found["wrong"].reason
    assert found["wrong"].source == SourceLine("infra/__main__.py", FIRST_LINE + 1)
    assert found["wrong"].urn == "urn:pulumi:dev::demo::aws:ec2/subnet:Subnet::wrong"
    assert "InstanceTenancy: 'shared' is not one of default, dedicated, host" in found["other"].reason
    assert found["after"].skipped
    assert "other" in found["after"].reason
    assert not found["other"].skipped


def test_inside_a_component_the_line_and_its_caller_are_named(tmp_path: Path) -> None:
    program = """
    class Component(pulumi.ComponentResource):
        def __init__(self, name, opts):
            super().__init__("tests:index:Component", name, None, opts)
            aws.ec2.Vpc(name, cidr_block="nonsense", opts=pulumi.ResourceOptions(parent=self))

    Component("it", pulumi.ResourceOptions(providers=[region]))
    """
    (failure,) = up(write_project(tmp_path, program)).failures
    assert failure.source == SourceLine("infra/__main__.py", FIRST_LINE + 4)
    assert failure.callers == (SourceLine("infra/__main__.py", FIRST_LINE + 6),)
    assert failure.urn == "urn:pulumi:dev::demo::tests:index:Component$aws:ec2/vpc:Vpc::it"


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ('aws.ec2.Vpc("x", cidr_block="10.0.0.0/16")', "no explicit provider"),
        (
            VPC + 'aws.ec2.Vpc("main", cidr_block="10.1.0.0/16", opts=here)',
            "another resource of the program has the same type, name and parent",
        ),
        ('aws.amp.Workspace("x", opts=here)', "no handler for aws:amp/workspace:Workspace"),
        (
            VPC + 'aws.ec2.Subnet("x", vpc_id=vpc.id, cidr_block=vpc.ipv6_association_id, opts=here)',
            "no value for an output that these inputs need: cidrBlock (from main)",
        ),
    ],
)
def test_refusals(tmp_path: Path, program: str, reason: str) -> None:
    assert reason in "; ".join(f.reason for f in up(write_project(tmp_path, program)).failures)


def test_an_exception_of_the_program_is_an_error_with_its_line(tmp_path: Path) -> None:
    outcome = up(write_project(tmp_path, VPC + "raise KeyError('missing')"))
    assert outcome.error is not None
    assert outcome.error.message == "KeyError: 'missing'"
    assert outcome.error.source == SourceLine("infra/__main__.py", FIRST_LINE + 1)
    assert not outcome.error.expected


def test_a_syntax_error_is_an_error_with_its_line(tmp_path: Path) -> None:
    outcome = preview(write_project(tmp_path, "x = (\n"))
    assert outcome.error is not None
    assert outcome.error.message.startswith("SyntaxError: ")
    assert outcome.error.source == SourceLine("infra/__main__.py", FIRST_LINE)


def test_an_alias_is_kept_as_the_identity_that_it_means(tmp_path: Path) -> None:
    program = (
        'alias = pulumi.Alias(name="old", type_="aws:ec2/defaultVpc:DefaultVpc")\n'
        'aws.ec2.Vpc("new", cidr_block="10.0.0.0/16",'
        " opts=pulumi.ResourceOptions.merge(here, pulumi.ResourceOptions(aliases=[alias])))"
    )
    (vpc,) = preview(write_project(tmp_path, program)).graph.of("aws:ec2/vpc:Vpc")
    assert vpc.aliases == ("urn:pulumi:dev::demo::aws:ec2/defaultVpc:DefaultVpc::old",)


def test_a_secret_is_masked_in_a_refusal(tmp_path: Path) -> None:
    program = 'aws.ec2.Vpc("x", cidr_block="10.0.0.0/16", instance_tenancy=pulumi.Output.secret("hush"), opts=here)'
    (failure,) = up(write_project(tmp_path, program)).failures
    assert "InstanceTenancy: '[secret]' is not one of" in failure.reason


def test_a_message_for_people_is_kept_as_it_is(tmp_path: Path) -> None:
    outcome = preview(write_project(tmp_path, "raise pulumi.RunError('two\\nlines')"))
    assert outcome.error is not None
    assert (outcome.error.message, outcome.error.expected) == ("two\nlines", True)


def test_after_a_failed_run_the_next_one_is_whole(tmp_path: Path) -> None:
    up(write_project(tmp_path / "a", VPC + "raise KeyError('missing')"))
    assert up(write_project(tmp_path / "b", VPC)).ok


def test_a_run_has_a_time_limit(tmp_path: Path) -> None:
    stack = write_project(tmp_path, "import time\ntime.sleep(2)\n")
    where = rf"within 0\.5 s; it stands at infra/__main__\.py:{FIRST_LINE + 1}"
    with pytest.raises(TimeLimitExceededError, match=where):
        preview(stack, time_limit=0.5)
    wait_for_program()


def test_two_runs_give_the_same_bytes(tmp_path: Path) -> None:
    program = VPC + 'aws.ec2.SecurityGroup("web", vpc_id=vpc.id, opts=here)'
    stack = write_project(tmp_path, program)
    assert up(stack).graph.to_json() == up(stack).graph.to_json()


def test_secrets_are_masked_in_the_graph(tmp_path: Path) -> None:
    program = (
        'config = pulumi.Config("demo")\n'
        'tags = {"plain": "open", "hidden": config.require_secret("token")}\n'
        'vpc = aws.ec2.Vpc("main", cidr_block="10.0.0.0/16", tags=tags, opts=here)\n'
        'pulumi.export("token", config.require_secret("token"))'
    )
    stack = write_project(tmp_path, program, "{demo:token: {secure: v1:abc:def}}")
    outcome = up(stack)
    assert outcome.ok
    (vpc,) = outcome.graph.of("aws:ec2/vpc:Vpc")
    assert isinstance(vpc.inputs["tags"]["hidden"], Secret)
    assert vpc.inputs["tags"]["plain"] == "open"
    assert isinstance(outcome.graph.outputs["token"], Secret)
    assert "encrypted-" not in outcome.graph.to_json()


def test_modules_of_another_revision_are_not_mixed_up(tmp_path: Path) -> None:
    for name, cidr in (("a", "10.1.0.0/16"), ("b", "10.2.0.0/16")):
        stack = write_project(tmp_path / name, 'from lib import CIDR\naws.ec2.Vpc("v", cidr_block=CIDR, opts=here)')
        (tmp_path / name / "lib.py").write_text(f"CIDR = {cidr!r}\n")
        (vpc,) = preview(stack).graph.of("aws:ec2/vpc:Vpc")
        assert vpc.inputs["cidrBlock"] == cidr
    assert "lib" not in sys.modules
    assert not [p for p in sys.path if p.startswith(str(tmp_path))]


def test_boto3_sees_what_was_deployed(tmp_path: Path) -> None:
    import boto3
    from moto import mock_aws

    with deployed(write_project(tmp_path, VPC)) as outcome, mock_aws_over_the_same_cloud(mock_aws):
        (vpc,) = boto3.client("ec2", region_name="eu-west-1").describe_vpcs()["Vpcs"]
        assert vpc["VpcId"] == outcome.graph.of("aws:ec2/vpc:Vpc")[0].id
        assert {"Key": "owner", "Value": "tests"} in vpc["Tags"]


class mock_aws_over_the_same_cloud:  # noqa: N801 (reads as a function)
    """moto's mock for boto3 without emptying its backends."""

    def __init__(self, mock: object) -> None:
        self.mock = mock()  # type: ignore[operator]

    def __enter__(self) -> None:
        self.mock.start(reset=False)

    def __exit__(self, *_: object) -> None:
        self.mock.stop(remove_data=False)
