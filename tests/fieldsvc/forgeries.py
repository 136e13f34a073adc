"""Files that somebody could make out of an issued one: broken at random, and by the attacks on signed PDFs that were published.

Incremental saving, signature wrapping and universal forgery: Mladenov, Mainka et al., 1 Trillion Dollar Refund (2019). Shadow
attacks (hide, replace, hide and replace): Mainka, Mladenov, Rohlmann (2021). Attacks on certified documents (annotations,
signatures): Rohlmann et al. (2021). Every forgery is a function of the issued bytes; the same seed gives the same files.
"""

from __future__ import annotations

import io
import random
import re
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import pikepdf
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject

Forge = Callable[[bytes], bytes]
FAKE = b"BT /F1 24 Tf 60 700 Td (No hazard was found) Tj ET"


def random_changes(pdf: bytes, *, count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """So many different files, each a small random change of the issued one."""
    dice, seen = random.Random(seed), {pdf}
    kinds = (_flip, _flip_many, _cut, _append, _drop, _repeat, _swap, _revise, _edit_object)
    while len(seen) <= count:
        change = kinds[len(seen) % len(kinds)]
        forged = change(pdf, dice)
        if forged not in seen:
            seen.add(forged)
            yield change.__name__.strip("_"), forged


def _flip(pdf: bytes, dice: random.Random) -> bytes:
    place = dice.randrange(len(pdf))
    return pdf[:place] + bytes([pdf[place] ^ (1 << dice.randrange(8))]) + pdf[place + 1 :]


def _flip_many(pdf: bytes, dice: random.Random) -> bytes:
    changed = bytearray(pdf)
    for _ in range(dice.randrange(2, 40)):
        changed[dice.randrange(len(pdf))] = dice.randrange(256)
    return bytes(changed)


def _cut(pdf: bytes, dice: random.Random) -> bytes:
    return pdf[: dice.randrange(9, len(pdf))]


def _append(pdf: bytes, dice: random.Random) -> bytes:
    return pdf + dice.choice((b"\n", b" ", b"%", b"\x00")) * dice.randrange(1, 60) + dice.randbytes(dice.randrange(40))


def _drop(pdf: bytes, dice: random.Random) -> bytes:
    place = dice.randrange(len(pdf) - 64)
    return pdf[:place] + pdf[place + dice.randrange(1, 64) :]


def _repeat(pdf: bytes, dice: random.Random) -> bytes:
    place = dice.randrange(len(pdf) - 64)
    return pdf[: place + dice.randrange(1, 64)] + pdf[place:]


def _swap(pdf: bytes, dice: random.Random) -> bytes:
    a, b = sorted(dice.sample(range(len(pdf) - 64), 2))
    size = min(dice.randrange(1, 64), b - a)
    return pdf[:a] + pdf[b : b + size] + pdf[a + size : b] + pdf[a : a + size] + pdf[b + size :]


def _revise(pdf: bytes, dice: random.Random) -> bytes:
    """An incremental update of one object, with all that belongs to one."""
    content = zlib.compress(FAKE + b"%" * dice.randrange(400))
    return revised(pdf, {dice.randrange(1, 900): stream(content)})


def _edit_object(pdf: bytes, dice: random.Random) -> bytes:
    """A byte of a dictionary changed where it stands, so that the file still parses."""
    words = list(re.finditer(rb"/(Length|Type|Size|W|Index|Rect|V|Title)\b ?(\d+)?", pdf))
    chosen = dice.choice(words)
    digits = bytes(dice.choice(b"0123456789") for _ in chosen.group(2) or b"")
    if not digits or digits == chosen.group(2):
        return pdf[: chosen.start() + 1] + bytes([dice.randrange(65, 91)]) + pdf[chosen.start() + 2 :]
    return pdf[: chosen.start(2)] + digits + pdf[chosen.end(2) :]


def stream(content: bytes, more: bytes = b"/Filter/FlateDecode") -> bytes:
    """A stream object's body."""
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (more, len(content), content)


def revised(
    pdf: bytes, objects: dict[int, bytes], *, table: bool = True, trailer: bool = True, catalog: int | None = None
) -> bytes:
    """An incremental update that puts these objects in the place of those with the same numbers."""
    root = catalog or int(PdfReader(io.BytesIO(pdf)).trailer.raw_get("/Root").idnum)
    out, places = bytearray(pdf if pdf.endswith(b"\n") else pdf + b"\n"), {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    if table:
        start = len(out)
        out += b"xref\n" + b"".join(
            b"%d 1\n%010d 00000 n \n" % (number, place) for number, place in sorted(places.items())
        )
        if trailer:
            former = int(re.findall(rb"startxref\s+(\d+)", pdf)[-1])
            out += b"trailer\n<</Size 99999/Root %d 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (root, former, start)
    return bytes(out)


def attacks() -> dict[str, Forge]:
    """The published attacks by name."""
    return {
        "incremental saving: page replaced": _isa_page,
        "incremental saving: no table": lambda pdf: revised(
            pdf, {_page_content(pdf): stream(zlib.compress(FAKE))}, table=False
        ),
        "incremental saving: no trailer": lambda pdf: revised(
            pdf, {_page_content(pdf): stream(zlib.compress(FAKE))}, trailer=False
        ),
        "incremental saving: signature copied behind": _isa_copied_signature,
        "incremental saving: rewritten by a library": _isa_by_library,
        "wrapping: second part moved": _wrapped,
        "wrapping: gap widened": _gap,
        "universal: no contents": lambda pdf: _patched(pdf, rb"/Contents <[0-9a-fA-F]+>", b"/Contents <00>"),
        "universal: contents null": lambda pdf: _patched(pdf, rb"/Contents <[0-9a-fA-F]+>", b"/Contents null"),
        "universal: no range": lambda pdf: _patched(pdf, rb"/ByteRange \[[^\]]+\]", b""),
        "universal: range null": lambda pdf: _patched(pdf, rb"/ByteRange \[[^\]]+\]", b"/ByteRange null"),
        "universal: range negative": lambda pdf: _patched(pdf, rb"/ByteRange \[[^\]]+\]", b"/ByteRange [0 -1 -1 -1]"),
        "universal: range of nothing": lambda pdf: _patched(pdf, rb"/ByteRange \[[^\]]+\]", b"/ByteRange [0 0 0 0]"),
        "shadow: hidden by an overlay": _overlay,
        "shadow: seal replaced": _seal_replaced,
        "shadow: font replaced": _font_replaced,
        "shadow: other catalogue": _other_catalogue,
        "shadow: other pages": _other_pages,
        "certified: annotation": _annotation,
        "certified: a second signature": _second_signature,
        "certified: JavaScript": _script,
        "attachment exchanged": _attachment,
        "metadata changed": _metadata,
        "written anew": _written_anew,
        "signature taken off": _unsigned,
        "padding of the signature": _padding,
        "digits of the signature in the other case": _other_case,
    }


def _page_content(pdf: bytes) -> int:
    reader = PdfReader(io.BytesIO(pdf))
    return int(reader.pages[0].raw_get("/Contents").idnum)


def _isa_page(pdf: bytes) -> bytes:
    return revised(pdf, {_page_content(pdf): stream(zlib.compress(FAKE))})


def _isa_copied_signature(pdf: bytes) -> bytes:
    """The signature dictionary is repeated in the update, for viewers that look whether the last revision has one."""
    start = pdf.rindex(b"obj", 0, pdf.index(b"/ByteRange"))
    number = int(pdf[:start].split()[-2])
    body = pdf[start + 3 : pdf.index(b"endobj", start)].strip()
    return revised(pdf, {_page_content(pdf): stream(zlib.compress(FAKE)), number: body})


def _isa_by_library(pdf: bytes) -> bytes:
    writer = PdfWriter(io.BytesIO(pdf), incremental=True)
    writer.add_blank_page()
    return _bytes(writer)


def _wrapped(pdf: bytes) -> bytes:
    """The second signed part is moved to the end, another one is put where it was, and the range points to the moved one."""
    found = re.search(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+)\s*\]", pdf)
    assert found is not None
    first, second, size = int(found[2]), int(found[3]), int(found[4])
    evil = stream(zlib.compress(FAKE))
    between = b"\n%d 0 obj\n%s\nendobj\n" % (_page_content(pdf), evil)
    whole = pdf[: second + size] + between + pdf[second : second + size]
    moved = b"/ByteRange [0 %d %d %d]" % (first, second + size + len(between), size)
    field = found[0]
    return whole.replace(field, moved.ljust(len(field))[: max(len(field), len(moved))], 1)


def _gap(pdf: bytes) -> bytes:
    """The unsigned gap is made wider, and the widened part holds another page content."""
    found = re.search(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+)\s*\]", pdf)
    assert found is not None
    second, size = int(found[3]), int(found[4])
    evil = b"/X(" + FAKE.replace(b"(", b"<").replace(b")", b">") + b")"
    changed = pdf[:second] + evil + pdf[second:]
    moved = b"/ByteRange [0 %s %d %d]" % (found[2], second + len(evil), size)
    return changed.replace(found[0], moved.ljust(len(found[0])), 1)


