"""An import from the command line: the same steps as on the page, one after the other, held by this process from first to last.

Decides what is said where: the counts, and what a preview finds changed, on standard output, each bad row with its line and
reasons on standard error, in English like every command. Invariant: a preview leaves nothing behind.
"""

from __future__ import annotations

from pathlib import Path

import click
import flask_babel

from fieldsvc import clock
from fieldsvc.db import transaction
from fieldsvc.imports import columns, service, telling, work
from fieldsvc.imports.models import CHECKED, DONE, Import
from fieldsvc.imports.refusal import Refused


def _complain(words: str) -> None:
    click.echo(words, err=True)


def take_in(*, path: Path, kind: str, preview: bool) -> bool:
    """Import a file; gives whether every row of it was good."""
    with flask_babel.force_locale("en"):
        return _take_in(path, kind, preview)


def _take_in(path: Path, kind: str, preview: bool) -> bool:
    try:
        with path.open("rb") as file:
            received = service.receive(kind=kind, file=file)
    except Refused as refused:
        _complain(telling.refusal(refused.document()))
        return False
    with transaction():
        row = service.bring(received=received, name=path.name, by_id=None, by_name="", now=clock.now())
    import_id = row.id
    lacking = columns.lacking(kind, row.match)
    click.echo(f"{telling.encoding(row.shape)}; the headings are on line {row.shape['heading_line']}")
    for name, place in row.match.items():
        click.echo(f"  {row.shape['headings'][place]} -> {telling.field(name)}")
    if lacking:
        _complain(f"no column for: {', '.join(telling.field(name) for name in lacking)}")
        with transaction():
            service.forget(import_id=import_id)
        return False
    with transaction():
        work.hold(service.check(import_id=import_id, match=row.match, now=clock.now()))
    work.run(import_id=import_id)
    row = service.find(import_id=import_id)
    if row.state == CHECKED and not preview:
        with transaction():
            work.hold(service.confirm(import_id=import_id, now=clock.now()))
        work.run(import_id=import_id)
        row = service.find(import_id=import_id)
    return _told(row, preview)


def _told(row: Import, preview: bool) -> bool:
    for name, told in row.notes.items():
        click.echo(f"{telling.field(name)}: {told['count']} cells are numbers; zeros at their beginning would be lost")
    for bad in service.each_bad_row(import_id=row.id):
        _complain(f"line {bad.line}: {telling.reasons(bad)}")
    if preview and row.state == CHECKED:
        for one in service.each_changed_row(import_id=row.id):
            of_meter = f", meter {one.serial}" if one.serial else ""
            click.echo(f"line {one.line}: account {one.account}{of_meter}: {telling.changes(one)}")
    whole = row.state == (CHECKED if preview else DONE) and not row.bad
    if row.state not in (CHECKED, DONE):
        _complain(telling.refusal(row.error or {"code": row.state}))
    else:
        said = f"{row.new} new, {row.changed} changed, {row.unchanged} unchanged, {row.bad} bad"
        click.echo(f"{said}; nothing was written" if preview else said)
    if preview and row.state == CHECKED:
        with transaction():
            service.forget(import_id=row.id)
    return whole
