"""The documents beside notice, report and card: what each owes its being to, what it says, and how it looks.

One installation lives through a few visits; every document that they owe is made once and looked at from all sides.
"""

from __future__ import annotations

import io
import json
import subprocess
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from flask import Flask
from PIL import Image, ImageChops
from sqlalchemy import select

from fieldsvc import clock, installation
from fieldsvc.db import db, transaction
from fieldsvc.hazards import service as ledger
from fieldsvc.notices.contents.kinds import KINDS
from fieldsvc.notices.contents.wording import paper_languages, wording
from fieldsvc.notices.models import Notice
from fieldsvc.readings import service as readings
from tests.fieldsvc.conftest import InCommon, wanted
from tests.fieldsvc.papers import Json, hazard, pdf_of, picture, strokes, work
from tests.fieldsvc.phone import Phone

HOME = {"account": "0101000123", "name": "欧阳𠮷", "phone": "13812345678"}
YEAR = clock.now().year
METER = {"serial": "M1000233", "kind": "diaphragm", "digits": 5, "decimals": 3}
TARIFF = {
    "prices": [
        {"kind": "residential", "from": "2020-01-01", "upto": upto, "price": price}
        for upto, price in (("320", "3.45"), ("400", "4.14"), ("", "5.18"))
    ],
    "pay_days": 15,
    "ways": [{"zh-Hans": "营业厅", "zh-Hant": "營業廳", "en": "our service hall"}],
}


@dataclass
class Town:
    """The installation with its papers: `said` by kind in the order of issue, `records` what each froze."""

    app: Flask
    clients: dict[str, Any]
    phone: Phone
    folder: Path
    said: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, list[Path]] = field(default_factory=dict)
    records: dict[str, list[Json]] = field(default_factory=dict)

    def plan(self, **changes: Any) -> Json:
        with self.app.app_context():
            order = wanted(**changes)
        answer = self.clients["office"].post("/api/v1/visits", json={"visits": [order]})
        assert answer.status_code == 201, answer.text
        self.phone.sync()
        return answer.json["visits"][0]  # type: ignore[no-any-return]

    def sign(self, visit: str, name: str) -> None:
        image = self.phone.upload(strokes(len(self.phone.log)))
        self.phone.op(visit, "sign", role="customer", name=name, relation="self", strokes=[[1, 2]], image=image)
        image = self.phone.upload(strokes(len(self.phone.log) + 100))
        self.phone.op(visit, "sign", role="technician", name="王小明", strokes=[[1, 2]], image=image)

    def photograph(self, visit: str, colour: str, **about: Any) -> str:
        sha = self.phone.upload(picture(colour, (800 + len(self.phone.log), 600)), "image/jpeg")
        self.phone.op(visit, "photo.add", sha256=sha, taken_at="2026-11-21T09:00:00+08:00", **about)
        return sha

    def close(self, visit: str, **outcome: Any) -> None:
        self.phone.op(visit, "visit.close", **outcome)
        answer = self.phone.sync()
        assert {one["status"] for one in answer["results"]} <= {"applied"}, answer["results"]
        work(self.app)

    def gather(self) -> None:
        """Read every issued paper back."""
        with self.app.app_context():
            query = select(Notice).where(Notice.status == "ready").order_by(Notice.number, Notice.revision)
            for paper in db.session.scalars(query):
                path = self.folder / f"{paper.number}-r{paper.revision}.pdf"
                path.write_bytes(pdf_of(self.clients["office"], {"id": paper.id}))
                self.files.setdefault(paper.kind, []).append(path)
                self.records.setdefault(paper.kind, []).append(json.loads(paper.snapshot or ""))
                text = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True, check=True)
                self.said.setdefault(paper.kind, []).append("".join(text.stdout.split()))