def _patched(pdf: bytes, pattern: bytes, by: bytes) -> bytes:
    """A part of the signature dictionary overwritten, filled up so that nothing else moves."""
    return re.sub(pattern, lambda found: by.ljust(len(found[0])), pdf, count=1)


def _next(pdf: bytes) -> int:
    return max(int(one) for one in re.findall(rb"/Size (\d+)", pdf)) + 10


def _overlay(pdf: bytes) -> bytes:
    """A white form field with other words over the page, as an annotation."""
    reader = PdfReader(io.BytesIO(pdf))
    page, number = reader.pages[0], _next(pdf)
    assert page.indirect_reference is not None
    look = stream(
        zlib.compress(b"1 g 0 0 500 700 re f 0 g " + FAKE),
        b"/Type/XObject/Subtype/Form/BBox[0 0 500 700]/Filter/FlateDecode",
    )
    field = b"<</Type/Annot/Subtype/Widget/FT/Tx/T(x)/V(x)/F 4/Rect[40 100 560 800]/AP<</N %d 0 R>>>>" % (number + 1)
    changed = _dictionary(page, b"/Annots", b"[%d 0 R]" % number)
    return revised(pdf, {int(page.indirect_reference.idnum): changed, number: field, number + 1: look})


def _dictionary(given: Any, key: bytes, value: bytes) -> bytes:
    """A dictionary's text with one entry in place of what it had."""
    kept = DictionaryObject({name: item for name, item in given.get_object().items() if name != key.decode()})
    out = io.BytesIO()
    kept.write_to_stream(out)
    body = out.getvalue()
    return body[: body.rindex(b">>")] + key + b" " + value + b">>"


