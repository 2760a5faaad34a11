"""The commands `breakwater review`, `changed` and `digest`."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from breakwater.telling import FAILED, print_json, told

if TYPE_CHECKING:
    from breakwater.review.model import Review

_HELP = """\b
Exit codes: 0 safe, 3 needs approval, 4 blocked, 1 the program or a policy failed, 2 usage.
DIR gets report.md, report.html, report.json and annotations, whatever the verdict.
"""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog=_HELP)(review)
    app.command()(changed)
    app.command()(digest)


def review(
    stack: Annotated[str, typer.Argument(metavar="STACK", help="A stack as for `up`.")],
    base: Annotated[
        str | None, typer.Option(metavar="REVISION", help="Compare with program and stack file of a Git revision.")
    ] = None,
    preview: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Say what `pulumi preview --json --show-sames` wrote.")
    ] = None,
    against: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Compare with a file of `pulumi stack export`.")
    ] = None,
    state: Annotated[
        Path | None, typer.Option(metavar="FILE", help="With --against: an export too, instead of a simulation.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Write the report there; else to stdout.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as one JSON object.")] = False,
) -> None:
    """Say what a change would do, and whether it is safe, needs approval or is blocked."""
    with told("review", stack, as_json):
        if sum(source is not None for source in (base, preview, against)) > 1:
            raise typer.BadParameter("--base, --preview and --against exclude each other")
        if state is not None and against is None:
            raise typer.BadParameter("--state goes with --against")
        found = _reviewed(stack, base, preview, against, state)
        if out is not None:
            _write(found, out)
        if as_json:
            from breakwater.review.rendering import to_json

            print_json(to_json(found))
        elif out is None:
            from breakwater.review.rendering import render_markdown

            print(render_markdown(found), end="")
        else:
            print(f"{found.stack}: {found.verdict}", *(f"  {r.verdict}: {r.text}" for r in found.reasons), sep="\n")
        sys.stdout.flush()
        raise typer.Exit(found.verdict.exit_code)


def changed(
    base: Annotated[str, typer.Option(metavar="REVISION", help="Compare with a Git revision, such as main.")],
    among: Annotated[
        str | None,
        typer.Option(metavar="JSON", help="Only these: a JSON object or list of names; empty: none."),
    ] = None,
) -> None:
    """Print the stacks that a change touches as a JSON list: names, and folders of examples."""
    with told("changed", "", as_json=False):
        from breakwater.project import find_root
        from breakwater.review.touched import touched
        from breakwater.revision import changed_paths, find_revision

        only = None if among is None else _names(among)
        root = find_root(Path.cwd())
        stacks = touched(root, changed_paths(root, find_revision(root, base)))
        print(json.dumps([stack for stack in stacks if only is None or stack in only]), flush=True)


def digest(
    preview: Annotated[Path, typer.Option(metavar="FILE", help="Of `pulumi preview --json --show-sames`.")],
    expect: Annotated[str | None, typer.Option(metavar="DIGEST", help="End with 1 where it is another.")] = None,
) -> None:
    """Print a digest of what a preview would do and to what: the same for the same change of the same state."""
    with told("digest", "", as_json=False):
        from breakwater.reviews import digest_of_preview

        found = digest_of_preview(preview, Path.cwd())
        print(found, flush=True)
        if expect is not None and found != expect:
            print(
                f"not what was approved, {expect}: program or state have changed since; review again", file=sys.stderr
            )
            raise typer.Exit(FAILED)


def _reviewed(stack: str, base: str | None, preview: Path | None, against: Path | None, state: Path | None) -> "Review":
    from breakwater import reviews
    from breakwater.project import load_stack

    if base is not None:
        return reviews.review_of_revision(stack, Path.cwd(), base)
    loaded = load_stack(stack, Path.cwd())
    if preview is not None:
        return reviews.review_of_preview(loaded, preview)
    if against is not None:
        return reviews.review_of_exports(loaded, against, state)
    raise typer.BadParameter("give one of --base, --preview and --against")


def _names(text: str) -> set[str]:
    try:
        document: Any = json.loads(text or "[]")
    except ValueError:
        document = None
    if not isinstance(document, dict | list):
        raise typer.BadParameter(f"--among takes a JSON object or list of stacks' names, not {text!r}")
    return {str(name) for name in document}


def _write(found: "Review", folder: Path) -> None:
    from breakwater.review.rendering import annotations, render_html, render_markdown, to_json

    document: Any = to_json(found)
    files = {
        "report.json": json.dumps(document, indent=2, ensure_ascii=False) + "\n",
        "report.md": render_markdown(found),
        "report.html": render_html(found),
        "annotations": annotations(found),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise typer.BadParameter(f"{folder}: {error.strerror}") from error
