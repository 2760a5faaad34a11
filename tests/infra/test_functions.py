"""Functions, HTTP APIs, repositories, builds and own secrets: what the settings lead to in each region."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.infra import platforms
from tests.infra.platforms import ACCOUNT, MINIMAL, SERVICES
from tests.infra.sample import SAMPLE, SERVERLESS, edited, settings_of
from tests.support.recorder import Recording, Registration

FUNCTION = "aws:lambda/function:Function"
REPOSITORY = "aws:ecr/repository:Repository"
SECRET = "aws:secretsmanager/secret:Secret"
POLICY = "aws:iam/rolePolicy:RolePolicy"
RECORD = "aws:route53/record:Record"
# Without the stores of the sample.
ALONE = edited(("        connects: [database]\n", ""), ("        produces: [orders]\n", ""), base=SERVERLESS)


def built(text: str, *, preview: bool = False) -> Recording:
    return platforms.built(settings_of(text), preview=preview)


@pytest.fixture(scope="module")
def plain() -> Recording:
    return built(SAMPLE)


@pytest.fixture(scope="module")
def everything() -> Recording:
    return built(SAMPLE + SERVERLESS)


def statements(policy: Registration) -> dict[str, dict[str, Any]]:
    found = json.loads(policy.inputs["policy"])["Statement"]
    return {statement.get("Sid", statement["Action"] if isinstance(statement["Action"], str) else "") + str(number)
            if "Sid" not in statement else statement["Sid"]: statement
            for number, statement in enumerate(found)}  # fmt: skip


@pytest.mark.feature("L8", "I1", "K2")
def test_what_is_added_changes_nothing_else(plain: Recording, everything: Recording) -> None:
    before, after = ({r.urn: r.inputs for r in recording.resources} for recording in (plain, everything))
    assert before.items() <= after.items()


@pytest.mark.feature("L8", "I1", "K2")
def test_a_preview_registers_the_same(everything: Recording) -> None:
    preview = built(SAMPLE + SERVERLESS, preview=True)
    assert {r.urn for r in preview.resources} == {r.urn for r in everything.resources}


@pytest.mark.feature("L8")
def test_each_region_has_the_functions_with_its_own_code_and_keys(everything: Recording) -> None:
    for region, bucket in (("us-east-1", "builds-us"), ("eu-west-1", "builds-eu")):
        function = everything.get(FUNCTION, f"{region}-orders-api")
        assert f"::{region}::" in function.provider
        assert f".ecr.{region}." in function.inputs["imageUri"]
        assert function.inputs["kmsKeyArn"] == f"{region}-data-key.arn"
        assert (function.inputs["timeout"], function.inputs["reservedConcurrentExecutions"]) == (25, 50)
        variables = function.inputs["environment"]["variables"]
        assert {"MODE", "DATABASE_HOST", "QUEUE_URL_ORDERS", "TOKEN_ARN"} <= variables.keys()
        assert everything.get(FUNCTION, f"{region}-rotate").inputs["s3Bucket"] == bucket
        assert "vpcConfig" in function.inputs
        assert "vpcConfig" not in everything.get(FUNCTION, f"{region}-rotate").inputs
        edge = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
        assert everything.get(edge, f"{region}-orders-api-to-database-ingress")


@pytest.mark.feature("L8")
def test_each_region_has_the_api_under_both_names(everything: Recording) -> None:
    for region in ("us-east-1", "eu-west-1"):
        stage = everything.get("aws:apigatewayv2/stage:Stage", f"{region}-shop").inputs
        assert stage["defaultRouteSettings"]["throttlingRateLimit"] == 80
        assert [setting["routeKey"] for setting in stage["routeSettings"]] == ["POST /login"]
        integration = everything.get("aws:apigatewayv2/integration:Integration", f"{region}-shop-orders-api").inputs
        assert integration["timeoutMilliseconds"] == 30_000
        names = {r.inputs["domainName"] for r in everything.of("aws:apigatewayv2/domainName:DomainName")
                 if r.name.startswith(region)}  # fmt: skip
        assert names == {"shop.test.breakwater.example", f"{region}.shop.test.breakwater.example"}


@pytest.mark.feature("L8")
def test_the_name_of_the_api_fails_over(everything: Recording) -> None:
    check = everything.get("aws:route53/healthCheck:HealthCheck", "name-shop-us-east-1").inputs
    assert check["resourcePath"] == "/health/ready"
    primary = everything.get(RECORD, "name-shop-primary").inputs
    assert primary["name"] == "shop.test.breakwater.example"
    # Not the regional name's address: API Gateway has one for each name.
    assert "name-shop-us-east-1.fqdn" not in str(primary["aliases"])
    assert everything.result["urls"]["shop.test.breakwater.example"] == "https://shop.test.breakwater.example"


@pytest.mark.feature("I1")
def test_repositories_in_every_region_before_anything_is_copied(everything: Recording) -> None:
    made = {r.name: r for r in everything.of(REPOSITORY)}
    assert made.keys() == {"us-east-1-functions-images", "eu-west-1-functions-images"}
    for name, repository in made.items():
        region = name.removesuffix("-functions-images")
        assert repository.inputs["name"] == "test-unit/functions"
        assert repository.inputs["imageTagMutability"] == "IMMUTABLE"
        assert repository.inputs["encryptionConfigurations"][0]["kmsKey"] == f"{region}-data-key.arn"
        assert f"::{region}::" in repository.provider
        assert repository.protect
        policy = json.loads(
            everything.get("aws:ecr/repositoryPolicy:RepositoryPolicy", f"{name}-policy").inputs["policy"]
        )
        (pull,) = policy["Statement"]
        function = f"arn:aws:lambda:{region}:{ACCOUNT}:function:{region}-orders-api-*"
        assert pull["Condition"] == {"ArnLike": {"aws:SourceArn": function}}
    replication = everything.only("aws:ecr/replicationConfiguration:ReplicationConfiguration")
    assert {r.urn for r in made.values()} <= set(replication.dependencies)
    assert "::us-east-1::" in replication.provider
    (rule,) = replication.inputs["replicationConfiguration"]["rules"]
    assert [target["region"] for target in rule["destinations"]] == ["eu-west-1"]
    failed = [r.name for r in everything.of("aws:cloudwatch/metricAlarm:MetricAlarm") if "replication-failed" in r.name]
    assert failed == ["eu-west-1-functions-images-alarms-replication-failed"]


@pytest.mark.feature("I1")
def test_one_stack_of_an_account_copies(plain: Recording) -> None:
    configuration = "aws:ecr/replicationConfiguration:ReplicationConfiguration"
    assert plain.of(configuration) == []
    elsewhere = built(MINIMAL + ALONE + "    image_replication: null\n")
    assert elsewhere.of(configuration) == []
    both = built(MINIMAL + ALONE + "    image_replication: {further_prefixes: [other-prod/]}\n")
    (rule,) = both.only(configuration).inputs["replicationConfiguration"]["rules"]
    assert [f["filter"] for f in rule["repositoryFilters"]] == ["test-unit/", "other-prod/"]


def development() -> str:
    text = edited(("class: production", "class: development"), base=SERVICES)
    image = "        image: &image 111122223333.dkr.ecr.us-east-1.amazonaws.com/breakwater/api@sha256:"
    digest = text[text.index(image) + len(image) :].partition("\n")[0]
    built_one = "        build: {repository: api, context: services/api}\n"
    text = text.replace(f"{image}{digest}\n", built_one)
    named = f"111122223333.dkr.ecr.us-east-1.amazonaws.com/breakwater/api@sha256:{digest}"
    return text.replace("*image", named) + "    repositories: {api: {}}\n"


@pytest.mark.feature("I2")
def test_development_runs_what_it_builds() -> None:
    recording = built(development())
    for region in ("us-east-1", "eu-west-1"):
        image = recording.get("docker:index/image:Image", f"{region}-api")
        assert image.inputs["build"] == {
            "context": "../services/api",
            "dockerfile": "../services/api/Dockerfile",
            "platform": "linux/arm64",
        }
        assert image.inputs["buildOnPreview"] is False
        definition = recording.get("aws:ecs/taskDefinition:TaskDefinition", f"{region}-api")
        (container,) = json.loads(definition.inputs["containerDefinitions"])
        assert container["image"] == f"{region}-api.repoDigest"
        repository = recording.get(REPOSITORY, f"{region}-api-images")
        assert repository.inputs["imageTagMutability"] == "IMMUTABLE_WITH_EXCLUSION"
    assert "hidden" not in json.dumps(recording.result, default=str)


@pytest.mark.feature("I2")
def test_docker_and_lambda_are_imported_only_where_they_are_needed() -> None:
    modules = ("pulumi_docker", "pulumi_aws.lambda_.function", "pulumi_aws.apigatewayv2.api")
    program = f"import infra.stack, sys; print([name for name in {modules} if name in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


@pytest.mark.feature("K2")
def test_secrets_are_at_home_with_the_keys_and_have_copies(everything: Recording) -> None:
    secret = everything.get(SECRET, "us-east-1-chat-token-secret")
    assert secret.inputs["kmsKeyId"] == "us-east-1-secrets-key.arn"
    assert secret.inputs["replicas"] == [{"region": "eu-west-1", "kmsKeyId": "eu-west-1-secrets-key.arn"}]
    assert secret.protect
    exchanged = MINIMAL.replace("role: standby", "role: x").replace("role: primary", "role: standby")
    text = exchanged.replace("role: x", "role: primary").replace("    owner:", "    key_region: us-east-1\n    owner:")
    after = {r.urn: r for r in built(text + ALONE).resources}
    assert after[secret.urn].inputs == secret.inputs


@pytest.mark.feature("K2")
def test_who_names_a_secret_is_among_its_readers(everything: Recording) -> None:
    policy = everything.get("aws:secretsmanager/secretPolicy:SecretPolicy", "us-east-1-chat-token-secret-policy")
    (_, readers) = json.loads(policy.inputs["policy"])["Statement"]
    role = f"arn:aws:iam::{ACCOUNT}:role/"
    assert readers["Condition"]["ArnNotLike"]["aws:PrincipalArn"] == [
        f"{role}support-*",
        *(f"{role}{region}-{name}-*" for region in ("eu-west-1", "us-east-1") for name in ("orders-api", "rotate")),
    ]
    free = everything.get("aws:secretsmanager/secretPolicy:SecretPolicy", "us-east-1-mail-token-secret-policy")
    assert len(json.loads(free.inputs["policy"])["Statement"]) == 1


@pytest.mark.feature("K2")
def test_an_own_function_rotates(everything: Recording) -> None:
    rotation = everything.only("aws:secretsmanager/secretRotation:SecretRotation")
    assert rotation.inputs["rotationLambdaArn"] == "us-east-1-rotate.arn"
    assert rotation.inputs["rotationRules"] == {"scheduleExpression": "rate(7 days)"}
    policy = everything.get(POLICY, "us-east-1-chat-token-rotation")
    assert policy.inputs["role"] == "us-east-1-rotate.name"
    assert statements(policy)["UseKey"]["Resource"] == "us-east-1-secrets-key.arn"


@pytest.mark.feature("K2")
def test_tasks_read_their_regions_copy_and_no_other_secret() -> None:
    line = "          LOG_LEVEL: info\n"
    named = (line, f"{line}        secrets: {{TOKEN: mail-token, USER: 'mail-token:user'}}\n")
    recording = built(edited(named, base=MINIMAL) + ALONE)
    for region in ("us-east-1", "eu-west-1"):
        definition = recording.get("aws:ecs/taskDefinition:TaskDefinition", f"{region}-api")
        (container,) = json.loads(definition.inputs["containerDefinitions"])
        found = {secret["name"]: secret["valueFrom"] for secret in container["secrets"]}
        assert found.keys() == {"TOKEN", "USER"}
        arn = found["TOKEN"].removesuffix(":::v1")
        assert found["USER"] == f"{arn}:user::v1"
        read = statements(recording.get(POLICY, f"{region}-api-execution"))["ReadSecrets"]
        resources = read["Resource"] if isinstance(read["Resource"], list) else [read["Resource"]]
        assert set(resources) == {arn}
