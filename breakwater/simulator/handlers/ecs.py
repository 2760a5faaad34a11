"""Clusters, task definitions and services."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from breakwater.simulator.handler import Call, Creation, Handler
from breakwater.simulator.handlers._ecs_network import awsvpc
from breakwater.simulator.handlers._ecs_traffic import check_traffic
from breakwater.simulator.handlers._store import backend, refuse, write
from breakwater.simulator.mapping import json_value

_MAXIMUM_PERCENT, _MINIMUM_HEALTHY_PERCENT = 200, 100
"""The provider's defaults, which it sends."""
_INSIGHTS = ("enhanced", "enabled", "disabled")
"""ECS API reference, ClusterSetting; any word to the service model."""


def _cluster(c: Creation) -> Mapping[str, Any]:
    for setting in c.inputs.get("settings", ()):
        if setting["name"] == "containerInsights" and setting["value"] not in _INSIGHTS:
            message = f"containerInsights is one of {', '.join(_INSIGHTS)}, not {setting['value']}"
            raise refuse("ecs:CreateCluster", "InvalidParameterException", message)
    return {}


def _task(inputs: dict[str, Any]) -> dict[str, Any]:
    shaped = {k: v for k, v in inputs.items() if k != "containerDefinitions"}
    if volumes := inputs.get("volumes"):
        shaped["volumes"] = [_volume(volume) for volume in volumes]
    if proxy := inputs.get("proxyConfiguration"):
        pairs = [{"name": k, "value": v} for k, v in proxy.get("properties", {}).items()]
        shaped["proxyConfiguration"] = dict(proxy) | {"properties": pairs}
    return shaped


def _volume(volume: Mapping[str, Any]) -> dict[str, Any]:
    shaped = {k: v for k, v in volume.items() if k != "hostPath"}
    if "hostPath" in volume:
        shaped["host"] = {"sourcePath": volume["hostPath"]}
    return shaped


def _containers(c: Creation) -> Mapping[str, Any]:
    """The containers, which are the API's own JSON already, and what Fargate refuses and moto does not."""
    containers = json_value(c.inputs["containerDefinitions"], "containerDefinitions")
    if "FARGATE" in c.inputs.get("requiresCompatibilities", ()):
        if c.inputs.get("networkMode") != "awsvpc":
            raise _client("Fargate only supports network mode 'awsvpc'.")
        if missing := [name for name in ("cpu", "memory") if name not in c.inputs]:
            raise _client(f"Fargate requires that '{missing[0]}' be defined at the task level.")
        if "executionRoleArn" not in c.inputs and (why := next(_needs_execution_role(containers), None)):
            raise _client(f"Fargate requires task definition to have execution role ARN to support {why}.")
    return {"containerDefinitions": containers}


