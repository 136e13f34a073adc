"""The seal that is seen on a paper, and the field behind it that the signature fills.

Decides where it stands: in the cell that the template leaves free for it (`id="seal"`), so that it hides no text, and on the last
page without one. The company's own image is shown when there is one; else a plain box that says that the paper is signed
electronically, which nobody can take for a stamp of ink. The field is part of the page's structure, with a name that is read
aloud. Invariant: the signature changes nothing that is seen.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Any

import pydyf
from PIL import Image, ImageDraw, ImageFont

from fieldsvc.notices.making import glyphs

FIELD = "Issuer"
PICTURE = "seal"
"""The name under which the company's image travels with the pictures of a paper."""
CELL = "seal"
INSET = 3.0  # points
DRAWN = (480, 330)
PRINTED_AND_LOCKED = 4 + 128
Rectangle = tuple[float, float, float, float]


@dataclass(frozen=True)
class Seal:
    """An image, compressed as `filter` says, and what is read aloud in its place."""

    image: bytes
    size: tuple[int, int]
    colours: str
    filter: str
    words: str


def of_company(image: bytes, *, words: str) -> Seal:
    """The company's own image, a JPEG (see pictures.seal)."""
    with Image.open(BytesIO(image)) as opened:
        return Seal(image, opened.size, "/DeviceRGB", "/DCTDecode", words)


@lru_cache(maxsize=8)
def drawn(company: str, *, words: str, lines: tuple[str, ...]) -> Seal:
    """A plain box with a few words, the first one large."""
    canvas = Image.new("L", DRAWN, 255)
    pen = ImageDraw.Draw(canvas)
    pen.rounded_rectangle((3, 3, DRAWN[0] - 4, DRAWN[1] - 4), radius=26, outline=0, width=7)
    pen.rounded_rectangle((16, 16, DRAWN[0] - 17, DRAWN[1] - 17), radius=16, outline=0, width=2)
    top = 44
    for place, text in enumerate((*lines, company)):
        font = _fitting(text, 74 if place == 0 else 34)
        pen.text((DRAWN[0] / 2, top), text, fill=0, font=font, anchor="ma")
        top += int(font.size * 1.42)
    return Seal(zlib.compress(canvas.tobytes(), 9), DRAWN, "/DeviceGray", "/FlateDecode", words)


def _fitting(text: str, size: int) -> ImageFont.FreeTypeFont:
    file, index = glyphs.bold_face()
    while True:
        font = ImageFont.truetype(file, size, index=index)
        if size <= 12 or font.getlength(text) <= DRAWN[0] - 56:
            return font
        size -= 2


def place(document: Any, pdf: pydyf.PDF, seal: Seal) -> None:
    """Put the seal and its field into a document that is about to be written (a finisher of WeasyPrint)."""
    number, rectangle, parent = _cell(document)
    page = pdf.objects[int(pdf.page_references[number].split()[0])]
    widget = pydyf.Dictionary(
        {
            "Type": "/Annot",
            "Subtype": "/Widget",
            "FT": "/Sig",
            "T": pydyf.String(FIELD),
            "TU": pydyf.String(seal.words),
            "F": PRINTED_AND_LOCKED,
            "P": page.reference,
            "Rect": pydyf.Array([0, 0, 0, 0]),
        }
    )
    pdf.add_object(widget)
    if rectangle:
        box = _fit(rectangle, seal.size)
        widget["Rect"] = pydyf.Array([round(one, 2) for one in box])
        widget["AP"] = pydyf.Dictionary({"N": _appearance(pdf, seal, box[2] - box[0], box[3] - box[1])})
    page.setdefault("Annots", pydyf.Array()).append(widget.reference)
    pdf.catalog["AcroForm"] = pydyf.Dictionary({"Fields": pydyf.Array([widget.reference]), "SigFlags": 3})
    _join(pdf, widget, parent, page, seal.words)


def _cell(document: Any) -> tuple[int, Rectangle | None, Any]:
    """The page, the place on it in points from below, and the element of the structure; the last page where there is no cell."""
    for number in reversed(range(len(document.pages))):
        page = document.pages[number]
        for box in page._page_box.descendants():
            element = getattr(box, "element", None)
            if element is not None and element.get("id") == CELL and hasattr(box, "mark"):
                left, top = box.border_box_x(), box.border_box_y()
                right, bottom = left + box.border_width(), top + box.border_height()
                rectangle = (left, page.height - bottom, right, page.height - top)
                return number, tuple(one * 0.75 for one in rectangle), box.mark
    return len(document.pages) - 1, None, None


def _fit(around: Rectangle, size: tuple[int, int]) -> Rectangle:
    """The largest box of these proportions in the middle of a rectangle, a little away from its edges."""
    left, bottom, right, top = around
    wide, high = right - left - 2 * INSET, top - bottom - 2 * INSET
    scale = min(wide / size[0], high / size[1])
    x, y = (left + right - size[0] * scale) / 2, (bottom + top - size[1] * scale) / 2
    return x, y, x + size[0] * scale, y + size[1] * scale


def _appearance(pdf: pydyf.PDF, seal: Seal, wide: float, high: float) -> bytes:
    extra: dict[str, Any] = {
        "Type": "/XObject", "Subtype": "/Image", "Width": seal.size[0], "Height": seal.size[1], "BitsPerComponent": 8,
        "ColorSpace": seal.colours, "Filter": seal.filter,
    }  # fmt: skip
    image = pydyf.Stream([seal.image], extra)
    pdf.add_object(image)
    form = pydyf.Stream(
        [f"q {wide:.3f} 0 0 {high:.3f} 0 0 cm /Seal Do Q"],
        {
            "Type": "/XObject",
            "Subtype": "/Form",
            "BBox": pydyf.Array([0, 0, round(wide, 3), round(high, 3)]),
            "Resources": pydyf.Dictionary({"XObject": pydyf.Dictionary({"Seal": image.reference})}),
        },
    )
    pdf.add_object(form)
    reference: bytes = form.reference
    return reference


def _join(pdf: pydyf.PDF, widget: pydyf.Dictionary, parent: Any, page: Any, words: str) -> None:
    """Make the field a part of the structure, in the order in which the page is read."""
    root = pdf.objects[int(pdf.catalog["StructTreeRoot"].split()[0])]
    above = parent if parent is not None else pdf.objects[int(root["K"][0].split()[0])]
    seen = pydyf.Dictionary({"Type": "/OBJR", "Obj": widget.reference, "Pg": page.reference})
    pdf.add_object(seen)
    element = pydyf.Dictionary(
        {
            "Type": "/StructElem",
            "S": "/Form",
            "P": above.reference,
            "Pg": page.reference,
            "Alt": pydyf.String(words),
            "K": pydyf.Array([seen.reference]),
        }
    )
    pdf.add_object(element)
    above["K"].append(element.reference)
    numbers = pdf.objects[int(root["ParentTree"].split()[0])]["Nums"]
    widget["StructParent"] = 1 + max(numbers[::2])
    numbers.extend([widget["StructParent"], element.reference])
