"""Queues, topics and buses of a region: who may send to whom, and what tasks that produce are told and allowed."""

import json
from typing import Any

import pytest

from tests.infra.platforms import built, environment
from tests.infra.sample import MESSAGING, PRODUCING, SAMPLE, Case, assert_among, edited, refusal, settings_of
from tests.support.recorder import Recording

WITH_MESSAGING = edited(PRODUCING) + MESSAGING
# The same without stores, worker and job, which take long to build.
SMALL = (
    (SAMPLE[SAMPLE.index("    workers:\n") : SAMPLE.index("    queues:\n")], ""),
    ("        connects: [database, cache]\n", ""),
)
FIFO = ("      orders:\n        visibility", "      orders:\n        fifo: true\n        visibility")


@pytest.fixture(scope="module")
def recording() -> Recording:
    return built(settings_of(edited(*SMALL, PRODUCING) + MESSAGING))


def statements(recording: Recording, kind: str, name: str) -> dict[str, Any]:
    policy = json.loads(recording.get(kind, name).inputs["policy"])
    return {statement.get("Sid", str(index)): statement for index, statement in enumerate(policy["Statement"])}


@pytest.mark.feature("Q3", "Q4")
@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_each_region_has_its_own(recording: Recording, region: str) -> None:
    urn = next(r.urn for r in recording.of("breakwater:region:Region") if r.name == region)
    below = {(r.type, r.name) for r in recording.resources if r.parent == urn}
    assert below >= {
        ("breakwater:topic:Topic", f"{region}-news"),
        ("breakwater:topic:Subscription", f"{region}-news-orders"),
        ("breakwater:event_bus:EventBus", f"{region}-shop"),
        ("breakwater:event_bus:Delivery", f"{region}-shop-paid-orders"),
        ("breakwater:queue:Queue", f"{region}-orders"),
    }


@pytest.mark.feature("Q3")
def test_a_subscription_filters_what_goes_to_the_queue(recording: Recording) -> None:
    inputs = recording.get("aws:sns/topicSubscription:TopicSubscription", "us-east-1-news-orders").inputs
    assert inputs["endpoint"] == "us-east-1-orders.arn"
    assert inputs["rawMessageDelivery"] is True
    assert json.loads(inputs["filterPolicy"]) == {"kind": ["paid", {"prefix": "re"}]}
    assert inputs["filterPolicyScope"] == "MessageAttributes"
    assert json.loads(inputs["redrivePolicy"]) == {"deadLetterTargetArn": "us-east-1-news-orders-dead-letter.arn"}


@pytest.mark.feature("Q4")
def test_a_rule_sends_to_the_queue_and_the_bus_keeps_an_archive(recording: Recording) -> None:
    rule = recording.get("aws:cloudwatch/eventRule:EventRule", "eu-west-1-shop-paid").inputs
    assert json.loads(rule["eventPattern"]) == {"source": ["shop"], "detail-type": ["OrderPaid"]}
    target = recording.get("aws:cloudwatch/eventTarget:EventTarget", "eu-west-1-shop-paid-orders").inputs
    assert target["arn"] == "eu-west-1-orders.arn"
    archive = recording.get("aws:cloudwatch/eventArchive:EventArchive", "eu-west-1-shop-archive").inputs
    assert archive["retentionDays"] == 7
    bus = recording.get("aws:cloudwatch/eventBus:EventBus", "eu-west-1-shop")
    assert bus.inputs["kmsKeyIdentifier"] == "eu-west-1-messages-key.arn"
    assert bus.protect


@pytest.mark.feature("Q3", "Q4")
def test_a_queue_lets_in_its_own_topic_and_rule_only(recording: Recording) -> None:
    policy = statements(recording, "aws:sqs/queuePolicy:QueuePolicy", "us-east-1-orders-policy")
    assert set(policy) == {"TlsOnly", "TopicUsEast1News", "RuleUsEast1ShopPaid"}
    assert policy["TopicUsEast1News"]["Condition"] == {"ArnEquals": {"aws:SourceArn": "us-east-1-news.arn"}}


