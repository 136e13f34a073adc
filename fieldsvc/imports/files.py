"""Files as companies have them: what kind, in which encoding, with which separator, and where the headings are.

Decides all of that from the bytes, once, when the file comes in (`look`); from then on it is read in just that way (`Rows`).
The encodings are UTF-8 with or without a mark, UTF-16 with one, GB 18030. Invariant: a file that does not decode to its end
is refused with the line, never read with characters replaced.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from fieldsvc.imports.cells import Cell, of_text, shown
from fieldsvc.imports.refusal import Refused
from fieldsvc.imports.workbook import MOST_COLUMNS, Workbook

Json = dict[str, Any]

LARGEST = 50 * 1024 * 1024
MOST_ROWS = 300_000
SAMPLES, HEADING_WITHIN = 3, 12
DELIMITERS = (",", ";", "\t")
_CHUNK = 1024 * 1024
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


Known = Callable[[list[str]], int]
"""How many of these texts are headings that an import knows."""


def look(path: Path, known: Known) -> Json:
    """The shape of a file: format, encoding, delimiter, sheet, headings and samples, rows as far as known. Raises Refused."""
    size = path.stat().st_size
    if size > LARGEST:
        raise Refused("too_large")
    with path.open("rb") as file:
        begin = file.read(8)
    if not begin:
        raise Refused("empty")
    if begin.startswith(_OLE):
        raise Refused("old_workbook")
    if begin.startswith(b"PK\x03\x04"):
        shape = _look_at_workbook(path)
    else:
        encoding = _encoding(path, begin)
        delimiter, skip = _delimiter(path, encoding)
        shape = {"format": "csv", "encoding": encoding, "delimiter": delimiter, "skip": skip}
    shape |= _headings(path, shape, known)
    if shape["format"] == "csv":
        with Rows(path, shape) as rows:
            shape["rows"] = sum(1 for _ in rows)
        if shape["rows"] > MOST_ROWS:
            raise Refused("too_many_rows")
    return shape


def _look_at_workbook(path: Path) -> Json:
    book = Workbook(path)
    stated = book.stated_rows
    book.close()
    return {"format": "xlsx", "sheet": book.sheet, "sheets": book.sheets, "rows": stated}


def _encoding(path: Path, begin: bytes) -> str:
    marked = next((name for mark, name in _MARKS if begin.startswith(mark)), None)
    if marked:
        wrong_at = _decodes(path, marked)
        if wrong_at:
            raise Refused("encoding", line=wrong_at)
        return marked
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            if b"\x00" in chunk:
                raise Refused("not_text")
    if not _decodes(path, "utf-8"):
        return "utf-8"
    wrong_at = _decodes(path, "gb18030")
    if wrong_at:
        raise Refused("encoding", line=wrong_at)
    return "gb18030"


def _decodes(path: Path, encoding: str) -> int:
    """The line at which a file stops being of this encoding; 0 where it is so to its end."""
    line = 1
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            try:
                line += decoder.decode(chunk, final=not chunk).count("\n")
            except UnicodeDecodeError as error:
                return line + chunk[: error.start].count(b"\n")
            if not chunk:
                return 0


def _delimiter(path: Path, encoding: str) -> tuple[str, int]:
    """The separator, and how many lines stand before the table only to name it (`sep=;`)."""
    counts = dict.fromkeys(DELIMITERS, 0)
    with path.open(encoding=encoding, newline="") as file:
        for number, line in enumerate(file):
            told = line.strip().lower()
            if number == 0 and told.startswith("sep=") and told[4:] in (",", ";"):
                return told[4:], 1
            if number >= HEADING_WITHIN or len(line) > _CHUNK:
                break
            for one in DELIMITERS:
                # The most in one line: above the headings there may be a title without any.
                counts[one] = max(counts[one], line.count(one))
    return max(DELIMITERS, key=lambda one: counts[one]), 0


def _headings(path: Path, shape: Json, known: Known) -> Json:
    first: list[tuple[int, list[str]]] = []
    with Rows(path, shape | {"heading_line": 0}) as rows:
        for line, cells in rows:
            first.append((line, [shown(cell) for cell in cells]))
            if len(first) >= HEADING_WITHIN + SAMPLES:
                break
    if not first:
        raise Refused("empty")
    best = max(range(min(len(first), HEADING_WITHIN)), key=lambda place: (known(first[place][1]), -place))
    line, headings = first[best]
    samples = [[text[:60] for text in cells] for _, cells in first[best + 1 : best + 1 + SAMPLES]]
    if not samples:
        raise Refused("empty")
    width = min(max(len(headings), *(len(cells) for cells in samples)), MOST_COLUMNS)
    headings = [text[:100] for text in headings[:width]] + [""] * (width - len(headings))
    return {"headings": headings, "heading_line": line, "samples": samples}


class Rows:
    """The rows under the headings that are not empty, each with the number of the line on which it begins."""

    def __init__(self, path: Path, shape: Json):
        self._from = int(shape["heading_line"])
        self._file: IO[str] | None = None
        self._book: Workbook | None = None
        if shape["format"] == "xlsx":
            self._book = Workbook(path)
            self._lines = self._book.rows()
        else:
            self._file = path.open(encoding=shape["encoding"], newline="")
            self._lines = _csv(self._file, shape)

    def __enter__(self) -> Rows:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[tuple[int, list[Cell]]]:
        return (
            (line, cells)
            for line, cells in self._lines
            if line > self._from and any(not isinstance(cell, str) or cell for cell in cells)
        )

    def close(self) -> None:
        """Let go of the file."""
        for held in (self._file, self._book):
            if held is not None:
                held.close()


def _csv(file: IO[str], shape: Json) -> Iterator[tuple[int, list[Cell]]]:
    skip = int(shape["skip"])
    for _ in range(skip):
        file.readline()
    reader = csv.reader(file, delimiter=shape["delimiter"])
    while True:
        line = reader.line_num + 1 + skip
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise Refused("quotes", line=line) from error
        if row is None:
            return
        yield line, [of_text(text) for text in row[:MOST_COLUMNS]]
