"""The `fieldsvc` command: make, fill, serve and check an installation.

Decides nothing about the trade; every command is a thin way to a service. Exit codes: 0 done (for `verify`: genuine and
current), 1 no, 2 wrong usage.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from fieldsvc.cli_keeping import commands as about_keeping
from fieldsvc.cli_options import settings_of, speak, with_data
from fieldsvc.cli_papers import commands as about_papers
from fieldsvc.cli_privacy import commands as about_people
from fieldsvc.cli_users import user


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="fieldsvc")
def main() -> None:
    """Field service for gas companies: safety visits that work without a network, and signed notices."""


for one in (*about_papers.commands.values(), *about_keeping.commands.values(), *about_people.commands.values()):
    main.add_command(one)
main.add_command(user)


@main.command()
@with_data
def init(data: Path) -> None:
    """Make an installation, or bring one up to date."""
    from fieldsvc import keyring, setup

    setup.prepare_folder(data)
    try:
        setup.install(settings_of(data))
    except keyring.AnotherSecret as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"The installation in {data} is ready.")


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
    speak(settings, usually="warning")  # the addresses shall not be lost among the lines of requests
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

    from fieldsvc import create_app, keyring, memory

    settings = settings_of(data)
    speak(settings)
    app = create_app(settings)
    keyring.watch(app, settings)
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

    settings = settings_of(data)
    with create_app(settings).app_context():
        sys.exit(0 if health.tell(settings, click.echo) else 1)


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
@click.option("--check", is_flag=True, help="Change nothing; name every figure that is not what a recount says.")
@with_data
def recount(check: bool, data: Path) -> None:
    """Count everything that reports show again, from the record; with --check ends with 1 when a figure was wrong."""
    from fieldsvc import create_app
    from fieldsvc.reports import service as reports

    with create_app(settings_of(data)).app_context():
        if not check:
            reports.count_all_anew()
        else:
            reports.catch_up()
        wrong = reports.differences()
    click.echo("\n".join(wrong) or "Every figure is what the record says.")
    sys.exit(1 if wrong else 0)


@main.command()
@with_data
def audit(data: Path) -> None:
    """Walk the op log and the audit book, and say whether every chain is intact."""
    from fieldsvc import create_app
    from fieldsvc.audit import service as audit_book
    from fieldsvc.record import service as record

    with create_app(settings_of(data)).app_context():
        found, book = record.audit(), audit_book.walk()
        last, chain = audit_book.head()
    for finding in (*found.findings, *book.findings):
        click.echo(finding)
    click.echo(f"{found.entries} entries of {found.devices} devices: {'intact' if found.intact else 'NOT intact'}")
    if found.erased:
        click.echo(f"{found.erased} of them have lost personal words; the audit book tells of each")
    click.echo(
        f"{book.entries} entries of the audit book, {book.removed} removed by rule, up to {last} with {chain[:16]}: "
        f"{'intact' if book.intact else 'NOT intact'}"
    )
    sys.exit(0 if found.intact and book.intact else 1)


if __name__ == "__main__":
    main()
