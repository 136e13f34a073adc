"""How the parts of a file are packed: each once, and not harder than it pays.

The layout library compresses every stream twice, as hard as it can (once for the file, once for a number that names the file),
and unpacks pictures to pack them again. Here a stream is packed once, and a picture that was made for a paper goes in as it is.
Decides nothing about what a file holds. Invariant: a reader that unpacks a stream finds the same bytes.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pydyf
from weasyprint.images import RasterImage

LEVEL = 6
"""Half the time of the hardest, and two per cent more bytes."""
PLAIN = ("L", "RGB")
SIGNATURE_BYTES = 8
_library = RasterImage._get_png_data


def streams(pdf: pydyf.PDF) -> None:
    """Pack what is still to be packed; called when nothing changes any more."""
    for one in pdf.objects:
        if isinstance(one, pydyf.Stream) and one.compress:
            one.compress = False
            whole = one.data
            begin = whole.index(b"stream\n") + len(b"stream\n")
            one.stream = [zlib.compress(whole[begin : -len(b"\nendstream")], LEVEL)]
            one.extra = {**one.extra, "Filter": "/FlateDecode"}


def _png_data(picture: Any) -> bytes:
    """The rows of a PNG as a PDF wants them: as they lie in the file, where it is a plain one."""
    file = getattr(picture, "fp", None)
    if isinstance(file, BytesIO) and picture.format == "PNG" and _is_plain(picture):
        return b"".join(_rows(file.getvalue()))
    packed: bytes = _library(picture)
    return packed


def _is_plain(picture: Any) -> bool:
    """Eight bits a colour, nothing interlaced, nothing that would have to be looked up: as the library announces it."""
    kinds = {(tile[0], tile[3]) for tile in picture.tile}
    return picture.mode in PLAIN and kinds == {("zip", picture.mode)} and not picture.info.get("interlace")


def _rows(png: bytes) -> Iterator[bytes]:
    place = SIGNATURE_BYTES
    while place < len(png):
        size, kind = struct.unpack_from(">I4s", png, place)
        if kind == b"IDAT":
            yield png[place + 8 : place + 8 + size]
        place += size + 12  # its length, its kind, its check sum


def use() -> None:
    """Have the library take pictures in our way from now on; safe to repeat."""
    RasterImage._get_png_data = staticmethod(_png_data)
