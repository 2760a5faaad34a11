"""The proxy in front of the writer."""

import json
from typing import Any

import pytest

from components.database import ProxyArgs
from components.database_proxy import DatabaseProxyArgs
from tests.support.data import ACCOUNT, KEY, TARGET, alarms
from tests.support.databases import FULL, LOG_GROUP, recorded


@pytest.mark.feature("D6")
def test_proxy() -> None:
    recording = recorded(**FULL)
    proxy = recording.only("aws:rds/proxy:Proxy")
    assert proxy.inputs == {
        "name": "test-unit-db-proxy",
        "engineFamily": "POSTGRESQL",
        "defaultAuthScheme": "IAM_AUTH",
        "requireTls": True,
        "debugLogging": False,
        "idleClientTimeout": 1800,
        "roleArn": "db-proxy.arn",
        "vpcSubnetIds": ["subnet-a", "subnet-b", "subnet-c"],
        "vpcSecurityGroupIds": ["db-proxy.id"],
    }
    assert proxy.delete_before_replace
    log_group = recording.get(LOG_GROUP, "db-proxy")
    assert log_group.urn in proxy.dependencies
    group = recording.only("aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup").inputs
    assert group == {
        "dbProxyName": "test-unit-db-proxy",
        "connectionPoolConfig": {
            "maxConnectionsPercent": 90,
            "maxIdleConnectionsPercent": 50,
            "connectionBorrowTimeout": 120,
        },
    }


@pytest.mark.feature("D6")
def test_the_proxy_is_made_beside_the_writer_and_used_when_it_has_its_target() -> None:
    recording = recorded(**FULL)
    proxy, target = recording.only("aws:rds/proxy:Proxy"), recording.only("aws:rds/proxyTarget:ProxyTarget")
    policy = recording.get("aws:iam/rolePolicy:RolePolicy", "db-proxy")
    writer = recording.get("aws:rds/instance:Instance", "db")
    assert writer.urn in policy.dependencies
    assert not {policy.urn, writer.urn} & set(proxy.dependencies)
    assert {policy.urn, proxy.urn, writer.urn} <= set(target.dependencies)
    used = recording._loop.run_until_complete(recording.result.write_endpoint.resources())
    assert {type(resource).__name__ for resource in used} == {"Proxy", "ProxyTarget"}


@pytest.mark.feature("D6")
def test_only_the_writer_is_behind_the_proxy() -> None:
    target = recorded(**FULL).only("aws:rds/proxyTarget:ProxyTarget")
    assert target.inputs == {
        "dbProxyName": "test-unit-db-proxy",
        "targetGroupName": "db-proxy.name",
        "dbInstanceIdentifier": "test-unit-db",
    }


@pytest.mark.feature("D5", "D6")
def test_proxy_may_connect_as_its_users_to_the_writer_only() -> None:
    recording = recorded(proxy=ProxyArgs(users=["app", "report"]))
    role = json.loads(recording.get("aws:iam/role:Role", "db-proxy").inputs["assumeRolePolicy"])["Statement"][0]
    assert role["Principal"] == {"Service": "rds.amazonaws.com"}
    assert "Condition" not in role
    policy = json.loads(recording.get("aws:iam/rolePolicy:RolePolicy", "db-proxy").inputs["policy"])["Statement"]
    prefix = f"arn:aws:rds-db:us-east-1:{ACCOUNT}:dbuser:db.resourceId"
    assert policy == [
        {"Effect": "Allow", "Action": "rds-db:connect", "Resource": [f"{prefix}/app", f"{prefix}/report"]}
    ]


def test_edge_from_proxy_to_database() -> None:
    recording = recorded(**FULL)
    rules = [r for r in recording.resources if "Rule" in r.type]
    assert len(rules) == 2
    for rule in rules:
        assert (rule.inputs["fromPort"], rule.inputs["toPort"], rule.inputs["ipProtocol"]) == (5433, 5433, "tcp")
        assert "cidrIpv4" not in rule.inputs
    ingress = recording.only("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule").inputs
    assert (ingress["securityGroupId"], ingress["referencedSecurityGroupId"]) == ("db.id", "db-proxy.id")


