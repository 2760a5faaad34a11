"""Changes of what the stack carries, survives and costs; and changes that do not run at all."""

from breakwater.review.model import Verdict
from tests.review.changing import Change, Edit, stack
from tests.review.data import STANDBY

_AGE = """\
        AlarmDefinition(
            role="age",
            summary="The oldest message has waited longer than its handling should ever take.",
            severity=Severity.CRITICAL,
            runbook="queue-age",
            namespace="AWS/SQS",
            metric_name="ApproximateAgeOfOldestMessage",
            dimensions=queue,
            statistic="Maximum",
            comparison="GreaterThanOrEqualToThreshold",
            threshold=age_seconds,
            datapoints=15,
            periods=15,
            missing="notBreaching",
        ),
"""
_IMAGE = "111122223333.dkr.ecr.us-east-1.amazonaws.com/shop/web@sha256:" + "e3b0c442" * 8
_WEB = f"""\
      web:
        image: {_IMAGE}
        port: 8080
        cpu: 256
        memory: 512
        tasks: {{min: 2, max: 4}}
        health_command: [CMD, /app/healthcheck]
        routes:
          - {{priority: 30, host: www.shop.example}}

    workers:
"""

CHANGES = (
    Change(
        name="one task when there is little to do",
        edits=(stack("tasks: {min: 2, max: 6}", "tasks: {min: 1, max: 6}"),),
        verdict=Verdict.APPROVAL,
        must=("the one task of api in us-east-1 exists once from now on…`single-point`", "tasks.min: 2"),
        must_not=("may be replaced",),
    ),
    Change(
        name="more tasks than the database has connections",
        edits=(stack("tasks: {min: 2, max: 6}", "tasks: {min: 2, max: 60}"),),
        verdict=Verdict.BLOCKED,
        must=(
            "⛔ us-east-1 database connections at autoscaling's maximum, writing: 80 → 620, limit 322 · `missed-…",
            "lower services.api.pool.connections",
            "⚠️ USD 410 → 1,188 a month at most (+779, +190%) · `cost-increase`",
            "! maxCapacity: 6 → 60",
        ),
        must_not=("network interfaces",),
    ),
    Change(
        name="an alarm less",
        edits=(Edit("components/_queue_alarms.py", _AGE, ""),),
        verdict=Verdict.APPROVAL,
        must=(
            "⚠️ breakwater:queue:Queue::us-east-1-orders (ApproximateAgeOfOldestMessage) loses alarms…`lost-alarms`",
            "**delete** `aws:cloudwatch/metricAlarm:MetricAlarm::us-east-1-orders-alarms-age`",
        ),
        longest=2_000,
    ),
    Change(
        name="one NAT gateway for all zones",
        edits=(
            stack(
                "zones: {us-east-1a: 0, us-east-1b: 1}", "zones: {us-east-1a: 0, us-east-1b: 1}\n        nat: single"
            ),
        ),
        verdict=Verdict.APPROVAL,
        must=(
            "⚠️ the NAT gateway us-east-1-network-nat-b is deleted: what goes through it stops",
            "loss of one zone in us-east-1: 180 s → an unknown time until requests are answered",
            "loss of the NAT of a zone in us-east-1: 33% → 0% of capacity left at once",
            "−36.90",
        ),
        must_not=("lost-alarms",),
    ),
    Change(
        name="a cache without replicas",
        edits=(stack("      replicas: 1\n", "      replicas: 0\n"),),
        verdict=Verdict.APPROVAL,
        must=(
            "loss of the cache's primary in us-east-1: 180 s → 600 s until requests are answered",
            "! numCacheClusters: 2 → 1",
        ),
        must_not=("DatabaseMemoryUsagePercentage", "CPUUtilization", "network interfaces"),
    ),
    Change(
        name="another type of cache nodes",
        edits=(stack("cache.t4g.small", "cache.m7g.large"),),
        verdict=Verdict.APPROVAL,
        must=(
            "⚠️ USD 410 → 557 a month at most (+147, +36%) · `cost-increase`",
            "memory for keys | 1.03 GiB | 4.79 GiB",
        ),
        must_not=("data is lost",),
        longest=2_000,
    ),
    Change(
        name="a larger database",
        edits=(stack("db.t4g.medium", "db.r7g.4xlarge"),),
        verdict=Verdict.APPROVAL,
        must=("+987%) · `cost-increase`", '! instanceClass: "db.t4g.medium" → "db.r7g.4xlarge"'),
        must_not=("data is lost",),
        longest=4_500,
    ),
    Change(
        name="a service more",
        edits=(stack("    workers:\n", _WEB),),
        verdict=Verdict.APPROVAL,
        must=(
            "⚠️ internet → us-east-1-web, tcp 443 from 0.0.0.0/0 opened at `components/service.py:…` · "
            "`internet-serving`",
            "the certificate us-east-1-balancer-certificate may be replaced…subjectAlternativeNames",
            "| `us-east-1 web` | 0.00 |",
        ),
        longest=12_000,
    ),
    Change(
        name="a region more",
        edits=STANDBY,
        verdict=Verdict.APPROVAL,
        must=("a month at most", "· `cost-increase`", "| `eu-west-1 database` | 0.00 |"),
        must_not=("is deleted", "lost-alarms"),
        longest=56_000,
    ),
    Change(
        name="a smaller network",
        edits=(stack("cidr: 10.0.0.0/16", "cidr: 10.0.0.0/18"),),
        verdict=Verdict.BLOCKED,
        must=(
            "the network us-east-1-network may be replaced…components/network.py:… "
            "aws:ec2/vpc:Vpc::us-east-1-network.cidrBlock",
            '! cidrBlock: "10.0.0.0/16" → "10.0.0.0/18"',
        ),
        must_not=("`4 more`",),
        longest=8_000,
    ),
    Change(
        name="another domain",
        edits=(
            stack("name: shop.example", "name: store.example"),
            stack("host: api.shop.example", "host: api.store.example"),
            stack("host: shop.example", "host: store.example"),
        ),
        verdict=Verdict.APPROVAL,
        must=(
            "public-zone may be replaced…components/dns.py:… aws:route53/zone:Zone::public-zone.name",
            "the certificate us-east-1-balancer-certificate may be replaced",
        ),
        longest=12_000,
    ),
    Change(
        name="a target group's port",
        edits=(Edit("components/_target_group.py", "\nPORT = 80\n", "\nPORT = 8080\n"),),
        verdict=Verdict.SAFE,
        empty=True,  # Groups keep the port that they were made with.
    ),
    Change(
        name="a program that raises",
        edits=(
            Edit(
                "infra/messaging.py",
                "    queue = at.settings.queues[key]\n",
                "    queue = at.settings.queues[key, 1]\n",
            ),
        ),
        verdict=Verdict.FAILED,
        must=(
            "❌ KeyError: ('orders', 1) at `infra/messaging.py:…` · `program-fails`",
            "nothing can be said of the change",
        ),
        must_not=("Nothing to report", "Details"),
        longest=1_000,
    ),
    Change(
        name="a program that is no Python",
        edits=(
            Edit("infra/messaging.py", "    queue = at.settings.queues[key]\n", "    queue = at.settings.queues[key\n"),
        ),
        verdict=Verdict.FAILED,
        must=("SyntaxError: …was never closed…at `infra/messaging.py:…`",),
        longest=1_000,
    ),
    Change(
        name="a configuration that is refused",
        edits=(stack("orders: {}", "orders: {fifos: true}"),),
        verdict=Verdict.FAILED,
        must=(
            "❌ the configuration was refused, nothing was deployed: 1 problem…at `Pulumi.shop.yaml:…` · "
            "`program-fails`",
            "Pulumi.shop.yaml:…: config.breakwater:platform.queues.orders.fifos",
            "    remedy:  rename it to `fifo`",
        ),
        must_not=(r"\n",),
        longest=1_500,
    ),
    Change(
        name="what AWS refuses",
        edits=(Edit("components/_target_group.py", "slow_start=args.slow_start_seconds or None", "slow_start=5"),),
        verdict=Verdict.FAILED,
        must=(
            "❌ aws:lb/targetGroup:TargetGroup::us-east-1-api: …ValidationError…at "
            "`components/…target…group.py:…` · `resource-fails`",
        ),
        longest=2_000,
    ),
)
