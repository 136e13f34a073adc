"""The `fieldsvc` command: make, fill, serve and check an installation.

Decides nothing about the trade; every command is a thin way to a service. Exit codes: 0 done (for `verify`: genuine and
current), 1 no, 2 wrong usage.
"""

from __future__ import annotations

import json
import logging
import os
import sys
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


def settings_of(data: Path, **env: str) -> Settings:
    """The settings of an installation; says what is wrong and ends the command where there is none."""
    try:
        return Settings.from_env({**os.environ, "FIELDSVC_DATA": str(data), **env})
    except BadSettings as error:
        raise click.ClickException(str(error)) from error


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="fieldsvc")
def main() -> None:
    """Field service for gas companies: safety visits that work without a network, and signed notices."""


@main.command()
@with_data
def init(data: Path) -> None:
    """Make an installation, or bring one up to date."""
    from fieldsvc import setup

    setup.prepare_folder(data)
    setup.install(settings_of(data))
    click.echo(f"The installation in {data} is ready.")


@main.group()
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
@click.option("--password-stdin", is_flag=True, required=True, help="Read the password from standard input.")
@with_data
def add_user(username: str, roles: tuple[str, ...], name: str, locale: str, password_stdin: bool, data: Path) -> None:
    """Add a member of staff."""
    from fieldsvc import clock, create_app, problems
    from fieldsvc.db import transaction
    from fieldsvc.identity import service as identity

    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise click.ClickException("the password on standard input is empty")
    if len(password) < 8:
        click.echo("Warning: a password of fewer than 8 characters is easily guessed.", err=True)
    with create_app(settings_of(data)).app_context():
        try:
            with transaction():
                identity.add_user(
                    username=username, password=password, name=name, roles=roles, locale=locale, now=clock.now()
                )
        except problems.Problem as problem:
            raise click.ClickException(str(problem)) from problem
    click.echo(f"Added {username}.")


@main.command()
@with_data
def demo(data: Path) -> None:
    """Fill an installation with a demonstration company and a day's work; safe to repeat."""
    from fieldsvc import create_app
    from fieldsvc import demo as demonstration

    with create_app(settings_of(data)).app_context():
        click.echo(demonstration.fill())


@main.command()
@with_data
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--tls", is_flag=True, help="Serve https with a certificate of the installation's own authority.")
@click.option(
    "--demo", "with_demo", is_flag=True, help="First make or bring up to date the demonstration installation."
)
def run(data: Path, host: str, port: int, tls: bool, with_demo: bool) -> None:
    """Serve, and work the jobs in the same process."""
    from fieldsvc import authority, create_app, installation, serve, setup
    from fieldsvc import demo as demonstration

    if with_demo:
        setup.prepare_folder(data)
    address = os.environ.get("FIELDSVC_PUBLIC_URL") or serve.public_url(host, port, tls=tls)
    settings = settings_of(data, FIELDSVC_PUBLIC_URL=address)
    app = setup.install(settings) if with_demo else create_app(settings)
    with app.app_context():
        if with_demo:
            # `make run DATA=…` on somebody's own installation must not put invented customers into it.
            click.echo(
                demonstration.fill()
                if demonstration.is_wanted()
                else "This is an installation of your own: no demonstration."
            )
        setup.note_outside_facts(settings)
        logins = installation.fact("demonstration_logins") or []

    def ready() -> None:
        click.echo(f"\n  Phone app   {address}/app\n  Office      {address}/office")
        if tls:
            click.echo(f"  Trust       {address}/trust   (a phone installs this certificate first)")
            click.echo(f"              SHA-256 {authority.fingerprint(settings.keys)}")
        if logins:
            click.echo(f"  Log in as   {', '.join(logins)}   password: demo")
        click.echo("  Stop with Ctrl-C.\n")
        sys.stdout.flush()

    serve.serve(app, settings, host=host, port=port, tls=tls, ready=ready)


@main.command()
@with_data
def worker(data: Path) -> None:
    """Work the jobs in a process of its own, beside a server that does not."""
    import signal
    import threading

    from fieldsvc import create_app, memory

    app = create_app(settings_of(data))
    workers = app.extensions["fieldsvc.jobs"].consumer()
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    workers.start()
    memory.settle()
    stopped.wait()
    workers.stop()


@main.command("offline-start")
@click.argument("wanted", metavar="[on|off]", required=False, type=click.Choice(["on", "off"]))
@with_data
def offline_start(wanted: str | None, data: Path) -> None:
    """Say whether phones open the app without a network, or switch it: off sets phones free of a broken service worker."""
    from fieldsvc import create_app
    from fieldsvc.db import transaction
    from fieldsvc.pwa import service as pwa

    with create_app(settings_of(data)).app_context():
        if wanted:
            with transaction():
                pwa.switch(on=wanted == "on")
        taken_off = pwa.is_taken_off()
    click.echo("off: phones have no service worker; the app opens with a network only" if taken_off else "on")


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_data
def verify(file: Path, data: Path) -> None:
    """Say whether a PDF is a genuine and current paper of this installation."""
    from fieldsvc import create_app
    from fieldsvc.notices import verify as notices

    # The verdict says in words what is wrong; the library's own account of a foreign signature is a page of traceback.
    logging.basicConfig(level=logging.CRITICAL)
    with create_app(settings_of(data)).app_context():
        verdict = notices.verify(file.read_bytes())
        click.echo(str(verdict))
    sys.exit(0 if verdict.genuine and verdict.current else 1)


