"""A corpus of files that nobody should send, made here: bombs, broken ones, and those that are two things at once."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib
from functools import cache

from PIL import Image


def _png(*chunks: tuple[bytes, bytes]) -> bytes:
    parts = [
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _header(width: int, height: int, *, depth: int = 1, colour: int = 0) -> tuple[bytes, bytes]:
    return b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)


def _saved(kind: str, size: tuple[int, int] = (320, 240), **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "navy").save(out, kind, **more)
    return out.getvalue()


def _pdf(catalogue: bytes, more: bytes = b"") -> bytes:
    return b"%PDF-1.7\n1 0 obj<<" + catalogue + b">>endobj\ntrailer<</Root 1 0 R" + more + b">>\nstartxref\n0\n%%EOF"


def _zip(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    return out.getvalue()


_LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%b">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(12))
    + b"]><x>&m;</x>"
)
_SECRET = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'


def _workbook(sheet: bytes) -> bytes:
    return _zip(**{"[Content_Types].xml": sheet, "xl__workbook.xml": sheet, "xl__worksheets__sheet1.xml": sheet})


@cache
def images() -> dict[str, bytes]:
    """What is no image that is taken, each with a reason of its own."""
    jpeg, png, webp = _saved("JPEG"), _saved("PNG"), _saved("WEBP")
    zeros = zlib.compress(bytes(6_000_000), 9)
    return {
        "one byte": b"\xff",
        "zeros": bytes(65_536),
        "an SVG with a script": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        "a page": b"<!doctype html><script>alert(1)</script>" * 20,
        "a GIF": _saved("GIF"),
        "a BMP": _saved("BMP"),
        "a TIFF": _saved("TIFF"),
        "an icon": _saved("ICO", (32, 32)),
        "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(%pipe%id) (r) file\n",
        "a PNG of 900 megapixels": _png(_header(30_000, 30_000), (b"IDAT", zlib.compress(bytes(3751 * 2000), 9)), (b"IEND", b"")),
        "a PNG that says it is 4 000 000 000 wide": _png(_header(2**32 - 1, 2**32 - 1), (b"IDAT", b""), (b"IEND", b"")),
        "a PNG without a size": _png(_header(0, 0), (b"IDAT", b""), (b"IEND", b"")),
        "a PNG whose words are a bomb": _png(
            _header(1, 1), (b"zTXt", b"x\0\0" + zeros), (b"iTXt", b"y\0\1\0\0\0" + zeros), (b"IDAT", b""), (b"IEND", b"")
        ),
        "a PNG cut short": png[:-40],
        "a JPEG cut short": jpeg[:-200],
        "a JPEG of nothing but its name": b"\xff\xd8\xff\xe0\0\x10JFIF\0",
        "a JPEG that says it is 65 000 wide": jpeg.replace(struct.pack(">HH", 240, 320), b"\xfd\xe8\xfd\xe8"),
        "a WebP cut short": webp[:-20],
        "a WebP with a wrong length": webp[:4] + b"\xff\xff\xff\xff" + webp[8:16],
        "a HEIC of nothing but its name": struct.pack(">I", 24) + b"ftypheic" + bytes(12),
        "a film": struct.pack(">I", 24) + b"ftypisom" + bytes(4000),
        "a program": b"MZ" + bytes(4000),
        "a ZIP": _zip(x=b"x"),
    }  # fmt: skip


@cache
def two_at_once() -> dict[str, bytes]:
    """True images that are something else too, for whoever reads them from the other end."""
    jpeg = _saved("JPEG")
    return {
        "an image that is a ZIP too": jpeg + _zip(evil=b"x"),
        "an image that is a page too": jpeg + b"<script>alert(document.domain)</script>",
        "an image that is a PDF too": jpeg + b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n",
    }


@cache
def documents() -> dict[str, bytes]:
    """For whatever reads tables, archives, YAML, PDF or sealed files."""
    return {
        "an empty file": b"",
        "laughs": _LAUGHS,
        "a workbook of laughs": _workbook(_LAUGHS),
        "a workbook that reads our files": _workbook(_SECRET),
        "a workbook that unpacks for ever": _zip(**{"[Content_Types].xml": b"<x/>", "xl__workbook.xml": bytes(8_000_000)}),
        "an archive of many": _zip(**{f"p{n}": b"" for n in range(2100)}),
        "an archive that climbs out": _zip(**{"..__..__etc__passwd": b"x"}),
        "half an archive": _workbook(b"<x/>")[:-30],
        "a gzip bomb": gzip.compress(bytes(6_000_000), 9),
        "one line for ever": b"a," * 100_000,
        "one cell for ever": b'"' + b"x" * 300_000,
        "NUL in a table": "户号,户名\n1,\0\n".encode(),
        "half a character": "户号,户名\n1,王".encode()[:-1],
        "YAML laughs": b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
            b"%c: &%c [%b]\n" % (98 + n, 98 + n, b",".join([b"*%c" % (97 + n)] * 9)) for n in range(9)
        ),
        "YAML that runs": b"!!python/object/apply:os.system ['id']\n",
        "deep YAML": b"[" * 5_000,
        "a PDF of nothing": b"%PDF-1.7\n%%EOF\n",
        "a PDF that points at itself": _pdf(b"/Type/Catalog/Pages 1 0 R/Kids[1 0 R]", b"/Prev 0"),
        "a PDF with a script": _pdf(b"/Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>"),
        "a sealed file of nothing": b"fieldsvc-lifeboat/1\n{}\n" + b"\xff\xff\xff\xff",
        "a sealed file with deep words": b"fieldsvc-lifeboat/1\n" + b"[" * 50_000 + b"\n",
    }  # fmt: skip