@pytest.fixture(scope="module")
def town(in_common: InCommon) -> Town:
    app, clients, folder = in_common.app, in_common.clients, in_common.folder
    with app.app_context(), transaction():
        installation.keep(name="policy.tariffs", value=TARIFF)
    made_town = Town(app, clients, Phone(clients["inspector"]), folder)
    made_town.phone.sync()
    _a_reading_round(made_town)
    _an_exchanged_meter(made_town)
    _danger_and_no_signature(made_town)
    visit = made_town.plan(**HOME)["id"]
    made_town.phone.op(visit, "visit.start")
    made_town.close(visit, outcome="refused", reason="distrust")
    made_town.gather()
    return made_town


def _a_reading_round(town: Town) -> None:
    visit = town.plan(
        type="gas.reading", **HOME, meters=[{**METER, "last": {"value": "00310.120", "at": f"{YEAR}-01-20"}}]
    )
    with town.app.app_context(), transaction():
        new_year = datetime.fromisoformat(f"{YEAR}-01-01T00:00:00+08:00")
        readings.note(meter_id=visit["meters"][0]["id"], value="00000.000", read_at=new_year)
    town.phone.op(visit["id"], "visit.start")
    dial = town.phone.upload(picture("gray"), "image/jpeg")
    meter = visit["meters"][0]["id"]
    town.phone.op(visit["id"], "reading.set", meter=meter, value="00460.500", running=True, photo=dial)
    town.close(visit["id"], outcome="completed")


def _an_exchanged_meter(town: Town) -> None:
    visit = town.plan(
        type="gas.reading",
        account="0101000124",
        name="令狐克强",
        meters=[{**METER, "serial": "M1000299", "last": {"value": "1234.000", "at": f"{YEAR}-01-02"}}],
    )
    town.phone.op(visit["id"], "visit.start")
    town.phone.op(
        visit["id"],
        "reading.set",
        meter=visit["meters"][0]["id"],
        value="00018.500",
        running=True,
        exchange={"serial": "M2000777", "final": "01250.000", "initial": "00003.000"},
    )
    town.sign(visit["id"], "令狐克强")
    town.close(visit["id"], outcome="completed")


def _danger_and_no_signature(town: Town) -> None:
    """A level 1 hazard that stops the gas and one that does not; the customer does not sign; later one of them is fixed."""
    visit = town.plan(**HOME)["id"]
    found = [
        hazard(code="APPL-02", item="appliance", level=1, stop_gas="now_all", note="直排式热水器装在厨房"),
        hazard(),
    ]
    place = {"lat": 26578343, "lon": 106713478, "accuracy": 12}
    town.phone.op(visit, "visit.start", location=place)
    for one, colour in zip(found, ("navy", "olive"), strict=True):
        town.phone.op(visit, "hazard.add", **one)
        town.photograph(visit, colour, purpose="hazard", ref=one["hazard"])
    town.photograph(visit, "green", purpose="refusal")
    town.phone.op(visit, "sign.refuse", role="customer", reason="fear_of_cost", witness="物业 王师傅")
    town.close(visit, outcome="completed")
    again = town.plan(type="gas.reinspection", **HOME)["id"]
    town.phone.op(again, "visit.start")
    town.phone.op(again, "check.set", item="appliance", point="APPL-C4", result="pass", value="balanced")
    town.phone.op(again, "hazard.verify", hazard=found[0]["hazard"], result="fixed", note="已更换为平衡式热水器")
    town.phone.op(again, "hazard.verify", hazard=found[1]["hazard"], result="not_fixed")
    town.photograph(again, "purple", purpose="hazard", ref=found[0]["hazard"])
    town.sign(again, "欧阳𠮷")
    town.close(again, outcome="completed")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (
            "payment",
            [
                "抄表缴费通知单",
                "M1000233",
                "00310.120m³",
                "00460.500m³",
                "150m³",
                "34.50",
                "331.20",
                "310.80",
                "676.50",
            ],
        ),
        ("payment", ["陆佰柒拾陆元伍角整", f"自{YEAR}-01-01起累计用气460m³", "营业厅", "不作估抄", "不上门收取现金"]),
        (
            "exchange",
            ["换表登记单", "M1000299", "M2000777", "01250.000m³", "00003.000m³", "00018.500m³", "31m³", "令狐克强"],
        ),
        (
            "refusal",
            [
                "拒检拒签记录",
                "拒绝签收",
                "担心费用",
                "物业王师傅",
                "26.57834,106.71348(±12m)",
                "✓3张",
                "不影响所出具文书的效力",
            ],
        ),
        (
            "reinspection",
            [
                "隐患复检记录",
                "部分整改",
                "使用直排式燃气热水器",
                "✓合格销号",
                "×未整改",
                "第1次复检",
                "平衡式",
                "整改前",
                "整改后",
            ],
        ),
        (
            "stop_gas",
            [
                "停气通知书",
                "整户停气",
                "使用直排式燃气热水器",
                "亲笔签收",
                "陈述、申辩",
                "请勿自行开阀",
                "城镇燃气管理条例",
            ],
        ),
        (
            "restoration",
            ["恢复供气记录单", "严密性试验", "用户亲笔签名", "任何一项不合格，不得恢复供气", "使用直排式燃气热水器"],
        ),
    ],
)
def test_a_document_says_what_it_must_say(town: Town, kind: str, words: list[str]) -> None:
    said = town.said[kind][0]
    assert [one for one in words if one not in said] == []
    assert "138****5678" in said or kind == "exchange"


