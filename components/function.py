"""A Lambda function of the stack's own: what runs for a moment, on demand, without a server that waits.

Children: log group; role with its policy; by choice a security group with its edges; queue of dead letters with its
policy; the function, what happens to its asynchronous invocations; alarms.
"""

from typing import Any

import pulumi
from pulumi_aws import cloudwatch, ec2, iam, lambda_, sqs

from components._connections import Connection, create_connection
from components._function_alarms import function_alarms
from components._function_args import FunctionArgs, FunctionNetwork
from components._function_rules import ImageCode, ZipCode
from components._iam import Statement, policy_document, service_trust
from components._names import FUNCTION_MAX, check_auto_name
from components._queue_policy import queue_policy
from components._undelivered import RETENTION_MAX_SECONDS, ROLE, create_undelivered
from components.alarms import Alarms, AlarmsArgs
from components.security import HttpsEgress, HttpsEgressArgs

__all__ = ["Connection", "Function", "FunctionArgs", "FunctionNetwork", "ImageCode", "ZipCode"]

# AWS's managed policy AWSLambdaVPCAccessExecutionRole, without the log's part.
NETWORK_ACTIONS = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
)
TRACE_ACTIONS = ("xray:PutTelemetryRecords", "xray:PutTraceSegments")


class Function(pulumi.ComponentResource):
    """A function with its role, log, dead letters and alarms.

    Its log is JSON, traces go to X-Ray, its variables are encrypted, executions are reserved for it and bounded.
    Nothing may invoke it until somebody gives the permission (HttpApi does). An asynchronous event that fails every
    try, or grows too old, goes with its error to the dead-letter queue; who invokes it synchronously gets the error.

    Deployments replace the code for all requests at once: there is no canary. USD 0.20 for a million requests, USD
    0.0000133334 per GB and second on ARM64 (us-east-1), USD 0.70 a month for the six alarms (one reads two metrics).
    """

    arn: pulumi.Output[str]
    function_name: pulumi.Output[str]
    invoke_arn: pulumi.Output[str]
    """What API Gateway invokes it by."""
    role_name: pulumi.Output[str]
    role_arn: pulumi.Output[str]
    log_group_name: pulumi.Output[str]
    security_group_id: pulumi.Output[str] | None
    """None without a network."""
    dead_letter_arn: pulumi.Output[str]
    dead_letter_url: pulumi.Output[str]
    timeout_seconds: int
    alarms: Alarms

    def __init__(self, name: str, args: FunctionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        check_auto_name(name, FUNCTION_MAX, "the function")
        super().__init__("breakwater:function:Function", name, None, opts)
        self._child = pulumi.ResourceOptions(parent=self)
        self.timeout_seconds = args.timeout_seconds
        log_group = self._create_log_group(name, args)
        queue = self._create_dead_letters(name, args)
        role, policy = self._create_role(name, args, log_group, queue)
        group, edges = self._create_security_group(name, args.network)
        function = self._create_function(name, args, role, log_group, group, [policy, *edges])
        self._create_event_settings(name, args, function, queue)
        self.alarms = self._create_alarms(name, args, function, queue)
        self.arn, self.function_name, self.invoke_arn = function.arn, function.name, function.invoke_arn
        self.role_name, self.role_arn = role.name, role.arn
        self.log_group_name = log_group.name
        self.security_group_id = group.id if group is not None else None
        self.dead_letter_arn, self.dead_letter_url = queue.arn, queue.url
        self.register_outputs(
            {
                "arn": self.arn,
                "function_name": self.function_name,
                "invoke_arn": self.invoke_arn,
                "role_name": self.role_name,
                "role_arn": self.role_arn,
                "log_group_name": self.log_group_name,
                "security_group_id": self.security_group_id,
                "dead_letter_arn": self.dead_letter_arn,
                "dead_letter_url": self.dead_letter_url,
            }
        )

    def _create_log_group(self, name: str, args: FunctionArgs) -> cloudwatch.LogGroup:
        return cloudwatch.LogGroup(
            f"{name}-logs", retention_in_days=args.log_retention_days, kms_key_id=args.keys.logs, opts=self._child
        )

    def _create_dead_letters(self, name: str, args: FunctionArgs) -> sqs.Queue:
        queue = create_undelivered(
            name,
            kms_key_arn=args.keys.messages,
            retention_seconds=RETENTION_MAX_SECONDS,
            protect=args.protect,
            parent=self,
        )
        # Lambda sends with the function's role, which needs no statement here.
        sqs.QueuePolicy(f"{name}-{ROLE}-policy", queue_url=queue.url, policy=queue_policy(queue.arn), opts=self._child)
        return queue

    def _create_role(
        self, name: str, args: FunctionArgs, log_group: cloudwatch.LogGroup, queue: sqs.Queue
    ) -> tuple[iam.Role, iam.RolePolicy]:
        # Without a condition: who gives a function this role needs iam:PassRole on it, in this account.
        role = iam.Role(name, assume_role_policy=service_trust("lambda.amazonaws.com"), opts=self._child)
        statements = [*_own_statements(args, log_group.arn, queue.arn), *args.statements]
        policy = iam.RolePolicy(name, role=role.name, policy=policy_document(statements), opts=self._child)
        return role, policy

    def _create_security_group(
        self, name: str, network: FunctionNetwork | None
    ) -> tuple[ec2.SecurityGroup | None, list[pulumi.Resource]]:
        if network is None:
            return None, []
        group = ec2.SecurityGroup(
            name, vpc_id=network.vpc_id, description=f"Function {name}", tags={"Name": name}, opts=self._child
        )
        edges: list[pulumi.Resource] = [
            HttpsEgress(f"{name}-https", HttpsEgressArgs(security_group_id=group.id), opts=self._child)
        ]
        for target, connection in sorted(network.connects.items()):
            description = f"{name} to {target}"
            edges.append(create_connection(f"{name}-to-{target}", group.id, connection, description, self._child))
        return group, edges

    def _create_function(
        self,
        name: str,
        args: FunctionArgs,
        role: iam.Role,
        log_group: cloudwatch.LogGroup,
        group: ec2.SecurityGroup | None,
        needs: list[pulumi.Resource],
    ) -> lambda_.Function:
        variables = {**args.environment, **args.secrets}
        return lambda_.Function(
            name,
            **_code(args.code),
            role=role.arn,
            architectures=["arm64" if args.architecture == "ARM64" else "x86_64"],
            memory_size=args.memory,
            timeout=args.timeout_seconds,
            reserved_concurrent_executions=args.concurrency,
            environment=lambda_.FunctionEnvironmentArgs(variables=variables) if variables else None,
            # Lambda does not keep it where there are no variables, and each preview would show it as new.
            kms_key_arn=args.keys.data if variables else None,
            logging_config=lambda_.FunctionLoggingConfigArgs(
                log_format="JSON",
                log_group=log_group.name,
                application_log_level=args.log_level,
                # From here on each execution leaves a report: duration, memory, cold start.
                system_log_level="INFO",
            ),
            tracing_config=lambda_.FunctionTracingConfigArgs(mode="Active"),
            vpc_config=lambda_.FunctionVpcConfigArgs(
                subnet_ids=list(args.network.subnet_ids), security_group_ids=[group.id]
            )
            if args.network is not None and group is not None
            else None,
            # Lambda checks the role when the function is made, and the first execution finds its ways out.
            opts=pulumi.ResourceOptions(parent=self, depends_on=needs),
        )

    def _create_event_settings(
        self, name: str, args: FunctionArgs, function: lambda_.Function, queue: sqs.Queue
    ) -> None:
        lambda_.FunctionEventInvokeConfig(
            name,
            function_name=function.name,
            maximum_retry_attempts=args.retries,
            maximum_event_age_in_seconds=args.event_age_seconds,
            destination_config=lambda_.FunctionEventInvokeConfigDestinationConfigArgs(
                on_failure=lambda_.FunctionEventInvokeConfigDestinationConfigOnFailureArgs(destination=queue.arn)
            ),
            opts=self._child,
        )

    def _create_alarms(self, name: str, args: FunctionArgs, function: lambda_.Function, queue: sqs.Queue) -> Alarms:
        definitions = function_alarms(
            function_name=function.name,
            queue_name=queue.name,
            timeout_seconds=args.timeout_seconds,
            concurrency=args.concurrency,
            error_percent=args.error_percent,
        )
        return Alarms(f"{name}-alarms", AlarmsArgs(target=args.alarms, definitions=definitions), opts=self._child)


def _code(code: ImageCode | ZipCode) -> dict[str, Any]:
    if isinstance(code, ZipCode):
        return {
            "package_type": "Zip",
            "s3_bucket": code.bucket,
            "s3_key": code.key,
            "s3_object_version": code.version,
            "runtime": code.runtime,
            "handler": code.handler,
        }
    command = lambda_.FunctionImageConfigArgs(commands=list(code.command)) if code.command else None
    return {"package_type": "Image", "image_uri": code.image, "image_config": command}


def _own_statements(
    args: FunctionArgs, log_group_arn: pulumi.Output[str], queue_arn: pulumi.Output[str]
) -> list[Statement]:
    """What every function needs, before what its program does."""
    statements = [
        Statement(
            sid="WriteLog",
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[pulumi.Output.concat(log_group_arn, ":*")],
        ),
        # X-Ray knows no resources for these.
        Statement(sid="Trace", actions=TRACE_ACTIONS, resources=["*"]),
        Statement(sid="KeepDeadLetters", actions=["sqs:SendMessage"], resources=[queue_arn]),
        Statement(
            sid="EncryptDeadLetters",
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=[args.keys.messages],
            conditions=_through(args, "sqs"),
        ),
    ]
    if args.environment or args.secrets:
        statements.append(
            Statement(
                sid="DecryptEnvironment",
                actions=["kms:Decrypt"],
                resources=[args.keys.data],
                conditions=_through(args, "lambda"),
            )
        )
    if args.secrets:
        arns = [arn for _, arn in sorted(args.secrets.items(), key=lambda item: item[0])]
        statements += [
            Statement(sid="ReadSecrets", actions=["secretsmanager:GetSecretValue"], resources=arns),
            Statement(
                sid="DecryptSecrets",
                actions=["kms:Decrypt"],
                resources=[args.keys.secrets],
                conditions=_through(args, "secretsmanager"),
            ),
        ]
    return [*statements, *(_network_statements(args) if args.network is not None else ())]


def _network_statements(args: FunctionArgs) -> list[Statement]:
    """Lambda manages network interfaces with the function's role; the program in the function must not."""
    functions = pulumi.Output.concat(f"arn:aws:lambda:{args.region}:", args.account_id, ":function:*")
    return [
        # Which interfaces there will be, nobody knows before; two of the actions take no resource at all.
        Statement(sid="ManageInterfaces", actions=NETWORK_ACTIONS, resources=["*"]),
        Statement(
            sid="InterfacesAreLambdas",
            effect="Deny",
            actions=NETWORK_ACTIONS,
            resources=["*"],
            # Only what a function's own program sends carries this key.
            conditions={"ArnLike": {"lambda:SourceFunctionArn": functions}},
        ),
    ]


def _through(args: FunctionArgs, service: str) -> dict[str, dict[str, str]]:
    return {"StringEquals": {"kms:ViaService": f"{service}.{args.region}.amazonaws.com"}}