@pytest.mark.feature("D6")
def test_proxy_alarms() -> None:
    found = alarms(recorded(**FULL))
    assert "db-proxy-alarms-query-latency" not in found
    refused = found["db-proxy-alarms-authentication"].inputs
    assert (refused["metricName"], refused["statistic"]) == ("ClientConnectionsSetupFailedAuth", "Sum")
    assert (refused["threshold"], refused["comparisonOperator"]) == (0, "GreaterThanThreshold")
    assert refused["evaluationPeriods"] == refused["datapointsToAlarm"] == 5
    assert refused["treatMissingData"] == "notBreaching"
    latency = found["db-proxy-alarms-borrow-latency"].inputs
    assert (latency["metricName"], latency["threshold"]) == ("DatabaseConnectionsBorrowLatency", 100_000)
    assert latency["dimensions"] == {"ProxyName": "test-unit-db-proxy"}
    connections = found["db-proxy-alarms-connections"].inputs
    *metrics, share = connections["metricQueries"]
    assert {m["id"]: (m["metric"]["metricName"], m["metric"]["stat"]) for m in metrics} == {
        "connections": ("DatabaseConnections", "Sum"),
        "allowed": ("MaxDatabaseConnectionsAllowed", "Sum"),
    }
    assert (share["expression"], connections["threshold"]) == ("100 * connections / allowed", 80)
    assert connections["treatMissingData"] == latency["treatMissingData"] == "notBreaching"


@pytest.mark.feature("D10")
@pytest.mark.parametrize(
    ("subnets", "message"),
    [
        ({"us-east-1a": "subnet-a"}, r"subnet_ids: 1 zone\(s\); RDS needs isolated subnets in 2 at least"),
        ({"us-east-1a": "subnet-a", "eu-west-1a": "subnet-b"}, "subnet_ids: zone 'eu-west-1a' is not in us-east-1"),
    ],
)
def test_proxy_needs_two_zones_of_its_region(subnets: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DatabaseProxyArgs(
            settings=ProxyArgs(),
            proxy_name="app",
            vpc_id="vpc-1",
            subnet_ids=subnets,
            region="us-east-1",
            account_id=ACCOUNT,
            writer_identifier="app",
            writer_resource_id="db-1",
            database_security_group_id="sg-1",
            database_port=5433,
            kms_key_arn=KEY,
            log_retention_days=30,
            alarms=TARGET,
        )


@pytest.mark.feature("D6")
def test_slow_queries_are_an_alarm_where_there_is_a_level() -> None:
    """The metric is in microseconds."""
    found = alarms(recorded(**{**FULL, "proxy": ProxyArgs(query_latency_alarm_milliseconds=100)}))
    latency = found["db-proxy-alarms-query-latency"].inputs
    assert (latency["metricName"], latency["statistic"]) == ("QueryDatabaseResponseLatency", "Average")
    assert (latency["threshold"], latency["dimensions"]) == (100_000, {"ProxyName": "test-unit-db-proxy"})


@pytest.mark.feature("D6", "D10")
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"target": "replica"}, "target: RDS Proxy cannot stand in front of 'replica'.* reader_name"),
        ({"users": []}, "users: the proxy may connect as nobody"),
        ({"users": ["*"]}, r"users: '\*' is no PostgreSQL user"),
        ({"max_connections_percent": 0}, "max_connections_percent: 0; give 1 to 100"),
        ({"max_connections_percent": 101}, "max_connections_percent: 101"),
        ({"max_idle_connections_percent": 91}, r"max_idle_connections_percent: 91; give 0 to .*\(90\)"),
        ({"idle_client_timeout_seconds": 0}, "idle_client_timeout_seconds: 0; give 1 to 28800"),
        ({"idle_client_timeout_seconds": 28_801}, "idle_client_timeout_seconds: 28801"),
        ({"query_latency_alarm_milliseconds": 0}, "query_latency_alarm_milliseconds: 0; give more than 0 ms"),
        ({"borrow_timeout_seconds": 301}, "borrow_timeout_seconds: 301; give 0 to 300"),
    ],
)
def test_proxy_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ProxyArgs(**changes)
