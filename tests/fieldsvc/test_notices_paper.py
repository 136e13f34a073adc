"""The paper itself: its words, its looks, its pictures and its signature, as other programs see them."""

from __future__ import annotations

import hashlib
import io
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from flask import Flask
from PIL import Image
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from fieldsvc import authority
from fieldsvc.notices import service as notices
from fieldsvc.notices.making import glyphs, pictures, render
from tests.fieldsvc.conftest import InCommon, wanted
from tests.fieldsvc.papers import DUE, Json, hazard, papers_of, pdf_of, picture, record_visit, work
from tests.fieldsvc.phone import Phone

HOSTILE = '<img src="file:///etc/passwd"><script>alert(1)</script>&amp;</td></table>'
RARE = "𠮷㐂䶮堃"


@dataclass
class Issued:
    """One issued notice with much in it, and where it came from."""

    app: Flask
    pdf: bytes
    path: Path
    document: Json
    notice: Json
    snapshot: Json
    text: str


@pytest.fixture(scope="module")
def issued(in_common: InCommon) -> Issued:
    app, clients, folder = in_common.app, in_common.clients, in_common.folder
    with app.app_context():
        order = wanted(name=f"王{RARE}", phone="13800001234", address=f"黔灵路 1 号 {HOSTILE}")
    visit = clients["office"].post("/api/v1/visits", json={"visits": [order]}).json["visits"][0]
    phone = Phone(clients["inspector"])
    phone.sync()
    hazards = [
        hazard(note=f"软管龟裂 {RARE} {HOSTILE}"),
        hazard(code="PIPE-01", item="pipe", level=1, position="before_meter", stop_gas="now_all", note="👍\u202e"),
        hazard(code=None, name=HOSTILE, solutions=[HOSTILE, "请\x01处理"]),
    ]
    record_visit(phone, visit["id"], hazards=hazards, name=f"王{RARE}", opinion=HOSTILE, checks=True)
    phone.sync()
    work(app)
    (notice,) = papers_of(clients["office"], visit["id"])
    pdf = pdf_of(clients["office"], notice)
    path = folder / "notice.pdf"
    path.write_bytes(pdf)
    with app.app_context():
        snapshot = notices.snapshot(notices.get(notice_id=notice["id"]))
    text = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True).stdout
    return Issued(app, pdf, path, visit, notice, snapshot, text)


def test_a_notice_says_what_a_notice_must_say(issued: Issued) -> None:
    said = issued.text
    year, month, day = DUE.split("-")
    customer, due = issued.document["customer"], f"{year}年{int(month)}月{int(day)}日"
    numbers = [issued.notice["number"], issued.document["number"], customer["account"], "138****1234", due]
    titles = ["隐患整改通知单", "Hazard rectification notice", "Page 1 of", "本单以中文为准"]
    hazards = [
        "软管老化",
        "随时可能破裂漏气",
        "更换为不锈钢波纹软管",
        "燃气管道漏气",
        "由我公司处理，不收费",
        "费用自理",
    ]
    legal = ["逾期未整改且危及安全的", "我公司不指定产品和施工单位", "我同意以电子签名方式签收本单", "城镇燃气管理条例"]
    for words in numbers + titles + hazards + legal:
        assert words in said, words


def test_the_gravest_hazard_comes_first_and_lines_are_numbered(issued: Issued) -> None:
    levels = [one["level"] for one in issued.snapshot["facts"]["hazards"]]
    assert levels == sorted(levels)
    assert [one["line"] for one in issued.snapshot["facts"]["hazards"]] == [1, 2, 3]


def test_a_phone_number_is_never_printed_in_full_nor_kept_in_the_record(issued: Issued) -> None:
    assert "13800001234" not in issued.text
    assert b"13800001234" not in render.canonical(issued.snapshot)


def test_rare_characters_of_names_are_printed_as_themselves(issued: Issued) -> None:
    for character in RARE:
        assert character in issued.text


def test_a_character_no_font_has_and_a_hidden_direction_mark_do_no_harm() -> None:
    assert glyphs.printable({"note": "👍a\u202eb\x00c\nd\ufe0f"}) == {"note": "〓abc d"}
    assert glyphs.printable("长" * 5000) == "长" * 2000 + "…"


def test_hostile_text_stays_text(issued: Issued) -> None:
    flat = issued.text.replace("\n", "").replace(" ", "")
    assert '<imgsrc="file:///etc/passwd"><script>alert(1)</script>&amp;</td></table>' in flat
    assert "root:" not in issued.text
    with pikepdf.open(issued.path) as pdf:
        assert (
            "/JavaScript" not in str(pdf.Root.get("/Names")) and "/AA" not in pdf.Root and "/OpenAction" not in pdf.Root
        )


