"""Parts of which the examples of resource rules are made."""

import json
from dataclasses import dataclass
from typing import Any

from tests.policies.stack import DIGEST

KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
AWS_KEY = "a key that AWS manages, whose policy cannot be narrowed"
QUEUE_ARN = "arn:aws:sqs:eu-west-1:111122223333:work"

INSTANCE = "aws:rds/instance:Instance"
CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
SERVERLESS_CACHE = "aws:elasticache/serverlessCache:ServerlessCache"
QUEUE = "aws:sqs/queue:Queue"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
LISTENER = "aws:lb/listener:Listener"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
TASKS = "aws:ecs/taskDefinition:TaskDefinition"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
TABLE = "aws:dynamodb/table:Table"
TABLE_REPLICA = "aws:dynamodb/tableReplica:TableReplica"
MACHINE = "aws:sfn/stateMachine:StateMachine"
QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"


@dataclass(frozen=True)
class Case:
    """Inputs of one resource, and what the rule says about them: nothing, or these messages."""

    rule: str
    type: str
    inputs: dict[str, Any]
    said: tuple[str, ...] = ()


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(**members: Any) -> dict[str, Any]:
    return {"Effect": "Allow", **members}


def containers(**changes: Any) -> dict[str, Any]:
    container = {
        "name": "api",
        "image": f"111122223333.dkr.ecr.eu-west-1.amazonaws.com/api{DIGEST}",
        "user": "1000:1000",
        "readonlyRootFilesystem": True,
        "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "api"}},
        "environment": [{"name": "TOKEN_TTL_SECONDS", "value": "60"}, {"name": "PASSWORD", "value": ""}],
        "secrets": [{"name": "API_TOKEN", "valueFrom": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:x"}],
    }
    merged = {key: value for key, value in (container | changes).items() if value is not None}
    return {"containerDefinitions": json.dumps([merged]), "networkMode": "awsvpc"}


def variable(name: str, value: str) -> dict[str, Any]:
    return containers(environment=[{"name": name, "value": value}])


ENCRYPTED = {"storageEncrypted": True, "kmsKeyId": KEY}
TCP = {"ipProtocol": "tcp", "fromPort": 443.0, "toPort": 443.0}
REDIRECT = {"type": "redirect", "redirect": {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"}}
SELF = {"StringEquals": {"aws:SourceAccount": "111122223333"}}
DEVELOPMENT = {"tags": {"class": "development"}}
