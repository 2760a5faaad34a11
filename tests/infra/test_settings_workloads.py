"""Rules about services, workers and jobs."""

import pytest

from tests.infra.sample import Case, assert_among, assert_only

CASES = {
    "CPU size": Case("cpu: 512", "cpu: 500", "services.api.cpu", "cpu: 500", "500 units", "pair that Fargate sells"),
    "memory size": Case(
        "memory: 1024",
        "memory: 512",
        "services.api.memory",
        "memory: 512",
        "does not go with 512 CPU units",
        "pair that Fargate sells",
    ),
    "image by tag": Case(
        "image: *image\n        port: 8080",
        "image: breakwater/web:latest\n        port: 8080",
        "services.web.image",
        "image: breakwater/web",
        "not pinned by digest",
        "digest",
    ),
    "health command": Case(
        "[CMD, /app/healthcheck]",
        "[curl, localhost]",
        "services.api.health_command",
        "[curl",
        "must be a list of CMD",
        "correct the command",
    ),
    "tasks upside down": Case(
        "{min: 2, max: 9}", "{min: 9, max: 2}", "services.api.tasks.max", "{min: 9", "less than", "write 9"
    ),
    "reserved variable": Case(
        "LOG_LEVEL: info",
        "DATABASE_HOST: x",
        "services.api.environment.DATABASE_HOST",
        "DATABASE_HOST",
        "set by the platform",
        "remove it",
    ),
    "reserved queue variable": Case(
        "LOG_LEVEL: info",
        "QUEUE_URL_ORDERS: x",
        "services.api.environment.QUEUE_URL_ORDERS",
        "QUEUE_URL_ORDERS",
        "set by the platform",
        "remove it",
    ),
    "credential in a variable": Case(
        "LOG_LEVEL: info",
        "AWS_SECRET_ACCESS_KEY: x",
        "services.api.environment",
        "environment:",
        "AWS_SECRET_ACCESS_KEY is not allowed",
        "rename or remove",
    ),
    "variable twice": Case(
        "          LOG_LEVEL: info\n",
        "          TOKEN: x\n        secrets:\n"
        "          TOKEN: arn:aws:secretsmanager:us-east-1:111122223333:secret:token-a1b2c3\n",
        "services.api.secrets",
        "secrets:",
        "TOKEN is also in environment",
        "rename or remove",
    ),
    "secret without ARN": Case(
        "          LOG_LEVEL: info\n",
        "          A: x\n        secrets: {TOKEN: hunter2}\n",
        "services.api.secrets.TOKEN",
        "secrets:",
        "no secret hunter2, and a value has no place here",
        "arn:aws:secretsmanager",
    ),
    "no such queue": Case(
        "produces: [orders]",
        "produces: [order]",
        "services.api.produces[0]",
        "[order]",
        "no queue, topic or bus order",
        "write orders",
    ),
    "queue twice": Case(
        "produces: [orders]", "produces: [orders, orders]", "services.api.produces[1]", "[orders, ", "twice", "remove"
    ),
    "store twice": Case(
        "[database, cache]", "[cache, cache]", "services.api.connects[1]", "[cache, ", "twice", "remove"
    ),
    "no such store": Case(
        "[database, cache]", "[cahce]", "services.api.connects[0]", "[cahce]", "none of", "write cache"
    ),
    "no cache": Case(
        "    cache:\n      node_type: cache.r7g.large\n      replicas: 1\n",
        "",
        "services.api.connects[1]",
        "[database, cache]",
        "the stack has no cache",
        "add `cache`",
    ),
    "worker on no queue": Case(
        "queue: orders", "queue: parcels", "workers.packer.queue", "parcels", "no queue parcels", "add `queues.parcels`"
    ),
    "name twice": Case(
        "      packer:", "      api:", "workers.api", "      api:\n        queue", "services has a api too", "rename"
    ),
    "long name": Case(
        "      web:\n",
        "      the-frontend-of-the-shop:\n",
        "services.the-frontend-of-the-shop",
        "the-frontend",
        "has 34 characters",
        "shorter",
    ),
    "health check overlaps": Case(
        "interval_seconds: 10",
        "interval_seconds: 5",
        "services.api.health.timeout_seconds",
        "        health:\n",
        "the next begins after 5 s",
        "write 4",
    ),
    "priority twice": Case(
        "priority: 30",
        "priority: 20",
        "services.web.routes[0].priority",
        "priority: 20\n            host",
        "priority 20 belongs to a rule of api already",
        "write 30",
    ),
    "foreign host": Case(
        "host: api.test.breakwater.example",
        "host: api.example.com",
        "services.api.routes[0].host",
        "host: api.example.com",
        "not directly under",
        "write for example api.test.breakwater.example",
    ),
    "deep host": Case(
        "host: api.test.breakwater.example",
        "host: a.b.test.breakwater.example",
        "services.api.routes[0].host",
        "host: a.b",
        "not directly under",
        "api.test.breakwater.example",
    ),
    "host of the platform": Case(
        "host: api.test.breakwater.example",
        "host: internal.test.breakwater.example",
        "services.api.routes[0].host",
        "host: internal",
        "the platform itself uses",
        "write for",
    ),
    "schedule": Case(
        "rate(10 minutes)", "rate(1 minutes)", "jobs.sweep.schedule", "rate(1", "rate(1 minute)", "correct"
    ),
    "cron": Case(
        "rate(10 minutes)", "cron(0 6 * * *)", "jobs.sweep.schedule", "cron(", "5 fields", "correct the schedule"
    ),
    "time zone": Case(
        "Europe/Dublin", "Europe/Dublni", "jobs.sweep.timezone", "Dublni", "no time zone", "write Europe/Dublin"
    ),
    "window of a job": Case(
        "timezone: Europe/Dublin",
        "flexible_window_minutes: 10",
        "jobs.sweep.flexible_window_minutes",
        "flexible_window_minutes: 10",
        "the next one is due after 10",
        "write 9 or less",
    ),
    "variable of a job": Case(
        "        timezone: Europe/Dublin\n",
        "        environment: {JOB_RUN_ID: one}\n",
        "jobs.sweep.environment.JOB_RUN_ID",
        "JOB_RUN_ID",
        "set by the platform",
        "remove it",
    ),
    "visibility": Case(
        "seconds_per_message: 10",
        "seconds_per_message: 11",
        "queues.orders.visibility_timeout_seconds",
        "visibility_timeout_seconds",
        "come back after 60 s",
        "write 66 or more",
    ),
}

CONSEQUENCES = {
    "host without health": Case(
        "            paths: [/api/*, /health/ready]\n",
        "            host: shop.test.breakwater.example\n            paths: [/api/*]\n",
        "services.api.routes[1].paths",
        "paths: [/api/*]",
        "nobody can ask shop",
        "add /health/ready",
    ),
    "route to anything": Case(
        "          - priority: 20\n            paths: [/api/*, /health/ready]\n",
        "          - priority: 20\n",
        "services.api.routes[1]",
        "- priority: 20",
        "neither host nor paths",
        "add `paths",
    ),
}
"""Refused together with what follows from it."""


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_refused_at_its_place_with_a_remedy(case: Case) -> None:
    assert_only(case)


@pytest.mark.parametrize("case", CONSEQUENCES.values(), ids=CONSEQUENCES.keys())
def test_refused_together_with_its_consequences(case: Case) -> None:
    assert_among(case)
