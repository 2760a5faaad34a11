"""Caches."""

from typing import Any

from pulumi_aws import cloudwatch, ec2, elasticache

from tests.simulator.support import ACCOUNT, EU, US, Simulate, Where, World

GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"


def key(region: str) -> str:
    return f"arn:aws:kms:{region}:{ACCOUNT}:key/mrk-0123456789abcdef0123456789abcdef"


class Ground:
    """What a cache stands on, in one region."""

    def __init__(self, name: str, region: str, options: Any) -> None:
        vpc = ec2.Vpc(name, cidr_block="10.0.0.0/16", opts=options)
        subnets = [
            ec2.Subnet(
                f"{name}-{z}",
                vpc_id=vpc.id,
                cidr_block=f"10.0.{i}.0/24",
                availability_zone=f"{region}{z}",
                opts=options,
            )
            for i, z in enumerate("abc")
        ]
        self.group = ec2.SecurityGroup(name, vpc_id=vpc.id, opts=options)
        self.subnets = elasticache.SubnetGroup(name, subnet_ids=[s.id for s in subnets], opts=options)
        self.parameters = elasticache.ParameterGroup(
            name,
            family="valkey8",
            parameters=[elasticache.ParameterGroupParameterArgs(name="maxmemory-policy", value="allkeys-lru")],
            opts=options,
        )
        self.user = elasticache.User(
            f"{name}-app",
            user_id=f"{name}-app",
            user_name=f"{name}-app",
            engine="valkey",
            access_string="on ~* +@all",
            authentication_mode=elasticache.UserAuthenticationModeArgs(type="iam"),
            opts=options,
        )
        self.users = elasticache.UserGroup(
            name, user_group_id=name, engine="valkey", user_ids=[self.user.user_id], opts=options
        )
        self.region, self.options = region, options

    def cache(self, name: str, **arguments: Any) -> elasticache.ReplicationGroup:
        given: dict[str, Any] = {
            "description": f"Cache {name}",
            "engine": "valkey",
            "engine_version": "8.0",
            "node_type": "cache.r7g.large",
            "num_cache_clusters": 3,
            "automatic_failover_enabled": True,
            "multi_az_enabled": True,
            "parameter_group_name": self.parameters.name,
            "subnet_group_name": self.subnets.name,
            "security_group_ids": [self.group.id],
            "port": 6380,
            "at_rest_encryption_enabled": True,
            "kms_key_id": key(self.region),
            "transit_encryption_enabled": True,
            "user_group_ids": [self.users.user_group_id],
        }
        return elasticache.ReplicationGroup(name, **(given | arguments), opts=self.options)


def shown(world: World, name: str, region: str = US) -> dict[str, Any]:
    client = world.client("elasticache", region)
    (found,) = client.describe_replication_groups(ReplicationGroupId=world.get(GROUP, name).id)["ReplicationGroups"]
    return dict(found)


