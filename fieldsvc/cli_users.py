"""The commands about members of staff: add one, and help one who cannot log in. See `fieldsvc.cli`.

Whoever may run commands on the server may let anybody in again; every one of these is written into the account's book.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fieldsvc.cli_options import settings_of, with_data

if TYPE_CHECKING:
    from fieldsvc.identity.models import User

PASSWORD = click.option("--password-stdin", is_flag=True, required=True, help="Read the password from standard input.")
GIVEN = click.option("--given", is_flag=True, help="It must be changed at the first log-in.")


@click.group()
def user() -> None:
    """Members of staff."""


@user.command("add")
@click.argument("username")
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice(["technician", "office", "admin"]),
    help="May be repeated.",
)
@click.option("--name", required=True, help="As customers and papers see it.")
@click.option("--locale", default="zh-Hans", type=click.Choice(["zh-Hans", "zh-Hant", "en"]), show_default=True)
@PASSWORD
@GIVEN
@with_data
def add_user(
    username: str, roles: tuple[str, ...], name: str, locale: str, password_stdin: bool, given: bool, data: Path
) -> None:
    """Add a member of staff."""
    from fieldsvc import clock, create_app, problems
    from fieldsvc.db import transaction
    from fieldsvc.identity import service as identity

    password = _password()
    with create_app(settings_of(data)).app_context():
        try:
            with transaction():
                identity.add_user(
                    username=username, password=password, name=name, roles=roles, locale=locale, now=clock.now(),
                    given=given,
                )  # fmt: skip
        except problems.Problem as problem:
            raise click.ClickException(str(problem)) from problem
    click.echo(f"Added {username}.")


@user.command("password")
@click.argument("username")
@PASSWORD
@GIVEN
@with_data
def password(username: str, password_stdin: bool, given: bool, data: Path) -> None:
    """Give somebody another password; ends all their sessions, and lets them try again at once."""
    new = _password()

    def change(found: User) -> str:
        from fieldsvc import clock
        from fieldsvc.identity import service as identity

        identity.accounts.give_password(
            user=found, password=new, by=None, address="", now=clock.now(), for_good=not given
        )
        identity.guessing.forget(username=found.username)
        return f"{username} has another password; every session is ended."

    _do(data, username, change)


@user.command("reset-second")
@click.argument("username")
@with_data
def reset_second(username: str, data: Path) -> None:
    """Take away the second factor of somebody who has lost it; ends all their sessions."""

    def change(found: User) -> str:
        from fieldsvc import clock
        from fieldsvc.identity import service as identity

        identity.accounts.reset_second(user=found, by=None, address="", now=clock.now())
        return f"{username} has no second factor any more; every session is ended."

    _do(data, username, change)


@user.command("log-out")
@click.argument("username")
@with_data
def log_out(username: str, data: Path) -> None:
    """End every session of somebody; their phone keeps what it has not sent."""

    def change(found: User) -> str:
        from fieldsvc import clock
        from fieldsvc.identity import service as identity

        count = identity.accounts.end_sessions(user=found, by=None, address="", now=clock.now())
        return f"{count} sessions of {username} are ended."

    _do(data, username, change)


@user.command("unlock")
@click.argument("username")
@with_data
def unlock(username: str, data: Path) -> None:
    """Let an account that waits after too many wrong attempts try again at once."""

    def change(found: User) -> str:
        from fieldsvc import clock
        from fieldsvc.identity import service as identity

        count = identity.guessing.forget(username=found.username)
        identity.accounts.note(user=found, what="unlocked", by=None, address="", now=clock.now())
        return f"{username} can try again; {count} wrong attempts are forgotten."

    _do(data, username, change)


def _password() -> str:
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise click.ClickException("the password on standard input is empty")
    return password


def _do(data: Path, username: str, change: Callable[[User], str]) -> None:
    """Change somebody's account in one transaction, and say what was done."""
    from fieldsvc import create_app, problems
    from fieldsvc.db import transaction
    from fieldsvc.identity import service as identity

    with create_app(settings_of(data)).app_context():
        try:
            with transaction():
                found = identity.find(username=username)
                if found is None:
                    raise click.ClickException(f"there is no {username} on the staff")
                said = change(found)
        except problems.Problem as problem:
            raise click.ClickException(str(problem)) from problem
    click.echo(said)