def _seal_replaced(pdf: bytes) -> bytes:
    """The signature field itself is given another look."""
    reader = PdfReader(io.BytesIO(pdf))
    field = reader.trailer["/Root"]["/AcroForm"]["/Fields"][0].get_object()  # type: ignore[index]
    number = _next(pdf)
    look = stream(zlib.compress(FAKE), b"/Type/XObject/Subtype/Form/BBox[0 0 500 700]/Filter/FlateDecode")
    changed = _dictionary(field, b"/AP", b"<</N %d 0 R>>" % number)
    return revised(pdf, {int(field.indirect_reference.idnum): changed, number: look})


def _font_replaced(pdf: bytes) -> bytes:
    reader = PdfReader(io.BytesIO(pdf))
    fonts = reader.pages[0]["/Resources"]["/Font"]  # type: ignore[index]
    reference = fonts.raw_get(next(iter(fonts)))
    return revised(pdf, {int(reference.idnum): b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"})


def _other_catalogue(pdf: bytes) -> bytes:
    """Hide and replace: a second catalogue with pages of its own becomes the root."""
    number = _next(pdf)
    return revised(
        pdf,
        {
            number: b"<</Type/Catalog/Pages %d 0 R>>" % (number + 1),
            number + 1: b"<</Type/Pages/Count 1/Kids[%d 0 R]>>" % (number + 2),
            number + 2: b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 595 842]/Contents %d 0 R>>"
            % (number + 1, number + 3),
            number + 3: stream(zlib.compress(FAKE)),
        },
        catalog=number,
    )


def _other_pages(pdf: bytes) -> bytes:
    """The signature stays where it is, but the tree of pages leads elsewhere."""
    reader, number = PdfReader(io.BytesIO(pdf)), _next(pdf)
    pages = int(reader.trailer["/Root"].raw_get("/Pages").idnum)  # type: ignore[union-attr]
    return revised(
        pdf,
        {
            pages: b"<</Type/Pages/Count 1/Kids[%d 0 R]>>" % number,
            number: b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 595 842]/Contents %d 0 R>>" % (pages, number + 1),
            number + 1: stream(zlib.compress(FAKE)),
        },
    )


