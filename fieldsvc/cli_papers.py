"""The commands about what can be proved: papers, receipts, the certificate and the seal. See `fieldsvc.cli`."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

import click

from fieldsvc.cli_options import settings_of, with_data


@click.group()
def commands() -> None:
    """The commands of this module; `fieldsvc.cli` takes them in."""


@commands.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_data
def verify(file: Path, data: Path) -> None:
    """Say whether a PDF is a genuine and current paper of this installation."""
    from fieldsvc import create_app
    from fieldsvc.notices.signature import verify as notices

    # The verdict says in words what is wrong; the library's own account of a foreign signature is a page of traceback.
    logging.basicConfig(level=logging.CRITICAL)
    with create_app(settings_of(data)).app_context():
        verdict = notices.verify(file.read_bytes())
        click.echo(str(verdict))
    sys.exit(0 if verdict.genuine and verdict.current else 1)


@commands.group()
def certificate() -> None:
    """The certificate that papers are signed with."""


@certificate.command("show")
@with_data
def show_certificate(data: Path) -> None:
    """Say whose it is and how long it lasts; ends with 1 when somebody must act."""
    from fieldsvc import create_app
    from fieldsvc.notices.signature import signer

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
    from fieldsvc import authority, create_app, installation, keyring
    from fieldsvc.notices import service as notices

    settings = settings_of(data)
    if settings.signing.key:
        raise click.ClickException("papers are signed with FIELDSVC_SIGNING_KEY: renew it where it comes from")
    with create_app(settings).app_context():
        notices.signer_standing()  # which keeps the present one
        made = authority.renew_signer(settings.keys, company=installation.company()["name"]["en"])
        notices.signer_standing()  # the new one too, so that every host knows it before anything is signed with it
        keyring.publish(settings, *keyring.SIGNER)
        if authority.signer_certificate(settings.keys) != made:
            raise click.ClickException("a server of this host put the shared one back in between: run this again")
    click.echo(f"Papers are signed with a new certificate, until {made.not_valid_after_utc:%Y-%m-%d}.")


@commands.command()
@click.argument("image", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--remove", is_flag=True, help="Show the plain drawn seal again.")
@with_data
def seal(image: Path | None, remove: bool, data: Path) -> None:
    """Show the company's seal image on papers from now on (PNG or JPEG), or take it away again."""
    from fieldsvc import clock, create_app
    from fieldsvc.db import transaction
    from fieldsvc.notices import service
    from fieldsvc.notices.making import pictures
    from fieldsvc.policy.service import changes

    if (image is None) != remove:
        raise click.UsageError("give an image, or --remove")
    try:
        with create_app(settings_of(data)).app_context(), transaction():
            old = service.seal()
            service.show_seal(image.read_bytes() if image else None)
            if old != service.seal():
                changes.note(
                    name="seal",
                    old={"jpeg": old},
                    new={"jpeg": service.seal()},
                    by_id=None,
                    by_name="",
                    now=clock.now(),
                )
    except pictures.BadPicture as error:
        raise click.ClickException(str(error)) from error
    click.echo("The plain drawn seal is shown." if remove else "The company's seal is shown on papers from now on.")


@commands.command("verify-receipt")
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
