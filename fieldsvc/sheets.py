"""Lists as files for other programs: CSV that Excel opens as it is, and XLSX.

Decides how a value is written, not which. Nothing that somebody typed can become a formula: in CSV a text that begins like one
gets a ' before it, in XLSX it is stored as text. The first line holds column names that never change, the second says them in
words. Invariant: the memory taken does not grow with the number of rows.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any
from zoneinfo import ZoneInfo

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BYTE_ORDER_MARK = "\ufeff"
MOST_ROWS = 1_048_576
MOST_LETTERS = 32_767
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Value = str | int | Decimal | date | datetime | bool | None


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return "'" + text if text.startswith(_FORMULA_STARTS) else text


def csv_lines(head: Sequence[Sequence[str]], rows: Iterable[Sequence[Value]], *, zone: ZoneInfo) -> Iterator[str]:
    """The lines of a CSV file, with the mark by which Excel knows UTF-8; instants as people of `zone` read them."""
    out = io.StringIO()
    writer = csv.writer(out)
    out.write(BYTE_ORDER_MARK)
    for line in head:
        writer.writerow(line)
    for row in rows:
        writer.writerow([_as_text(value, zone) for value in row])
        if out.tell() > 64 * 1024:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def _as_text(value: Value, zone: ZoneInfo) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        return value.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | Decimal):
        return str(value)
    return harmless(value.replace("\0", ""))


def xlsx_file(
    head: Sequence[Sequence[str]], rows: Iterable[Sequence[Value]], *, zone: ZoneInfo, title: str
) -> IO[bytes]:
    """A workbook in a temporary file that vanishes when it is closed; a list longer than a sheet goes on in the next."""
    book = Workbook(write_only=True)
    given = iter(rows)
    row = next(given, None)
    while True:
        sheet = book.create_sheet(title=_sheet_name(title, len(book.worksheets) + 1))
        sheet.freeze_panes = f"A{len(head) + 1}"
        for place in range(len(head[0])):
            sheet.column_dimensions[get_column_letter(place + 1)].width = 18
        for line in head:
            sheet.append([_bold(sheet, text) for text in line])
        for _ in range(MOST_ROWS - len(head)):
            if row is None:
                break
            sheet.append([_as_cell(sheet, value, zone) for value in row])
            row = next(given, None)
        if row is None:
            break
    # spooled to disk, because a workbook is an archive that is only whole at its end
    file = tempfile.TemporaryFile()  # noqa: SIM115 (whoever gets it closes it)
    book.save(file)
    file.seek(0)
    return file


def _sheet_name(title: str, number: int) -> str:
    name = "".join(one for one in title if one not in "[]:*?/\\'")[:24] or "list"
    return name if number == 1 else f"{name} {number}"


def _bold(sheet: Any, text: str) -> Any:
    cell = _text_cell(sheet, text)
    cell.font = Font(bold=True)
    return cell


def _as_cell(sheet: Any, value: Value, zone: ZoneInfo) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(zone).replace(tzinfo=None, microsecond=0)
    if isinstance(value, str):
        return _text_cell(sheet, value) if value.startswith(_FORMULA_STARTS) or not value.isprintable() else value
    return int(value) if isinstance(value, bool) else value


def _text_cell(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", text)[:MOST_LETTERS])
    cell.data_type = "s"
    return cell
