"""The commands about people's data: what is over, one person's data, and erasing it. See `fieldsvc.cli`.

Whoever can run these may read the database anyway; an erasure still needs two administrators, each with their password, because
it cannot be undone and the audit book must name who wanted it.
"""

from __future__ import annotations

import getpass
import shutil
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fieldsvc.cli_options import settings_of, with_data

if TYPE_CHECKING:
    from fieldsvc.identity.models import User


@click.group()
def commands() -> None:
    """The commands of this module; `fieldsvc.cli` takes them in."""


@commands.command()
@click.option("--dry-run", is_flag=True, help="Change nothing; say what would go.")
@with_data
def retention(dry_run: bool, data: Path) -> None:
    """Take out personal data whose time is over, as the daily job does; says what goes and what is held back."""
    from fieldsvc import create_app, installation
    from fieldsvc.privacy import service as privacy

    with create_app(settings_of(data)).app_context():
        today = installation.today()
        gone = privacy.retention.look(today=today) if dry_run else privacy.retention.run(today=today)
    for one in gone:
        verb = "would go" if dry_run else "erased"
        most = " or more" if one.more else ""
        click.echo(f"{one.kind}: {one.goes}{most} {verb}, {one.held} held back (older than {one.before})")


@commands.command("person-export")
@click.argument("account")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_data
def person_export(account: str, file: Path, data: Path) -> None:
    """Write all data of the customer with this ACCOUNT into a ZIP FILE; the audit book tells of it."""
    from fieldsvc import clock, create_app
    from fieldsvc.audit import service as audit
    from fieldsvc.customers import service as customers
    from fieldsvc.db import transaction
    from fieldsvc.privacy import service as privacy

    with create_app(settings_of(data)).app_context():
        customer = customers.of_account(account=account)
        if customer is None:
            raise click.ClickException("there is no such account")
        with transaction():
            audit.looked_up(
                kind="exported", what="customer", object_id=customer.id, customer_id=customer.id, route="person-export",
                now=clock.now(),
            )  # fmt: skip
        with privacy.export.of_customer(customer_id=customer.id) as made, file.open("xb") as into:
            shutil.copyfileobj(made, into)
    click.echo(f"Wrote {file}.")


@commands.command("person-erase")
@click.argument("account")
@click.option("--dry-run", is_flag=True, help="Change nothing; say what would go and what stays.")
@click.option("--by", help="Who asks for it, or agrees: an administrator, whose password is read from standard input.")
@click.option("--reason", default="", help="Why; kept with the request.")
@click.option("--moved-out", is_flag=True, help="Nobody's customer any more: the file is emptied too.")
@click.option("--agree", is_flag=True, help="Agree to what another administrator has asked for, and carry it out.")
@with_data
def person_erase(
    account: str, dry_run: bool, by: str | None, reason: str, moved_out: bool, agree: bool, data: Path
) -> None:
    """Erase the data of the customer with this ACCOUNT that may go: one administrator asks, another agrees (--agree)."""
    from fieldsvc import clock, create_app, installation, problems
    from fieldsvc.customers import service as customers
    from fieldsvc.db import transaction
    from fieldsvc.privacy import service as privacy

    with create_app(settings_of(data)).app_context():
        customer, today = customers.of_account(account=account), installation.today()
        if customer is None:
            raise click.ClickException("there is no such account")
        if dry_run:
            _say_plan(customer.id, moved_out, today)
            return
        user = _administrator(by)
        try:
            with transaction():
                if agree:
                    asked = privacy.person.waiting(customer_id=customer.id)
                    if asked is None:
                        raise click.ClickException("nobody has asked for an erasure of this account")
                    privacy.person.settle(
                        erasure_id=asked.id, agree=True, by_id=user.id, by_name=user.name, today=today, now=clock.now()
                    )
                else:
                    privacy.person.ask(
                        customer_id=customer.id, moved_out=moved_out, reason=reason, by_id=user.id, by_name=user.name,
                        now=clock.now(),
                    )  # fmt: skip
                _note(customer.id, user, agree=agree)
        except problems.Problem as problem:
            raise click.ClickException(problem.detail) from problem
    click.echo("Erased what may go." if agree else "Asked for. Another administrator must agree: --agree.")


def _say_plan(customer_id: str, moved_out: bool, today: date) -> None:
    from fieldsvc.privacy import service as privacy

    made = privacy.person.plan(customer_id=customer_id, moved_out=moved_out, today=today)
    click.echo(f"visits: {len(made.whole)} would lose the person, {len(made.partly)} places and photos only")
    for visit_id, why in made.stays.items():
        click.echo(f"stays: visit {visit_id} ({why})")
    click.echo("the customer file would be emptied" if made.file else f"stays: the customer file ({made.file_stays})")


def _administrator(username: str | None) -> User:
    from fieldsvc.identity import service as identity

    if not username:
        raise click.UsageError("say who asks for it or agrees, by --by; or what would happen, by --dry-run")
    given = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    user = identity.check_password(username=username, password=given)
    if user is None or not user.active or "admin" not in identity.role_names(user):
        raise click.ClickException("user name or password is wrong, or this is no administrator")
    return user


def _note(customer_id: str, user: User, *, agree: bool) -> None:
    from fieldsvc import clock
    from fieldsvc.audit import service as audit

    audit.looked_up(
        kind="changed", what="erasure", object_id=customer_id, customer_id=customer_id, by_id=user.id, by_name=user.name,
        route="person-erase", detail={"does": "agrees" if agree else "asks"}, now=clock.now(),
    )  # fmt: skip
