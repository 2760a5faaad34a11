"""Sessions in running tasks (ECS Exec), for stacks that are no production: what a task needs to allow them; pure."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components._iam import Statement

# Where the agent that ECS puts into the container writes. AWS says that it needs a writable root file system; these
# three directories are reported to be enough (aws/containers-roadmap#1359), and the rest stays read-only.
SESSION_VOLUMES: Mapping[str, str] = {
    "session-agent": "/managed-agents",
    "session-state": "/var/lib/amazon/ssm",
    "session-log": "/var/log/amazon/ssm",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Sessions:
    """Where sessions are recorded: the cluster's log group for them.

    A session is encrypted by TLS on its way. A key of KMS on top is left out: every operator would have to use it
    directly, which the policies of the platform's keys do not allow.
    """

    log_group_arn: pulumi.Input[str]
    """Log group of what is typed and shown."""


def session_statements(sessions: Sessions) -> list[Statement]:
    """What the agent does with the task's role."""
    return [
        # Session Manager's channels know no resource.
        Statement(
            sid="OpenSessions",
            actions=[
                "ssmmessages:CreateControlChannel",
                "ssmmessages:CreateDataChannel",
                "ssmmessages:OpenControlChannel",
                "ssmmessages:OpenDataChannel",
            ],
            resources=["*"],
        ),
        # The agent looks its log group up in the list of all.
        Statement(sid="FindSessionLog", actions=["logs:DescribeLogGroups"], resources=["*"]),
        Statement(
            sid="WriteSessionLog",
            actions=["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            resources=[pulumi.Output.concat(sessions.log_group_arn, ":*")],
        ),
    ]
