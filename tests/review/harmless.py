"""Changes that a reviewer may wave through: nothing happens, or nothing that matters."""

from breakwater.review.model import Verdict
from tests.review.changing import Change, Edit, stack

_IMAGE = "shop/api@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
_CACHE = "        self.cache = create_cache(at, self.network, source.cache if source else None, child)\n"
_DATABASE = "        self.database = create_database(at, self.network, private_zone, child)\n"
_CLUSTER = "        self.cluster = _create_cluster(at, child)\n"
_MESSAGING = "        self.messaging = create_messaging(at, child)\n"
_QUIET = "Nothing to report: dangers, cost, exposure, IAM, capacity and availability, policies"

CHANGES = (
    Change(
        name="only reformat",
        edits=(
            stack("orders: {}", "orders:\n        fifo: false"),
            stack("environment: {LOG_LEVEL: info}", "environment:\n          # Quiet.\n          LOG_LEVEL: 'info'"),
            stack("tasks: {min: 2, max: 6}", "tasks:\n          min: 2\n          max: 6"),
            Edit(
                "infra/database.py",
                '    return Database(\n        at.name("database"),\n        DatabaseArgs(',
                '    # The one.\n\n    return Database(at.name(\n        "database"\n    ), DatabaseArgs(',
            ),
        ),
        verdict=Verdict.SAFE,
        empty=True,
        must=("no changes",),
        must_not=("Details",),
    ),
    Change(
        name="only reorder",
        edits=(
            stack("          - {priority: 10, host: api.shop.example}\n", ""),
            stack(
                "          - {priority: 20, host: shop.example}\n",
                "          - {priority: 20, host: shop.example}\n          - {host: api.shop.example, priority: 10}\n",
            ),
            stack("connects: [database, cache]", "connects: [cache, database]"),
            stack("    queues:\n      orders: {}\n", ""),
            stack("    services:\n", "    queues:\n      orders: {}\n    services:\n"),
            Edit("infra/region.py", _CACHE, ""),
            Edit("infra/region.py", _DATABASE, f"{_CACHE}{_DATABASE}"),
            Edit("infra/region.py", f"{_CLUSTER}{_MESSAGING}", f"{_MESSAGING}{_CLUSTER}"),
        ),
        verdict=Verdict.SAFE,
        empty=True,
        must=("no changes",),
        must_not=("Details",),
    ),
    Change(
        name="a new image",
        edits=(stack(_IMAGE, "shop/api@sha256:" + "5ca1ab1e" * 8),),
        verdict=Verdict.SAFE,
        must=(
            _QUIET,
            "`aws:ecs/taskDefinition:TaskDefinition::us-east-1-api` at `components/task.py:…`",
            "! containerDefinitions[us-east-1-api].image: …e3b0c442…5ca1ab1e",
        ),
        must_not=("us-east-1-deliver", "USD"),
        longest=1_500,
    ),
    Change(
        name="notice sick tasks sooner",
        edits=(
            stack(
                "connects: [database, cache]\n",
                "connects: [database, cache]\n        health: {unhealthy_threshold: 2}\n",
            ),
        ),
        verdict=Verdict.SAFE,
        must=(_QUIET, "! healthCheck.unhealthyThreshold: 5 → 2"),
        longest=1_500,
    ),
    Change(
        name="rename a component, with an alias",
        edits=(
            Edit(
                "infra/messaging.py",
                "    return Queue(\n        at.name(key),",
                '    return Queue(\n        at.name(f"{key}-queue"),',
            ),
            Edit(
                "infra/messaging.py",
                "            **backlog_alarms(key, at.settings, at.region),\n        ),\n        opts=opts,",
                "            **backlog_alarms(key, at.settings, at.region),\n        ),\n        opts="
                "pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(aliases=[pulumi.Alias(at.name(key))])),",
            ),
        ),
        verdict=Verdict.SAFE,
        must=(
            _QUIET,
            "13 to rename",
            "**rename** `aws:sqs/queue:Queue::us-east-1-orders-queue` at `components/queue.py:…`",
            "Was `aws:sqs/queue:Queue::us-east-1-orders`",
        ),
        must_not=("delete", "replace `", "USD"),
        longest=5_000,
    ),
    Change(
        name="another secret",
        edits=(stack("shop/token-a1b2c3", "shop/other-d4e5f6"),),
        verdict=Verdict.SAFE,
        must=(
            "1 permission gained, 1 lost",
            "**data** role us-east-1-api-execution: secretsmanager: Read GetSecretValue on …secret:shop/other-d4e5f6",
            "containerDefinitions[us-east-1-api].secrets[TOKEN].valueFrom: …token-a1b2c3…other-d4e5f6",
        ),
        must_not=("approval",),
    ),
)
