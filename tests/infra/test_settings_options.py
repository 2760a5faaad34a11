"""Rules about volumes, buckets, calls, telemetry, sessions and numbers of tasks by the clock."""

import pytest

from tests.infra.sample import SAMPLE, Case, assert_only, edited, refusal, settings_of

API, WEB, WORKER, JOB = "        port: 5555\n", "        port: 8080\n", "        queue: orders\n", "      sweep:\n"
TOP = "    services:\n      api:"
COLLECTOR = "public.ecr.aws/aws-observability/aws-otel-collector@sha256:" + "0" * 64
NIGHT = "          night: {schedule: cron(0 20 * * ? *), min: 1, max: 2}\n"
SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:app/token-a1b2c3"


def api(path: str, text: str, at: str, message: str, remedy: str) -> Case:
    return Case(API, f"{API}        {text}\n", f"services.api.{path}", at, message, remedy)


def top(text: str, path: str, at: str, message: str, remedy: str) -> Case:
    return Case(TOP, f"    {text}\n{TOP}", path, at, message, remedy)


CASES = {
    "root": api("user", "user: '0'", "user: '0'", "is root", "1000:1000"),
    "root by name": api("user", "user: root:app", "user: root", "is root", "1000:1000"),
    "user with a space": api("user", "user: 'a b'", "user: 'a b'", "form that is needed", "1000:1000"),
    "writable root": api(
        "writable_volumes", "writable_volumes: {all: /}", "writable_volumes", "'/' of all", "correct the volumes"
    ),
    "two volumes on a path": api(
        "writable_volumes", "writable_volumes: {a: /x, b: /x}", "writable_volumes", "same path", "correct the volumes"
    ),
    "too long to stop": api(
        "stop_timeout_seconds", "stop_timeout_seconds: 300", "stop_timeout", "less than or equal to 120", "120"
    ),
    "Spot without the time for its requests": api(
        "stop_timeout_seconds",
        "stop_timeout_seconds: 30\n        spot_weight: 1",
        "stop_timeout",
        "killed after 30 s",
        "lengthen stop_timeout_seconds",
    ),
    "bucket that is not there": api(
        "reads[0]", "reads: [files]", "reads", "no files in buckets", "add `buckets.files`"
    ),
    "bucket twice": Case(
        f"{TOP}",
        f"    buckets: {{files: {{}}}}\n{TOP}\n        writes: [files, files]",
        "services.api.writes[1]",
        "writes:",
        "files is listed twice",
        "remove one",
    ),
    "a job's bucket": Case(
        JOB, f"{JOB}        reads: [files]\n", "jobs.sweep.reads[0]", "reads:", "no files in buckets", "buckets.files"
    ),
    "single time": api(
        "schedules", f"schedules:\n{NIGHT.rstrip()}", "schedules:", "nothing changes the numbers back", "change back"
    ),
    "rate in place of a time": api(
        "schedules.day",
        f"schedules:\n          day: {{schedule: rate(1 hour), min: 1, max: 2}}\n{NIGHT.rstrip()}",
        "day: {",
        "must be a cron expression",
        "correct the time",
    ),
    "scheduled numbers upside down": api(
        "schedules.day",
        f"schedules:\n          day: {{schedule: cron(0 7 * * ? *), min: 5, max: 2}}\n{NIGHT.rstrip()}",
        "day: {",
        "5 to 2 tasks",
        "correct the time or its numbers",
    ),
    "time zone of a time": api(
        "schedules.day.timezone",
        f"schedules:\n          day: {{schedule: cron(0 7 * * ? *), timezone: Europe/Dublni, min: 1, max: 2}}\n"
        f"{NIGHT.rstrip()}",
        "day: {",
        "'Europe/Dublni' is no time zone",
        "Europe/Dublin",
    ),
    "call to nobody": Case(
        WEB, f"{WEB}        calls: [apu]\n", "services.web.calls[0]", "calls:", "no apu in services", "write api"
    ),
    "call to a worker": Case(
        WEB,
        f"{WEB}        calls: [packer]\n",
        "services.web.calls[0]",
        "calls:",
        "no packer in services",
        "services.pac",
    ),
    "call to itself": api("calls[0]", "calls: [api]", "calls:", "api calls itself", "needs no network"),
    "sessions in production": api(
        "execute_command", "execute_command: true", "execute_command", "production's permissions", "class development"
    ),
    "image of the collector by tag": top(
        "telemetry: {image: 'aws-otel-collector:latest'}", "telemetry.image", "telemetry:", "not pinned", "digest"
    ),
    "sampling above all": top(
        f"telemetry: {{image: '{COLLECTOR}', sampling_percent: 101}}",
        "telemetry.sampling_percent",
        "telemetry:",
        "less than or equal to 100",
        "5",
    ),
    "object that is gone before it moves": top(
        "buckets: {files: {infrequent_access_days: 30, expiration_days: 30}}",
        "buckets.files.expiration_days",
        "buckets:",
        "deleted after 30 days",
        "write 31 or more",
    ),
    "too long a bucket's name": top(
        f"buckets: {{{'b' * 40}: {{}}}}", f"buckets.{'b' * 40}", "buckets:", "characters", "use a shorter name"
    ),
    "secret by name": api("secrets.TOKEN", "secrets: {TOKEN: app/token}", "secrets:", "form that is needed", "arn:aws"),
    "label that is not followed": api(
        "secrets.TOKEN", f"secrets: {{TOKEN: '{SECRET}:key:AWSPREVIOUS'}}", "secrets:", "form that is needed", "arn:aws"
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_refused_at_its_place_with_a_remedy(case: Case) -> None:
    assert_only(case)


def test_each_task_needs_room_for_the_collector() -> None:
    text = edited((TOP, f"    telemetry: {{image: '{COLLECTOR}', memory: 300, cpu: 200}}\n{TOP}"))
    told = {problem.location.partition("platform.")[2]: problem.message for problem in refusal(text).problems}
    assert told.keys() == {"services.web.cpu", "workers.packer.cpu"}
    assert "more than half of the task's 256" in told["services.web.cpu"]
    memory = refusal(text.replace(", cpu: 200", "")).problems
    assert [problem.path for problem in memory] == [("services", "web", "memory"), ("workers", "packer", "memory")]


def test_calls_in_a_circle_are_refused() -> None:
    text = edited((API, f"{API}        calls: [web]\n"), (WEB, f"{WEB}        calls: [api]\n"))
    (problem,) = refusal(text).problems
    assert problem.location.endswith("services.api.calls")
    assert "api, web call each other in a circle" in problem.message
    assert "through a queue" in problem.remedy


def test_a_called_service_leaves_the_proxys_port_alone() -> None:
    text = edited((API, "        port: 15000\n"), (WEB, f"{WEB}        calls: [api]\n"))
    (problem,) = refusal(text).problems
    assert problem.location.endswith("services.api.port")


@pytest.mark.parametrize("reference", [SECRET, f"{SECRET}:key", f"{SECRET}:key:AWSCURRENT", f"{SECRET}::AWSCURRENT"])
def test_forms_of_a_secret(reference: str) -> None:
    settings = settings_of(edited((API, f"{API}        secrets: {{TOKEN: '{reference}'}}\n")))
    assert settings.services["api"].secrets == {"TOKEN": reference}


@pytest.mark.parametrize(
    ("change", "variable"),
    [
        ((WEB, f"{WEB}        calls: [api]\n        environment: {{SERVICE_URL_API: x}}\n"), "SERVICE_URL_API"),
        (
            (
                TOP,
                f"    buckets: {{files: {{}}}}\n{TOP}\n        reads: [files]\n"
                f"        secrets: {{BUCKET_FILES: '{SECRET}'}}",
            ),
            "BUCKET_FILES",
        ),
        (
            (WORKER, f"{WORKER}        environment: {{OTEL_TRACES_SAMPLER: always_on}}\n"),
            "OTEL_TRACES_SAMPLER",
        ),
    ],
)
def test_variables_of_the_platform_cannot_be_set(change: tuple[str, str], variable: str) -> None:
    telemetry = (TOP, f"    telemetry: {{image: '{COLLECTOR}'}}\n{TOP}")
    (problem,) = refusal(edited(change, telemetry) if variable.startswith("OTEL") else edited(change)).problems
    assert variable in problem.location
    assert "set by the platform" in problem.message


def test_without_telemetry_a_program_may_have_a_collector_of_its_own() -> None:
    settings = settings_of(edited((WORKER, f"{WORKER}        environment: {{OTEL_TRACES_SAMPLER: always_on}}\n")))
    assert settings.workers["packer"].environment == {"OTEL_TRACES_SAMPLER": "always_on"}


def test_without_nat_the_collector_and_sessions_need_endpoints() -> None:
    ecr = "111122223333.dkr.ecr.us-east-1.amazonaws.com/mirror/collector@sha256:" + "0" * 64
    endpoints = "interface_endpoints: [logs, ecr.api, ecr.dkr, sqs]\n        nat: none"
    text = edited(
        ("class: production", "class: development"),
        ("interface_endpoints: [logs]", endpoints),
        (TOP, f"    telemetry: {{image: '{ecr}'}}\n{TOP}"),
        (API, f"{API}        execute_command: true\n"),
    )
    (problem,) = refusal(text).problems
    assert "cannot reach xray, ssmmessages" in problem.message
    assert not refusal(text.replace(ecr, COLLECTOR)).problems[-1].location.endswith("nat")


def test_a_single_region_has_nowhere_to_copy_to() -> None:
    standby = SAMPLE[SAMPLE.index("      eu-west-1:\n        role") : SAMPLE.index(TOP)]
    replica = "      remote_replicas:\n        eu-west-1: {}\n"
    text = edited((standby, ""), (replica, ""), (TOP, f"    buckets: {{files: {{replicate: true}}}}\n{TOP}"))
    (problem,) = refusal(text).problems
    assert problem.location.endswith("buckets.files.replicate")
    assert "no other region" in problem.message
