"""A closed period as a file: CSV and XLSX, made of its frozen rows, the same bytes whenever it is made.

Decides bytes only. The workbook is written here, without a library, because libraries put the time and their version into it.
Every cell is text, so that no program drops leading zeros, and a text that could be a formula is marked as text. Invariant: the
memory taken does not grow with the number of rows.
"""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO
from xml.sax.saxutils import escape

from sqlalchemy import and_, or_, select

from fieldsvc.billing.lines import COLUMNS
from fieldsvc.billing.models import BillingRow
from fieldsvc.db import db
from fieldsvc.sheets import harmless

FORMS = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
AT_ONCE = 1000
_BEGINNING_OF_TIME = (1980, 1, 1, 0, 0, 0)

_PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/>'
    "</Relationships>",
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
    'Target="worksheets/sheet1.xml"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="%s" sheetId="1" '
    'r:id="r1"/></sheets></workbook>',
}
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def rows(period_id: str) -> Iterator[list[str]]:
    """The frozen rows of a period by account, some at a time."""
    last: tuple[str, str] | None = None
    while True:
        query = select(BillingRow.account, BillingRow.reading_id, BillingRow.cells).where(
            BillingRow.period_id == period_id
        )
        if last is not None:
            same = and_(BillingRow.account == last[0], BillingRow.reading_id > last[1])
            query = query.where(or_(BillingRow.account > last[0], same))
        some = db.session.execute(query.order_by(BillingRow.account, BillingRow.reading_id).limit(AT_ONCE)).all()
        for _, _, cells in some:
            yield json.loads(cells)
        if len(some) < AT_ONCE:
            return
        last = (some[-1][0], some[-1][1])


def write(path: Path, *, period_id: str, form: str) -> None:
    """Write a period's file."""
    if form == "csv":
        _csv(path, period_id)
    else:
        with path.open("wb") as file:
            _xlsx(file, period_id)


def _csv(path: Path, period_id: str) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:  # the mark by which Excel sees that it is UTF-8
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        writer.writerows([harmless(cell) for cell in row] for row in rows(period_id))


def _xlsx(file: IO[bytes], period_id: str) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, text in _PARTS.items():
            archive.writestr(_entry(name), _HEAD + (text % escape(period_id) if "%s" in text else text))
        with archive.open(_entry("xl/worksheets/sheet1.xml"), "w", force_zip64=True) as sheet:
            sheet.write(
                (_HEAD + '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">').encode()
            )
            sheet.write(b'<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" state="frozen"/>')
            sheet.write(b"</sheetView></sheetViews><sheetData>")
            sheet.write(_line(COLUMNS))
            for row in rows(period_id):
                sheet.write(_line(row))
            sheet.write(b"</sheetData></worksheet>")


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _BEGINNING_OF_TIME)
    entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o600 << 16
    return entry


def _line(cells: Sequence[str]) -> bytes:
    said = "".join(
        f'<c t="inlineStr"><is><t xml:space="preserve">{escape(_of_xml(cell))}</t></is></c>' if cell else "<c/>"
        for cell in cells
    )
    return f"<row>{said}</row>".encode()


def _of_xml(text: str) -> str:
    """XML has no place for control characters."""
    return "".join(sign for sign in text if sign in "\t\n\r" or (sign >= " " and sign not in "\ufffe\uffff"))