@pytest.mark.feature("Q5")
def test_who_produces_is_told_where_and_may_send_there_only(recording: Recording) -> None:
    told = environment(recording, "us-east-1-api")
    assert told["QUEUE_URL_ORDERS"] == "us-east-1-orders.url"
    assert told["TOPIC_ARN_NEWS"] == "us-east-1-news.arn"
    assert told["BUS_NAME_SHOP"] == "us-east-1-shop.name"
    policy = statements(recording, "aws:iam/rolePolicy:RolePolicy", "us-east-1-api-task").values()
    allowed = {action: s["Resource"] for s in policy for action in _listed(s["Action"]) if "kms" not in action}
    assert allowed["sns:Publish"] == "us-east-1-news.arn"
    assert allowed["events:PutEvents"] == "us-east-1-shop.arn"
    assert allowed["sqs:SendMessage"] == "us-east-1-orders.arn"
    through = {s["Condition"]["StringEquals"]["kms:ViaService"] for s in policy if "kms:Decrypt" in s["Action"]}
    assert through == {"sns.us-east-1.amazonaws.com", "sqs.us-east-1.amazonaws.com"}


@pytest.mark.feature("Q5")
def test_who_produces_nothing_may_send_nowhere(recording: Recording) -> None:
    told = environment(recording, "us-east-1-web")
    assert not [name for name in told if name.startswith(("QUEUE_URL", "TOPIC_ARN", "BUS_NAME"))]
    documents = [json.dumps(r.inputs) for r in recording.of("aws:iam/rolePolicy:RolePolicy") if "-web-" in r.name]
    assert not [text for text in documents if "sns:Publish" in text or "PutEvents" in text or "SendMessage" in text]


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def test_a_topic_leaves_a_queue_as_it_is_but_for_its_policy(recording: Recording) -> None:
    before = {r.urn: r.inputs for r in built(settings_of(edited(*SMALL))).resources}
    after = {r.urn: r.inputs for r in recording.resources}
    assert not before.keys() - after.keys()
    changed = {urn.rsplit("::", 1)[1] for urn, inputs in before.items() if after[urn] != inputs}
    allowed = {f"{region}-{name}" for region in ("us-east-1", "eu-west-1") for name in ("orders-policy", "api-task")}
    assert changed - allowed == {"us-east-1-api", "eu-west-1-api"}


def test_fifo_from_end_to_end() -> None:
    queue = FIFO[1].replace("fifo: true", "fifo: true\n        content_based_deduplication: true")
    text = edited(*SMALL, (FIFO[0], queue.replace("fifo: true", "fifo: true\n        high_throughput: true", 1)))
    messaging = MESSAGING.replace("      news:\n", "      news:\n        fifo: true\n").replace(
        "orders: {}", "orders: {message_group: paid}"
    )
    recording = built(settings_of(text + messaging))
    queue_inputs = recording.get("aws:sqs/queue:Queue", "us-east-1-orders").inputs
    assert queue_inputs["fifoQueue"] is queue_inputs["contentBasedDeduplication"] is True
    assert queue_inputs["fifoThroughputLimit"] == "perMessageGroupId"
    assert recording.get("aws:sns/topic:Topic", "us-east-1-news").inputs["fifoTopic"] is True
    target = recording.get("aws:cloudwatch/eventTarget:EventTarget", "us-east-1-shop-paid-orders").inputs
    assert target["sqsTarget"] == {"messageGroupId": "paid"}


