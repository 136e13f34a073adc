"""The commands that keep files: backup, restore, verify-backup, and moving them into a bucket. See `fieldsvc.cli`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from fieldsvc.cli_options import environment, settings_of, with_data

FOLDER = click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
PASSPHRASE = click.option(
    "--passphrase-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The keys in the backup are closed with the first line of this file.",
)


@click.group()
def commands() -> None:
    """The commands of this module; `fieldsvc.cli` takes them in."""


def _passphrase(file: Path | None) -> bytes:
    if file is None:
        return b""
    first = file.read_bytes().split(b"\n")[0].strip()
    if not first:
        raise click.ClickException(f"the first line of {file} is empty")
    return first


@commands.command()
@FOLDER
@PASSPHRASE
@click.option("--keep", type=click.IntRange(min=1), help="Afterwards remove all but so many of the newest backups.")
@with_data
def backup(folder: Path, passphrase_file: Path | None, keep: int | None, data: Path) -> None:
    """Back up the installation into FOLDER while it runs; what is there of earlier backups is not copied again.

    Ends with 1 when the backup could not be made, or when what was backed up is damaged; it says which.
    """
    from fieldsvc import clock, create_app
    from fieldsvc.backup import service as backups

    settings, passphrase = settings_of(data), _passphrase(passphrase_file)
    with create_app(settings).app_context():
        try:
            made = backups.make(settings=settings, root=folder, passphrase=passphrase, now=clock.now())
            gone = backups.prune(root=folder, keep=keep) if keep and not made.findings else []
        except backups.BadBackup as error:
            raise click.ClickException(f"no backup was made: {error}") from error
        noted = backups.note(made=made, now=clock.now())
    told = made.manifest
    click.echo(
        f"{made.name}: {told.entries} entries of {told.devices} devices, {told.photo_count} photos, {len(told.files)} other"
        f" files, {len(told.keys)} keys{'' if told.sealed else ' (not sealed)'}; read back whole."
    )
    for name in gone:
        click.echo(f"{name}: removed")
    if not noted:
        click.echo("The database cannot be written: it does not know of this backup.", err=True)
    for finding in made.findings:
        click.echo(f"DAMAGED {finding}", err=True)
    sys.exit(1 if made.findings else 0)


@commands.command("verify-backup")
@FOLDER
@click.option("--name", default="", help="Which backup; the newest where none is named.")
def verify_backup(folder: Path, name: str) -> None:
    """Read a backup whole and say whether it is what was written."""
    from fieldsvc.backup import service as backups

    try:
        name, told = backups.verify(root=folder, name=name)
    except backups.BadBackup as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{name}: whole; of {told.made_at}, {told.entries} entries, {told.photo_count} photos")
    if not told.intact:
        raise click.ClickException("a chain of the op log or of the audit book was broken already when it was made")


@commands.command()
@FOLDER
@PASSPHRASE
@click.option("--name", default="", help="Which backup; the newest where none is named.")
@with_data
def restore(folder: Path, passphrase_file: Path | None, name: str, data: Path) -> None:
    """Make an installation in an empty folder (and an empty database) from a backup in FOLDER.

    It begins another line of history: phones send again by themselves what came after the backup.
    """
    from fieldsvc import clock, setup
    from fieldsvc.backup import service as backups
    from fieldsvc.settings import BadSettings

    order = backups.Order(root=folder, data=data, env=environment(), name=name, passphrase=_passphrase(passphrase_file))
    try:
        told = backups.restore(order=order, install=setup.install, now=clock.now())
    except (backups.BadBackup, BadSettings) as error:
        raise click.ClickException(f"nothing was restored: {error}") from error
    click.echo(
        f"The installation in {data} stands as of {told.manifest.made_at}: {told.manifest.entries} entries,"
        f" {told.manifest.photo_count} photos. Its history has a new name ({told.epoch});"
        " phones send again by themselves what they wrote since."
    )
    if told.manifest.missing:
        click.echo(f"{len(told.manifest.missing)} photos were missing already; phones that hold them send them.")
    for finding in told.findings:
        click.echo(f"DAMAGED {finding}", err=True)
    sys.exit(1 if told.findings else 0)


@commands.command("move-files")
@with_data
def move_files(data: Path) -> None:
    """Bring the photos and papers of the data folder into the bucket that FIELDSVC_BLOB_URL names. Safe to repeat."""
    from fieldsvc import create_app, installation, keyring
    from fieldsvc.blobs import service as blobs

    settings = settings_of(data)
    if not settings.blob_url:
        raise click.ClickException("set FIELDSVC_BLOB_URL to the bucket that they shall lie in")
    with create_app(settings).app_context():
        keyring.create(settings, company=installation.company()["name"]["en"])
        moved = blobs.bring_in(data=data)
    click.echo(f"{moved} files were moved into the bucket, and the keys are there, closed.")
