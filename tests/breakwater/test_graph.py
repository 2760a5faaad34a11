"""The graph: its file form, and physical values replaced by what they belong to."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakwater.graph import ResourceGraph, SourceLine
from breakwater.values import SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN, Secret, contains_unknown, reveal
from tests.breakwater.graphs import PREFIX, QUEUE, ROLE, SUBNET, VPC, graph, resource

FULL = graph(
    resource("demo:net:Net", "net"),
    resource(
        VPC,
        "net",
        parent="urn:pulumi:dev::demo::demo:net:Net::net",
        id="vpc-0123456789",
        inputs={"cidrBlock": "10.0.0.0/16", "on": True, "none": None, "list": [1, 2.5, {"a": "b"}]},
        outputs={"cidrBlock": "10.0.0.0/16", "arn": "arn:aws:ec2:us-east-1:123456789012:vpc/vpc-0123456789"},
        provider="urn:pulumi:dev::demo::pulumi:providers:aws::us::us-id",
        dependencies=("urn:pulumi:dev::demo::a::b",),
        property_dependencies={"cidrBlock": ("urn:pulumi:dev::demo::a::b",)},
        protect=True,
        retain_on_delete=True,
        ignore_changes=("tags",),
        aliases=("urn:pulumi:dev::demo::x::old",),
        source=SourceLine("infra/__main__.py", 3),
        callers=(SourceLine("infra/region.py", 9),),
    ),
    outputs={"password": Secret("hush"), "id": "vpc-0123456789"},
)


def test_what_is_written_is_read_again() -> None:
    read = ResourceGraph.from_export(json.loads(FULL.to_json()))
    assert read.resources[1:] == FULL.resources[1:]
    assert (read.stack, read.project) == ("dev", "demo")
    assert read.to_json() == FULL.to_json()


def test_a_secret_is_written_as_a_digest_that_survives_reading() -> None:
    text = FULL.to_json()
    assert "hush" not in text
    written = json.loads(text)["deployment"]["resources"][0]["outputs"]["password"]
    assert written == {SIGNATURE_KEY: SECRET_SIGNATURE, "ciphertext": Secret("hush").digest}
    read = ResourceGraph.from_export(json.loads(text)).outputs["password"]
    assert read.digest == Secret("hush").digest != Secret("other").digest
    assert repr(read) == "[secret]"


def test_secrets_of_pulumis_own_export_are_read() -> None:
    document = json.loads(FULL.to_json())
    outputs = document["deployment"]["resources"][0]["outputs"]
    outputs["password"] = {SIGNATURE_KEY: SECRET_SIGNATURE, "plaintext": '"hush"'}
    outputs["id"] = {SIGNATURE_KEY: SECRET_SIGNATURE, "ciphertext": "v1:abc:def"}
    read = ResourceGraph.from_export(document)
    assert read.outputs["password"].digest == Secret("hush").digest
    assert read.outputs["id"].digest == "v1:abc:def"


def test_a_secret_that_holds_a_physical_id_has_the_same_digest_in_each_world() -> None:
    def world(identity: str) -> ResourceGraph:
        return graph(resource(VPC, "net", id=identity), outputs={"url": Secret(f"https://{identity}.example")})

    written = {
        json.loads(world(identity).to_json())["deployment"]["resources"][0]["outputs"]["url"]["ciphertext"]
        for identity in ("vpc-11111111", "vpc-22222222")
    }
    assert len(written) == 1


def test_resources_that_are_being_deleted_are_not_read() -> None:
    document = json.loads(FULL.to_json())
    document["deployment"]["resources"][2]["delete"] = True
    assert not ResourceGraph.from_export(document).of(VPC)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "null", "7", '{"version": 2, "deployment": {}}', '{"version": 3, "deployment": null}',
     '{"version": 3, "deployment": {"resources": [7]}}', '{"version": 3, "deployment": {"resources": [{"urn": "x"}]}}',
     '{"version": 3, "deployment": {"resources": [{"urn": "x", "type": "t", "custom": true}]}}'],
)  # fmt: skip
def test_what_is_no_graph_is_refused_with_the_files_name(tmp_path: Path, text: str) -> None:
    file = tmp_path / "graph.json"
    file.write_text(text)
    with pytest.raises(ValueError, match=r"graph\.json: "):
        ResourceGraph.read(file)


def test_an_empty_stack_is_a_graph() -> None:
    assert len(ResourceGraph.from_export({"version": 3, "deployment": {"resources": None}})) == 0


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(min_size=1, max_size=8), json_values, max_size=4))
def test_any_inputs_survive_the_file(inputs: dict[str, Any]) -> None:
    before = graph(resource(VPC, "net", id="vpc-0123456789", inputs=inputs))
    after = ResourceGraph.from_export(json.loads(before.to_json()))
    assert after.resources[1].inputs == inputs
    assert after.to_json() == before.to_json()


# -- normalise

NET = resource(VPC, "net", id="vpc-0123456789", outputs={"arn": "arn:aws:ec2:us-east-1:1:vpc/vpc-0123456789"})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("vpc-0123456789", "${aws:ec2/vpc:Vpc::net.id}"),
        ("arn:aws:ec2:us-east-1:1:vpc/vpc-0123456789", "${aws:ec2/vpc:Vpc::net.arn}"),
        ("arn:aws:ec2:us-east-1:1:vpc/vpc-0123456789/*", "${aws:ec2/vpc:Vpc::net.arn}/*"),
        ("arn:aws:ec2:eu-west-1:1:vpc/vpc-0123456789", "arn:aws:ec2:eu-west-1:1:vpc/${aws:ec2/vpc:Vpc::net.id}"),
        ("a vpc-0123456789, a vpc-0123456789.", "a ${aws:ec2/vpc:Vpc::net.id}, a ${aws:ec2/vpc:Vpc::net.id}."),
        ("vpc-012345678", "vpc-012345678"),
        ("", ""),
        (["vpc-0123456789", {"k": "vpc-0123456789"}, 7, None, True],
         ["${aws:ec2/vpc:Vpc::net.id}", {"k": "${aws:ec2/vpc:Vpc::net.id}"}, 7, None, True]),
        (Secret("vpc-0123456789"), Secret("${aws:ec2/vpc:Vpc::net.id}")),
        (Secret("vpc-0123456789", sealed=True), Secret("vpc-0123456789", sealed=True)),
        (UNKNOWN, UNKNOWN),
    ],
)  # fmt: skip
def test_physical_values_are_replaced(value: Any, expected: Any) -> None:
    assert graph(NET).normalise(value) == expected


def test_the_digits_of_an_id_are_physical_without_its_prefix() -> None:
    group = resource("aws:ec2/securityGroup:SecurityGroup", "db", id="sg-32f1de36c17c0a185")
    name = "db-final-${aws:ec2/securityGroup:SecurityGroup::db.id}"
    assert graph(group).normalise("db-final-32f1de36c17c0a185") == name


def test_what_the_program_gave_is_not_physical() -> None:
    role = resource(ROLE, "role", id="production", inputs={"name": "production"}, outputs={"name": "production"})
    tagged = resource(
        VPC, "net", inputs={"name": "x"}, outputs={"tagsAll": {"owner": "platform-team"}, "region": "eu-west-1"}
    )
    for text in ("production", "platform-team", "eu-west-1"):
        assert graph(role, tagged).normalise(text) == text


def test_a_fixed_name_is_not_physical_where_another_resource_repeats_it() -> None:
    database = resource("aws:rds/instance:Instance", "db", inputs={"identifier": "prod-database"})
    target = resource("aws:rds/proxyTarget:ProxyTarget", "t", outputs={"rdsResourceId": "prod-database"})
    assert graph(target, database).normalise("prod-database") == "prod-database"
    referring = resource(
        SUBNET,
        "s",
        inputs={"vpcId": "vpc-0123456789"},
        property_dependencies={"vpcId": (f"urn:pulumi:dev::demo::{VPC}::net",)},
    )
    assert graph(NET, referring).normalise("vpc-0123456789") == "${aws:ec2/vpc:Vpc::net.id}"


def test_automatic_names_and_nested_outputs_are_physical() -> None:
    named = resource(ROLE, "role", id="role-1a2b3c4", outputs={"name": "role-1a2b3c4"})
    certificate = resource(
        "aws:acm/certificate:Certificate", "c", id="arn:aws:acm:1",
        outputs={"domainValidationOptions": [{"domainName": "a.example", "resourceRecordName": "_8f3a.a.example"}]},
    )  # fmt: skip
    queue = resource(QUEUE, "q", id="https://sqs/q-7654321", outputs={"name": "q-7654321"})
    world = graph(named, certificate, queue)
    assert world.normalise("role-1a2b3c4") == "${aws:iam/role:Role::role.id}"
    assert world.normalise("q-7654321") == "${aws:sqs/queue:Queue::q.name}"
    assert world.normalise("_8f3a.a.example") == (
        "${aws:acm/certificate:Certificate::c.domainValidationOptions[0].resourceRecordName}"
    )
    assert world.normalise("a.example") == "a.example"


def test_ids_that_stand_only_in_an_arn_are_physical() -> None:
    prefix = "arn:aws:rds:us-east-1:123456789012"
    proxy = resource(
        "aws:rds/proxy:Proxy", "proxy", id="proxy-1a2b3c4", outputs={"arn": f"{prefix}:db-proxy:prx-0123456789"}
    )
    group = resource(
        "aws:cloudwatch/logGroup:LogGroup",
        "g",
        inputs={"name": "/rds/postgresql"},
        outputs={"arn": f"{prefix}:/rds/postgresql"},
    )
    world = graph(proxy, group)
    assert world.normalise("dbuser:prx-0123456789/app") == "dbuser:${aws:rds/proxy:Proxy::proxy.arn}/app"
    assert world.normalise("postgresql") == "postgresql"


def test_the_account_is_not_physical_whatever_output_has_it() -> None:
    events = resource(QUEUE, "events", outputs={"customerAwsId": "123456789012", "ownerId": "123456789012"})
    assert graph(events).normalise("arn:aws:sns:us-east-1:123456789012:t") == "arn:aws:sns:us-east-1:123456789012:t"


@pytest.mark.parametrize("key", ["arnSuffix", "dnsName", "endpoint", "nameServers", "defaultRouteTableId", "publicIp"])
def test_outputs_with_physical_values(key: str) -> None:
    label = "${aws:sqs/queue:Queue::q." + key + "}"
    assert graph(resource(QUEUE, "q", outputs={key: "app/x/0123456789"})).normalise("app/x/0123456789") == label


def test_normalising_a_large_stack_is_quick() -> None:
    resources = [
        resource(
            SUBNET, f"s{n}", id=f"subnet-{n:017x}", outputs={"arn": f"arn:aws:ec2:us-east-1:1:subnet/subnet-{n:017x}"}
        )
        for n in range(3000)
    ]
    world = graph(*resources)
    started = time.perf_counter()
    for r in world.cloud:
        assert world.normalise(f"prefix {r.outputs['arn']}/* {'x' * 200}").endswith(f"{r.name}.arn}}/* {'x' * 200}")
    assert time.perf_counter() - started < 3


# -- the rest


def test_what_is_in_the_graph() -> None:
    world = FULL
    vpc = world.of(VPC)[0]
    assert world.cloud == (vpc,)
    assert [r.name for r in world.children[vpc.parent]] == ["net"]
    assert [r.type for r in world.children[""]] == ["pulumi:pulumi:Stack"]
    assert vpc.label == "aws:ec2/vpc:Vpc::net"
    assert str(vpc.source) == "infra/__main__.py:3"
    assert resource("pulumi:providers:aws", "us").is_provider


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (UNKNOWN, True),
        ([{"a": UNKNOWN}], True),
        (Secret([UNKNOWN]), True),
        (["a", 1, None], False),
        (Secret("a"), False),
    ],
)
def test_contains_unknown(value: Any, expected: bool) -> None:
    assert contains_unknown(value) is expected


def test_reveal() -> None:
    assert reveal({"a": [Secret({"b": Secret(1)})]}) == {"a": [{"b": 1}]}


def test_places_outside_the_project_are_none() -> None:
    state = {
        "urn": f"{PREFIX}{VPC}::net",
        "type": VPC,
        "custom": True,
        "sourcePosition": "project:///infra/network.py#7",
    }
    frames = [{"sourcePosition": f"project:///{path}#3"} for path in ("infra/stack.py", "../environment/lib/pulumi.py")]
    (found,) = ResourceGraph.from_export({"version": 3, "deployment": {"resources": [state | {"stackTrace": frames}]}})
    assert str(found.source) == "infra/network.py:7"
    assert [str(line) for line in found.callers] == ["infra/stack.py:3"]