def test_documents_name_each_other_by_their_numbers(town: Town) -> None:
    numbers = {kind: [one["number"] for one in records] for kind, records in town.records.items()}
    assert {kind: number[0][:2] for kind, number in numbers.items()} == {kind: KINDS[kind].prefix for kind in numbers}
    assert numbers["hazard"][0] in town.said["stop_gas"][0] and numbers["hazard"][0] in town.said["refusal"][0]
    assert numbers["hazard"][0] in town.said["reinspection"][0]
    assert numbers["stop_gas"][0] in town.said["restoration"][0]
    assert numbers["reinspection"][0] in town.said["restoration"][0]


def test_of_an_entry_refused_the_attempts_are_counted_and_what_is_missing_is_said(town: Town) -> None:
    said = town.said["refusal"][1]
    for words in ("拒绝入户检查", "不相信身份", "历次上门", "未强行入户", "无见证人", "○0张"):
        assert words in said, words


def test_a_slip_without_prices_prints_no_amount_and_one_over_an_exchange_says_so(town: Town) -> None:
    said = town.said["payment"][1]
    assert "期间已换表：旧表止码01250.000，新表起码00003.000" in said and "31m³" in said
    assert "应交金额" not in said.replace("不含应交金额", "") and "元/m³" not in said, (
        "the use since new year is not known"
    )


def test_no_phone_number_travels_in_full_and_no_strokes_of_another_paper(town: Town) -> None:
    for kind, files in town.files.items():
        for path in files:
            with pikepdf.open(path) as pdf:
                record = pdf.attachments["record.json"].get_file().read_bytes().decode()
            assert "13812345678" not in record, kind
            assert "strokes" not in record, kind


@pytest.mark.parametrize("kind", ["stop_gas", "restoration"])
def test_paper_that_needs_ink_shows_no_electronic_signature_of_a_person(town: Town, kind: str) -> None:
    record, said = town.records[kind][0], town.said[kind][0]
    assert record["facts"]["signatures"] == {}
    assert "电子签名不作为" in said and "我同意以电子签名方式签收" not in said


