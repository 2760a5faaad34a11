"""Arguments that services and jobs have in common, as example values."""

from typing import Any

from components.alarms import AlarmTarget
from components.job import JobArgs
from components.ledger import LedgerEntry
from components.service import Route, Tasks, WebServiceArgs, WorkerArgs
from tests.support.data import KEYS
from tests.support.recorder import Registration

ACCOUNT = "111122223333"
REGION = "us-east-1"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms"
CLUSTER = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/main"
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/api@sha256:" + "0123456789abcdef" * 4
LISTENER = "arn:aws:elasticloadbalancing:us-east-1:111122223333:listener/app/main/1/2"
QUEUE = "arn:aws:sqs:us-east-1:111122223333:mail"
LEDGER = LedgerEntry(table_name="ledger", table_arn=f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/ledger", job="sweep")
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:api-AbCdEf"


def task_arguments(**changes: Any) -> dict[str, Any]:
    """What every task needs; `changes` win."""
    return {
        "cluster_arn": CLUSTER,
        "cluster_name": "main",
        "vpc_id": "vpc-1",
        "subnet_ids": ["subnet-a", "subnet-b"],
        "region": REGION,
        "account_id": ACCOUNT,
        "keys": KEYS,
        "alarms": AlarmTarget(topic_arn=TOPIC, runbooks_url="https://example.org/runbooks"),
        "image": IMAGE,
        "cpu": 256,
        "memory": 512,
        **changes,
    }


def web_arguments(**changes: Any) -> WebServiceArgs:
    """A web service on port 5555."""
    shared = task_arguments(tasks=Tasks(min=2, max=6), health_command=["CMD", "check"])
    own = {
        "port": 5555,
        "listener_arn": LISTENER,
        "load_balancer_security_group_id": "sg-balancer",
        "load_balancer_arn_suffix": "app/main/1",
        "routes": [Route(priority=10, hosts=["api.example.com"])],
    }
    return WebServiceArgs(**{**shared, **own, **changes})


def worker_arguments(**changes: Any) -> WorkerArgs:
    """A worker on the queue `mail`."""
    shared = task_arguments(tasks=Tasks(min=1, max=20), health_command=["CMD", "check"])
    own = {"queue_arn": QUEUE, "queue_name": "mail", "queue_url": "https://sqs/mail", "backlog_per_task": 50}
    return WorkerArgs(**{**shared, **own, **changes})


def job_arguments(**changes: Any) -> JobArgs:
    """A job every ten minutes, `sweep` in the ledger."""
    return JobArgs(**task_arguments(**{"schedule": "rate(10 minutes)", "ledger": LEDGER, **changes}))


def measured(alarm: Registration) -> tuple[Any, ...]:
    """What an alarm looks at and when it rings."""
    keys = ("namespace", "metricName", "comparisonOperator", "threshold", "datapointsToAlarm", "treatMissingData")
    return tuple(alarm.inputs.get(key) for key in keys)