def _needs_execution_role(containers: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for container in containers:
        if container.get("secrets"):
            yield "secrets"
        if container.get("logConfiguration", {}).get("logDriver") == "awslogs":
            yield "log driver awslogs"
        if ".dkr.ecr." in container.get("image", ""):
            yield "ECR images"


def _client(message: str) -> Exception:
    return refuse("ecs:RegisterTaskDefinition", "ClientException", message)


def _complete_task(c: Creation) -> None:
    """moto loses fault injection."""
    record = backend(c, "ecs").describe_task_definition(c.answers[0]["taskDefinition"]["taskDefinitionArn"])
    write(record, enable_fault_injection=c.inputs.get("enableFaultInjection"))


def _service(inputs: dict[str, Any]) -> dict[str, Any]:
    shaped = dict(inputs)
    deployment = dict(shaped.pop("deploymentConfiguration", {}))
    if inputs.get("schedulingStrategy") != "DAEMON":
        deployment["maximumPercent"] = shaped.pop("deploymentMaximumPercent", _MAXIMUM_PERCENT)
    else:
        deployment["maximumPercent"] = shaped.pop("deploymentMaximumPercent", None)
    deployment["minimumHealthyPercent"] = shaped.pop("deploymentMinimumHealthyPercent", _MINIMUM_HEALTHY_PERCENT)
    deployment["deploymentCircuitBreaker"] = shaped.pop("deploymentCircuitBreaker", None)
    deployment["alarms"] = shaped.pop("alarms", None)
    shaped["deploymentConfiguration"] = deployment
    if "networkConfiguration" in inputs:
        shaped["networkConfiguration"] = awsvpc(inputs["networkConfiguration"])
    return shaped


def _check_service(c: Creation) -> Mapping[str, Any]:
    """What ECS refuses and moto does not: dependencies that a program forgot would show only in AWS."""
    store = backend(c, "ecs")
    if cluster := c.inputs.get("cluster"):
        name = str(cluster).rpartition("/")[2]
        # FARGATE and FARGATE_SPOT exist, but each cluster must have been given them.
        given = set(getattr(store.clusters.get(name), "capacity_providers", None) or ())
        wanted = [s["capacityProvider"] for s in c.inputs.get("capacityProviderStrategies", ())]
        if strange := [provider for provider in wanted if provider not in given]:
            raise _invalid(f"the capacity provider {strange[0]} is not associated with the cluster {name}")
    definition = store.describe_task_definition(c.inputs["taskDefinition"]) if "taskDefinition" in c.inputs else None
    for balancer in c.inputs.get("loadBalancers", ()):
        _check_balancer(c, balancer, definition)
    check_traffic(c)
    return {"desiredCount": c.inputs.get("desiredCount", 0)} if _is_replica(c) else {}


def _is_replica(c: Creation) -> bool:
    return bool(c.inputs.get("schedulingStrategy", "REPLICA") == "REPLICA")


def _check_balancer(c: Creation, balancer: Mapping[str, Any], definition: Any) -> None:
    arn, name, port = balancer.get("targetGroupArn"), balancer["containerName"], balancer["containerPort"]
    if arn is not None:
        group = backend(c, "elbv2").target_groups.get(arn)
        if group is None:
            raise _invalid(f"the target group {arn} does not exist")
        if not group.load_balancer_arns:
            raise _invalid(
                f"the target group {arn} does not have an associated load balancer: "
                "the service must depend on the listener or rule that forwards to it"
            )
    if definition is None:
        return
    container = next((d for d in definition.container_definitions if d["name"] == name), None)
    if container is None:
        raise _invalid(f"the container {name} does not exist in the task definition")
    if port not in [mapping.get("containerPort") for mapping in container.get("portMappings", ())]:
        raise _invalid(f"the container {name} did not have a container port {port} defined")


def _invalid(message: str) -> Exception:
    return refuse("ecs:CreateService", "InvalidParameterException", message)


def _complete_service(c: Creation) -> None:
    """moto loses most of a service's settings, and no task of it ever runs."""
    request = c.requests[0]
    record = backend(c, "ecs").services[f"{c.id.split('/')[-2]}:{c.inputs['name']}"]
    write(
        record,
        deployment_configuration=request.get("deploymentConfiguration"),
        health_check_grace_period_seconds=request.get("healthCheckGracePeriodSeconds"),
        enable_execute_command=request.get("enableExecuteCommand", False),
        enable_ecs_managed_tags=request.get("enableECSManagedTags", False),
        availability_zone_rebalancing=request.get("availabilityZoneRebalancing"),
        placement_strategy=request.get("placementStrategy"),
        placement_constraints=request.get("placementConstraints"),
    )
    cluster = backend(c, "ecs").clusters[record.cluster_name]
    strategy = request.get("capacityProviderStrategy") or cluster.default_capacity_provider_strategy
    if "launchType" not in request and strategy:
        record.launch_type, record.capacity_provider_strategy = None, strategy
    record.running_count, record.pending_count = record.desired_count, 0
    for deployment in record.deployments:
        deployment |= {
            "runningCount": record.desired_count,
            "pendingCount": 0,
            "rolloutState": "COMPLETED",
            "rolloutStateReason": f"ECS deployment {deployment['id']} completed.",
            "launchType": record.launch_type,
        }
        if record.launch_type is None:
            deployment["capacityProviderStrategy"] = strategy
        for name in ("serviceConnectConfiguration", "volumeConfigurations"):
            if name in request:
                deployment[name] = request[name]
    cluster.pending_tasks_count -= record.desired_count
    cluster.running_tasks_count += record.desired_count


HANDLERS = (
    Handler(
        type="aws:ecs/cluster:Cluster",
        calls=(
            Call(
                operation="ecs:CreateCluster",
                rename={
                    "name": "clusterName",
                    "configuration.executeCommandConfiguration.logConfiguration.s3BucketEncryptionEnabled": (
                        "s3EncryptionEnabled"
                    ),
                },
                parameters=_cluster,
            ),
        ),
        id="cluster.clusterArn",
        outputs=lambda c: {"arn": c.id},
    ),
    Handler(
        type="aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
        calls=(
            Call(
                operation="ecs:PutClusterCapacityProviders",
                rename={
                    "clusterName": "cluster",
                    "defaultCapacityProviderStrategies": "defaultCapacityProviderStrategy",
                },
                parameters=lambda c: {
                    name: []
                    for name, given in (
                        ("capacityProviders", "capacityProviders"),
                        ("defaultCapacityProviderStrategy", "defaultCapacityProviderStrategies"),
                    )
                    if given not in c.inputs
                },
            ),
        ),
        id=lambda c: str(c.inputs["clusterName"]),
    ),
    Handler(
        type="aws:ecs/taskDefinition:TaskDefinition",
        calls=(
            Call(
                operation="ecs:RegisterTaskDefinition",
                reshape=_task,
                rename={"volumes.configureAtLaunch": "configuredAtLaunch"},
                parameters=_containers,
                consumes=frozenset({"containerDefinitions"}),
            ),
        ),
        id="taskDefinition.family",
        amend=_complete_task,
        outputs=lambda c: {
            "arn": c.answers[0]["taskDefinition"]["taskDefinitionArn"],
            "arnWithoutRevision": c.answers[0]["taskDefinition"]["taskDefinitionArn"].rpartition(":")[0],
            "revision": c.answers[0]["taskDefinition"]["revision"],
        },
        held={"skipDestroy": "only for deletion, by the provider", "trackLatest": "what the provider compares with"},
    ),
    Handler(
        type="aws:ecs/service:Service",
        calls=(
            Call(
                operation="ecs:CreateService",
                reshape=_service,
                rename={
                    "name": "serviceName",
                    "iamRole": "role",
                    "orderedPlacementStrategies": "placementStrategy",
                    "loadBalancers.elbName": "loadBalancerName",
                    "serviceConnectConfiguration.services.clientAlias": "clientAliases",
                    "serviceConnectConfiguration.services.tls.issuerCertAuthority": "issuerCertificateAuthority",
                    "volumeConfiguration": "volumeConfigurations",
                    "volumeConfiguration.managedEbsVolume.sizeInGb": "sizeInGiB",
                },
                parameters=_check_service,
            ),
        ),
        id="service.serviceArn",
        amend=_complete_service,
        outputs=lambda c: {"arn": c.id},
        held={
            "forceDelete": "only for deletion, by the provider",
            "forceNewDeployment": "only for later changes",
            "sigintRollback": "how the provider waits",
            "triggers": "only for later changes",
            "waitForSteadyState": "how long the provider waits",
        },
    ),
)
