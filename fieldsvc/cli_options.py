"""What every `fieldsvc` command asks for: the installation's folder, and its settings."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from fieldsvc.settings import BadSettings, Settings

Command = Callable[..., Any]


def with_data(command: Command) -> Command:
    """Give a command the option --data DIR."""
    return click.option(
        "--data",
        type=click.Path(path_type=Path),
        envvar="FIELDSVC_DATA",
        default=Path("data"),
        show_default=True,
        help="The installation's folder.",
    )(command)


def speak(settings: Settings, *, usually: str = "info") -> None:
    """Make this a process that serves: it speaks in JSON lines and counts together with the others. Before the app is built."""
    from fieldsvc import logs, measures

    logs.begin(level=settings.log_level or usually)
    measures.begin(settings.data)


def environment() -> dict[str, str]:
    """The settings of an installation that is still to be made, as the environment has them."""
    return dict(os.environ)


def settings_of(data: Path, **env: str) -> Settings:
    """The settings of an installation; says what is wrong and ends the command where there is none."""
    try:
        return Settings.from_env({**os.environ, "FIELDSVC_DATA": str(data), **env})
    except BadSettings as error:
        raise click.ClickException(str(error)) from error
