"""Rare characters of names and places: five hundred of them are printed as themselves, and one that no font has is named."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pikepdf
import pytest
from flask import Flask

from fieldsvc import clock
from fieldsvc.customers import service as customers
from fieldsvc.db import transaction
from fieldsvc.health import service as health
from fieldsvc.notices.making import glyphs, render
from tests.fieldsvc.papers import Clients, PhoneOf, Plan, work

RARE = (
    "亍尢彳卬殳𠙶毌邘戋圢氕伋仝冮氿汈氾忉宄𬣙讱扞圲圫芏芃朳朸𨙸邨吒吖屼屾辿钆仳伣伈癿甪邠犴冱邡闫𬇕汋䜣讻"
    "𬣞孖𬘓纩玒玓玘玚刬𫭟坜坉扽𫭢坋扺㧑毐芰芣苊苉芘芴芠𫇭芤杕杙杄杧杩尪尨轪𫐄坒芈旴旵呙㕮岍𫵷岠岜呇冏觃岙"
    "伾㑇伭佖伲佁飏狃闶汧汫𣲘𣲗沄沘𬇙汭㳇沇忮忳忺𬣡祃诇邲诎诐屃𫸩岊阽䢺阼妧妘𨚕纮驲𫘜纻𬘘𫘝纼玤玞玱玟邽邿"
    "坥坰坬坽弆耵䢼𦭜茋苧苾苠枅㭎枘枍矼矻匼𬨂𬀩𬀪旿昇昄昒昈咉咇咍岵岽岨岞峂㟃囷𬬩钐钔钖牥佴垈侁侹佸佺隹㑊"
    "侂佽侘郈舠郐郃攽肭肸肷狉狝饳忞於炌炆泙沺泂泜泃泇怊峃穸祋祊𫍣𬣳𬩽鸤弢弨陑𬮿陎𬯀卺乸妭姈𫰛迳叕𬳵驵𬳶䌹"
    "驺𫠊绋绐砉耔㛃玶珇珅𬍛珋玹珌玿韨垚垯垙垲埏垍耇垎垴垟垞挓垵垏拶荖荁荙荛茈茽荄茺𬜬荓茳𦰡茛荭㭕柷柃柊枹"
    "栐柖郚剅䴓迺厖砆砑砄耏奓䶮轵轷轹轺昺𪾢昽盷咡咺昳昣昤昫昡咥昪虷虸哃峘耑峛𪨰峗峧帡钘𫓧钜𬬮𬬱𬬭钪钬钭矧"
    "秬俫舁俜俙俍垕衎舣弇侴鸧䏡胠𦙶胈胩胣朏飐訄饻庤疢炣炟㶲洭洘洓洿㳚泚浈浉洸洑洢洈洚洺洨浐㳘洴洣恔宬窀扂"
    "袆祏祐祕叚陧陞娀姞姱姤姶姽枲绖骃𬘡𬳽𬘩𫄧彖骉恝珪珛珹琊玼珖𪟝珽珦珫珒𬍤珢珕珝𫭼埗垾垺埆垿埌埇莰茝鄀莶"
    "莝䓖莙栻桠𬂩桄梠栴梴栒酎酏𫠆砵砠砫砬硁恧翃郪𨐈辀辁剕赀哢晅晊唝哳哱冔晔晐晖畖蚄蚆𫑡帱崁峿崀赆钷𬬸𬬹铏"
)
"""From the third part of the list of standard characters (surnames, places, given names) and from registers of surnames."""
IN_NO_FONT = "𪛖"  # U+2A6D6, the last one of CJK Extension B


def test_five_hundred_rare_characters_are_printed_as_themselves(
    app: Flask, plan: Plan, phone_of: PhoneOf, client_as: Clients, tmp_path: Path
) -> None:
    assert len(set(RARE)) == 500 and sum(ord(one) > 0xFFFF for one in RARE) >= 50
    known = "".join(one for one in RARE if one not in glyphs.unprintable(RARE))
    assert len(known) == 500, f"no installed font has {glyphs.unprintable(RARE)}"
    visit, phone = plan(address=RARE[:250])["id"], phone_of("inspector")
    phone.op(visit, "visit.start")
    phone.op(visit, "hazard.add", **_hazard(RARE[250:]))
    phone.op(visit, "visit.close", outcome="completed")
    phone.sync()
    work(app)
    (notice,) = [
        one for one in client_as("office").get(f"/api/v1/visits/{visit}").json["notices"] if one["kind"] == "hazard"
    ]
    pdf = client_as("office").get(f"/api/v1/notices/{notice['id']}.pdf").data
    path = tmp_path / "rare.pdf"
    path.write_bytes(pdf)
    said = "".join(
        subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True, check=True).stdout.split()
    )
    assert [one for one in RARE if one not in said] == []
    assert not _boxes(pdf), "glyph 0 is the box for a missing character"


def _hazard(note: str) -> dict[str, object]:
    from tests.fieldsvc.papers import hazard

    return hazard(note=note)


def _boxes(pdf: bytes) -> bool:
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        for page in opened.pages:
            for operands, operator in pikepdf.parse_content_stream(page):
                if str(operator) in ("Tj", "TJ"):
                    parts = operands[0] if str(operator) == "TJ" else operands
                    for part in parts:
                        if isinstance(part, pikepdf.String):
                            raw = bytes(part)
                            if b"\x00\x00" in {raw[n : n + 2] for n in range(0, len(raw), 2)}:
                                return True
    return False


def test_a_character_that_no_font_has_is_named_by_the_doctor(app: Flask) -> None:
    with app.app_context():
        before = [str(one) for one in health.examine(Path(app.instance_path).parent)]
        with transaction():
            customers.save(given={"account": "A-rare", "name": f"{IN_NO_FONT}野"}, now=clock.now())
        found = [one for one in health.examine(Path(app.instance_path).parent) if not one.good]
    assert [one for one in before if one.startswith("ACT") and "fonts" in one] == []
    assert any("U+2A6D6" in one.words and "account A-rare" in one.words for one in found)
    assert glyphs.printable({"name": f"{IN_NO_FONT}野"}) == {"name": "〓野"}


def test_a_font_for_rare_characters_that_is_installed_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    dejavu = subprocess.run(["fc-match", "--format=%{file}", "DejaVu Sans"], capture_output=True, text=True, check=True)
    armenian = "Ա"
    assert glyphs.unprintable(armenian) == {armenian}
    with monkeypatch.context() as patch:
        patch.setattr(glyphs, "further_faces", lambda: [(dejavu.stdout, 0)])
        glyphs._known.cache_clear()
        assert glyphs.unprintable(armenian) == set()
    glyphs._known.cache_clear()
    assert render.printable(armenian) == glyphs.GETA
