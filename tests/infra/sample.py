"""A small stack file in two regions, which tests edit and break."""

from dataclasses import dataclass

from infra.settings import KEY, ConfigurationError, Settings, StackSource, validate

SAMPLE = """\
config:
  aws:skipMetadataApiCheck: "true"
  breakwater:platform:
    class: production
    owner: platform-team
    domain:
      name: test.breakwater.example
    alarms:
      emails: [oncall@breakwater.example]
      runbooks_url: https://docs.breakwater.example/runbooks
    log_retention_days: 30
    regions:
      us-east-1:
        role: primary
        cidr: 10.0.0.0/16
        zones:
          us-east-1a: 0
          us-east-1b: 1
        interface_endpoints: [logs]
        tasks:
          api: {min: 2, max: 4}
      eu-west-1:
        role: standby
        cidr: 10.1.0.0/16
        zones: {eu-west-1a: 0, eu-west-1b: 1}
    services:
      api:
        image: &image 111122223333.dkr.ecr.us-east-1.amazonaws.com/breakwater/api@sha256:DIGEST
        port: 5555
        cpu: 512
        memory: 1024
        tasks: {min: 2, max: 9}
        health_command: [CMD, /app/healthcheck]
        health:
          interval_seconds: 10
        routes:
          - priority: 10
            host: api.test.breakwater.example
          - priority: 20
            paths: [/api/*, /health/ready]
        connects: [database, cache]
        produces: [orders]
        environment:
          LOG_LEVEL: info
      web:
        image: *image
        port: 8080
        cpu: 256
        memory: 512
        tasks: {min: 1, max: 3}
        health_command: [CMD, /app/healthcheck]
        routes:
          - priority: 30
            host: test.breakwater.example
    workers:
      packer:
        queue: orders
        image: *image
        cpu: 256
        memory: 512
        tasks: {min: 1, max: 5}
        health_command: [CMD, /app/healthcheck]
        seconds_per_message: 10
        backlog_per_task: 50
    jobs:
      sweep:
        schedule: rate(10 minutes)
        timezone: Europe/Dublin
        image: *image
        cpu: 256
        memory: 512
    database:
      instance_class: db.r7g.large
      engine_version: "17"
      storage: {initial_gib: 100, maximum_gib: 500}
      replicas: [us-east-1b]
      remote_replicas:
        eu-west-1: {}
      proxy:
        target: writer
    cache:
      node_type: cache.r7g.large
      replicas: 1
    queues:
      orders:
        visibility_timeout_seconds: 60
        retention_seconds: 345600
    load_balancer:
      idle_timeout_seconds: 120
      logs: {retention_days: 30}
    waf:
      blocked_baseline: 500
      groups:
        common: {count_rules: [SizeRestrictions_BODY]}
        sql: null
      rates:
        auth: {requests_per_second: 10, paths: [/login]}
        tenant: {requests_per_second: 50, tenant_header: x-tenant-id, count: true}
    cdn:
      host: www.test.breakwater.example
      fallback_path: /index.html
      waf: {blocked_baseline: 100}
""".replace("DIGEST", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")

# Appended to the sample: a topic and a bus that send to its queue.
MESSAGING = """\
    topics:
      news:
        subscriptions:
          orders:
            filter: {kind: [paid, {prefix: re}]}
            raw: true
    buses:
      shop:
        archive_days: 7
        rules:
          paid:
            pattern: {source: [shop], detail-type: [OrderPaid]}
            queues:
              orders: {}
"""
PRODUCING = ("produces: [orders]", "produces: [orders, news, shop]")

# Appended to the sample: functions, an API, a repository, secrets.
SERVERLESS = """\
    functions:
      orders-api:
        image: 111122223333.dkr.ecr.us-east-1.amazonaws.com/test-unit/functions@sha256:DIGEST
        concurrency: 50
        connects: [database]
        produces: [orders]
        environment: {MODE: fast}
        secrets: {TOKEN_ARN: chat-token}
      rotate:
        package:
          key: rotate.zip
          runtime: python3.13
          handler: app.handler
          sources:
            us-east-1: {bucket: builds-us, version: v1}
            eu-west-1: {bucket: builds-eu, version: v2}
        concurrency: 1
    http_apis:
      shop:
        host: shop.test.breakwater.example
        jwt: {issuer: "https://id.example.com", audiences: [shop]}
        cors: {origins: ["https://app.example.com"]}
        requests_per_second: 80
        routes:
          GET /health/ready: {function: orders-api, public: true}
          GET /orders/{id}: {function: orders-api, scopes: [read]}
          POST /login: {function: orders-api, public: true, requests_per_second: 10, burst: 20}
    repositories:
      functions: {keep_images: 30}
    secrets:
      chat-token:
        description: Token of the chat API
        readers: ["arn:aws:iam::111122223333:role/support-*"]
        rotation: {function: rotate, schedule: rate(7 days)}
      mail-token:
        description: Token of the mail API
""".replace("DIGEST", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")

# Appended to the sample with the edits below: what it must reach, and what requests, users and messages take.
TARGETS = """\
    targets:
      requests_per_second: {api: 300}
      spikes: {api: {requests_per_second: 1000, seconds: 10}}
      concurrent_users: {api: 5000}
      messages: {orders: {per_second: 12.5, backlog: 10000, drain_minutes: 30, downtime_hours: 24}}
      database_clients: 1000
      availability_percent: 99.9
      recovery_minutes: 30
      data_loss_seconds: 0
      rollback_seconds: 120
      monthly_usd: 2500
"""
LOAD = (
    (
        "        port: 5555\n",
        "        port: 5555\n"
        "        request: {cpu_milliseconds: 5, milliseconds: 40, kilobytes: 8, transactions: 2,"
        " transaction_milliseconds: 3.5}\n"
        "        users: {seconds_between_requests: 20, connections_per_task: 2000}\n"
        "        pool: {connections: 20, idle_seconds: 60, connect_timeout_seconds: 5}\n",
    ),
    (
        "        queue: orders\n",
        "        queue: orders\n"
        "        concurrency: 4\n"
        "        message: {cpu_milliseconds: 10, milliseconds: 5000, kilobytes: 2, transactions: 0.5,"
        " transaction_milliseconds: 4}\n"
        "        connects: [database]\n",
    ),
    (
        "        schedule: rate(10 minutes)\n",
        "        schedule: rate(10 minutes)\n        connects: [database]\n        pool: {connections: 2}\n",
    ),
)


def edited(*changes: tuple[str, str], base: str | None = None) -> str:
    """The sample, or another text, with texts replaced, each of which must be there."""
    text = SAMPLE if base is None else base
    for old, new in changes:
        assert text.count(old) >= 1, f"not in the sample: {old!r}"
        text = text.replace(old, new, 1)
    return text


def settings_of(text: str) -> Settings:
    """The settings in a stack file's text."""
    source = StackSource.parse(text, "Pulumi.test.yaml")
    return validate(source.config[KEY], source=source)


def refusal(text: str) -> ConfigurationError:
    """How a stack file's text is refused."""
    try:
        settings_of(text)
    except ConfigurationError as error:
        return error
    raise AssertionError("the text was accepted")


def line_of(text: str, part: str) -> int:
    """The line a part of a text begins on."""
    assert text.count(part) >= 1, f"not in the text: {part!r}"
    return text[: text.index(part)].count("\n") + 1


@dataclass(frozen=True)
class Case:
    """An edit of the sample, and the problem it must lead to."""

    old: str
    new: str
    path: str
    at: str
    """Text on whose line the problem must be."""
    message: str
    remedy: str


def assert_only(case: Case) -> None:
    """The edit leads to this one problem."""
    assert len(refusal(edited((case.old, case.new))).problems) == 1
    assert_among(case)


def assert_among(case: Case) -> None:
    """The edit leads to this problem, told with file, line, path, rule and remedy."""
    text = edited((case.old, case.new))
    location = f"config.breakwater:platform.{case.path}"
    told = {problem.location: problem for problem in refusal(text).problems}
    assert location in told, f"problems are told at {list(told)}"
    problem = told[location]
    assert (problem.file, problem.line) == ("Pulumi.test.yaml", line_of(text, case.at))
    assert case.message in problem.message
    assert case.remedy in problem.remedy
    assert problem.allowed
