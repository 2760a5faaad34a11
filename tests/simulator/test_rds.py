"""Databases, replicas, proxies."""

import re
from typing import Any

from pulumi_aws import ec2, rds

from tests.simulator.support import ACCOUNT, EU, US, Simulate, Where, World, tags_of

INSTANCE = "aws:rds/instance:Instance"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/monitoring"
PROXY_ROLE = f"arn:aws:iam::{ACCOUNT}:role/proxy"


def key(region: str) -> str:
    return f"arn:aws:kms:{region}:{ACCOUNT}:key/mrk-0123456789abcdef0123456789abcdef"


class Ground:
    """What an instance stands on, in one region."""

    def __init__(self, name: str, region: str, options: Any, family: str = "postgres17") -> None:
        vpc = ec2.Vpc(name, cidr_block="10.0.0.0/16", opts=options)
        self.subnets = [
            ec2.Subnet(
                f"{name}-{z}",
                vpc_id=vpc.id,
                cidr_block=f"10.0.{i}.0/24",
                availability_zone=f"{region}{z}",
                opts=options,
            )
            for i, z in enumerate("ab")
        ]
        self.group = ec2.SecurityGroup(name, vpc_id=vpc.id, opts=options)
        self.subnet_group = rds.SubnetGroup(name, subnet_ids=[s.id for s in self.subnets], opts=options)
        self.parameters = rds.ParameterGroup(
            name,
            family=family,
            parameters=[
                rds.ParameterGroupParameterArgs(name="rds.force_ssl", value="1"),
                rds.ParameterGroupParameterArgs(name="max_connections", value="500", apply_method="pending-reboot"),
            ],
            opts=options,
        )
        self.inputs: dict[str, Any] = {
            "instance_class": "db.r7g.large",
            "db_subnet_group_name": self.subnet_group.name,
            "parameter_group_name": self.parameters.name,
            "vpc_security_group_ids": [self.group.id],
        }
        self.options = options

    def writer(self, name: str = "main", **arguments: Any) -> rds.Instance:
        given = {
            "engine": "postgres",
            "engine_version": "17.6",
            "allocated_storage": 100,
            "username": "master",
            "password_wo": "not-a-secret-password",
            "password_wo_version": 1,
            "backup_retention_period": 30,
            "skip_final_snapshot": True,
            "storage_encrypted": True,
        }
        return rds.Instance(name, **(self.inputs | given | arguments), opts=self.options)


def shown(world: World, name: str, region: str = US) -> dict[str, Any]:
    identifier = world.get(INSTANCE, name).outputs["identifier"]
    (found,) = world.client("rds", region).describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"]
    return dict(found)