CASES = {
    "a topic called like a queue": Case(
        "      news:\n",
        "      orders:\n",
        "topics.orders",
        "      orders:\n        subscriptions",
        "queues has a orders",
        "rename one",
    ),
    "no such queue for a topic": Case(
        "          orders:\n            filter",
        "          order:\n            filter",
        "topics.news.subscriptions.order",
        "          order:\n",
        "there is no queue order",
        "write orders",
    ),
    "a filter that SNS refuses": Case(
        "filter: {kind: [paid, {prefix: re}]}",
        "filter: {kind: paid}",
        "topics.news.subscriptions.orders.filter",
        "filter: {kind: paid}",
        "kind",
        "correct the filter",
    ),
    "a scope without a filter": Case(
        "filter: {kind: [paid, {prefix: re}]}",
        "scope: body",
        "topics.news.subscriptions.orders.scope",
        "scope: body",
        "no filter",
        "remove it",
    ),
    "deduplication of a standard topic": Case(
        "      news:\n",
        "      news:\n        content_based_deduplication: true\n",
        "topics.news.content_based_deduplication",
        "        content_based",
        "a standard topic has none",
        "fifo: true",
    ),
    "a field that no event has": Case(
        "pattern: {source: [shop],",
        "pattern: {sauce: [shop],",
        "buses.shop.rules.paid.pattern",
        "pattern: {sauce",
        "sauce",
        "correct the pattern",
    ),
    "no such queue for a rule": Case(
        "              orders: {}",
        "              order: {}",
        "buses.shop.rules.paid.queues.order",
        "              order: {}",
        "there is no queue order",
        "write orders",
    ),
    "a message group of a standard queue": Case(
        "orders: {}",
        "orders: {message_group: paid}",
        "buses.shop.rules.paid.queues.orders.message_group",
        "orders: {message_group",
        "orders is a standard queue",
        "remove it",
    ),
    "an archive of no days": Case(
        "archive_days: 7",
        "archive_days: 0",
        "buses.shop.archive_days",
        "archive_days: 0",
        "greater than or equal to 1",
        "write",
    ),
    "a bus called like a topic": Case(
        "      shop:\n",
        "      news:\n",
        "buses.news",
        "      news:\n        archive_days",
        "topics has a news",
        "rename",
    ),
    "producing for nobody": Case(
        "produces: [orders, news, shop]",
        "produces: [orders, new]",
        "services.api.produces[1]",
        "produces: [orders, new]",
        "no queue, topic or bus new",
        "write news",
    ),
    "a variable that the platform sets": Case(
        "LOG_LEVEL: info",
        "TOPIC_ARN_NEWS: x",
        "services.api.environment.TOPIC_ARN_NEWS",
        "TOPIC_ARN_NEWS: x",
        "is set by the platform",
        "remove it",
    ),
}


@pytest.mark.feature("Q3", "Q4")
@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_refused_at_its_place_with_a_remedy(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.infra.sample.SAMPLE", WITH_MESSAGING)
    assert_among(case)


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ([FIFO], "topics.news.subscriptions.orders"),
        ([FIFO], "queues.orders.content_based_deduplication"),
        ([FIFO], "buses.shop.rules.paid.queues.orders.message_group"),
        ([("visibility_timeout_seconds: 60", "high_throughput: true")], "queues.orders.high_throughput"),
    ],
)
@pytest.mark.feature("Q1")
def test_fifo_queues_get_from_fifo_topics_and_with_a_group(
    changes: list[tuple[str, str]], path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.infra.sample.SAMPLE", WITH_MESSAGING)
    told = {problem.location for problem in refusal(edited(*changes)).problems}
    assert f"config.breakwater:platform.{path}" in told


def test_names_that_come_out_alike_are_refused() -> None:
    extra = MESSAGING.replace("    buses:", "      news-bulk:\n        subscriptions:\n          mail: {}\n    buses:")
    extra = extra.replace(
        "          orders:\n            filter", "          bulk-mail: {}\n          orders:\n            filter"
    )
    queues = ("    queues:\n", "    queues:\n      mail: {}\n      bulk-mail: {}\n")
    (problem,) = refusal(edited(queues, PRODUCING) + extra).problems
    assert "it would be called news-bulk-mail, as topics.news.subscriptions.bulk-mail is" in problem.message
