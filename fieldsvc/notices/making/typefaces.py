"""The typefaces inside a file: only the characters that are printed, in the plainest form that a PDF can hold.

The layout library keeps the places of all 65,535 characters of a Chinese face and the tables around the outlines, 180 KB a weight
for a few hundred characters that weigh 60. Here a face whose characters are numbered like its glyphs (as Noto Sans CJK is) is
cut to its outlines alone, and numbered through its own list. A face of any other make is left to the library. Invariant: the
numbers in the pages' text, the widths and the way back to Unicode stay as the library wrote them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any

import pydyf
from weasyprint.pdf import fonts as library
from weasyprint.pdf import stream as pages
from weasyprint.text.ffi import ffi, harfbuzz, harfbuzz_subset
from weasyprint.text.fonts import get_hb_object_data

SFNT_WITH_OUTLINES = b"OTTO"
KEYED_BY_CHARACTER = b"\x0c\x1e"  # the operator ROS, with which the top dictionary of such a face begins
_UNUSED = (
    "BASE", "DSIG", "GDEF", "GPOS", "GSUB", "JSTF", "LTSH", "OS/2", "PCLT", "STAT", "VORG", "cmap", "hmtx", "hhea",
    "name", "post", "vhea", "vmtx",
)  # fmt: skip


class Typeface(library.Font):  # type: ignore[misc]
    """A typeface that is used in a paper."""

    _content: Any

    @property
    def file_content(self) -> bytes:
        """The file of the typeface. Read only when it is asked for: it is twenty megabytes until it has been cut."""
        if not isinstance(self._content, bytes):
            self._content = get_hb_object_data(self._content) or b""
        return bytes(self._content)

    @file_content.setter
    def file_content(self, content: Any) -> None:
        self._content = content

    def _harfbuzz_subset(self, to_unicode: Any, hinting: Any) -> None:
        outlines = _cut(self, sorted(to_unicode)) if "CFF " in self.tables and not self.missing else b""
        if outlines[:4] == SFNT_WITH_OUTLINES and _is_keyed(_table(outlines, b"CFF ")):
            self.file_content = outlines
        else:
            super()._harfbuzz_subset(to_unicode, hinting)


def _itself(face: Any) -> Any:
    """The library asks for the bytes of a face at once; a `Typeface` takes the face, and reads it later."""
    return face


def use() -> None:
    """Have the library cut typefaces in our way from now on; safe to repeat."""
    library.get_hb_object_data = _itself
    pages.Font = Typeface


def _cut(font: Any, glyphs: list[int]) -> bytes:
    wanted = ffi.gc(harfbuzz_subset.hb_subset_input_create_or_fail(), harfbuzz_subset.hb_subset_input_destroy)
    _fill(harfbuzz_subset.hb_subset_input_glyph_set(wanted), glyphs)
    flags = harfbuzz_subset.HB_SUBSET_FLAGS_DESUBROUTINIZE | harfbuzz_subset.HB_SUBSET_FLAGS_NO_HINTING
    harfbuzz_subset.hb_subset_input_set_flags(wanted, flags)
    unused = [harfbuzz.hb_tag_from_string(tag.encode(), -1) for tag in _UNUSED]
    _fill(
        harfbuzz_subset.hb_subset_input_set(wanted, harfbuzz_subset.HB_SUBSET_SETS_DROP_TABLE_TAG),
        unused,
    )
    face = harfbuzz_subset.hb_subset_or_fail(font.hb_face, wanted)
    return bytes(get_hb_object_data(ffi.gc(face, harfbuzz.hb_face_destroy)) or b"") if face else b""


def _fill(chosen: Any, values: Iterable[int]) -> None:
    listed = sorted(values)
    harfbuzz.hb_set_add_sorted_array(chosen, ffi.new(f"hb_codepoint_t[{len(listed)}]", listed), len(listed))


def bare(pdf: pydyf.PDF) -> None:
    """Take the wrapping from typefaces that were cut here: the outlines alone are what a PDF wants."""
    for stream in pdf.objects:
        if isinstance(stream, pydyf.Stream) and stream.extra.get("Subtype") == "/OpenType":
            outlines = _table(stream.stream[0], b"CFF ")
            if outlines and _is_keyed(outlines):
                stream.stream[0], stream.extra["Subtype"] = outlines, "/CIDFontType0C"


def _table(sfnt: bytes, tag: bytes) -> bytes:
    for place in range(struct.unpack_from(">H", sfnt, 4)[0]):
        name, _, start, size = struct.unpack_from(">4sIII", sfnt, 12 + 16 * place)
        if name == tag:
            return sfnt[start : start + size]
    return b""


def _is_keyed(outlines: bytes) -> bool:
    """Whether the outlines are numbered by character: the first of the top dictionary's operators says so."""
    if not outlines:
        return False
    names_end = _index_end(outlines, outlines[2])
    top = outlines[names_end : _index_end(outlines, names_end)]
    return KEYED_BY_CHARACTER in top


def _index_end(outlines: bytes, start: int) -> int:
    (count,) = struct.unpack_from(">H", outlines, start)
    if not count:
        return start + 2
    wide = outlines[start + 2]
    offsets = start + 3
    last = int.from_bytes(outlines[offsets + count * wide : offsets + (count + 1) * wide], "big")
    return int(offsets + (count + 1) * wide - 1 + last)
