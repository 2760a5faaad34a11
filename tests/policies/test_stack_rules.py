"""Each rule about how resources stand to each other, by reference, so that it holds in a preview too."""

import json
from pathlib import Path

import pytest

from policies.rules import ALL, UNKNOWN, StackRule
from tests.policies.stack import Made, broken

VPC = Made("aws:ec2/vpc:Vpc", urn="vpc")
GROUP = Made("aws:ec2/securityGroup:SecurityGroup", urn="group")
QUEUE = Made("aws:sqs/queue:Queue", urn="queue")
DEAD = Made("aws:sqs/queue:Queue", urn="dead")
BUCKET = Made("aws:s3/bucket:Bucket", urn="bucket")
TLS_ONLY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
FLAGS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def flow_log(traffic: str) -> Made:
    inputs = {"trafficType": traffic, "vpcId": UNKNOWN}
    return Made("aws:ec2/flowLog:FlowLog", inputs, "log", property_dependencies={"vpcId": ["vpc"]})


def opening(cidr: str = "0.0.0.0/0") -> Made:
    type_ = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    inputs = {"cidrIpv4": cidr, "ipProtocol": "tcp", "fromPort": 443, "toPort": 443}
    return Made(type_, inputs, "opening", property_dependencies={"securityGroupId": ["group"]})


def user_of_group(type_: str, property_: str) -> Made:
    return Made(type_, {property_: UNKNOWN}, "user", property_dependencies={property_: ["group"]})


BALANCER = user_of_group("aws:lb/loadBalancer:LoadBalancer", "securityGroups")
REDRIVEN = Made(
    "aws:sqs/queue:Queue", {"redrivePolicy": UNKNOWN}, "queue", property_dependencies={"redrivePolicy": ["dead"]}
)


def bucket_policy(*statements: object) -> Made:
    inputs = {"policy": json.dumps({"Statement": statements})}
    return Made("aws:s3/bucketPolicy:BucketPolicy", inputs, "policy", property_dependencies={"bucket": ["bucket"]})


def block(**changes: object) -> Made:
    inputs = dict.fromkeys(FLAGS, True) | changes
    type_ = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
    return Made(type_, inputs, "block", property_dependencies={"bucket": ["bucket"]})


@pytest.mark.parametrize("traffic", ["ALL", "REJECT", UNKNOWN])
def test_a_vpc_with_a_flow_log_passes(traffic: str) -> None:
    assert broken("vpc-flow-logs", VPC, flow_log(traffic)) == []


@pytest.mark.parametrize("others", [(), (flow_log("ACCEPT"),)], ids=["none", "accepted traffic only"])
def test_a_vpc_whose_rejected_traffic_is_not_logged_fails(others: tuple[Made, ...]) -> None:
    said = [("vpc", "no flow log records at least its rejected traffic")]
    assert broken("vpc-flow-logs", VPC, *others) == said


def test_the_flow_log_of_another_vpc_does_not_count() -> None:
    assert broken("vpc-flow-logs", Made(VPC.type, urn="other"), VPC, flow_log("ALL")) == [
        ("other", "no flow log records at least its rejected traffic")
    ]


def test_the_default_security_group_must_be_adopted() -> None:
    rule = "default-security-group-adopted"
    type_ = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
    adopted = Made(type_, {"vpcId": UNKNOWN}, "default", property_dependencies={"vpcId": ["vpc"]})
    assert broken(rule, VPC, adopted) == []
    assert broken(rule, VPC) == [("vpc", "its default security group is not adopted, so it keeps AWS's open rules")]


def test_an_open_group_of_a_balancer_passes() -> None:
    assert broken("open-groups-on-balancers-only", GROUP, opening(), BALANCER) == []


def test_a_closed_group_of_a_service_passes() -> None:
    service = user_of_group("aws:ecs/service:Service", "networkConfiguration")
    assert broken("open-groups-on-balancers-only", GROUP, opening("10.0.0.0/16"), service) == []
    assert broken("open-groups-on-balancers-only", GROUP, opening(UNKNOWN), service) == []


def test_an_open_group_that_no_balancer_uses_fails() -> None:
    said = [("opening", "opens to the internet a security group that no load balancer uses")]
    assert broken("open-groups-on-balancers-only", GROUP, opening()) == said


@pytest.mark.parametrize(
    ("type_", "property_"),
    [
        ("aws:ecs/service:Service", "networkConfiguration"),
        ("aws:rds/instance:Instance", "vpcSecurityGroupIds"),
        ("aws:rds/proxy:Proxy", "vpcSecurityGroupIds"),
        ("aws:elasticache/replicationGroup:ReplicationGroup", "securityGroupIds"),
    ],
)
def test_an_open_group_that_a_workload_shares_with_a_balancer_fails(type_: str, property_: str) -> None:
    said = [("opening", "opens to the internet a security group that something other than a balancer uses")]
    shared = user_of_group(type_, property_)
    assert broken("open-groups-on-balancers-only", GROUP, opening(), BALANCER, shared) == said


def test_rules_written_into_an_open_group_count() -> None:
    inline = Made(GROUP.type, {"ingress": [{"ipv6CidrBlocks": ["::/0"], "protocol": "tcp"}]}, "group")
    said = [("group", "opens to the internet a security group that no load balancer uses")]
    assert broken("open-groups-on-balancers-only", inline) == said
    assert broken("open-groups-on-balancers-only", inline, BALANCER) == []


