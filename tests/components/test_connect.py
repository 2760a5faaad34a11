"""components._connect: services that call each other by name."""

import json
from typing import Any

import pytest

from components.cluster import Cluster, ClusterArgs
from components.service import WebService, Worker
from components.service_options import ServiceConnect
from tests.support.data import KEYS
from tests.support.recorder import Recording, record
from tests.support.workloads import REGION, web_arguments, worker_arguments

pytestmark = pytest.mark.feature("S7")

SERVICE, DEFINITION = "aws:ecs/service:Service", "aws:ecs/taskDefinition:TaskDefinition"
NAMESPACE = f"arn:aws:servicediscovery:{REGION}:111122223333:namespace/ns-1"
LOGS = {
    "logDriver": "awslogs",
    "options": {
        "awslogs-group": "api-logs.name",
        "awslogs-region": REGION,
        "awslogs-stream-prefix": "connect",
        "max-buffer-size": "25m",
        "mode": "non-blocking",
    },
}


def web(connect: ServiceConnect | None) -> Recording:
    return record(lambda: WebService("api", web_arguments(connect=connect)))


def ports(recording: Recording) -> Any:
    return json.loads(recording.only(DEFINITION).inputs["containerDefinitions"])[0]["portMappings"]


def test_off_by_default() -> None:
    recording = web(None)
    assert "serviceConnectConfiguration" not in recording.get(SERVICE, "api").inputs
    assert ports(recording) == [{"containerPort": 5555, "hostPort": 5555, "protocol": "tcp"}]
    assert recording.result.call_url is None


def test_a_service_is_called_by_its_name_at_a_port_of_the_proxy() -> None:
    recording = web(ServiceConnect(namespace_arn=NAMESPACE, name="api"))
    assert ports(recording) == [
        {"containerPort": 5555, "hostPort": 5555, "protocol": "tcp", "name": "http", "appProtocol": "http"}
    ]
    assert recording.get(SERVICE, "api").inputs["serviceConnectConfiguration"] == {
        "enabled": True,
        "namespace": NAMESPACE,
        "services": [
            {
                "portName": "http",
                "discoveryName": "api",
                "clientAlias": [{"dnsName": "api", "port": 5555}],
                # The load balancer goes on reaching 5555 past the proxy.
                "ingressPortOverride": 15000,
                "timeout": {"perRequestTimeoutSeconds": 30},
            }
        ],
        "logConfiguration": LOGS,
    }
    assert recording.result.call_port == 15000


def test_a_caller_without_a_name_can_only_call() -> None:
    recording = web(ServiceConnect(namespace_arn=NAMESPACE))
    assert recording.get(SERVICE, "api").inputs["serviceConnectConfiguration"] == {
        "enabled": True,
        "namespace": NAMESPACE,
        "logConfiguration": LOGS,
    }
    assert "name" not in ports(recording)[0]
    worker = record(lambda: Worker("mail", worker_arguments(connect=ServiceConnect(namespace_arn=NAMESPACE))))
    assert worker.get(SERVICE, "mail").inputs["serviceConnectConfiguration"]["namespace"] == NAMESPACE


@pytest.mark.parametrize("preview", [False, True])
def test_a_caller_waits_for_the_service_it_calls_and_a_preview_knows_the_address(*, preview: bool) -> None:
    def program() -> None:
        api = WebService("api", web_arguments(connect=ServiceConnect(namespace_arn=NAMESPACE, name="api")))
        caller = web_arguments(
            connect=ServiceConnect(namespace_arn=NAMESPACE), environment={"SERVICE_URL_API": api.call_url}
        )
        WebService("front", caller)

    recording = record(program, preview=preview)
    definition = recording.get(DEFINITION, "front")
    assert recording.get(SERVICE, "api").urn in definition.property_dependencies["containerDefinitions"]
    if not preview:
        environment = json.loads(definition.inputs["containerDefinitions"])[0]["environment"]
        assert environment == [{"name": "SERVICE_URL_API", "value": "http://api:5555"}]
    assert recording.value(recording.result) is None


def test_the_clusters_namespace_is_there_by_choice() -> None:
    off = record(lambda: Cluster("main", ClusterArgs(kms_key_arn=KEYS.logs)))
    assert off.result.namespace_arn is None
    on = record(lambda: Cluster("main", ClusterArgs(kms_key_arn=KEYS.logs, service_connect=True)))
    namespace = on.only("aws:servicediscovery/httpNamespace:HttpNamespace")
    assert namespace.name == "main-services"
    assert namespace.inputs == {"description": "Services of test-unit-main that call each other"}
    assert on.value(on.result.namespace_arn) == "main-services.arn"
    assert {r.urn for r in off.resources} < {r.urn for r in on.resources}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ServiceConnect(namespace_arn=NAMESPACE, name="API"), r"^name: 'API'"),
        (
            lambda: ServiceConnect(namespace_arn=NAMESPACE, request_timeout_seconds=-1),
            r"^request_timeout_sec.*: -1 s",
        ),
        (
            lambda: worker_arguments(connect=ServiceConnect(namespace_arn=NAMESPACE, name="mail")),
            r"^connect: mail listens on no port",
        ),
        (
            lambda: web_arguments(port=15000, connect=ServiceConnect(namespace_arn=NAMESPACE, name="api")),
            r"^port: 15000 is where the proxy",
        ),
    ],
)
def test_what_cannot_be_is_refused(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
