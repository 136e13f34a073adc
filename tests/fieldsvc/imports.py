"""Files as companies bring them, and an import played from the first look to the last row, as page and queue do it."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from flask import Flask
from openpyxl import Workbook
from sqlalchemy import func, select

from fieldsvc import clock
from fieldsvc.customers.models import Customer, Meter
from fieldsvc.db import db, transaction
from fieldsvc.imports import service, work
from fieldsvc.imports.models import CHECKED, Import
from fieldsvc.readings.models import Reading
from fieldsvc.record.models import Visit

Json = dict[str, Any]
Cell = str | int | float | date | datetime | None

HOMES = ("户号", "户名", "联系电话", "小区", "地址", "楼栋", "单元", "房号", "表号", "表型")


def home(number: int, **changes: str) -> list[str]:
    """A row under HOMES: an ordinary home."""
    row = [f"0010{number:04d}", f"王芳{number}", "13900000001", "南明区", "遵义路 12 号"]
    row += ["3", "2", f"{number}", f"M{number:06d}", "膜式表"]
    return [changes.get(name, text) for name, text in zip(HOMES, row, strict=True)]


def text_of(*rows: Sequence[str], delimiter: str = ",") -> str:
    """A table as CSV."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


def book_of(*rows: Sequence[Cell], formats: Mapping[str, str] = {}) -> bytes:
    """A table as XLSX; `formats`: number formats by cell, such as {"A2": "00000000"}."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    for place, wanted in formats.items():
        sheet[place].number_format = wanted
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_part(book: bytes, name: str, content: bytes) -> bytes:
    """A workbook of which one part was put in another's place."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, content if part.filename == name else old.read(part.filename))
    return out.getvalue()


def brought(app: Flask, content: bytes | str, kind: str = "customers") -> str:
    """Bring a file; gives the import's id. Raises Refused."""
    raw = content.encode() if isinstance(content, str) else content
    with app.app_context():
        received = service.receive(kind=kind, file=io.BytesIO(raw))
        with transaction():
            return service.bring(received=received, name="档案.csv", by_id=None, by_name="", now=clock.now()).id


def checked(app: Flask, content: bytes | str, kind: str = "customers") -> str:
    """Bring a file and have it checked with the columns as its headings say."""
    import_id = brought(app, content, kind)
    with app.app_context():
        with transaction():
            row = service.find(import_id=import_id)
            service.check(import_id=import_id, match=row.match, now=clock.now())
        work.work_due()
    return import_id


def taken(app: Flask, content: bytes | str, kind: str = "customers") -> Import:
    """Bring a file, confirm it and have it written; gives how it ended."""
    import_id = checked(app, content, kind)
    with app.app_context():
        if service.find(import_id=import_id).state == CHECKED:
            with transaction():
                service.confirm(import_id=import_id, now=clock.now())
            work.work_due()
        return service.find(import_id=import_id)


def found(app: Flask, import_id: str) -> Import:
    """An import as it stands."""
    with app.app_context():
        return service.find(import_id=import_id)


def counts(row: Import) -> tuple[int, int, int, int]:
    """New, changed, unchanged, bad."""
    return row.new, row.changed, row.unchanged, row.bad


def bad(app: Flask, row: Import | str) -> dict[int, list[tuple[str, str]]]:
    """The reasons of every bad row, as (field, code), by line."""
    import_id = row if isinstance(row, str) else row.id
    with app.app_context():
        rows = service.bad_rows(import_id=import_id, limit=1000)
        return {one.line: [(str(told["field"]), str(told["code"])) for told in one.reasons] for one in rows}


def stored(app: Flask) -> tuple[int, ...]:
    """How many customers, meters, readings and visits there are."""
    with app.app_context():
        tables = (Customer, Meter, Reading, Visit)
        return tuple(db.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables)


def customers(app: Flask) -> dict[str, Customer]:
    """All customers with their meters, by account."""
    with app.app_context():
        rows = db.session.scalars(select(Customer))
        return {row.account: row for row in rows if row.meters is not None}
