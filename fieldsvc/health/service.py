"""What a person who runs an installation should know before it fails: database, disk, backup, keys, fonts, papers, phones.

Each check gives findings in words and says whether somebody must act. Changes nothing. Knows no HTTP.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from fieldsvc import clock, installation, sqlite
from fieldsvc.backup import service as backups
from fieldsvc.blobs import service as blobs
from fieldsvc.customers import service as customers
from fieldsvc.db import db
from fieldsvc.found import number
from fieldsvc.health.lines import open_lines
from fieldsvc.identity import service as identity
from fieldsvc.jobs import service as jobs
from fieldsvc.notices import service as notices
from fieldsvc.policy import service as policy
from fieldsvc.record import service as record
from fieldsvc.settings import Settings

LITTLE_DISK = 2 * 1024**3
LATEST_BACKUP_HOURS = 36
LONG_WAIT = timedelta(hours=1)
MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations" / "versions"
NAMED = 20
"""So many unprintable characters are named one by one."""


@dataclass(frozen=True)
class Finding:
    """One line of the examination. `good`: nobody has to act."""

    good: bool
    words: str

    def __str__(self) -> str:
        return f"{'ok  ' if self.good else 'ACT '} {self.words}"


def tell(settings: Settings, say: Callable[[str], None]) -> bool:
    """Say every finding; gives whether nobody has to act."""
    lines = [Finding(False, f"connection: others can read it; {line}") for line in open_lines(settings)]
    findings = [*examine(settings.data), *lines]
    for finding in findings:
        say(str(finding))
    return all(finding.good for finding in findings)


def examine(data: Path) -> Iterator[Finding]:
    """Look at everything, one finding after the other."""
    try:
        installation.epoch()
    except (SQLAlchemyError, LookupError) as error:
        yield Finding(False, f"database: it does not answer, or was never set up ({error})")
        return
    yield Finding(True, "database: answers")
    yield _library()
    yield _tables()
    yield _disk(data)
    yield from _secrets(data)
    yield from _shared()
    yield _backup()
    yield _certificate()
    yield from _work()
    yield _phones()
    yield from _fonts()
    yield _served()


def _library() -> Finding:
    """Whether the database's own rules are kept: PostgreSQL's are, SQLite's write-ahead log needs a library that is fixed."""
    if db.engine.dialect.name != "sqlite":
        return Finding(True, "database: PostgreSQL")
    mode = str(db.session.scalar(text("PRAGMA journal_mode"))).upper()
    version = ".".join(map(str, sqlite.driver.sqlite_version_info))
    if mode == "WAL" and not sqlite.wal_is_safe():
        return Finding(
            False, f"database: SQLite {version} may damage it in mode {mode}; stop everything and install pysqlite3"
        )
    slow = "" if sqlite.wal_is_safe() else "; readers wait for writers: install pysqlite3 0.6.1 or newer"
    return Finding(True, f"database: SQLite {version}, mode {mode}{slow}")


def _tables() -> Finding:
    held = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    newest = max(path.name[:4] for path in MIGRATIONS.glob("[0-9]*.py"))
    if held == newest:
        return Finding(True, f"database: its tables are those of this version ({held})")
    return Finding(False, f"database: its tables are of {held}, this version needs {newest}: run `fieldsvc init`")


def _secrets(data: Path) -> Iterator[Finding]:
    files = [data / "secret.key", *sorted((data / "keys").glob("*.key"))]
    open_to_others = [path.name for path in files if path.is_file() and path.stat().st_mode & 0o077]
    if open_to_others:
        yield Finding(False, f"secrets: others can read {', '.join(open_to_others)}: run chmod 600")


def _shared() -> Iterator[Finding]:
    """What hosts share beside the database."""
    if jobs.length() is None:
        yield Finding(False, "queue: it does not answer; phones are answered, and papers wait until it does")
    else:
        yield Finding(True, "queue: answers")
    try:
        blobs.look()
    except Exception as error:  # whatever a store far away says, it is told
        yield Finding(False, f"bucket: it does not answer, or does not let us in ({type(error).__name__})")


def _backup() -> Finding:
    at = backups.last()
    if at is None:
        return Finding(False, "backup: there has never been one; run `fieldsvc backup FOLDER`, every day")
    hours = (clock.now() - at).total_seconds() / 3600
    words = f"backup: the last one was made {hours:.0f} hours ago"
    return (
        Finding(True, words)
        if hours <= LATEST_BACKUP_HOURS
        else Finding(False, f"{words}; see why there is none since")
    )


def _work() -> Iterator[Finding]:
    waiting = notices.queue()
    count = sum(number for number, _ in waiting.values())
    oldest = min((since for _, since in waiting.values() if since), default=None)
    if oldest is not None and clock.now() - oldest > LONG_WAIT:
        since = f"{oldest.astimezone(installation.zone()):%Y-%m-%d %H:%M}"
        yield Finding(False, f"papers: {count} wait, the oldest since {since}; is a worker running? see the log")
    else:
        yield Finding(True, f"papers: {count} wait to be made")
    failed = notices.counts().get("failed", 0)
    if failed:
        yield Finding(False, f"papers: {failed} could not be made; the office sees them under Needs a person")
    held = record.count_held()
    if held:
        yield Finding(False, f"entries: {held} wait in quarantine; the office settles them under Needs a person")


def _phones() -> Finding:
    silent = number(identity.number_silent(since=silent_since()))
    if not silent:
        return Finding(True, "phones: all that are in use were heard from")
    return Finding(False, f"phones: {silent} were not heard from for long; the office sees which under Needs a person")


def silent_since() -> datetime:
    """Phones not heard from since then count as silent, as the company sets."""
    return clock.now() - timedelta(days=policy.value("attention", "silent_days"))


def _disk(data: Path) -> Finding:
    free = shutil.disk_usage(data).free
    words = f"disk: {free / 1024**3:.1f} GB free under {data}"
    return Finding(True, words) if free >= LITTLE_DISK else Finding(False, f"{words}; make room before writing stops")


def _certificate() -> Finding:
    standing = notices.signer_standing(load=True)
    if standing is None:
        return Finding(False, "signing key: it cannot be had; papers wait until it can")
    said = f"signing certificate: {standing.subject}, valid until {standing.expires:%Y-%m-%d} ({standing.days} days)"
    return Finding(not standing.near, f"{said}; renew it: `fieldsvc certificate renew`" if standing.near else said)


def _fonts() -> Iterator[Finding]:
    try:
        missing = _unprintable()
    except (LookupError, OSError) as error:
        yield Finding(False, f"fonts: {error}")
        return
    for character, where in list(missing.items())[:NAMED]:
        code = f"U+{ord(character):04X}"
        yield Finding(
            False, f"fonts: no installed font has {character} ({code}), which papers need for {where}; they print 〓"
        )
    if len(missing) > NAMED:
        yield Finding(False, f"fonts: and {len(missing) - NAMED} more characters")
    if not missing:
        yield Finding(True, "fonts: every name and address on file can be printed")


def _unprintable() -> dict[str, str]:
    """Characters of names and addresses on file that no font has, each with where it stands first."""
    found: dict[str, str] = {}
    for where, words in (
        *customers.written(),
        *((f"{name} of the staff", name) for name in identity.people().values()),
    ):
        for character in notices.unprintable(words):
            found.setdefault(character, where)
    return dict(sorted(found.items()))


def _served() -> Finding:
    waiting = notices.count_unserved()
    if not waiting:
        return Finding(True, "paper: every stop-gas notice was served, and its scan is kept")
    return Finding(False, f"paper: {waiting} notices still have to be served on paper, or their scan is missing")