def test_a_cache_with_its_nodes(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        logs = cloudwatch.LogGroup("slow", opts=on.us)
        Ground("ground", US, on.us).cache(
            "cache",
            transit_encryption_mode="required",
            snapshot_retention_limit=7,
            snapshot_window="03:00-04:00",
            maintenance_window="sun:05:00-sun:06:00",
            log_delivery_configurations=[
                elasticache.ReplicationGroupLogDeliveryConfigurationArgs(
                    destination=logs.name, destination_type="cloudwatch-logs", log_format="json", log_type="slow-log"
                )
            ],
            apply_immediately=True,
            final_snapshot_identifier="last",
        )

    world = simulate(program)
    found, cache = world.get(GROUP, "cache"), shown(world, "cache")
    assert found.id == found.outputs["replicationGroupId"]
    assert len(found.id) == len("cache-") + 7
    assert found.outputs["arn"] == cache["ARN"] == f"arn:aws:elasticache:{US}:{ACCOUNT}:replicationgroup:{found.id}"
    expected = {
        "Description": "Cache cache", "Engine": "valkey", "CacheNodeType": "cache.r7g.large", "Status": "available",
        "AutomaticFailover": "enabled", "MultiAZ": "enabled", "SnapshotRetentionLimit": 7, "ClusterEnabled": False,
        "SnapshotWindow": "03:00-04:00", "AtRestEncryptionEnabled": True, "TransitEncryptionEnabled": True,
        "TransitEncryptionMode": "required", "KmsKeyId": key(US), "UserGroupIds": ["ground"],
    }  # fmt: skip
    assert {name: cache.get(name) for name in expected} == expected
    members = [f"{found.id}-00{number}" for number in (1, 2, 3)]
    assert cache["MemberClusters"] == found.outputs["memberClusters"] == members
    (shard,) = cache["NodeGroups"]
    assert [(n["PreferredAvailabilityZone"], n["CurrentRole"]) for n in shard["NodeGroupMembers"]] == [
        (f"{US}a", "primary"), (f"{US}b", "replica"), (f"{US}c", "replica"),
    ]  # fmt: skip
    assert shard["PrimaryEndpoint"] == {"Address": found.outputs["primaryEndpointAddress"], "Port": 6380}
    assert shard["ReaderEndpoint"]["Address"] == found.outputs["readerEndpointAddress"]
    assert found.outputs["primaryEndpointAddress"].startswith(f"master.{found.id}.")
    assert found.outputs["primaryEndpointAddress"].endswith(".use1.cache.amazonaws.com")
    (log,) = cache["LogDeliveryConfigurations"]
    group = world.only("aws:cloudwatch/logGroup:LogGroup").id
    assert log["DestinationDetails"]["CloudWatchLogsDetails"] == {"LogGroup": group}
    clusters = world.client("elasticache").describe_cache_clusters()["CacheClusters"]
    assert [c["CacheClusterId"] for c in clusters] == members
    assert {c["ReplicationGroupId"] for c in clusters} == {found.id}
    assert clusters[2]["PreferredAvailabilityZone"] == f"{US}c"
    assert clusters[0]["EngineVersion"] == "8.0"
    parameters = world.only("aws:elasticache/parameterGroup:ParameterGroup")
    assert clusters[0]["CacheParameterGroup"]["CacheParameterGroupName"] == parameters.id
    assert parameters.outputs["description"] == "Managed by Pulumi"


def test_groups_and_users(simulate: Simulate) -> None:
    world = simulate(lambda on: Ground("ground", US, on.us) and None)
    client = world.client("elasticache")
    subnets = world.only("aws:elasticache/subnetGroup:SubnetGroup")
    (group,) = client.describe_cache_subnet_groups(CacheSubnetGroupName=subnets.id)["CacheSubnetGroups"]
    assert group["VpcId"] == subnets.outputs["vpcId"] == world.only("aws:ec2/vpc:Vpc").id
    assert [s["SubnetAvailabilityZone"]["Name"] for s in group["Subnets"]] == [f"{US}{z}" for z in "abc"]
    assert subnets.outputs["arn"] == f"arn:aws:elasticache:{US}:{ACCOUNT}:subnetgroup:{subnets.id}"
    (user,) = client.describe_users(UserId="ground-app")["Users"]
    found = world.only("aws:elasticache/user:User")
    assert (found.id, found.outputs["arn"]) == ("ground-app", user["ARN"])
    assert (user["Authentication"]["Type"], user["AccessString"]) == ("iam", "on ~* +@all")
    assert user["UserGroupIds"] == ["ground"]
    users = world.only("aws:elasticache/userGroup:UserGroup")
    assert users.outputs["arn"] == f"arn:aws:elasticache:{US}:{ACCOUNT}:usergroup:ground"


def test_shards(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        ground = Ground("ground", EU, on.eu)
        ground.cache(
            "sharded", num_cache_clusters=None, num_node_groups=3, replicas_per_node_group=1, cluster_mode="enabled"
        )

    world = simulate(program)
    cache, found = shown(world, "sharded", EU), world.get(GROUP, "sharded").outputs
    assert [g["Slots"] for g in cache["NodeGroups"]] == ["0-5461", "5462-10922", "10923-16383"]
    assert len(cache["MemberClusters"]) == 6
    assert cache["ClusterEnabled"] is True
    assert found["configurationEndpointAddress"] == cache["ConfigurationEndpoint"]["Address"]
    assert found["configurationEndpointAddress"].endswith(".euw1.cache.amazonaws.com")
    assert {n["PreferredAvailabilityZone"][:-1] for g in cache["NodeGroups"] for n in g["NodeGroupMembers"]} == {EU}


def test_a_global_datastore(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        primary = Ground("home", US, on.us).cache("cache")
        store = elasticache.GlobalReplicationGroup(
            "all", global_replication_group_id_suffix="all", primary_replication_group_id=primary.id, opts=on.us
        )
        away = Ground("away", EU, on.eu)
        elasticache.ReplicationGroup(
            "copy",
            description="Copy",
            global_replication_group_id=store.global_replication_group_id,
            num_cache_clusters=2,
            subnet_group_name=away.subnets.name,
            security_group_ids=[away.group.id],
            kms_key_id=key(EU),
            opts=on.eu,
        )

    world = simulate(program)
    store = world.only("aws:elasticache/globalReplicationGroup:GlobalReplicationGroup")
    assert store.id == store.outputs["globalReplicationGroupId"]
    assert store.id.endswith("-all")
    assert store.outputs["arn"] == f"arn:aws:elasticache::{ACCOUNT}:globalreplicationgroup:{store.id}"
    assert store.outputs["cacheNodeType"] == "cache.r7g.large"
    copy = shown(world, "copy", EU)
    assert copy["GlobalReplicationGroupInfo"] == {
        "GlobalReplicationGroupId": store.id,
        "GlobalReplicationGroupMemberRole": "SECONDARY",
    }
    assert (copy["CacheNodeType"], copy["Engine"], copy["TransitEncryptionEnabled"]) == (
        "cache.r7g.large",
        "valkey",
        True,
    )
    role = shown(world, "cache")["GlobalReplicationGroupInfo"]["GlobalReplicationGroupMemberRole"]
    assert (role, copy["KmsKeyId"]) == ("PRIMARY", key(EU))


def test_a_global_datastore_with_shards(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        primary = Ground("home", US, on.us).cache(
            "cache", num_cache_clusters=None, num_node_groups=2, replicas_per_node_group=1, cluster_mode="enabled"
        )
        store = elasticache.GlobalReplicationGroup(
            "all",
            global_replication_group_id_suffix="all",
            primary_replication_group_id=primary.id,
            engine="valkey",
            engine_version="8.0",
            cache_node_type="cache.r7g.large",
            num_node_groups=2,
            opts=on.us,
        )
        away = Ground("away", EU, on.eu)
        elasticache.ReplicationGroup(
            "copy",
            description="Copy",
            global_replication_group_id=store.global_replication_group_id,
            replicas_per_node_group=0,
            automatic_failover_enabled=True,
            subnet_group_name=away.subnets.name,
            opts=on.eu,
        )

    world = simulate(program)
    copy, found = shown(world, "copy", EU), world.get(GROUP, "copy").outputs
    assert (copy["ClusterEnabled"], len(copy["NodeGroups"]), len(copy["MemberClusters"])) == (True, 2, 2)
    assert copy["AutomaticFailover"] == "enabled"
    assert found["configurationEndpointAddress"] == copy["ConfigurationEndpoint"]["Address"]


def test_refused_shards_and_secondaries(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        ground, away = Ground("ground", US, on.us), Ground("away", EU, on.eu)
        shards: dict[str, Any] = {"num_cache_clusters": None, "num_node_groups": 2, "cluster_mode": "enabled"}
        ground.cache("fixed", **shards, automatic_failover_enabled=False, multi_az_enabled=False)
        ground.cache("thin", **shards, replicas_per_node_group=0)
        small = ground.cache("small", node_type="cache.t4g.medium")
        elasticache.GlobalReplicationGroup(
            "few", global_replication_group_id_suffix="few", primary_replication_group_id=small.id, opts=on.us
        )
        away.cache("own", global_replication_group_id="abcde-all")

    reasons = simulate(program, fails=True).reasons()
    assert "automaticFailoverEnabled: must be enabled in cluster mode" in reasons["fixed"]
    assert "multiAzEnabled: needs a replica in each shard" in reasons["thin"]
    assert "cache.t4g.medium has no Global Datastore" in reasons["few"]
    assert "nodeType" in reasons["own"]
    assert "conflicts with globalReplicationGroupId" in reasons["own"]


SERVERLESS = "aws:elasticache/serverlessCache:ServerlessCache"


def serverless(ground: Ground, logical: str, **arguments: Any) -> elasticache.ServerlessCache:
    limits = elasticache.ServerlessCacheCacheUsageLimitsArgs(
        data_storage=elasticache.ServerlessCacheCacheUsageLimitsDataStorageArgs(maximum=10, unit="GB"),
        ecpu_per_seconds=[elasticache.ServerlessCacheCacheUsageLimitsEcpuPerSecondArgs(maximum=5_000)],
    )
    given: dict[str, Any] = {
        "name": logical,
        "engine": "valkey",
        "major_engine_version": "8",
        "cache_usage_limits": limits,
        "kms_key_id": key(ground.region),
        "security_group_ids": [ground.group.id],
        "subnet_ids": ground.subnets.subnet_ids,
        "user_group_id": ground.users.user_group_id,
        "snapshot_retention_limit": 7,
        "daily_snapshot_time": "02:00",
    }
    return elasticache.ServerlessCache(logical, **(given | arguments), opts=ground.options)


def test_a_serverless_cache(simulate: Simulate) -> None:
    world = simulate(lambda on: serverless(Ground("ground", EU, on.eu), "Fast") and None)
    found = world.only(SERVERLESS)
    assert found.id == "fast"
    assert found.outputs["arn"] == f"arn:aws:elasticache:{EU}:{ACCOUNT}:serverlesscache:fast"
    (endpoint,), (reader,) = found.outputs["endpoints"], found.outputs["readerEndpoints"]
    assert endpoint["address"].endswith(".serverless.euw1.cache.amazonaws.com")
    assert (endpoint["port"], reader["port"]) == (6379, 6380)


def test_refused_serverless_caches(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        ground = Ground("ground", US, on.us)
        serverless(ground, "fast")
        serverless(ground, "again", name="fast")
        serverless(ground, "strangers", user_group_id="none")
        serverless(ground, "keyless", kms_key_id=key(EU))
        serverless(ground, "nowhere", subnet_ids=["subnet-1"])
        serverless(ground, "open", security_group_ids=["sg-1"])
        slow = elasticache.ServerlessCacheCacheUsageLimitsArgs(
            ecpu_per_seconds=[elasticache.ServerlessCacheCacheUsageLimitsEcpuPerSecondArgs(maximum=999)]
        )
        serverless(ground, "slow", cache_usage_limits=slow)
        tons = elasticache.ServerlessCacheCacheUsageLimitsArgs(
            data_storage=elasticache.ServerlessCacheCacheUsageLimitsDataStorageArgs(maximum=1, unit="TB")
        )
        serverless(ground, "tons", cache_usage_limits=tons)

    reasons = simulate(program, fails=True).reasons()
    # Whichever of the two of one name comes second.
    assert "already exists" in reasons.get("again", "") + reasons.get("fast", "")
    assert "User group none not found" in reasons["strangers"]
    assert f"is not a key in {US}" in reasons["keyless"]
    assert "a subnet does not exist" in reasons["nowhere"]
    assert "the security group sg-1 does not exist" in reasons["open"]
    assert "ecpuPerSeconds.maximum: 999" in reasons["slow"]
    assert "'TB' is not one of GB" in reasons["tons"]


def test_refused_caches(simulate: Simulate) -> None:
    def program(on: Where) -> None:
        ground, other = Ground("ground", US, on.us), Ground("other", US, on.us)
        ground.cache("alone", num_cache_clusters=1)
        ground.cache("crowd", num_cache_clusters=7)
        ground.cache("steady", automatic_failover_enabled=False)
        ground.cache("open", transit_encryption_enabled=False)
        ground.cache("clear", at_rest_encryption_enabled=False)
        ground.cache("keyless", kms_key_id=key(EU))
        ground.cache("apart", security_group_ids=[other.group.id])
        ground.cache("nowhere", subnet_group_name="none")
        ground.cache("strangers", user_group_ids=["none"])
        ground.cache("old", engine_version="7.2")
        ground.cache("lost", parameter_group_name="none")
        ground.cache("mode", transit_encryption_mode="maybe")
        ground.cache("double--hyphen", replication_group_id="double--hyphen")
        log = elasticache.ReplicationGroupLogDeliveryConfigurationArgs(
            destination="none", destination_type="cloudwatch-logs", log_format="json", log_type="slow-log"
        )
        ground.cache("unlogged", log_delivery_configurations=[log])
        elasticache.UserGroup("redis", user_group_id="redis", engine="redis", user_ids=["ground-app"], opts=on.us)
        elasticache.UserGroup("again", user_group_id=ground.users.id, engine="valkey", opts=on.us)
        elasticache.ParameterGroup("again-parameters", name=ground.parameters.name, family="valkey8", opts=on.us)
        elasticache.UserGroup("nobody", user_group_id="nobody", engine="valkey", user_ids=["nobody"], opts=on.us)
        elasticache.User(
            "named",
            user_id="one",
            user_name="two",
            engine="valkey",
            access_string="on ~* +@all",
            authentication_mode=elasticache.UserAuthenticationModeArgs(type="iam"),
            opts=on.us,
        )

    reasons = simulate(program, fails=True).reasons()
    assert "must be at least 2 if automaticFailoverEnabled" in reasons["alone"]
    assert "numCacheClusters: 7; 1 to 6 are allowed" in reasons["crowd"]
    assert "multiAzEnabled: needs automaticFailoverEnabled" in reasons["steady"]
    assert "userGroupIds: needs transitEncryptionEnabled" in reasons["open"]
    assert "kmsKeyId: needs atRestEncryptionEnabled" in reasons["clear"]
    assert f"is not a key in {US}" in reasons["keyless"]
    assert "the VPC of the subnet group" in reasons["apart"]
    assert "there is no subnet group none" in reasons["nowhere"]
    assert "User group none not found" in reasons["strangers"]
    assert "of the family valkey8 does not fit valkey 7.2" in reasons["old"]
    assert "CacheParameterGroup none not found" in reasons["lost"]
    assert "TransitEncryptionMode: 'maybe' is not one of preferred, required" in reasons["mode"]
    assert "no two hyphens together" in reasons["double--hyphen"]
    assert "the log group none does not exist" in reasons["unlogged"]
    assert "DefaultUserRequired" in reasons["redis"]
    assert "User nobody not found" in reasons["nobody"]
    assert "UserGroupAlreadyExists" in reasons["again"]
    assert "CacheParameterGroupAlreadyExists" in reasons["again-parameters"]
    assert "the same userId and userName" in reasons["named"]
