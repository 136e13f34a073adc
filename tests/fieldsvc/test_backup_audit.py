"""The audit book is walked whenever a backup is made or brought back: a book that somebody changed is no whole backup."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import text

from fieldsvc import clock, setup
from fieldsvc.audit import service as audit
from fieldsvc.backup import service as backups
from fieldsvc.db import db, transaction
from tests.fieldsvc.test_backup import backed_up
from tests.fieldsvc.test_command import fieldsvc

CHANGED = "audit book: entry 2 is not what was digested"


def _write_and_change(app: Flask) -> None:
    """Three entries, the second changed by whoever owns the database."""
    with app.app_context():
        with transaction():
            for number in range(3):
                audit.looked_up(kind="saw", what="visit", object_id=str(number), now=clock.now())
        assert audit.walk().findings == []
        for trigger in ("audit_entries_stay", "audit_entries_go_by_the_book"):
            db.session.execute(text(f"DROP TRIGGER {trigger}"))
        db.session.execute(text("UPDATE audit_entries SET by_name = 'nobody' WHERE number = 2"))
        db.session.commit()


def test_a_changed_audit_book_is_found_when_a_backup_is_made_verified_and_brought_back(
    app: Flask, tmp_path: Path
) -> None:
    root = tmp_path / "backups"
    first = backed_up(app, root)
    assert first.manifest.intact
    _write_and_change(app)
    made = backed_up(app, root)
    assert made.findings == [CHANGED] and not made.manifest.intact
    looked = fieldsvc("verify-backup", str(root))
    assert looked.returncode == 1 and "broken already when it was made" in looked.stderr, looked.stdout
    order = backups.Order(root=root, data=tmp_path / "restored", env={"FIELDSVC_PUBLIC_URL": "http://localhost"})
    told = backups.restore(order=order, install=setup.install, now=clock.now() + timedelta(seconds=1))
    assert told.findings == [CHANGED]
    assert fieldsvc("verify-backup", str(root), "--name", first.name).returncode == 0
