"""Lambda functions, who may invoke them, what happens to their asynchronous invocations."""

from collections.abc import Mapping
from typing import Any

from breakwater.simulator.handler import Call, Creation, Handler, MappingError
from breakwater.simulator.handlers._rds import check_key
from breakwater.simulator.handlers._store import backend, made_up, refuse

_CREATE = "lambda:CreateFunction"
_CODE = {
    "s3Bucket": "S3Bucket",
    "s3Key": "S3Key",
    "s3ObjectVersion": "S3ObjectVersion",
    "imageUri": "ImageUri",
    "sourceKmsKeyArn": "SourceKMSKeyArn",
}
_IMAGE = "Image"
_SYNCHRONOUS_MAX = 900
"""Seconds; the service model's 5,400 are those of durable functions."""
_RESERVED = ("AWS_", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR")


def _function(c: Creation) -> Mapping[str, Any]:
    kind = c.inputs.get("packageType", "Zip")
    code = {member: c.inputs[name] for name, member in _CODE.items() if c.inputs.get(name) is not None}
    if ("ImageUri" in code) == ("S3Bucket" in code):
        raise MappingError("one of imageUri and s3Bucket is needed; the simulator takes no code from the machine")
    if (kind == _IMAGE) != ("ImageUri" in code):
        raise _invalid(f"packageType {kind} does not go with {'an image' if 'ImageUri' in code else 'an archive'}")
    if kind == _IMAGE and (c.inputs.get("runtime") or c.inputs.get("handler")):
        raise _invalid("Please don't provide Handler or Runtime or Layer when the intent is to create an image")
    if kind != _IMAGE and not (c.inputs.get("runtime") and c.inputs.get("handler")):
        raise _invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages.")
    if kind == _IMAGE and f".dkr.ecr.{c.region}." not in code["ImageUri"]:
        raise _invalid(f"Source image {code['ImageUri']} is not valid. Provide a valid source image.")
    if c.inputs.get("timeout", 3) > _SYNCHRONOUS_MAX:
        raise _invalid(f"Value {c.inputs['timeout']} at 'timeout' must be less than or equal to {_SYNCHRONOUS_MAX}")
    variables = c.inputs.get("environment", {}).get("variables", {})
    if reserved := sorted(name for name in variables if name.startswith(_RESERVED)):
        raise _invalid(f"Lambda was unable to configure your environment variables because of reserved {reserved}")
    check_key(c, _CREATE, c.inputs.get("kmsKeyArn"))
    _check_role(c)
    return {"PackageType": kind, "Code": code, "MemorySize": c.inputs.get("memorySize", 128)}


def _invalid(message: str) -> Exception:
    return refuse(_CREATE, "InvalidParameterValueException", message)


def _check_role(c: Creation) -> None:
    """moto looks at the role only where it runs code."""
    roles = {role.arn: role for role in backend(c, "iam").roles.values()}
    role = roles.get(c.inputs["role"])
    if role is None or "lambda.amazonaws.com" not in role.assume_role_policy_document:
        raise _invalid("The role defined for the function cannot be assumed by Lambda.")


def _keep_configuration(c: Creation) -> None:
    """Where the log goes, the network, what is not kept of an environment's key."""
    function = backend(c, "lambda").get_function(c.id)
    logging = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{c.id}"} | c.requests[0].get("LoggingConfig", {})
    network = function.vpc_config
    if network and network.get("SubnetIds"):
        subnets = backend(c, "ec2").subnets
        vpcs = {zone[network["SubnetIds"][0]].vpc_id for zone in subnets.values() if network["SubnetIds"][0] in zone}
        network = network | {"VpcId": next(iter(vpcs), network.get("VpcId"))}
    configuration = function.get_configuration

    def shown(on_create: bool = False) -> dict[str, Any]:
        found: dict[str, Any] = configuration(on_create)
        return found | {"LoggingConfig": logging} | ({"VpcConfig": network} if network else {})

    function.get_configuration = shown


def _outputs(c: Creation) -> Mapping[str, Any]:
    arn = c.answers[0]["FunctionArn"]
    qualified = f"{arn}:{c.answers[0]['Version'] if c.inputs.get('publish') else '$LATEST'}"
    return {
        "arn": arn,
        "invokeArn": _invoke_arn(c, arn),
        "qualifiedArn": qualified,
        "qualifiedInvokeArn": _invoke_arn(c, qualified),
        "version": qualified.rpartition(":")[2],
        "codeSha256": made_up(str(sorted(c.requests[0]["Code"].items())), 44),
    }


def _invoke_arn(c: Creation, arn: str) -> str:
    return f"arn:aws:apigateway:{c.region}:lambda:path/2015-03-31/functions/{arn}/invocations"


def _qualified(c: Creation) -> str:
    qualifier = c.inputs.get("qualifier")
    return f"{c.inputs['functionName']}:{qualifier}" if qualifier else str(c.inputs["functionName"])


def _check_destination(c: Creation) -> Mapping[str, Any]:
    """Lambda sends a message to see whether it may; moto looks at the ARN's form alone."""
    failure = c.inputs.get("destinationConfig", {}).get("onFailure", {}).get("destination")
    if failure and ":sqs:" in failure:
        queues = {queue.queue_arn: queue for queue in backend(c, "sqs").queues.values()}
        if failure not in queues or queues[failure].fifo_queue:
            message = f"The destination ARN {failure} is invalid."
            raise refuse("lambda:PutFunctionEventInvokeConfig", "InvalidParameterValueException", message)
    return {}


HANDLERS = (
    Handler(
        type="aws:lambda/function:Function",
        calls=(
            Call(
                operation=_CREATE,
                rename={
                    "name": "FunctionName",
                    "memorySize": "MemorySize",
                    "imageConfig.commands": "Command",
                    "imageConfig.entryPoints": "EntryPoint",
                    "fileSystemConfig": "FileSystemConfigs",
                },
                parameters=_function,
                consumes=frozenset({*_CODE, "packageType", "reservedConcurrentExecutions"}),
            ),
            Call(
                operation="lambda:PutFunctionConcurrency",
                parameters=lambda c: {
                    "FunctionName": c.inputs["name"],
                    "ReservedConcurrentExecutions": c.inputs["reservedConcurrentExecutions"],
                },
                when=lambda c: c.inputs.get("reservedConcurrentExecutions", -1) >= 0,
            ),
        ),
        id="FunctionName",
        amend=_keep_configuration,
        outputs=_outputs,
        held={
            "codeSha256": "what the provider compares",
            "sourceCodeHash": "what the provider compares",
            "replaceSecurityGroupsOnDestroy": "only for deletion",
            "replacementSecurityGroupIds": "only for deletion",
            "skipDestroy": "only for deletion, by the provider",
            "useResourceTimeoutForPropagation": "how long the provider waits",
        },
    ),
    Handler(
        type="aws:lambda/permission:Permission",
        calls=(Call(operation="lambda:AddPermission", rename={"function": "FunctionName"}),),
        id=lambda c: str(c.inputs["statementId"]),
    ),
    Handler(
        type="aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
        calls=(Call(operation="lambda:PutFunctionEventInvokeConfig", parameters=_check_destination),),
        id=_qualified,
    ),
)
