"""A few signed papers → one part of a file for the printer.

Decides what a print copy is: the pages of each paper as they look, with its seal, without what belongs to the signed file (the
signature's field, the attached record, the reading structure), with a mark in the margin where the paper was printed before, and
with its own sheet where both sides are printed. The signed files are only read. The parts become one file in whole.py.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import pikepdf
from pikepdf import Array, Name
from PIL import Image, ImageDraw, ImageFont

MARK_POINTS = 9.0
MARK_PIXELS = 64
MARK_AT = (8.0, 36.0)
"""Where the mark of a reprint stands, in points from the left edge and from the top one; it runs down the margin."""
_FORM_ONLY = ("/FT", "/T", "/TU", "/V", "/Parent", "/Lock", "/SV", "/Ff", "/DA", "/MK", "/StructParent", "/P")
Face = tuple[str, int]


class Unreadable(ValueError):
    """A paper's file is no PDF that can be read."""


@dataclass(frozen=True)
class Paper:
    """One signed file; `times`: which printing of it this is."""

    content: bytes
    times: int


class Part:
    """A few papers' pages, collected and then written."""

    def __init__(self, *, both_sides: bool, face: Face):
        self._pdf = pikepdf.new()
        self._both_sides, self._face = both_sides, face
        self._marks: dict[int, pikepdf.Object] = {}

    def add(self, paper: Paper) -> int:
        """Add a paper; gives how many pages it takes, a blank one with it where the next begins on a new sheet."""
        try:
            with pikepdf.open(BytesIO(paper.content)) as source:
                pages, first = len(source.pages), len(self._pdf.pages)
                _strip(source)
                self._pdf.pages.extend(source.pages)
        except pikepdf.PdfError as error:
            raise Unreadable(str(error)) from error
        for page in self._pdf.pages[first:]:
            if paper.times > 1:
                self._mark(page, paper.times)
        if self._both_sides and pages % 2:
            box = self._pdf.pages[-1].mediabox
            self._pdf.add_blank_page(page_size=(float(box[2] - box[0]), float(box[3] - box[1])))
            pages += 1
        return pages

    def write(self, target: Path) -> None:
        """Write the pages under their name, whole or not at all."""
        _save(self._pdf, target)
        self._pdf.close()

    def _mark(self, page: pikepdf.Page, times: int) -> None:
        if times not in self._marks:
            self._marks[times] = _image(self._pdf, times, self._face)
        mark = self._marks[times]
        length = MARK_POINTS * int(mark.Width) / int(mark.Height)
        right, top = float(page.mediabox[0]) + MARK_AT[0] + MARK_POINTS, float(page.mediabox[3]) - MARK_AT[1]
        name = page.add_resource(mark, Name.XObject, Name("/Reprint"))
        page.contents_add(b"q\n", prepend=True)
        # Turned a quarter to the right: its foot to the left edge, its end down the page.
        drawn = f"\nQ\nq 0 {-length:.2f} {MARK_POINTS:.2f} 0 {right - MARK_POINTS:.2f} {top:.2f} cm {name} Do Q\n"
        page.contents_add(drawn.encode())


def _strip(source: pikepdf.Pdf) -> None:
    """Take away, in memory, what only the signed file may have; the seal stays as it looks."""
    for key in ("/AcroForm", "/StructTreeRoot", "/MarkInfo", "/Names", "/AF"):
        if key in source.Root:
            del source.Root[key]
    for page in source.pages:
        for key in ("/StructParents", "/Tabs"):
            if key in page.obj:
                del page.obj[key]
        seals = [one for one in page.obj.get("/Annots", Array()) if one.get("/Subtype") == Name.Widget and "/AP" in one]
        for one in seals:
            for key in _FORM_ONLY:
                if key in one:
                    del one[key]
            one.Subtype = Name.Stamp
        if seals:
            page.obj.Annots = Array(seals)
        elif "/Annots" in page.obj:
            del page.obj["/Annots"]


def _image(pdf: pikepdf.Pdf, times: int, face: Face) -> pikepdf.Object:
    size, bits = _drawn(times, face)
    image = pikepdf.Stream(pdf, bits)
    image.Type, image.Subtype, image.ImageMask = Name.XObject, Name.Image, True
    image.Width, image.Height, image.BitsPerComponent = *size, 1
    return pdf.make_indirect(image)


@lru_cache(maxsize=16)
def _drawn(times: int, face: Face) -> tuple[tuple[int, int], bytes]:
    """The words of the mark as black dots: a small picture needs no typeface inside the file."""
    font = ImageFont.truetype(face[0], int(MARK_PIXELS * 0.8), index=face[1])
    words = f"重印　第 {times} 次打印　REPRINT {times}"
    canvas = Image.new("1", (int(font.getlength(words)) + 8, MARK_PIXELS), 1)
    ImageDraw.Draw(canvas).text((4, MARK_PIXELS / 2), words, fill=0, font=font, anchor="lm")
    return canvas.size, canvas.tobytes()


def _save(pdf: pikepdf.Pdf, target: Path) -> None:
    part = target.with_name(f"{target.name}.part")
    try:
        pdf.save(part, object_stream_mode=pikepdf.ObjectStreamMode.generate, recompress_flate=False, linearize=False)
        handle = os.open(part, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
