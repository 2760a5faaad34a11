"""Changes that could cost data, or what keeps it."""

from breakwater.review.model import Verdict
from tests.review.changing import Change, Edit, stack

_QUEUE = (
    stack("      orders: {}", "      purchases: {}"),
    stack("queue: orders", "queue: purchases"),
    stack("produces: [orders]", "produces: [purchases]"),
)
STANDBY = (
    stack(
        "        zones: {us-east-1a: 0, us-east-1b: 1}\n",
        "        zones: {us-east-1a: 0, us-east-1b: 1}\n"
        "      eu-west-1:\n        role: standby\n        cidr: 10.1.0.0/16\n        zones: "
        "{eu-west-1a: 0, eu-west-1b: 1}\n",
    ),
    stack("replicas: [us-east-1b]", "replicas: [us-east-1b]\n      remote_replicas: {eu-west-1: {}}"),
)

CHANGES = (
    Change(
        name="rename a component, without an alias",
        edits=(
            Edit(
                "infra/messaging.py",
                "    return Queue(\n        at.name(key),",
                '    return Queue(\n        at.name(f"{key}-queue"),',
            ),
        ),
        verdict=Verdict.BLOCKED,
        must=(
            "⛔ the queue us-east-1-orders is deleted: the messages in it are lost at `infra/messaging.py:…` "
            "· `data-deletion`",
            "give breakwater:queue:Queue::us-east-1-orders-queue an alias for its former name",
            "Because of `infra/messaging.py:… breakwater:queue:Queue::us-east-1-orders is no longer in the program`",
            "Safeguards: protect",
        ),
        must_not=("Nothing to report: …dangers", "lost-alarms"),
        longest=9_000,
    ),
    Change(
        name="delete a bucket",
        edits=(stack("    buckets:\n      uploads: {}\n", ""), stack("        writes: [uploads]\n", "")),
        verdict=Verdict.BLOCKED,
        must=("⛔ the bucket us-east-1-uploads-bucket is deleted: its data is lost", "take a snapshot or copy first"),
        must_not=("alias",),
        longest=5_000,
    ),
    Change(
        name="a queue becomes FIFO",
        edits=(stack("orders: {}", "orders: {fifo: true, content_based_deduplication: true}"),),
        verdict=Verdict.BLOCKED,
        must=(
            "⛔ the queue us-east-1-orders may be replaced by a new, empty one: the messages in it are "
            "lost…fifoQueue…`data-replacement`",
            "`components/queue.py:… aws:sqs/queue:Queue::us-east-1-orders.fifoQueue`",
            "! fifoQueue: false → true",
            "`aws:ecs/taskDefinition:TaskDefinition::us-east-1-deliver`",
        ),
        must_not=("metricAlarm",),
        longest=4_500,
    ),
    Change(
        name="encrypt the database",
        before=(
            Edit("components/_database_parts.py", '"storage_encrypted": True', '"storage_encrypted": False'),
            Edit(
                "components/database.py",
                "            kms_key_id=args.keys.data,\n            db_name",
                "            db_name",
            ),
        ),
        verdict=Verdict.BLOCKED,
        must=(
            "⛔ the database us-east-1-database may be replaced by a new, empty one: its data is lost…storageEncrypted",
            "⚠️ the database us-east-1-database-replica-b may be replaced: its data is elsewhere too",
            "Safeguards: protect: Pulumi refuses until it is taken off, deletionProtection",
            "! storageEncrypted: false → true",
            "policies (50 rules)",
        ),
        must_not=("metricAlarm", "policy-violation", "policy-still-violated"),
        longest=5_000,
    ),
    Change(
        name="a major version of the engine",
        edits=(
            stack(
                'engine_version: "16"',
                'engine_version: "17"\n      allow_major_version_upgrade: true\n      apply_immediately: true',
            ),
        ),
        verdict=Verdict.APPROVAL,
        must=(
            "⚠️ database us-east-1-database: engineVersion 16 → 17, in place at `components/database.py:…` "
            "· `engine-upgrade`",
            "take a snapshot first",
        ),
        must_not=("Nothing to report: dangers", "data is lost"),
    ),
    Change(
        name="fewer backups",
        edits=(stack("backup_retention_days: 30", "backup_retention_days: 7"),),
        verdict=Verdict.APPROVAL,
        must=(
            "⚠️ database us-east-1-database: backupRetentionPeriod 30 → 7 at `components/database.py:…` · "
            "`safeguard-removed`",
        ),
        must_not=("Nothing to report: dangers",),
        longest=1_500,
    ),
    Change(
        name="no deletion protection",
        edits=(
            Edit(
                "components/_database_parts.py",
                '"deletion_protection": settings.protect',
                '"deletion_protection": False',
            ),
        ),
        verdict=Verdict.FAILED,
        must=(
            "❌ database-deletion-protection: us-east-1-database…deletionProtection is not true; the same of "
            "1 more at `components/database.py:…`",
            "deletionProtection is taken off; the same of 1 more",
        ),
    ),
    Change(
        name="production becomes development",
        edits=(stack("class: production", "class: development"),),
        verdict=Verdict.APPROVAL,
        must=(
            "⚠️ key us-east-1-data-key: protect is taken off; the same of 10 more",
            "⚠️ database us-east-1-database: deletionProtection is taken off; the same of 1 more",
            "⚠️ database us-east-1-database: skipFinalSnapshot is on now",
            '! defaultTags.tags.class: "production" → "development"',
        ),
        longest=5_000,
    ),
    Change(
        name="a single replica less",
        edits=(stack("replicas: [us-east-1b]", "replicas: []"),),
        verdict=Verdict.APPROVAL,
        must=(
            "⚠️ the database us-east-1-database-replica-b is deleted: its data is elsewhere too; what it serves is not",
            "**−50.45 USD a month**",
            "connections during a deployment, reading and writing | – | 320 | ≤ 419",
        ),
        must_not=("lost-alarms", "alias", "isolated subnet"),
        longest=9_000,
    ),
    Change(
        name="delete a region",
        before=STANDBY,
        verdict=Verdict.BLOCKED,
        must=(
            "⛔ the cache eu-west-1-cache is deleted: its data is lost",
            "⛔ the bucket eu-west-1-uploads-bucket is deleted",
            "loss of the region in us-east-1: … → an unknown time until requests are answered",
            "Because of `infra/stack.py:… breakwater:region:Region::eu-west-1 is no longer in the program`",
        ),
        must_not=("the log group eu-west-1-cache-slow-log is deleted…· `records-loss`",),
        longest=60_000,
    ),
    Change(
        name="loosen the rules, and use it at once",
        edits=(
            stack("config:\n", "config:\n  breakwater:review:\n    rules:\n      data-deletion: {verdict: safe}\n"),
            *_QUEUE,
        ),
        verdict=Verdict.BLOCKED,
        must=(
            "the queue us-east-1-orders is deleted…`data-deletion`",
            "changes the rules of this verdict…`changed-rules`",
        ),
        longest=9_000,
    ),
)
