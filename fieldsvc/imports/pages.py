"""The office's pages for imports: bring a file, match its columns, see what it would do, confirm, see what it did.

Decides nothing: the rules are the service's, the work is the queue's. Invariant: nobody but the office sees an uploaded row, and
nothing is written before its preview was confirmed.
"""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, redirect, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from fieldsvc import clock, problems
from fieldsvc.db import transaction
from fieldsvc.identity import access
from fieldsvc.imports import columns, service, telling
from fieldsvc.imports.models import CHECKED, MATCHING
from fieldsvc.imports.refusal import Refused
from fieldsvc.imports.telling import _
from fieldsvc.imports.work import JOB
from fieldsvc.jobs import service as jobs
from fieldsvc.office import lists
from fieldsvc.office.frame import PER_PAGE, Pager, page_number, show

pages = Blueprint("imports", __name__, url_prefix="/office/imports")


def _list(status: int = 200, **what: object) -> ResponseReturnValue:
    return show(
        "imports",
        **(
            {"listing": lists.shown(_imports()), "kinds": columns.KINDS, "telling": telling, "fields": columns.FIELDS}
            | what
        ),
    ), status


def _imports() -> lists.List[service.Import]:
    return lists.List(
        id="imports",
        title=_("Imports so far"),
        columns=(
            lists.Column("made", _("When"), lambda row: row.made_at, sort="made"),
            lists.Column("kind", _("What"), lambda row: telling.kind(row.kind)),
            lists.Column("file", _("File"), lambda row: row.file_name, look="grow"),
            lists.Column("by", _("By whom"), lambda row: row.by_name or _("the command line")),
            lists.Column("state", _("State"), lambda row: telling.state(row.state)),
            lists.Column("rows", _("Rows"), lambda row: row.done, file_only=True),
            lists.Column("new", _("New"), lambda row: row.new, file_only=True),
            lists.Column("changed", _("Changed"), lambda row: row.changed, file_only=True),
            lists.Column("unchanged", _("Unchanged"), lambda row: row.unchanged, file_only=True),
            lists.Column("bad", _("Bad rows"), lambda row: row.bad, file_only=True),
            lists.Column("outcome", _("What came of it"), lambda row: "", screen_only=True),
        ),
        find=lambda asked: service.found(),
    )


@pages.get("")
@access.needs("office")
def imports() -> ResponseReturnValue:
    return lists.file(_imports()) or _list()


@pages.post("")
@access.needs("office")
def bring() -> ResponseReturnValue:
    given, kind, me = request.files.get("file"), request.form.get("kind", ""), access.me()
    if given is None or not given.filename:
        return _list(422, refused=_("Choose a file first."), kind=kind)
    try:
        received = service.receive(kind=kind, file=given.stream)
    except Refused as refused:
        return _list(422, refused=telling.refusal(refused.document()), kind=kind)
    with transaction():
        row = service.bring(received=received, name=given.filename, by_id=me.id, by_name=me.name, now=clock.now())
    return _to(row.id)


def _to(import_id: str) -> ResponseReturnValue:
    return redirect(url_for("imports.one", import_id=import_id), code=303)


@pages.get("/<import_id>")
@access.needs("office")
def one(import_id: str) -> ResponseReturnValue:
    return _page(import_id)


def _page(import_id: str, status: int = 200, **what: object) -> ResponseReturnValue:
    row, number = service.find(import_id=import_id), page_number()
    changes, ended = page_number("changes"), not service.is_working(row)
    bad = service.bad_rows(import_id=row.id, limit=PER_PAGE, offset=(number - 1) * PER_PAGE) if ended else []
    changed = service.changed_rows(import_id=row.id, limit=PER_PAGE, offset=(changes - 1) * PER_PAGE) if ended else []
    return show(
        "import",
        **(
            {
                "row": row,
                "fields": columns.FIELDS[row.kind],
                "match": row.match,
                "working": not ended,
                "changed": changed,
                "changed_pager": Pager(changes, row.changed, len(changed), at="changes"),
                "bad": bad,
                "pager": Pager(number, row.bad, len(bad)),
                "telling": telling,
                "cells_of": _cells,
            }
            | what
        ),
    ), status


def _cells(row: service.Import, bad: service.BadRow) -> list[tuple[str, str]]:
    """What a bad row says in the columns that are matched."""
    names = {place: name for name, place in row.match.items()}
    return [(names[place], text) for place, text in enumerate(bad.cells) if place in names and text]


@pages.post("/<import_id>/check")
@access.needs("office")
def check(import_id: str) -> ResponseReturnValue:
    match, twice = _asked_match(import_id)
    try:
        if twice:
            raise problems.Invalid("a field can stand in one column only", code="field_twice")
        with transaction():
            service.check(import_id=import_id, match=match, now=clock.now())
    except problems.Invalid as problem:
        return _page(import_id, 422, match=match, refused=_match_refused(problem))
    jobs.wake(JOB)
    return _to(import_id)


def _asked_match(import_id: str) -> tuple[dict[str, int], bool]:
    """Which column the form gives to which field, and whether one was given to two."""
    width = len(service.find(import_id=import_id).shape["headings"])
    asked = [(request.form.get(f"column-{place}", ""), place) for place in range(width)]
    asked = [(name, place) for name, place in asked if name]
    return dict(asked), len({name for name, _place in asked}) < len(asked)


def _match_refused(problem: problems.Invalid) -> str:
    if problem.code == "columns_lacking":
        names = _(", ").join(telling.field(name) for name in problem.more["errors"])
        return _("Still needed: a column for %(fields)s.", fields=names)
    if problem.code == "field_twice":
        return _("Two columns are given to the same field. Choose one of them.")
    return _("These columns do not fit the file. Look at the page again.")


@pages.post("/<import_id>/confirm")
@access.needs("office")
def confirm(import_id: str) -> ResponseReturnValue:
    if service.find(import_id=import_id).state == CHECKED:  # a second click finds it on its way
        with transaction():
            service.confirm(import_id=import_id, now=clock.now())
        jobs.wake(JOB)
    return _to(import_id)


@pages.post("/<import_id>/rematch")
@access.needs("office")
def rematch(import_id: str) -> ResponseReturnValue:
    if service.find(import_id=import_id).state in (CHECKED, MATCHING):
        with transaction():
            service.rematch(import_id=import_id)
    return _to(import_id)


@pages.post("/<import_id>/cancel")
@access.needs("office")
def cancel(import_id: str) -> ResponseReturnValue:
    with transaction():
        service.cancel(import_id=import_id, now=clock.now())
    return _to(import_id)


@pages.get("/<import_id>/bad.csv")
@access.needs("office")
def bad_rows(import_id: str) -> ResponseReturnValue:
    row = service.find(import_id=import_id)
    lines = telling.lines_of_csv(row, service.each_bad_row(import_id=row.id))
    return _csv(lines, f"bad-rows-{row.made_at:%Y%m%d-%H%M}.csv")


@pages.get("/<import_id>/preview.csv")
@access.needs("office")
def preview_file(import_id: str) -> ResponseReturnValue:
    row = service.find(import_id=import_id)
    changed, bad = service.each_changed_row(import_id=row.id), service.each_bad_row(import_id=row.id)
    return _csv(telling.lines_of_preview(changed, bad), f"import-{row.made_at:%Y%m%d-%H%M}.csv")


def _csv(lines: Iterator[str], name: str) -> Response:
    headers = {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return Response(stream_with_context(line.encode() for line in lines), headers=headers)
