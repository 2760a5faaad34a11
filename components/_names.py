"""Names of resources: the lengths AWS allows, and fixed names where Pulumi's auto-naming cannot be used."""

import re

import pulumi

# Pulumi's AWS provider appends a hyphen and seven hexadecimal digits.
AUTO_NAME_SUFFIX = 8

# Longest physical names, characters: APIs of IAM, Elastic Load Balancing, EventBridge, EventBridge Scheduler, Step
# Functions, SQS, Lambda.
ROLE_MAX = 64
TARGET_GROUP_MAX = 32
EVENT_RULE_MAX = 64
SCHEDULE_MAX = 64
MACHINE_MAX = 80
QUEUE_MAX = 80
ARCHIVE_MAX = 48
FUNCTION_MAX = 64


def check_auto_name(name: str, longest: int, what: str) -> None:
    """Refuse a logical name that leaves no room for the suffix that auto-naming appends."""
    room = longest - AUTO_NAME_SUFFIX
    if len(name) > room:
        raise ValueError(
            f"name: {name!r} has {len(name)} characters; {what} is named after it and AWS allows it {longest}, "
            f"of which Pulumi needs {AUTO_NAME_SUFFIX}: use a name of at most {room} characters"
        )


def fixed_name(name: str) -> str:
    """A name of letters, digits, - and _ that is unique in an account and region, for what cannot be auto-named."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", f"{pulumi.get_project()}-{pulumi.get_stack()}-{name}")