@main.group()
def certificate() -> None:
    """The certificate that papers are signed with."""


@certificate.command("show")
@with_data
def show_certificate(data: Path) -> None:
    """Say whose it is and how long it lasts; ends with 1 when somebody must act."""
    from fieldsvc import create_app
    from fieldsvc.notices import signer

    with create_app(settings_of(data)).app_context():
        try:
            held = signer.standing()
        except signer.NoSigner as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"{held.subject}: until {held.expires:%Y-%m-%d}, {held.days} days; {held.kept} kept for what was signed")
    sys.exit(1 if held.near else 0)


@certificate.command("renew")
@with_data
def renew_certificate(data: Path) -> None:
    """Make the installation's own authority issue a new one; what the former one signed stays genuine."""
    from fieldsvc import authority, create_app, installation
    from fieldsvc.notices import service as notices

    settings = settings_of(data)
    if settings.signing.key:
        raise click.ClickException("papers are signed with FIELDSVC_SIGNING_KEY: renew it where it comes from")
    with create_app(settings).app_context():
        notices.signer_standing()  # which keeps the present one
        made = authority.renew_signer(settings.keys, company=installation.company()["name"]["en"])
    click.echo(f"Papers are signed with a new certificate, until {made.not_valid_after_utc:%Y-%m-%d}.")


@main.command()
@click.argument("image", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--remove", is_flag=True, help="Show the plain drawn seal again.")
@with_data
def seal(image: Path | None, remove: bool, data: Path) -> None:
    """Show the company's seal image on papers from now on (PNG or JPEG), or take it away again."""
    from fieldsvc import create_app
    from fieldsvc.db import transaction
    from fieldsvc.notices import pictures, service

    if (image is None) != remove:
        raise click.UsageError("give an image, or --remove")
    try:
        with create_app(settings_of(data)).app_context(), transaction():
            service.show_seal(image.read_bytes() if image else None)
    except pictures.BadPicture as error:
        raise click.ClickException(str(error)) from error
    click.echo("The plain drawn seal is shown." if remove else "The company's seal is shown on papers from now on.")


@main.command("verify-receipt")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_data
def verify_receipt(file: Path, data: Path) -> None:
    """Say whether a custody receipt is this installation's and still true."""
    from fieldsvc import create_app
    from fieldsvc.sync_api import receipt

    settings = settings_of(data)
    try:
        given = json.loads(file.read_bytes())
    except ValueError as error:
        raise click.ClickException(f"{file} is not JSON") from error
    with create_app(settings).app_context():
        verdict = receipt.verify(given, keys=settings.keys)
    click.echo(verdict.why)
    sys.exit(0 if verdict.holds else 1)


@main.command("import-lifeboat")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_data
def import_lifeboat(file: Path, data: Path) -> None:
    """Take in what a phone could not send, from the encrypted file that its Outbox made; safe to repeat."""
    from fieldsvc import create_app, problems
    from fieldsvc.lifeboat import intake, telling

    settings = settings_of(data)
    with create_app(settings).app_context(), file.open("rb") as given:
        try:
            row = intake.take_in(file=given, keys=settings.keys, by_id=None, by_name="")
        except (problems.Invalid, problems.TooLarge) as problem:
            raise click.ClickException(f"{problem}; nothing was stored") from problem
        click.echo("\n".join(telling.lines(row)))
        whole = telling.is_whole(row)
    sys.exit(0 if whole else 1)


@main.command()
@with_data
def doctor(data: Path) -> None:
    """Look at fonts, signing key, disk and database, and name what somebody must see to."""
    from fieldsvc import create_app
    from fieldsvc.health import service as health

    with create_app(settings_of(data)).app_context():
        sys.exit(0 if health.tell(data, click.echo) else 1)


@main.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--kind", required=True, type=click.Choice(["customers", "readings", "orders"]), help="What is in the file."
)
@click.option("--preview", is_flag=True, help="Check every row and write nothing.")
@with_data
def import_file(file: Path, kind: str, preview: bool, data: Path) -> None:
    """Import customers with meters, readings or work orders from CSV or XLSX; ends with 1 when a row is bad. Safe to repeat."""
    from fieldsvc import create_app
    from fieldsvc.imports import command

    with create_app(settings_of(data)).app_context():
        whole = command.take_in(path=file, kind=kind, preview=preview)
    sys.exit(0 if whole else 1)


@main.command()
@with_data
def audit(data: Path) -> None:
    """Walk the op log and say whether every device's chain is intact."""
    from fieldsvc import create_app
    from fieldsvc.record import service as record

    with create_app(settings_of(data)).app_context():
        found = record.audit()
    for finding in found.findings:
        click.echo(finding)
    click.echo(f"{found.entries} entries of {found.devices} devices: {'intact' if found.intact else 'NOT intact'}")
    sys.exit(0 if found.intact else 1)


if __name__ == "__main__":
    main()
