"""Rules about the stack's own secrets, and about who names which."""

from collections.abc import Iterator, Mapping

from components._secret_args import check_rotation
from infra.environment import own_secret
from infra.settings._images import containers
from infra.settings._rules import component_rule, listed, nearest, problem
from infra.settings.models import Settings
from infra.settings.problems import Path, Problem


def secret_problems(settings: Settings) -> Iterator[Problem]:
    """All problems of these."""
    for path, container in containers(settings).items():
        yield from _references((*path, "secrets"), container.secrets, settings)
    for name, function in settings.functions.items():
        path = ("functions", name, "secrets")
        yield from _references(path, function.secrets, settings)
        for variable, reference in function.secrets.items():
            if (own := own_secret(reference)) and own[1]:
                remedy = f"write {own[0]}, and take the key out of the value in the program"
                message = "a function reads the whole secret by its ARN"
                yield problem((*path, variable), message, "a name without key", remedy)
    for name in settings.secrets:
        yield from _rotation(name, settings)


def _references(path: Path, references: Mapping[str, str], settings: Settings) -> Iterator[Problem]:
    for variable, reference in references.items():
        own = own_secret(reference)
        if own is not None and own[0] not in settings.secrets:
            meant = nearest(own[0], settings.secrets)
            remedy = f"write {meant}, or" if meant else f"add `secrets.{own[0]}`, or write"
            yield problem(
                (*path, variable),
                f"the stack has no secret {own[0]}, and a value has no place here",
                listed(settings.secrets),
                f"{remedy} an ARN: arn:aws:secretsmanager:<region>:<account>:secret:<name>-<suffix>",
                ("secrets", own[0]),
            )


def _rotation(name: str, settings: Settings) -> Iterator[Problem]:
    rotation = settings.secrets[name].rotation
    path: Path = ("secrets", name, "rotation")
    if rotation is None:
        return
    both: tuple[Path, Path] = ((*path, "function"), (*path, "function_arn"))
    if (rotation.function is None) == (rotation.function_arn is None):
        message = "nobody rotates it" if rotation.function is None else "two functions cannot both rotate it"
        remedy = "add `function`" if rotation.function is None else "remove one of the two"
        yield problem(path, message, "one of function and function_arn", remedy, *both)
    if rotation.function is not None and rotation.function not in settings.functions:
        meant = nearest(rotation.function, settings.functions)
        remedy = f"write {meant}" if meant else f"add `functions.{rotation.function}`"
        message, involved = f"there is no function {rotation.function}", ("functions", rotation.function)
        yield problem(both[0], message, listed(settings.functions), remedy, involved)
    home = settings.home_region if any(r.role == "primary" for r in settings.regions.values()) else None
    if rotation.function_arn is not None and home and rotation.function_arn.split(":")[3] != home:
        message = f"the secret is in {home}, the function in {rotation.function_arn.split(':')[3]}"
        yield problem(both[1], message, f"a function in {home}", f"deploy it in {home}", ("regions",), ("key_region",))
    yield from component_rule(
        (*path, "schedule"), "choose a longer gap or a shorter window", check_rotation, rotation.schedule,
        rotation.window_hours, involves=((*path, "window_hours"),),
    )  # fmt: skip
