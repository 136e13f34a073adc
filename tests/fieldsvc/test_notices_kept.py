"""What a press keeps from one paper to the next changes no paper: styles, shaped lines, typefaces, packed pictures."""

from __future__ import annotations

import copy
import io
from collections.abc import Callable
from typing import Any

import pikepdf
import pytest
from flask import Flask
from PIL import Image, ImageDraw, PngImagePlugin
from weasyprint import css
from weasyprint.images import RasterImage
from weasyprint.layout import inline, preferred
from weasyprint.text import line_break
from weasyprint.text.fonts import get_hb_object_data

from fieldsvc.notices import promise
from fieldsvc.notices import service as notices
from fieldsvc.notices.making import glyphs, lines, packing, pictures, press, render, styles, typefaces
from fieldsvc.record import service as record
from tests.fieldsvc.papers import Clients, Json, PhoneOf, Plan, papers_of, picture, record_visit, strokes

AROUND: Json = {"address": "http://localhost/n/x", "demonstration": True, "certificate": "tests"}


@pytest.fixture
def frozen(app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients) -> Json:
    """What a hazard notice prints."""
    visit, phone = plan()["id"], phone_of("inspector")
    record_visit(phone, visit, checks=True)
    phone.sync()
    (listed,) = papers_of(client_as("office"), visit, "hazard")
    with app.app_context():
        return promise.freeze(notices.get(notice_id=listed["id"]), record.document(visit_id=visit))


def drawn(frozen: Json, *, beside: str = "en") -> list[bytes]:
    """What is drawn on each page of a paper, and what is said of its text."""
    one = copy.deepcopy(frozen) | {"languages": ["zh-Hans", beside]}

    def held(sha256: str) -> bytes | None:
        signed = [by["image"] for by in frozen["facts"]["signatures"].values() if by.get("image")]
        return None if sha256 == "seal" else strokes(3) if sha256 in signed else picture("red")

    with pikepdf.open(io.BytesIO(render.render(one, picture=held, **AROUND))) as pdf:
        assert pdf.check_pdf_syntax() == []
        words = [font.ToUnicode.read_bytes() for font in pdf.pages[0].Resources.Font.values()]
        return [*(page.Contents.read_bytes() for page in pdf.pages), *words]