def test_a_queue_with_a_redrive_policy_and_its_dead_letter_queue_pass() -> None:
    assert broken("queue-has-dead-letter-queue", DEAD, REDRIVEN) == []


def test_a_redrive_policy_of_its_own_counts() -> None:
    references = {"queueUrl": ["queue"], "redrivePolicy": ["dead"]}
    redrive = Made("aws:sqs/redrivePolicy:RedrivePolicy", urn="redrive", property_dependencies=references)
    assert broken("queue-has-dead-letter-queue", DEAD, QUEUE, redrive) == []


@pytest.mark.parametrize(
    "sender",
    [
        Made("aws:sns/topicSubscription:TopicSubscription", urn="s", property_dependencies={"redrivePolicy": ["dead"]}),
        Made("aws:cloudwatch/eventTarget:EventTarget", urn="s", property_dependencies={"deadLetterConfig": ["dead"]}),
        Made(
            "aws:scheduler/schedule:Schedule",
            {"target": {"deadLetterConfig": {"arn": UNKNOWN}}},
            "s",
            property_dependencies={"target": ["dead"]},
        ),
        Made("aws:scheduler/schedule:Schedule", {"target": UNKNOWN}, "s", property_dependencies={"target": ["dead"]}),
        Made(
            "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
            {"destinationConfig": {"onFailure": {"destination": UNKNOWN}}},
            "s",
            property_dependencies={"destinationConfig": ["dead"]},
        ),
    ],
    ids=["subscription", "rule", "schedule", "unknown schedule", "function"],
)
def test_the_dead_letter_queue_of_anything_passes(sender: Made) -> None:
    assert broken("queue-has-dead-letter-queue", DEAD, sender) == []


def test_a_queue_whose_failures_go_nowhere_fails() -> None:
    said = [("queue", "no redrive policy, and no queue, topic, rule, schedule or function sends its failures here")]
    assert broken("queue-has-dead-letter-queue", QUEUE) == said
    plain_target = Made(
        "aws:scheduler/schedule:Schedule", {"target": {"arn": "x"}}, "s", property_dependencies={"target": ["queue"]}
    )
    assert broken("queue-has-dead-letter-queue", QUEUE, plain_target) == said
    on_success = Made(
        "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
        {"destinationConfig": {"onSuccess": {"destination": "x"}}},
        "s",
        property_dependencies={"destinationConfig": ["queue"]},
    )
    assert broken("queue-has-dead-letter-queue", QUEUE, on_success) == said


def test_a_bucket_with_all_four_blocks_passes() -> None:
    assert broken("bucket-blocks-public-access", BUCKET, block()) == []
    assert broken("bucket-blocks-public-access", BUCKET, block(**dict.fromkeys(FLAGS, UNKNOWN))) == []


def test_a_bucket_without_a_block_fails() -> None:
    assert broken("bucket-blocks-public-access", BUCKET) == [("bucket", "no BucketPublicAccessBlock")]


@pytest.mark.parametrize("flag", FLAGS)
def test_each_of_the_four_blocks_is_needed(flag: str) -> None:
    said = [("block", f"{flag} is not true")]
    assert broken("bucket-blocks-public-access", BUCKET, block(**{flag: False})) == said


def test_a_bucket_that_refuses_plain_http_passes() -> None:
    assert broken("bucket-requires-tls", BUCKET, bucket_policy({"Effect": "Allow"}, TLS_ONLY)) == []
    assert broken("bucket-requires-tls", BUCKET, bucket_policy(TLS_ONLY | {"Principal": {"AWS": "*"}})) == []


@pytest.mark.parametrize("member", ["Effect", "Principal", "Condition"])
def test_an_unknown_member_of_a_bucket_policy_may_be_right(member: str) -> None:
    assert broken("bucket-requires-tls", BUCKET, bucket_policy(TLS_ONLY | {member: UNKNOWN})) == []


def test_an_unknown_bucket_policy_may_be_right() -> None:
    unknown = Made(bucket_policy().type, {"policy": UNKNOWN}, "p", property_dependencies={"bucket": ["bucket"]})
    assert broken("bucket-requires-tls", BUCKET, unknown) == []


@pytest.mark.parametrize(
    "policy",
    [
        (),
        (bucket_policy(TLS_ONLY | {"Effect": "Allow"}),),
        (bucket_policy(TLS_ONLY | {"Principal": {"Service": "logging.s3.amazonaws.com"}}),),
        (bucket_policy(TLS_ONLY | {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}),),
    ],
    ids=["none", "allows", "of one service", "the wrong way round"],
)
def test_a_bucket_that_answers_plain_http_fails(policy: tuple[Made, ...]) -> None:
    said = [("bucket", "no bucket policy refuses requests without TLS")]
    assert broken("bucket-requires-tls", BUCKET, *policy) == said


def test_each_stack_rule_is_tested_here() -> None:
    text = Path(__file__).read_text()
    assert [rule.name for rule in ALL if isinstance(rule, StackRule) and f'"{rule.name}"' not in text] == []
