"""Commands that speak with AWS and GitHub: bootstrap, smoke, comment, drift."""

import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from breakwater.telling import FAILED, print_json, told

if TYPE_CHECKING:
    from breakwater.operations.bootstrap import Request
    from breakwater.operations.plan import Step
    from breakwater.project import Stack

_BOOTSTRAP_JSON_HELP = """\b
With --json, stdout holds one object and nothing else:
  command, stack, project   strings; stack is all of them, separated by commas
  ok          whether all is as it must be
  error       null, or message and kind
  account, region, bucket, repository
  applied     whether anything was made or changed
  steps       each with kind, name, action (keep, change, create), details, warnings
  next        what is left to do by hand
"""

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
JobsOption = Annotated[
    str | None,
    typer.Option(metavar="JSON", help="The jobs before this one, as GitHub's `toJSON(needs)` gives them."),
]


def bootstrap(
    stacks: Annotated[list[str], typer.Argument(metavar="STACK...", help="Stacks of one account.")],
    repository: Annotated[
        str | None, typer.Option(metavar="OWNER/NAME", help="Repository that may deploy; default that of `origin`.")
    ] = None,
    region: Annotated[
        str | None, typer.Option(help="Of state and keys; default that of Pulumi.yaml's backend, or the primary one.")
    ] = None,
    bucket: Annotated[
        str | None,
        typer.Option(help="Of the state; default that of Pulumi.yaml's backend, or <project>-state-<account>."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Prepare an account: bucket of the state, key of each stack's secrets, GitHub's roles to preview and deploy.

    Prints the plan, then asks. What is there already is compared and put right, nothing is deleted; a second run finds
    nothing to do. Ends with 1 where something is left undone.
    """
    with told("bootstrap", ",".join(stacks), as_json):
        from breakwater.operations import bootstrap as work
        from breakwater.operations.errors import explained
        from breakwater.operations.plan import carried_out, planned

        request = _request([_load(name) for name in stacks], repository, region, bucket)
        session = work.sign_in()
        owner = work.owner_of(request, session)
        resources = work.resources_of(owner, request.stacks, session)
        with explained():
            steps = planned(resources)
        todo = [step for step in steps if step.action != "keep"]
        if not as_json:
            print(f"Account {owner.account}, state in {owner.backend}, deployed from github.com/{owner.repository}\n")
            _print_steps(steps)
        agreed = bool(todo) and (yes or (not as_json and _asked(len(todo))))
        if agreed:
            with explained():
                carried_out(resources, lambda step: None if as_json else print(f"{step.kind} {step.name}: done"))
        ok = agreed or not todo
        left = work.next_steps(owner, request.stacks)
        if as_json:
            head = {"command": "bootstrap", "stack": ",".join(request.stacks), "project": owner.project, "ok": ok}
            place = {"account": owner.account, "region": owner.region, "bucket": owner.bucket}
            rest = {"repository": owner.repository, "applied": agreed, "steps": [s.to_json() for s in steps]}
            print_json(head | {"error": None} | place | rest | {"next": left})
        elif ok:
            print("\nLeft to do by hand, once:", *(f"  {line}" for line in left), sep="\n")
        raise typer.Exit(0 if ok else FAILED)


def smoke(
    outputs: Annotated[Path, typer.Argument(metavar="OUTPUTS", help="File of `pulumi stack output --json`.")],
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Only alarms that went on since then, as 2027-01-15T08:00:00Z.")
    ] = None,
    deadline: Annotated[int, typer.Option(min=0, metavar="SECONDS", help="By then all must be well.")] = 900,
    watch: Annotated[int, typer.Option(min=0, metavar="SECONDS", help="And stay well for so long.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Check a stack after a deployment: addresses, tasks, targets, alarms. Ends with 1 where something is not well."""
    with told("smoke", "", as_json):
        from functools import cache

        import boto3

        from breakwater.operations import drift
        from breakwater.operations import smoke as work
        from breakwater.operations.errors import explained

        client = cache(lambda service, region: boto3.client(service, region_name=region))
        with explained():
            checks = work.checks(drift.read(outputs), client, _moment(since))
            findings = work.until_good(checks, deadline, watch)
        ok = all(finding.good for finding in findings)
        if as_json:
            head = {"command": "smoke", "stack": "", "project": None, "ok": ok, "error": None}
            print_json(head | {"checks": [finding.to_json() for finding in findings]})
        else:
            for finding in findings:
                print(f"{'ok  ' if finding.good else 'FAIL'} {finding.check}: {finding.text}")
        raise typer.Exit(0 if ok else FAILED)


def comment(
    pull: Annotated[int, typer.Option(min=1, metavar="NUMBER", help="The pull request.")],
    body: Annotated[
        list[Path], typer.Option(metavar="PATH", help="A report, or a folder with files report.md; may be repeated.")
    ],
    jobs: JobsOption = None,
) -> None:
    """Write the one comment of a pull request, or put the new reports into it; also where jobs failed or found nothing.

    Takes GITHUB_TOKEN and GITHUB_REPOSITORY from the environment.
    """
    with told("comment", "", as_json=False):
        from breakwater.operations import comment as work
        from breakwater.operations.github import GitHub

        text = work.composed(body, work.results(jobs))
        print(work.post(GitHub.of_run(), pull, text))


drift_commands = typer.Typer(
    help="Find what changed behind Pulumi's back, and keep one issue about it.", no_args_is_help=True
)


@drift_commands.command()
def report(
    stack: Annotated[str, typer.Argument(metavar="STACK")],
    refresh: Annotated[Path, typer.Option(metavar="FILE", help="Of `pulumi refresh --preview-only --json`.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="What has drifted: names of resources, no values.")],
) -> None:
    """Reduce a refresh to what has drifted, so that it can leave the job that may read the cloud."""
    with told("drift report", stack, as_json=False):
        import json

        from breakwater.operations import drift as work

        found = work.found(stack, work.read(refresh))
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
        print(f"{stack}: {len(found['resources'])} resources have drifted")


@drift_commands.command()
def issue(
    reports: Annotated[Path, typer.Option(metavar="FOLDER", help="With the files that `drift report` wrote.")],
    jobs: JobsOption = None,
) -> None:
    """Open, rewrite or close the one issue about drift.

    Takes GITHUB_TOKEN and GITHUB_REPOSITORY from the environment.
    """
    with told("drift issue", "", as_json=False):
        from breakwater.operations import drift as work
        from breakwater.operations.comment import results
        from breakwater.operations.github import GitHub

        failed = [name for name, result in sorted(results(jobs).items()) if result in ("failure", "cancelled")]
        text = work.report([work.read(file) for file in sorted(reports.rglob("*.json"))], failed)
        print(work.keep_issue(GitHub.of_run(), text) or "Nothing has drifted.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog=_BOOTSTRAP_JSON_HELP)(bootstrap)
    app.command()(smoke)
    app.command()(comment)
    app.add_typer(drift_commands, name="drift")


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"--since: {text!r} is no time such as 2027-01-15T08:00:00Z") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _load(name: str) -> "Stack":
    from breakwater.project import load_stack

    return load_stack(name, Path.cwd())


def _request(stacks: "Sequence[Stack]", repository: str | None, region: str | None, bucket: str | None) -> "Request":
    from breakwater.operations.bootstrap import Request
    from breakwater.project import load_project

    root = stacks[0].root
    backend = load_project(root).get("backend")
    regions = {stack.name: _regions(stack) for stack in stacks}
    return Request(
        project=stacks[0].project,
        stacks={name: tuple(found) for name, found in regions.items()},
        primary_regions=[_primary(found) for found in regions.values()],
        repository=repository,
        region=region,
        bucket=bucket,
        backend=backend.get("url") if isinstance(backend, dict) else None,
        remote=_remote(root),
    )


def _regions(stack: "Stack") -> dict[str, Any]:
    from breakwater.project import ProjectError

    platform = stack.config.get(f"{stack.project}:platform")
    regions = platform.get("regions") if isinstance(platform, dict) else None
    if not isinstance(regions, dict) or not regions:
        raise ProjectError(f"{stack.file}: {stack.project}:platform has no `regions`; the roles are limited to them")
    return {str(name): region for name, region in regions.items()}


def _primary(regions: dict[str, Any]) -> str:
    primary = [n for n, region in regions.items() if isinstance(region, dict) and region.get("role") == "primary"]
    return (primary or list(regions))[0]


def _remote(root: Path) -> str | None:
    try:
        told_by_git = subprocess.run(
            ["git", "-C", str(root), "remote", "get-url", "origin"], capture_output=True, text=True, check=False
        )
    except OSError:
        return None
    return told_by_git.stdout.strip() or None


def _print_steps(steps: "Sequence[Step]") -> None:
    signs = {"keep": "=", "change": "~", "create": "+"}
    for step in steps:
        print(f"{signs[step.action]} {step.kind} {step.name}" + (": as it must be" if step.action == "keep" else ""))
        for line in step.details:
            print(f"    {line}")
        for line in step.warnings:
            print(f"    ! {line}; it stays")
    count = {action: sum(step.action == action for step in steps) for action in ("create", "change", "keep")}
    print(f"\n{count['create']} to create, {count['change']} to change, {count['keep']} as they must be, 0 to delete.")
    sys.stdout.flush()


def _at_terminal() -> bool:
    return sys.stdin.isatty()


def _asked(number: int) -> bool:
    if not _at_terminal():
        print("Nothing was done: nobody is here to ask; --yes does it.", file=sys.stderr)
        return False
    return typer.confirm(f"Do {'this' if number == 1 else f'these {number}'}?", default=False)