def _annotation(pdf: bytes) -> bytes:
    reader = PdfReader(io.BytesIO(pdf))
    page, number = reader.pages[0], _next(pdf)
    assert page.indirect_reference is not None
    words = (
        b"<</Type/Annot/Subtype/FreeText/F 4/Rect[60 600 500 760]/DA(/Helv 18 Tf 0 g)/Contents(No hazard was found)>>"
    )
    return revised(
        pdf, {int(page.indirect_reference.idnum): _dictionary(page, b"/Annots", b"[%d 0 R]" % number), number: words}
    )


def _second_signature(pdf: bytes) -> bytes:
    reader, number = PdfReader(io.BytesIO(pdf)), _next(pdf)
    form = reader.trailer["/Root"]["/AcroForm"]  # type: ignore[index]
    root = reader.trailer["/Root"]
    field = b"<</Type/Annot/Subtype/Widget/FT/Sig/T(Second)/F 132/Rect[60 600 500 760]/V<</Type/Sig/Filter/Adobe.PPKLite>>>>"
    first = form["/Fields"][0].get_object().indirect_reference.idnum
    fields = b"<</SigFlags 3/Fields[%d 0 R %d 0 R]>>" % (first, number)
    return revised(pdf, {int(root.indirect_reference.idnum): _dictionary(root, b"/AcroForm", fields), number: field})  # type: ignore[union-attr]


def _script(pdf: bytes) -> bytes:
    root = PdfReader(io.BytesIO(pdf)).trailer["/Root"]
    action = b"<</S/JavaScript/JS(app.alert\\(1\\))>>"
    return revised(pdf, {int(root.indirect_reference.idnum): _dictionary(root, b"/OpenAction", action)})  # type: ignore[union-attr]


def _attachment(pdf: bytes) -> bytes:
    reader = PdfReader(io.BytesIO(pdf))
    names = reader.trailer["/Root"]["/Names"]["/EmbeddedFiles"]["/Names"]  # type: ignore[index]
    number = names[1].get_object()["/EF"].raw_get("/F").idnum
    return revised(pdf, {int(number): stream(zlib.compress(b"{}"), b"/Type/EmbeddedFile/Filter/FlateDecode")})


def _metadata(pdf: bytes) -> bytes:
    root = PdfReader(io.BytesIO(pdf)).trailer["/Root"]
    number = root.raw_get("/Metadata").idnum  # type: ignore[union-attr]
    return revised(pdf, {int(number): stream(zlib.compress(b"<x/>"), b"/Type/Metadata/Subtype/XML/Filter/FlateDecode")})


def _written_anew(pdf: bytes) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        opened.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
    return out.getvalue()


def _unsigned(pdf: bytes) -> bytes:
    writer = PdfWriter()
    for page in PdfReader(io.BytesIO(pdf)).pages:
        writer.add_page(page)
    for page in writer.pages:
        page.pop(NameObject("/Annots"), None)
    return _bytes(writer)


def _padding(pdf: bytes) -> bytes:
    """The zeros behind the signature, which it does not cover, hold something else."""
    found = re.search(rb"/Contents <[0-9a-fA-F]+>", pdf)
    assert found is not None
    return pdf[: found.end() - 65] + b"ab" * 32 + pdf[found.end() - 1 :]


def _other_case(pdf: bytes) -> bytes:
    """The signature's digits in capitals instead of small letters, or the reverse: every value stays the same."""
    found = re.search(rb"/Contents <([0-9a-fA-F]+)>", pdf)
    assert found is not None
    return pdf[: found.start(1)] + found[1].swapcase() + pdf[found.end(1) :]


def _bytes(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