def test_a_page_may_fetch_its_own_pictures_only() -> None:
    fetcher = render.OwnPictures({"asset:qr": ("image/png", b"x")})
    assert fetcher.fetch("asset:qr").read() == b"x"
    for address in ("file:///etc/passwd", "http://127.0.0.1/", "data:text/plain,x", "asset:other", "asset:../qr"):
        with pytest.raises(ValueError, match="own pictures"):
            fetcher.fetch(address)


def test_only_the_chinese_face_is_embedded_and_no_glyph_is_missing(issued: Issued) -> None:
    fonts, used = set(), set()
    with pikepdf.open(issued.path) as pdf:
        for page in pdf.pages:
            fonts |= {str(font.BaseFont).split("+")[1] for font in (page.Resources.get("/Font") or {}).values()}
            for operands, operator in pikepdf.parse_content_stream(page):
                if str(operator) in ("Tj", "TJ"):
                    parts = operands[0] if str(operator) == "TJ" else operands
                    used |= {
                        bytes(part)[n : n + 2]
                        for part in parts
                        if isinstance(part, pikepdf.String)
                        for n in range(0, len(bytes(part)), 2)
                    }
    assert fonts == {"Noto-Sans-CJK-SC", "Noto-Sans-CJK-SC-Bold"}
    assert len(used) > 200 and b"\x00\x00" not in used, "glyph 0 is the box for a missing character"


def test_the_pages_are_neither_blank_nor_black(issued: Issued, tmp_path: Path) -> None:
    subprocess.run(["pdftoppm", "-r", "40", "-gray", "-png", str(issued.path), str(tmp_path / "page")], check=True)
    pages = sorted(tmp_path.glob("page*.png"))
    assert 2 <= len(pages) <= 5
    for page in pages:
        grey = Image.open(page).convert("L")
        dark = sum(grey.histogram()[:160]) / (grey.width * grey.height)
        assert 0.01 < dark < 0.6, f"{page.name}: {dark:.3f} dark"


def test_photos_are_printed_at_print_size_without_metadata() -> None:
    image = Image.new("RGB", (4000, 3000), "navy")
    exif = image.getexif()
    exif[0x0112], exif[0x010F] = 6, "a camera that gives its owner away"
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    printed = Image.open(io.BytesIO(pictures.photo(out.getvalue())))
    assert printed.size == (600, 800), "turned upright, at most 800 pixels"
    assert not printed.getexif()


@pytest.mark.parametrize("content", [b"", b"GIF89a", picture("red")[:400]])
def test_a_damaged_picture_is_said_to_be_so(content: bytes) -> None:
    with pytest.raises(pictures.BadPicture):
        pictures.photo(content)


def test_a_demonstration_says_so_on_every_page(issued: Issued) -> None:
    pages = issued.text.strip("\f\n").split("\f")
    assert len(pages) >= 2
    for page in pages:
        assert "演示证书" in page and "DEMONSTRATION CERTIFICATE" in page
        assert (
            issued.notice["number"] in page
            and hashlib.sha256(render.canonical(issued.snapshot)).hexdigest()[:16] in page
        )


def test_the_file_is_archival_tagged_and_carries_its_record(issued: Issued) -> None:
    with pikepdf.open(issued.path) as pdf:
        with pdf.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "U")
        assert pdf.Root.MarkInfo.Marked and str(pdf.Root.Lang).startswith("zh")
        assert pdf.attachments["record.json"].get_file().read_bytes() == render.canonical(issued.snapshot)


def test_pyhanko_finds_the_signature_valid_and_certifying(issued: Issued) -> None:
    with issued.app.app_context():
        root = load_cert_from_pemder(str(authority.root_file(settings_of(issued).keys)))
    (signature,) = PdfFileReader(io.BytesIO(issued.pdf)).embedded_signatures
    status = validate_pdf_signature(signature, ValidationContext(trust_roots=[root], allow_fetching=False))
    assert status.bottom_line and status.intact and status.valid and status.trusted
    assert status.coverage == SignatureCoverageLevel.ENTIRE_FILE
    assert status.modification_level == ModificationLevel.NONE
    assert str(signature.sig_object["/SubFilter"]) == "/ETSI.CAdES.detached"
    assert signature.docmdp_level is not None and signature.docmdp_level.value == 1


def test_pdfsig_finds_the_signature_valid(issued: Issued) -> None:
    said = subprocess.run(["pdfsig", str(issued.path)], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid." in said and "Total document signed" in said
    assert re.search(r"Signature Type: ETSI\.CAdES\.detached", said)


def settings_of(issued: Issued) -> Any:
    return issued.app.extensions["fieldsvc.settings"]