@pytest.fixture
def as_the_library_does(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Take our ways out of the layout library until the test is over."""
    render.prepare()

    def undo() -> None:
        monkeypatch.setattr(css, "StyleFor", styles.Styles.__mro__[1])
        monkeypatch.setattr(line_break, "Layout", lines.Line.__mro__[1])
        monkeypatch.setattr(inline, "split_first_line", lines._shape)
        monkeypatch.setattr(preferred, "split_first_line", lines._shape)
        monkeypatch.setattr(inline, "strut", lines._measure)

    return undo


def test_a_paper_is_drawn_as_one_of_which_nothing_was_kept(
    frozen: Json, as_the_library_does: Callable[[], None]
) -> None:
    first = drawn(frozen)
    other = drawn(frozen, beside="zh-Hant")
    after = drawn(frozen)
    known = styles._kept[0].count
    assert drawn(frozen) == first and styles._kept[0].count == known, (
        "a press that has met every style works none out again"
    )
    assert lines._kept and 50 < known < styles.MOST / 10, "something was kept, and there is room"
    style, text = next(iter(lines._kept.values()))[0], "软管老化、龟裂，随时可能破裂漏气" * 6
    broken = [lines._line(text, style, None, width, 0)[1:] for width in (90.0, 300.0, 90.0)]
    assert broken == [lines._shape(text, style, None, width, 0)[1:] for width in (90.0, 300.0, 90.0)]
    as_the_library_does()
    assert drawn(frozen) == first == after
    assert drawn(frozen, beside="zh-Hant") == other != first


def test_what_is_kept_has_an_end_and_a_typeface_is_never_read_whole(
    frozen: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []

    def noted(face: Any) -> Any:
        content = get_hb_object_data(face)
        read.append(len(content or b""))
        return content

    monkeypatch.setattr(typefaces, "get_hb_object_data", noted)
    monkeypatch.setattr(lines, "MOST", 40)
    lines._kept.clear()
    drawn(frozen)
    assert len(lines._kept) == 40
    assert read and max(read) < 200_000, "twenty megabytes a weight would be read and thrown away"


def test_a_press_is_replaced_between_two_papers_and_none_is_lost(frozen: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(press, "PAPERS", 2)
    own, seen = press.Press(), []
    try:
        for _ in range(3):
            assert own.make(frozen, {}, seconds=300, **AROUND).startswith(b"%PDF-1.7")
            seen.append(own._process and own._process.pid)
    finally:
        own.close()
    assert seen[0] and seen[1] is None, "it has made as many as it may"
    assert seen[2] and seen[2] != seen[0], "the next one makes what comes"


def test_characters_that_no_font_holds_are_not_kept_in_mind() -> None:
    unknown = "".join(map(chr, range(0xE000, 0xE800)))
    assert set(glyphs.printable(unknown)) <= {glyphs.GETA, "…"}
    assert 0xE000 not in glyphs._printed and glyphs.printable("国\u202e\x01\tA") == "国 A"
    assert ord("国") in glyphs._printed


def shown(png: bytes) -> tuple[Any, Image.Image]:
    """A picture as it goes into a file: its object, and what a reader sees of it."""
    put = RasterImage(Image.open(io.BytesIO(png)), "one", png).get_x_object(interpolate=False, dpi_ratio=1)
    with pikepdf.new() as pdf:
        stream = pikepdf.Stream(pdf, b"".join(part.data for part in put.stream))
        stream.ColorSpace = pikepdf.Name(put.extra["ColorSpace"])
        stream.Width, stream.Height, stream.BitsPerComponent = put.extra["Width"], put.extra["Height"], 8
        stream.Subtype, stream.Filter = pikepdf.Name.Image, pikepdf.Name.FlateDecode
        asked = put.extra["DecodeParms"]
        stream.DecodeParms = pikepdf.Dictionary({f"/{name}": value for name, value in asked.items()})
        return put, pikepdf.PdfImage(stream).as_pil_image()


def png(mode: str, **how: Any) -> bytes:
    image, out = Image.new(mode, (90, 40), "white"), io.BytesIO()
    ImageDraw.Draw(image).line((3, 3, 80, 35), fill="black", width=4)
    image.save(out, "PNG", **how)
    return out.getvalue()


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_plain_picture_goes_into_the_file_as_it_is(mode: str) -> None:
    render.prepare()
    content = png(mode, compress_level=1)
    put, seen = shown(content)
    packed = b"".join(part.data for part in put.stream)
    assert packed in content, "not unpacked and packed again"
    assert seen.tobytes() == Image.open(io.BytesIO(content)).tobytes()


@pytest.mark.parametrize("mode", ["1", "P", "RGBA", "LA"])
def test_any_other_picture_is_left_to_the_library(mode: str) -> None:
    render.prepare()
    content = png(mode)
    put, seen = shown(content)
    assert seen.convert("L").tobytes() == Image.open(io.BytesIO(content)).convert("L").tobytes()
    assert ("SMask" in put.extra) == (mode in ("RGBA", "LA"))


def test_a_picture_that_is_interlaced_is_left_to_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pillow writes none; what counts is that one which says so is not taken for a plain one."""
    plain = Image.open(io.BytesIO(png("L")))
    assert isinstance(plain, PngImagePlugin.PngImageFile) and packing._is_plain(plain)
    monkeypatch.setitem(plain.info, "interlace", 1)
    assert not packing._is_plain(plain)


def test_the_code_on_a_paper_has_modules_of_whole_pixels() -> None:
    code = Image.open(io.BytesIO(pictures.code("https://notices.example/n/ABCDEFGHJKLM")))
    assert code.mode == "L" and set(code.tobytes()) == {0, 255} and code.width == code.height
    small = code.resize((code.width // pictures.MODULE_PIXELS,) * 2, Image.Resampling.NEAREST)
    assert small.resize(code.size, Image.Resampling.NEAREST).tobytes() == code.tobytes()