def test_a_writer(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        Ground("db", US, on.us).writer(
            port=5433,
            multi_az=True,
            db_name="app",
            kms_key_id=key(US),
            storage_type="gp3",
            max_allocated_storage=500,
            iam_database_authentication_enabled=True,
            enabled_cloudwatch_logs_exports=["postgresql", "upgrade"],
            monitoring_interval=60,
            monitoring_role_arn=ROLE,
            performance_insights_enabled=True,
            performance_insights_kms_key_id=key(US),
            performance_insights_retention_period=465,
            database_insights_mode="advanced",
            backup_window="02:00-03:00",
            maintenance_window="Sun:04:30-Sun:05:30",
            deletion_protection=True,
            copy_tags_to_snapshot=True,
            ca_cert_identifier="rds-ca-ecc384-g1",
            apply_immediately=True,
            delete_automated_backups=False,
            final_snapshot_identifier="last",
        )

    world = simulate(program)
    found, db = world.get(INSTANCE, "main"), shown(world, "main")
    identifier = found.outputs["identifier"]
    assert re.fullmatch("main[0-9a-f]{7}", identifier), "the provider puts no hyphen before the digits"
    assert found.id == found.outputs["resourceId"] == db["DbiResourceId"]
    assert found.id.startswith("db-")
    assert len(found.id) == 29
    assert found.outputs["arn"] == db["DBInstanceArn"] == f"arn:aws:rds:{US}:{ACCOUNT}:db:{identifier}"
    assert found.outputs["endpoint"] == f"{found.outputs['address']}:5433" == f"{db['Endpoint']['Address']}:5433"
    expected = {
        "DBInstanceClass": "db.r7g.large", "Engine": "postgres", "EngineVersion": "17.6", "AllocatedStorage": 100,
        "MaxAllocatedStorage": 500, "MultiAZ": True, "DBName": "app", "KmsKeyId": key(US), "StorageEncrypted": True,
        "StorageType": "gp3", "IAMDatabaseAuthenticationEnabled": True, "MasterUsername": "master",
        "EnabledCloudwatchLogsExports": ["postgresql", "upgrade"], "MonitoringInterval": 60,
        "PerformanceInsightsEnabled": True, "PerformanceInsightsRetentionPeriod": 465,
        "PerformanceInsightsKMSKeyId": key(US), "DatabaseInsightsMode": "advanced", "BackupRetentionPeriod": 30,
        "PreferredBackupWindow": "02:00-03:00", "PreferredMaintenanceWindow": "sun:04:30-sun:05:30",
        "DeletionProtection": True, "CopyTagsToSnapshot": True, "PubliclyAccessible": False,
        "CACertificateIdentifier": "rds-ca-ecc384-g1", "AutoMinorVersionUpgrade": True,
    }  # fmt: skip
    assert {name: db.get(name) for name in expected} == expected
    assert db["DBSubnetGroup"]["DBSubnetGroupName"] == world.only("aws:rds/subnetGroup:SubnetGroup").id
    assert tags_of(db["TagList"]) == {"owner": "tests"}
    group = world.only("aws:rds/parameterGroup:ParameterGroup")
    assert db["DBParameterGroups"][0]["DBParameterGroupName"] == group.id
    parameters = world.client("rds").describe_db_parameters(DBParameterGroupName=group.id)["Parameters"]
    assert {p["ParameterName"]: (p["ParameterValue"], p["ApplyMethod"]) for p in parameters} == {
        "rds.force_ssl": ("1", "immediate"),
        "max_connections": ("500", "pending-reboot"),
    }
    assert group.outputs["arn"] == f"arn:aws:rds:{US}:{ACCOUNT}:pg:{group.id}"
    assert group.outputs["description"] == "Managed by Pulumi"


def replica(name: str, ground: Ground, source: Any, **arguments: Any) -> rds.Instance:
    given = {"replicate_source_db": source, "skip_final_snapshot": True, "storage_encrypted": True}
    return rds.Instance(name, **(ground.inputs | given | arguments), opts=ground.options)


def test_replicas_in_the_same_region(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        ground = Ground("db", US, on.us)
        writer = ground.writer(
            multi_az=True, kms_key_id=key(US), enabled_cloudwatch_logs_exports=["upgrade"], port=5433
        )
        for zone in "ab":
            replica(
                f"replica-{zone}",
                ground,
                writer.identifier,
                instance_class="db.r7g.xlarge",
                availability_zone=f"{US}{zone}",
                db_subnet_group_name=None,
                maintenance_window="sat:04:00-sat:05:00",
                ca_cert_identifier="rds-ca-ecc384-g1",
                enabled_cloudwatch_logs_exports=["postgresql"],
            )

    world = simulate(program)
    writer, first, second = (shown(world, name) for name in ("main", "replica-a", "replica-b"))
    names = [first["DBInstanceIdentifier"], second["DBInstanceIdentifier"]]
    assert sorted(writer["ReadReplicaDBInstanceIdentifiers"]) == sorted(names)
    assert len({writer["DbiResourceId"], first["DbiResourceId"], second["DbiResourceId"]}) == 3
    for zone, found in (("a", first), ("b", second)):
        assert found["ReadReplicaSourceDBInstanceIdentifier"] == writer["DBInstanceIdentifier"]
        assert (found["AvailabilityZone"], found["MultiAZ"]) == (f"{US}{zone}", False)
        assert (found["DBInstanceClass"], found["KmsKeyId"]) == ("db.r7g.xlarge", key(US))
        assert (found["StorageEncrypted"], found["EngineVersion"]) == (True, "17.6")
        assert found["Endpoint"]["Port"] == 5433
        assert found["BackupRetentionPeriod"] == 0
        assert found["EnabledCloudwatchLogsExports"] == ["postgresql"]
        assert found["PreferredMaintenanceWindow"] == "sat:04:00-sat:05:00"
        assert found["CACertificateIdentifier"] == "rds-ca-ecc384-g1"
    assert writer["EnabledCloudwatchLogsExports"] == ["upgrade"]
    outputs = world.get(INSTANCE, "replica-a").outputs
    assert (outputs["engine"], outputs["username"], outputs["allocatedStorage"]) == ("postgres", "master", 100)


def test_a_replica_in_another_region(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        writer = Ground("db", US, on.us).writer(kms_key_id=key(US))
        away = Ground("away", EU, on.eu)
        replica("far", away, writer.arn, kms_key_id=key(EU), multi_az=True, backup_retention_period=7)
        rds.InstanceAutomatedBackupsReplication(
            "copy", source_db_instance_arn=writer.arn, kms_key_id=key(EU), retention_period=14, opts=on.eu
        )

    world = simulate(program)
    writer, far = shown(world, "main"), shown(world, "far", EU)
    assert writer["ReadReplicaDBInstanceIdentifiers"] == [far["DBInstanceArn"]]
    assert far["ReadReplicaSourceDBInstanceIdentifier"] == writer["DBInstanceArn"]
    assert far["DBInstanceArn"] == f"arn:aws:rds:{EU}:{ACCOUNT}:db:{far['DBInstanceIdentifier']}"
    assert (far["KmsKeyId"], far["StorageEncrypted"], far["MultiAZ"]) == (key(EU), True, True)
    assert far["BackupRetentionPeriod"] == 7
    assert far["AvailabilityZone"] == f"{EU}a"
    assert EU in far["Endpoint"]["Address"]
    groups = {r.name: r.id for r in world.outcome.graph.of("aws:rds/subnetGroup:SubnetGroup")}
    assert far["DBSubnetGroup"]["DBSubnetGroupName"] == groups["away"]
    assert writer["DBSubnetGroup"]["DBSubnetGroupName"] == groups["db"]
    parameters = {r.name: r.id for r in world.outcome.graph.of("aws:rds/parameterGroup:ParameterGroup")}
    assert far["DBParameterGroups"][0]["DBParameterGroupName"] == parameters["away"]
    assert [d["DBInstanceIdentifier"] for d in world.client("rds").describe_db_instances()["DBInstances"]] == [
        writer["DBInstanceIdentifier"]
    ]
    copied = world.only("aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication")
    assert copied.id.startswith(f"arn:aws:rds:{EU}:{ACCOUNT}:auto-backup:ab-")


def proxy(ground: Ground, name: str = "pool", **arguments: Any) -> rds.Proxy:
    given: dict[str, Any] = {
        "engine_family": "POSTGRESQL",
        "default_auth_scheme": "IAM_AUTH",
        "require_tls": True,
        "idle_client_timeout": 900,
        "role_arn": PROXY_ROLE,
        "vpc_subnet_ids": [s.id for s in ground.subnets],
        "vpc_security_group_ids": [ground.group.id],
    }
    return rds.Proxy(name, **(given | arguments), opts=ground.options)


def test_a_proxy_before_the_writer(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        ground = Ground("db", US, on.us)
        writer, pool = ground.writer(port=5433), proxy(ground)
        group = rds.ProxyDefaultTargetGroup(
            "pool",
            db_proxy_name=pool.name,
            connection_pool_config=rds.ProxyDefaultTargetGroupConnectionPoolConfigArgs(
                max_connections_percent=90, max_idle_connections_percent=40, connection_borrow_timeout=60
            ),
            opts=on.us,
        )
        rds.ProxyTarget(
            "pool",
            db_proxy_name=pool.name,
            target_group_name=group.name,
            db_instance_identifier=writer.identifier,
            opts=on.us,
        )
        rds.ProxyEndpoint(
            "read",
            db_proxy_name=pool.name,
            db_proxy_endpoint_name="read",
            vpc_subnet_ids=[s.id for s in ground.subnets],
            target_role="READ_ONLY",
            opts=on.us,
        )

    world = simulate(program)
    client, found = world.client("rds"), world.only("aws:rds/proxy:Proxy")
    (pool,) = client.describe_db_proxies()["DBProxies"]
    assert found.id == pool["DBProxyName"] == found.outputs["name"]
    assert (found.outputs["arn"], found.outputs["endpoint"]) == (pool["DBProxyArn"], pool["Endpoint"])
    assert (pool["DefaultAuthScheme"], pool["RequireTLS"], pool["IdleClientTimeout"]) == ("IAM_AUTH", True, 900)
    assert pool["RoleArn"] == PROXY_ROLE
    (group,) = client.describe_db_proxy_target_groups(DBProxyName=found.id)["TargetGroups"]
    assert group["ConnectionPoolConfig"].items() >= {
        "MaxConnectionsPercent": 90, "MaxIdleConnectionsPercent": 40, "ConnectionBorrowTimeout": 60
    }.items()  # fmt: skip
    assert world.only("aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup").outputs["name"] == "default"
    writer = world.get(INSTANCE, "main").outputs
    (target,) = client.describe_db_proxy_targets(DBProxyName=found.id)["Targets"]
    assert (target["RdsResourceId"], target["Port"]) == (writer["identifier"], 5433)
    assert (target["Endpoint"], target["TargetArn"]) == (writer["address"], writer["arn"])
    registered = world.only("aws:rds/proxyTarget:ProxyTarget")
    assert registered.id == f"{found.id}/default/RDS_INSTANCE/{writer['identifier']}"
    assert registered.outputs["port"] == 5433
    assert world.only("aws:rds/proxyEndpoint:ProxyEndpoint").id == f"{found.id}/read"


def test_a_proxy_with_passwords_from_a_secret(simulate: Simulate) -> None:
    secret = f"arn:aws:secretsmanager:{US}:{ACCOUNT}:secret:app-AbCdEf"
    auth = rds.ProxyAuthArgs(
        auth_scheme="SECRETS",
        client_password_auth_type="POSTGRES_SCRAM_SHA_256",
        iam_auth="REQUIRED",
        secret_arn=secret,
    )
    world = simulate(
        lambda on: proxy(Ground("db", US, on.us), default_auth_scheme=None, auths=[auth]) and None,
    )
    (pool,) = world.client("rds").describe_db_proxies()["DBProxies"]
    (shown_auth,) = pool["Auth"]
    assert (shown_auth["AuthScheme"], shown_auth["IAMAuth"], shown_auth["SecretArn"]) == ("SECRETS", "REQUIRED", secret)
    assert pool["DefaultAuthScheme"] == "NONE"


def test_events(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        ground = Ground("db", US, on.us)
        rds.EventSubscription(
            "db",
            sns_topic=f"arn:aws:sns:{US}:{ACCOUNT}:alarms",
            source_type="db-instance",
            source_ids=[ground.writer().identifier],
            event_categories=["failover", "low storage"],
            opts=on.us,
        )

    world = simulate(program)
    (shown_,) = world.client("rds").describe_event_subscriptions()["EventSubscriptionsList"]
    found = world.only("aws:rds/eventSubscription:EventSubscription")
    assert shown_["CustSubscriptionId"] == found.id
    assert shown_["SourceIdsList"] == [world.get(INSTANCE, "main").outputs["identifier"]]
    assert (shown_["EventCategoriesList"], shown_["Enabled"]) == (["failover", "low storage"], True)
    assert found.outputs["arn"] == f"arn:aws:rds:{US}:{ACCOUNT}:es:{found.id}"


def test_refused_instances(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        ground = Ground("db", US, on.us)
        other = Ground("other", US, on.us, family="postgres16")
        ground.writer("Upper", identifier="Upper")
        ground.writer("zone", multi_az=True, availability_zone=f"{US}a")
        ground.writer("uncovered", availability_zone=f"{US}c")
        ground.writer("apart", vpc_security_group_ids=[other.group.id])
        ground.writer("family", parameter_group_name=other.parameters.name)
        ground.writer("keyless", kms_key_id=key(EU))
        ground.writer("fast", storage_type="gp3", iops=12000)
        ground.writer("shrinks", max_allocated_storage=50)
        ground.writer("nowhere", db_subnet_group_name="none")
        ground.writer("restored", snapshot_identifier="last")
        ground.writer("engine", engine="access")
        ground.writer("open", password_wo=None)
        ground.writer("quoted", password_wo="not/a/password")
        ground.writer("managed", manage_master_user_password=True)
        ground.writer("insights", database_insights_mode="deep")
        rds.SubnetGroup("narrow", subnet_ids=[ground.subnets[0].id], opts=on.us)
        rds.SubnetGroup("Loud", subnet_ids=[s.id for s in ground.subnets], opts=on.us)
        rds.ParameterGroup("UP", family="postgres17", opts=on.us)

    reasons = simulate(program, fails=True).reasons()
    assert "identifier: 'Upper': 1 to 63 lower-case letters" in reasons["Upper"]
    assert "not valid for Multi-AZ instances" in reasons["zone"]
    assert f"has no subnet in {US}c" in reasons["uncovered"]
    assert "the VPC of the subnet group" in reasons["apart"]
    assert "Please use a parameter group with DBParameterGroupFamily postgres17." in reasons["family"]
    assert f"is not a key in {US}" in reasons["keyless"]
    assert "a storage size less than 400: leave out iops" in reasons["fast"]
    assert "MaxAllocatedStorage 50 is less than" in reasons["shrinks"]
    assert "there is no subnet group none" in reasons["nowhere"]
    assert "snapshotIdentifier: the simulated account is empty" in reasons["restored"]
    assert "engine access not supported" in reasons["engine"]
    assert "MasterUserPassword must be provided" in reasons["open"]
    assert "printable ASCII" in reasons["quoted"]
    assert "not/a/password" not in reasons["quoted"]
    assert "You can't specify MasterUserPassword" in reasons["managed"]
    assert "DatabaseInsightsMode: 'deep' is not one of" in reasons["insights"]
    assert "DBSubnetGroupDoesNotCoverEnoughAZs" in reasons["narrow"]
    assert "name: 'Loud-" in reasons["Loud"]
    assert "name: 'UP-" in reasons["UP"]


def test_refused_replicas_and_proxies(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        ground, away = Ground("db", US, on.us), Ground("away", EU, on.eu)
        writer = ground.writer()
        bare = ground.writer("bare", backup_retention_period=0)
        reader = replica("reader", ground, writer.identifier)
        replica("unkeyed", away, writer.arn)
        replica("wrong-key", away, writer.arn, kms_key_id=key(US))
        replica("named", away, writer.identifier, kms_key_id=key(EU))
        replica("unsaved", ground, bare.identifier)
        replica("clear", ground, writer.identifier, storage_encrypted=False)
        pool = proxy(ground)
        arguments: dict[str, Any] = {"db_proxy_name": pool.name, "target_group_name": "default", "opts": on.us}
        rds.ProxyTarget("reads", db_instance_identifier=reader.identifier, **arguments)
        rds.ProxyTarget("lost", db_instance_identifier="none", **arguments)
        proxy(ground, "open", default_auth_scheme=None)
        proxy(ground, "narrow", vpc_subnet_ids=[ground.subnets[0].id])
        rds.EventSubscription(
            "events", sns_topic=f"arn:aws:sns:{US}:{ACCOUNT}:alarms", source_type="db-instance", source_ids=["none"],
            opts=on.us,
        )  # fmt: skip

    reasons = simulate(program, fails=True).reasons()
    assert f"an encrypted replica in another region needs a key in {EU}" in reasons["unkeyed"]
    assert f"is not a key in {EU}" in reasons["wrong-key"]
    assert f"is no instance in {EU}; one in another region is named by its ARN" in reasons["named"]
    assert "Automated backups are not enabled" in reasons["unsaved"]
    assert "storageEncrypted: a replica has its source's, True" in reasons["clear"]
    assert "RDS Proxy takes the writer only" in reasons["reads"]
    assert "there is no instance none" in reasons["lost"]
    assert "Auth is needed unless DefaultAuthScheme is IAM_AUTH" in reasons["open"]
    assert "two Availability Zones" in reasons["narrow"]
    assert "db-instance none does not exist" in reasons["events"]
