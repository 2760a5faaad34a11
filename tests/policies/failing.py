"""Examples that break their rule, with what it says, for each rule about single resources."""

from tests.policies.cases import (
    AWS_KEY,
    BALANCER,
    CACHE,
    GROUP,
    INGRESS,
    INSTANCE,
    KEY,
    LISTENER,
    MACHINE,
    QUEUE,
    QUEUE_ARN,
    QUEUE_POLICY,
    ROLE,
    ROLE_POLICY,
    SELF,
    SERVERLESS_CACHE,
    TABLE,
    TABLE_REPLICA,
    TASKS,
    Case,
    allow,
    containers,
    policy,
    variable,
)

FAILING = [
    Case("database-encrypted", INSTANCE, {}, ("storageEncrypted is not true", "kmsKeyId is not set")),
    Case(
        "database-encrypted",
        INSTANCE,
        {"replicateSourceDb": "w", "storageEncrypted": False},
        ("storageEncrypted is false on a replica",),
    ),
    Case("cache-encrypted", CACHE, {"kmsKeyId": KEY}, ("atRestEncryptionEnabled is not true",)),
    Case("cache-encrypted-in-transit", CACHE, {}, ("transitEncryptionEnabled is not true",)),
    Case(
        "cache-encrypted-in-transit",
        CACHE,
        {"transitEncryptionEnabled": True, "transitEncryptionMode": "preferred"},
        ("transitEncryptionMode is preferred: clients may connect without TLS",),
    ),
    Case("cache-encrypted", CACHE, {"globalReplicationGroupId": "abcde-shop"}, ("kmsKeyId is not set",)),
    Case("serverless-cache-encrypted", SERVERLESS_CACHE, {}, ("kmsKeyId is not set",)),
    Case("queue-encrypted", QUEUE, {"sqsManagedSseEnabled": True}, ("kmsMasterKeyId is not set",)),
    Case("queue-encrypted", QUEUE, {"kmsMasterKeyId": "alias/aws/sqs"}, (f"kmsMasterKeyId is {AWS_KEY}",)),
    Case("topic-encrypted", "aws:sns/topic:Topic", {}, ("kmsMasterKeyId is not set",)),
    Case("log-group-encrypted", "aws:cloudwatch/logGroup:LogGroup", {}, ("kmsKeyId is not set",)),
    Case("secret-encrypted", "aws:secretsmanager/secret:Secret", {}, ("kmsKeyId is not set",)),
    Case("key-rotates", "aws:kms/key:Key", {}, ("enableKeyRotation is not true",)),
    Case(
        "ingress-from-anywhere",
        INGRESS,
        {"cidrIpv4": "0.0.0.0/0", "ipProtocol": "tcp", "fromPort": 22, "toPort": 22},
        ("protocol tcp, port 22 is open to the whole internet",),
    ),
    Case(
        "ingress-from-anywhere",
        INGRESS,
        {"cidrIpv6": "::/0", "ipProtocol": "tcp", "fromPort": 80, "toPort": 443},
        ("protocol tcp, ports 80 to 443 is open to the whole internet",),
    ),
    Case(
        "ingress-from-anywhere",
        INGRESS,
        {"cidrIpv4": "0.0.0.0/0", "ipProtocol": "-1"},
        ("protocol -1, port any is open to the whole internet",),
    ),
    Case(
        "ingress-from-anywhere",
        GROUP,
        {"ingress": [{"cidrBlocks": ["0.0.0.0/0"], "protocol": "udp", "fromPort": 443, "toPort": 443}]},
        ("protocol udp, port 443 is open to the whole internet",),
    ),
    Case(
        "subnet-without-public-addresses",
        "aws:ec2/subnet:Subnet",
        {"mapPublicIpOnLaunch": True},
        ("mapPublicIpOnLaunch is true: whatever starts there gets a public address",),
    ),
    Case(
        "default-security-group-closed",
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        {"egress": [{"protocol": "-1"}]},
        ("egress has rules",),
    ),
    Case(
        "listener-tls-policy",
        LISTENER,
        {"protocol": "HTTPS"},
        ("sslPolicy is not set, and AWS's default still speaks TLS 1.0",),
    ),
    *(
        Case("listener-tls-policy", LISTENER, {"protocol": "HTTPS", "sslPolicy": old}, (f"sslPolicy is {old}",))
        for old in (
            "ELBSecurityPolicy-2016-08",
            "ELBSecurityPolicy-TLS13-1-1-2021-06",
            "ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06",
        )
    ),
    Case(
        "listener-redirects-http",
        LISTENER,
        {"protocol": "HTTP", "defaultActions": [{"type": "forward"}]},
        ("the default action is forward",),
    ),
    Case(
        "listener-redirects-http",
        LISTENER,
        {"protocol": "HTTP", "defaultActions": [{"type": "redirect", "redirect": {"protocol": "HTTP"}}]},
        ("the redirect does not go to HTTPS",),
    ),
    Case("balancer-drops-invalid-headers", BALANCER, {}, ("dropInvalidHeaderFields is not true",)),
    Case("database-private", INSTANCE, {"publiclyAccessible": True}, ("publiclyAccessible is true",)),
    Case(
        "database-iam-authentication",
        INSTANCE,
        {"replicateSourceDb": "writer"},
        ("iamDatabaseAuthenticationEnabled is not true",),
    ),
    Case("database-backups", INSTANCE, {}, ("backupRetentionPeriod is 0 days, less than 7",)),
    Case(
        "database-backups",
        INSTANCE,
        {"backupRetentionPeriod": 6.0},
        ("backupRetentionPeriod is 6 days, less than 7",),
    ),
    Case(
        "database-forces-tls",
        "aws:rds/parameterGroup:ParameterGroup",
        {"family": "postgres17", "parameters": [{"name": "rds.force_ssl", "value": "0"}]},
        ("rds.force_ssl is not 1",),
    ),
    Case("proxy-requires-tls", "aws:rds/proxy:Proxy", {}, ("requireTls is not true",)),
    Case(
        "database-deletion-protection",
        INSTANCE,
        {"skipFinalSnapshot": True, "tags": {"class": "production"}},
        ("deletionProtection is not true", "skipFinalSnapshot is true"),
    ),
    Case("balancer-deletion-protection", BALANCER, {}, ("enableDeletionProtection is not true",)),
    Case("container-privileges", TASKS, containers() | {"pidMode": "host"}, ("pidMode is host",)),
    Case("container-privileges", TASKS, containers() | {"networkMode": "host"}, ("networkMode is host",)),
    Case("container-privileges", TASKS, containers(privileged=True), ("container api is privileged",)),
    Case(
        "container-privileges",
        TASKS,
        containers(readonlyRootFilesystem=None),
        ("container api can write to its root file system",),
    ),
    Case(
        "container-privileges",
        TASKS,
        containers(user=None),
        ("container api names no user, so the image decides, and most run as root",),
    ),
    Case("container-privileges", TASKS, containers(user="0:1000"), ("container api runs as 0:1000",)),
    Case("container-logs", TASKS, containers(logConfiguration=None), ("container api has no log configuration",)),
    *(
        Case("container-secrets", TASKS, variable(name, "x"), (f"container api has {name} in clear",))
        for name in ("DB_PASSWORD", "API_TOKEN", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "stripe_api_key")
    ),
    *(
        Case("container-secrets", TASKS, variable("X", v), ("container api has a credential in the value of X",))
        for v in ("redis://:hunter2@cache:6379", "-----BEGIN RSA PRIVATE KEY-----\n", "AKIAIOSFODNN7EXAMPLE")
    ),
    Case(
        "container-image-digest",
        TASKS,
        containers(image="nginx:1.27"),
        ("container api runs nginx:1.27, which can change under the same name",),
    ),
    Case(
        "task-without-public-address",
        "aws:ecs/service:Service",
        {"networkConfiguration": {"assignPublicIp": True}},
        ("networkConfiguration.assignPublicIp is true",),
    ),
    Case(
        "task-without-public-address",
        "aws:scheduler/schedule:Schedule",
        {"target": {"ecsParameters": {"networkConfiguration": {"assignPublicIp": True}}}},
        ("target.ecsParameters.networkConfiguration.assignPublicIp is true",),
    ),
    Case(
        "iam-actions-listed",
        ROLE_POLICY,
        {"policy": policy(allow(Action="*", Resource="*"))},
        ("a statement allows * on *",),
    ),
    Case(
        "iam-actions-listed",
        ROLE_POLICY,
        {"policy": policy(allow(Action=["s3:GetObject", "sqs:*"], Resource=QUEUE_ARN))},
        (f"a statement allows sqs:* on {QUEUE_ARN}",),
    ),
    Case(
        "iam-actions-listed",
        ROLE,
        {"inlinePolicies": [{"policy": policy(allow(NotAction="iam:*", Resource="*"))}]},
        ("a statement allows everything but some actions (NotAction)",),
    ),
    *(
        Case(
            "iam-decrypts-named-keys",
            ROLE_POLICY,
            {"policy": policy(allow(Action=action, Resource=resource))},
            ("a statement lets it decrypt with every key",),
        )
        for action, resource in (("kms:Decrypt", "*"), ("kms:ReEncrypt*", "arn:aws:kms:eu-west-1:111122223333:key/*"))
    ),
    Case(
        "iam-no-administrators",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        {"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
        ("arn:aws:iam::aws:policy/AdministratorAccess is attached",),
    ),
    *(
        Case(
            "resource-policy-not-public",
            type_,
            {key: policy(allow(Principal=principal, Action="sqs:SendMessage", **condition))},
            ("a statement admits anybody to sqs:SendMessage",),
        )
        for type_, key, principal, condition in (
            (QUEUE_POLICY, "policy", "*", {}),
            (QUEUE_POLICY, "policy", {"AWS": ["*"]}, {}),
            (QUEUE_POLICY, "policy", "*", {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}),
            (QUEUE_POLICY, "policy", "*", {"Condition": {"StringLike": {"aws:SourceArn": "*"}}}),
            (QUEUE_POLICY, "policy", "*", {"Condition": {"StringEqualsIfExists": SELF["StringEquals"]}}),
            (ROLE, "assumeRolePolicy", {"AWS": "*"}, {}),
        )
    ),
    Case(
        "parameter-not-in-clear",
        "aws:ssm/parameter:Parameter",
        {"name": "/app/db-password", "type": "String"},
        ("/app/db-password is a String, not a SecureString",),
    ),
    Case(
        "database-password-write-only",
        INSTANCE,
        {"password": "hunter2"},
        ("password is set: it stays in the state, and every reader of the state has it",),
    ),
    Case(
        "cache-authenticates",
        CACHE,
        {},
        ("neither userGroupIds nor authToken is set: whoever reaches the port is in",),
    ),
    Case(
        "serverless-cache-authenticates",
        SERVERLESS_CACHE,
        {},
        ("userGroupId is not set: whoever reaches the port is in",),
    ),
    Case(
        "cache-user-authenticates",
        "aws:elasticache/user:User",
        {"noPasswordRequired": True, "accessString": "on ~* +@all"},
        ("needs no password and is not off",),
    ),
    Case(
        "log-group-retention",
        "aws:cloudwatch/logGroup:LogGroup",
        {},
        ("retentionInDays is not set: logs are kept, and paid for, for ever",),
    ),
    Case(
        "alarm-has-actions",
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        {"alarmActions": [], "actionsEnabled": False},
        ("alarmActions is empty: nobody hears of it", "actionsEnabled is false: nobody hears of it"),
    ),
    Case("table-encrypted", TABLE, {}, ("enabled is not true", "kmsKeyArn is not set")),
    Case("table-encrypted", TABLE, {"serverSideEncryption": {"enabled": True}}, ("kmsKeyArn is not set",)),
    Case("table-replica-encrypted", TABLE_REPLICA, {}, ("kmsKeyArn is not set",)),
    Case("table-deletion-protection", TABLE, {}, ("deletionProtectionEnabled is not true",)),
    Case("table-deletion-protection", TABLE_REPLICA, {}, ("deletionProtectionEnabled is not true",)),
    Case("table-recoverable", TABLE, {"pointInTimeRecovery": {"enabled": False}}, ("pointInTimeRecovery is not on",)),
    Case("table-recoverable", TABLE_REPLICA, {}, ("pointInTimeRecovery is not on",)),
    Case("state-machine-encrypted", MACHINE, {}, ("kmsKeyId is not set",)),
    Case(
        "state-machine-encrypted",
        MACHINE,
        {"encryptionConfiguration": {"type": "AWS_OWNED_KEY"}},
        ("kmsKeyId is not set",),
    ),
    Case(
        "state-machine-logs",
        MACHINE,
        {"loggingConfiguration": {"level": "OFF"}},
        ("loggingConfiguration has no level: failed executions leave no log",),
    ),
]
