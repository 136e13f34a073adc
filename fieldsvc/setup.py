"""Making an installation: data folder, secret, certificate authority, database, and the facts every store must have.

Safe to repeat: what is there stays. Invariant: nothing here deletes or overwrites; a secret, once written, is never replaced.
"""

from __future__ import annotations

import os
import secrets
import uuid
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import inspect, text

from fieldsvc import clock, create_app, installation, keyring
from fieldsvc.catalog.service import catalogue, editions
from fieldsvc.db import db, transaction
from fieldsvc.notices import service as notices
from fieldsvc.settings import Settings


def prepare_folder(data: Path) -> None:
    """Make the data folder and its secret, readable by its owner only."""
    data.mkdir(parents=True, exist_ok=True)
    (data / "keys").mkdir(mode=0o700, exist_ok=True)
    secret = data / "secret.key"
    if not secret.exists():
        handle = os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48) + "\n")


def install(settings: Settings) -> Flask:
    """Bring an installation up to date: tables, epoch, company, certificates. Gives the application."""
    app = create_app(settings)
    with app.app_context():
        if not _is_current(app):
            upgrade(directory=app.extensions["migrate"].directory)
        with transaction():
            if installation.fact("epoch") is None:
                installation.keep(name="epoch", value=str(uuid.uuid4()))
            if installation.fact("company") is None:
                installation.keep(name="company", value=catalogue().company)
            editions.take_in_program(now=clock.now())
        keyring.create(settings, company=installation.company()["name"]["en"])
        note_outside_facts(settings)
    return app


def _is_current(app: Flask) -> bool:
    """Say whether the tables are those of the newest migration. Reads file names: loading Alembic takes half of a start."""
    newest = max(path.name[:4] for path in Path(app.extensions["migrate"].directory, "versions").glob("[0-9]*.py"))
    if not inspect(db.engine).has_table("alembic_version"):
        return False
    # On a connection of its own: a session that has read keeps a lock, by which a migration would lock itself out.
    with db.engine.connect() as connection:
        return bool(connection.scalar(text("SELECT version_num FROM alembic_version")) == newest)


def note_outside_facts(settings: Settings) -> None:
    """Write down what the surroundings decide, the public address and whether the signer is a demonstration one."""
    company = installation.company()
    now = {**company, "public_url": settings.public_url, "demonstration": notices.is_demonstration()}
    if now != company:
        with transaction():
            installation.keep(name="company", value=now)
