"""Where policies stand: the resource types that have one, in which property, and what it belongs to."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A property that holds the policy of a resource."""

    service: str
    """Prefix of the service's actions: a resource's policy says nothing of others."""
    target: str = ""
    """The property that names what the policy belongs to; "" for the resource itself."""
    property_name: str = "policy"


ROLE, USER, GROUP = "aws:iam/role:Role", "aws:iam/user:User", "aws:iam/group:Group"
MANAGED_POLICY = "aws:iam/policy:Policy"
KEY, REPLICA_KEY, ENDPOINT = "aws:kms/key:Key", "aws:kms/replicaKey:ReplicaKey", "aws:ec2/vpcEndpoint:VpcEndpoint"
ENDPOINT_POLICY = "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy"
KEY_POLICY = "aws:kms/keyPolicy:KeyPolicy"

INLINE: Mapping[str, tuple[str, str]] = {
    "aws:iam/rolePolicy:RolePolicy": ("role", ROLE),
    "aws:iam/userPolicy:UserPolicy": ("user", USER),
    "aws:iam/groupPolicy:GroupPolicy": ("group", GROUP),
}
"""Policies of one identity: the property that names it, and its type."""

ATTACHMENTS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": (("role", ROLE),),
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": (("user", USER),),
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": (("group", GROUP),),
    "aws:iam/policyAttachment:PolicyAttachment": (("roles", ROLE), ("users", USER), ("groups", GROUP)),
}
"""What gives a managed policy to identities."""

RESOURCE_POLICIES: Mapping[str, Place] = {
    "aws:s3/bucket:Bucket": Place("s3"),
    "aws:s3/bucketV2:BucketV2": Place("s3"),
    "aws:s3/bucketPolicy:BucketPolicy": Place("s3", "bucket"),
    "aws:s3/accessPoint:AccessPoint": Place("s3"),
    "aws:s3control/accessPointPolicy:AccessPointPolicy": Place("s3", "accessPointArn"),
    "aws:sqs/queue:Queue": Place("sqs"),
    "aws:sqs/queuePolicy:QueuePolicy": Place("sqs", "queueUrl"),
    "aws:sns/topic:Topic": Place("sns"),
    "aws:sns/topicPolicy:TopicPolicy": Place("sns", "arn"),
    KEY: Place("kms"),
    REPLICA_KEY: Place("kms"),
    "aws:kms/externalKey:ExternalKey": Place("kms"),
    "aws:kms/replicaExternalKey:ReplicaExternalKey": Place("kms"),
    KEY_POLICY: Place("kms", "keyId"),
    "aws:secretsmanager/secret:Secret": Place("secretsmanager"),
    "aws:secretsmanager/secretPolicy:SecretPolicy": Place("secretsmanager", "secretArn"),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": Place("ecr", "repository"),
    "aws:ecr/registryPolicy:RegistryPolicy": Place("ecr"),
    "aws:ecrpublic/repositoryPolicy:RepositoryPolicy": Place("ecr-public", "repositoryName"),
    "aws:lambda/resourcePolicy:ResourcePolicy": Place("lambda", "resourceArn"),
    "aws:cloudwatch/eventBusPolicy:EventBusPolicy": Place("events", "eventBusName"),
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": Place("logs", property_name="policyDocument"),
    "aws:cloudwatch/logDestinationPolicy:LogDestinationPolicy": Place("logs", "destinationName", "accessPolicy"),
    "aws:dynamodb/resourcePolicy:ResourcePolicy": Place("dynamodb", "resourceArn"),
    "aws:kinesis/resourcePolicy:ResourcePolicy": Place("kinesis", "resourceArn"),
    "aws:backup/vaultPolicy:VaultPolicy": Place("backup", "backupVaultName"),
    "aws:efs/fileSystemPolicy:FileSystemPolicy": Place("elasticfilesystem", "fileSystemId"),
    "aws:opensearch/domain:Domain": Place("es", property_name="accessPolicies"),
    "aws:opensearch/domainPolicy:DomainPolicy": Place("es", "domainName", "accessPolicies"),
    "aws:apigateway/restApi:RestApi": Place("execute-api"),
    "aws:apigateway/restApiPolicy:RestApiPolicy": Place("execute-api", "restApiId"),
    "aws:msk/clusterPolicy:ClusterPolicy": Place("kafka", "clusterArn"),
    "aws:glacier/vault:Vault": Place("glacier", property_name="accessPolicy"),
    "aws:glue/resourcePolicy:ResourcePolicy": Place("glue"),
    "aws:acmpca/policy:Policy": Place("acm-pca", "resourceArn"),
    "aws:ses/identityPolicy:IdentityPolicy": Place("ses", "identity"),
    "aws:sesv2/emailIdentityPolicy:EmailIdentityPolicy": Place("ses", "emailIdentity"),
    "aws:schemas/registryPolicy:RegistryPolicy": Place("schemas", "registryName"),
    "aws:redshiftserverless/resourcePolicy:ResourcePolicy": Place("redshift-serverless", "resourceArn"),
    "aws:s3tables/tableBucketPolicy:TableBucketPolicy": Place("s3tables", "tableBucketArn", "resourcePolicy"),
}
"""Policies of resources. A statement that names no resource, or all of them, means the target."""

_ENDPOINT_SERVICES: Mapping[str, str] = {
    "email-smtp": "ses",
    "monitoring": "cloudwatch",
    "ecs-agent": "ecs",
    "ecs-telemetry": "ecs",
    "kinesis-streams": "kinesis",
    "kinesis-firehose": "firehose",
    "sync-states": "states",
    "git-codecommit": "codecommit",
}


def endpoint_service(service_name: str) -> str:
    """Prefix of the actions that pass an endpoint of such a service: com.amazonaws.eu-west-1.ecr.api → ecr."""
    parts = service_name.split(".")
    of_aws = service_name.startswith("com.amazonaws.") and not service_name.startswith("com.amazonaws.vpce.")
    found = parts[3] if of_aws and len(parts) > 3 else ""
    return _ENDPOINT_SERVICES.get(found, found)
