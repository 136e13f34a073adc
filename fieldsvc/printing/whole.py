"""The parts of a print run → one file, however many there are, in the memory of one part.

Writes the file object by object: each part is opened, its objects are written with numbers of the whole, and it is closed again.
Libraries that merge hold every object of every source until they save: a gigabyte for two thousand papers. Decides title,
bookmarks and how a viewer prints. Invariant: the file appears under its name whole or not at all.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import IO, Any
from xml.sax.saxutils import escape

import pikepdf

CATALOG, PAGES, METADATA, INFO, OUTLINES = range(1, 6)
FIRST_FREE = 6
_XMP = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF'
    ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt>'
    '</dc:title><dc:description><rdf:Alt><rdf:li xml:lang="x-default">{subject}</rdf:li></rdf:Alt></dc:description>'
    '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)


@dataclass(frozen=True)
class Heading:
    """Where a paper begins in the whole file, for its bookmark. Pages are counted from 0."""

    words: str
    page: int


class _File:
    """A PDF that grows at its end, and remembers where each object begins."""

    def __init__(self, out: IO[bytes]):
        self._out, self._at, self._starts = out, 0, dict[int, int]()
        self.free = FIRST_FREE
        self.put(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def put(self, content: bytes) -> None:
        self._out.write(content)
        self._at += len(content)

    def object(self, number: int, body: bytes) -> None:
        self._starts[number] = self._at
        self.put(b"%d 0 obj\n" % number + body + b"\nendobj\n")

    def end(self) -> None:
        start = self._at
        self.put(b"xref\n0 %d\n0000000000 65535 f \n" % self.free)
        for number in range(1, self.free):
            self.put(b"%010d 00000 n \n" % self._starts[number])
        self.put(b"trailer\n<</Size %d/Root %d 0 R/Info %d 0 R>>\n" % (self.free, CATALOG, INFO))
        self.put(b"startxref\n%d\n%%%%EOF\n" % start)


def join(parts: Sequence[Path], target: Path, *, title: str, subject: str, headings: Iterable[Heading]) -> int:
    """Put parts together into one file under its name; gives its size."""
    growing = target.with_name(f"{target.name}.part")
    try:
        with growing.open("wb") as out:
            file, pages = _File(out), list[int]()
            for part in parts:
                with pikepdf.open(part) as source:
                    pages += _copy(source, file)
            _frame(file, pages, list(headings), title, subject)
            file.end()
            out.flush()
            os.fsync(out.fileno())
        growing.replace(target)
    finally:
        growing.unlink(missing_ok=True)
    return target.stat().st_size


def _copy(source: pikepdf.Pdf, file: _File) -> list[int]:
    """Write the objects that a part's pages are made of; gives the pages' numbers."""
    numbers, waiting = dict[tuple[int, int], int](), list[pikepdf.Object]()

    def number_of(one: pikepdf.Object) -> int:
        if one.objgen not in numbers:
            numbers[one.objgen] = file.free
            file.free += 1
            waiting.append(one)
        return numbers[one.objgen]

    made = [number_of(page.obj) for page in source.pages]
    while waiting:
        one = waiting.pop()
        body = _written(one, number_of, top=True)
        if isinstance(one, pikepdf.Stream):
            content = one.read_raw_bytes()
            body = body[:-2] + b"/Length %d>>\nstream\n" % len(content) + content + b"\nendstream"
        file.object(numbers[one.objgen], body)
    return made


def _written(one: Any, number_of: Callable[[pikepdf.Object], int], *, top: bool = False) -> bytes:
    """An object as it stands in a file, with references by the numbers of the whole."""
    if not isinstance(one, pikepdf.Object):
        return _plain(one)
    if one.is_indirect and not top:
        return b"%d 0 R" % number_of(one)
    if isinstance(one, pikepdf.Array):
        return b"[" + b" ".join(_written(each, number_of) for each in one) + b"]"
    if isinstance(one, pikepdf.Dictionary | pikepdf.Stream):
        said = b"".join(
            _name(key) + b" " + (b"%d 0 R" % PAGES if key == "/Parent" else _written(one[key], number_of))
            for key in sorted(one.keys())
            if not (key == "/Length" and isinstance(one, pikepdf.Stream))
        )
        return b"<<" + said + b">>"
    return bytes(one.unparse(resolved=True))


def _plain(one: bool | int | Decimal | float | None) -> bytes:
    if one is None:
        return b"null"
    if isinstance(one, bool):
        return b"true" if one else b"false"
    return str(one).encode() if isinstance(one, int) else format(one, "f").encode()


def _name(key: str) -> bytes:
    return bytes(pikepdf.Name(key).unparse())


def _text(words: str) -> bytes:
    return b"<FEFF" + words.encode("utf-16-be").hex().encode() + b">"


def _frame(file: _File, pages: Sequence[int], headings: Sequence[Heading], title: str, subject: str) -> None:
    """Write what holds the pages together: their tree, the bookmarks, the title."""
    kids = b" ".join(b"%d 0 R" % number for number in pages)
    file.object(PAGES, b"<</Type/Pages/Count %d/Kids[" % len(pages) + kids + b"]>>")
    first = file.free
    last = first + len(headings) - 1
    file.free += len(headings)
    for number, one in enumerate(headings, start=first):
        beside = b"/Prev %d 0 R" % (number - 1) if number > first else b""
        beside += b"/Next %d 0 R" % (number + 1) if number < last else b""
        place = b"/Parent %d 0 R/Dest[%d 0 R/Fit]" % (OUTLINES, pages[one.page])
        file.object(number, b"<</Title" + _text(one.words) + place + beside + b">>")
    file.object(OUTLINES, b"<</Type/Outlines/First %d 0 R/Last %d 0 R/Count %d>>" % (first, last, len(headings)))
    said = _XMP.format(title=escape(title), subject=escape(subject)).encode()
    head = b"<</Type/Metadata/Subtype/XML/Length %d>>\nstream\n" % len(said)
    file.object(METADATA, head + said + b"\nendstream")
    file.object(INFO, b"<</Title" + _text(title) + b"/Subject" + _text(subject) + b"/Keywords(print copy)>>")
    shown = b"/PageMode/UseOutlines/ViewerPreferences<</PrintScaling/None/DisplayDocTitle true>>"
    own = (PAGES, OUTLINES, METADATA)
    file.object(CATALOG, b"<</Type/Catalog/Pages %d 0 R/Outlines %d 0 R/Metadata %d 0 R" % own + shown + b">>")
