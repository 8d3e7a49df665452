"""The decorator that makes a function a command: common options in, exit status out."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import fields
from typing import get_type_hints

import typer

from il2struct.cli.options import CommonOptions


def with_common_options(command: Callable[..., int]) -> Callable[..., None]:
    """
    Give a command the common options as its argument ``common``.

    Parameters
    ----------
    command : callable
        Takes ``common: CommonOptions`` and its own arguments; returns the exit status. An argument
        of its own with the name of a common option takes that option's place.

    Returns
    -------
    callable
        With the common options spread out in its signature, for typer to read.
    """
    hints = get_type_hints(command, include_extras=True)
    own = [
        parameter.replace(annotation=hints[name], kind=inspect.Parameter.KEYWORD_ONLY)
        for name, parameter in inspect.signature(command).parameters.items()
        if name != "common"
    ]
    common_hints = get_type_hints(CommonOptions, include_extras=True)
    taken = {parameter.name for parameter in own}
    shared = [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=field.default,
            annotation=common_hints[field.name],
        )
        for field in fields(CommonOptions)
        if field.name not in taken
    ]

    @functools.wraps(command)
    def spread(**arguments: object) -> None:
        # The runner brings the archive along, which ``--help`` does not need.
        from il2struct.cli.runner import exit_status

        given = {parameter.name: arguments.pop(parameter.name) for parameter in shared}
        common = CommonOptions(**given)  # type: ignore[arg-type]  # typer has checked them

        def call() -> int:
            # Read first: further options may name its roles.
            _ = common.family
            return command(common=common, **arguments)

        raise typer.Exit(exit_status(call, common))

    spread.__signature__ = inspect.Signature(own + shared)  # type: ignore[attr-defined]  # functions have it
    spread.__annotations__ = {p.name: p.annotation for p in own + shared}
    return spread