@pytest.mark.parametrize(
    ("kind", "pages"),
    [("payment", 1), ("exchange", 1), ("stop_gas", 1), ("restoration", 1), ("reinspection", 2), ("refusal", 2)],
)
def test_a_document_fits_its_pages_and_prints_in_black_and_white(
    town: Town, kind: str, pages: int, tmp_path: Path
) -> None:
    path = town.files[kind][0]
    subprocess.run(["pdftoppm", "-r", "40", "-png", str(path), str(tmp_path / "page")], check=True)
    made = sorted(tmp_path.glob("page*.png"))
    assert len(made) == pages
    for page in made:
        image = Image.open(page).convert("RGB")
        dark = sum(image.convert("L").histogram()[:160]) / (image.width * image.height)
        assert 0.01 < dark < 0.6, f"{page.name}: {dark:.3f} dark"
    if kind in ("stop_gas", "restoration"):
        red, green, blue = Image.open(made[0]).convert("RGB").split()
        colour = max(ImageChops.difference(*pair).getextrema()[1] for pair in ((red, green), (green, blue)))
        assert colour <= 2, "nothing on a paper without photos depends on colour"


def test_no_line_begins_or_ends_with_the_wrong_mark(town: Town) -> None:
    """Chinese line breaking: no closing mark begins a line, no opening one ends it, and nothing is a box."""
    for path in (path for files in town.files.values() for path in files):
        raw = subprocess.run(["pdftotext", "-raw", str(path), "-"], capture_output=True, text=True, check=True).stdout
        lines = [line.strip() for line in raw.splitlines() if len(line.strip()) > 1]
        assert [line for line in lines if line[0] in "，。；：！？、）》」』”"] == [], path.name
        assert [line for line in lines if line[-1] in "（《「『“"] == [], path.name
        assert "〓" not in raw and "\ufffd" not in raw


def test_the_ledger_and_the_public_page_follow(town: Town) -> None:
    with town.app.app_context():
        fixed = {one["code"]: one["fixed"] for one in ledger.ledger(limit=50)}
    # Of level 1, it is put right and waits for another person's agreement.
    assert not fixed["HOSE-02"] and fixed["APPL-02"]
    lookup = town.records["payment"][0]["lookup"]
    page = town.app.test_client().get(f"/n/{lookup}?lang=zh-Hans").text
    assert town.records["payment"][0]["number"] in page and "欧阳" not in page and HOME["account"] not in page


def test_the_office_lists_every_document(town: Town) -> None:
    page = town.clients["office"].get("/office/notices?lang=zh-Hans").text
    for records in town.records.values():
        assert all(one["number"] in page for one in records)
    for kind in KINDS:
        assert f'<option value="{kind}"' in page


def test_a_document_comes_alone_in_chinese_or_with_one_language_beside_it() -> None:
    assert paper_languages({}, {}) == ["zh-Hans", "en"]
    assert paper_languages({"second_language": "none"}, {}) == ["zh-Hans"]
    assert paper_languages({"second_language": "none"}, {"language": "zh-Hant"}) == ["zh-Hans", "zh-Hant"]
    assert paper_languages({"second_language": "en"}, {"language": "zh-Hans"}) == ["zh-Hans"]


@pytest.mark.parametrize(
    ("language", "there", "absent"), [("none", "应交金额", "Amount due"), ("zh-Hant", "應交金額", "Amount due")]
)
def test_a_document_is_whole_in_every_choice_of_languages(town: Town, language: str, there: str, absent: str) -> None:
    from fieldsvc.notices.making import render

    record = {**town.records["payment"][0], "languages": paper_languages({"second_language": language}, {})}
    pdf = render.render(
        record, picture=lambda sha: None, address="http://localhost/n/x", demonstration=True, certificate="x"
    )
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert len(opened.pages) == 1
    path = town.folder / f"payment-{language}.pdf"
    path.write_bytes(pdf)
    said = "".join(
        subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True, check=True).stdout.split()
    )
    assert there in said and "".join(absent.split()) not in said and "Page1of" not in said


def test_every_kind_has_its_words_and_its_page() -> None:
    from fieldsvc.assets import TEMPLATES

    for kind in KINDS:
        assert set(wording()[kind]["title"]) == {"zh-Hans", "zh-Hant", "en"}
        assert (TEMPLATES / "notices" / f"{kind}.html").is_file()
    assert len({kind.prefix for kind in KINDS.values()}) == len(KINDS)
