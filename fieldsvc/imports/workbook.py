"""XLSX files: what is looked at before one is opened, and its rows as cells.

Decides what is too much for a sheet of customers: a bomb of zeros is refused from the sizes that the archive states, and Python
reads no further than these. Macros, links and drawings are never opened. Invariant: the memory taken does not grow with the
number of rows, but for the texts that the workbook itself lists once.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from fieldsvc.imports.cells import Cell, of_workbook
from fieldsvc.imports.refusal import Refused

MEBIBYTE = 1024 * 1024
MOST_PARTS, MOST_COLUMNS, MOST_ROWS_OF_EXCEL = 2000, 200, 1_048_576
MOST_UNPACKED, MOST_TEXTS, MOST_OF_ANOTHER = 600 * MEBIBYTE, 100 * MEBIBYTE, 32 * MEBIBYTE
MOST_RATIO = 250
"""Sheets shrink to a tenth or a twentieth; only a file made to harm shrinks to less than this."""


def look_inside(path: Path) -> None:
    """Refuse an archive that is no workbook, or one whose parts are larger than a workbook of customers has."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise Refused("broken_workbook") from error
    names = {part.filename for part in parts}
    if "xl/workbook.xml" not in names:
        raise Refused("not_a_workbook")
    if any(part.flag_bits & 1 for part in parts):
        raise Refused("locked_workbook")
    if len(parts) > MOST_PARTS or len(names) != len(parts) or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise Refused("bomb")
    for part in parts:
        if part.file_size > _most(part.filename) or (
            part.file_size > MEBIBYTE and part.file_size > part.compress_size * MOST_RATIO
        ):
            raise Refused("bomb")


def _most(name: str) -> int:
    if name.startswith("xl/worksheets/"):
        return MOST_UNPACKED
    return MOST_TEXTS if name.endswith("sharedStrings.xml") else MOST_OF_ANOTHER


class Workbook:
    """An opened workbook: the sheet that is read, and how many there are."""

    def __init__(self, path: Path):
        look_inside(path)
        self._file = path.open("rb")  # the library would judge a path by its ending
        try:
            self._book = load_workbook(self._file, read_only=True, keep_links=False, keep_vba=False)
            sheets = [one for one in self._book.worksheets if one.sheet_state == "visible"] or self._book.worksheets
        except Exception as error:  # whatever a broken or hostile file makes the library raise
            self._file.close()
            raise Refused("broken_workbook") from error
        if not sheets:
            self.close()
            raise Refused("empty")
        self._sheet: Any = sheets[0]
        self.sheet, self.sheets = str(self._sheet.title), len(sheets)
        self.stated_rows: int | None = self._sheet.max_row
        self._sheet.reset_dimensions()  # programs that export often state too few

    def rows(self) -> Iterator[tuple[int, list[Cell]]]:
        """Line numbers from 1 and cells. Raises Refused where the file breaks off."""
        rows = self._sheet.iter_rows(max_row=MOST_ROWS_OF_EXCEL, max_col=MOST_COLUMNS)
        line = 0
        while True:
            try:
                row = next(rows, None)
                if row is None:
                    return
                line += 1
                cells = [_cell(cell) for cell in row]
            except Exception as error:
                raise Refused("broken_workbook", line=line) from error
            while cells and cells[-1] == "":
                cells.pop()
            yield line, cells

    def close(self) -> None:
        """Let go of the file."""
        self._book.close()
        self._file.close()


def _cell(cell: Any) -> Cell:
    value = cell.value
    if value is None:
        return ""
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    return of_workbook(value, cell.data_type, cell.number_format if numeric else "")
