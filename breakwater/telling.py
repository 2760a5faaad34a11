"""How every command tells what stopped it: a message on stderr, in JSON as well where that was asked for."""

import contextlib
import json
import sys
import traceback
from collections.abc import Iterator
from typing import Any, NoReturn

import typer

FAILED, REFUSED = 1, 2
_EXPLAIN_THEMSELVES = {"TimeLimitExceededError", "OperationError"}


@contextlib.contextmanager
def told(command: str, stack: str, as_json: bool) -> Iterator[None]:
    """Tell what stopped the command as a message, in JSON as well where that was asked for; never a traceback."""
    from breakwater.project import ProjectError
    from breakwater.serving import PortError

    try:
        yield
    except (ProjectError, PortError) as error:
        _stop(command, stack, as_json, str(error), REFUSED)
    except (typer.Exit, typer.BadParameter, typer.Abort, BrokenPipeError):
        raise
    except Exception as error:
        # Some errors explain themselves; anything else is a fault of this tool, whose line helps to find it.
        message = str(error)
        if type(error).__name__ not in _EXPLAIN_THEMSELVES:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            message = f"{type(error).__name__}: {error} ({frame.filename}:{frame.lineno})"
        _stop(command, stack, as_json, message, FAILED)


def print_json(document: dict[str, Any]) -> None:
    """The one object that `--json` prints."""
    print(json.dumps(document, indent=2, ensure_ascii=False), flush=True)


def _stop(command: str, stack: str, as_json: bool, message: str, exit_code: int) -> NoReturn:
    from breakwater.report import error_object

    if as_json:
        error = error_object(message, exit_code)
        print_json({"command": command, "stack": stack, "project": None, "ok": False, "error": error})
    print(message, file=sys.stderr)
    raise typer.Exit(exit_code)
