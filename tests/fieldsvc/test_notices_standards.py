"""A paper as archives and readers aloud take it: what PDF/A-3u and PDF/UA-1 ask for, as far as programs at hand can see.

pikepdf (qpdf's library), pyHanko, pdfinfo and pdfsig look here; a full validator would look at more, see docs/documents.md.
"""

from __future__ import annotations

import io
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from tests.fieldsvc.conftest import InCommon, wanted
from tests.fieldsvc.papers import hazard, papers_of, pdf_of, record_visit, work
from tests.fieldsvc.phone import Phone

STANDARD = {
    "Document", "Part", "Art", "Sect", "Div", "BlockQuote", "Caption", "TOC", "Index", "NonStruct", "P", "H", "H1", "H2", "H3",
    "L", "LI", "Lbl", "LBody", "Table", "TR", "TH", "TD", "THead", "TBody", "TFoot", "Span", "Link", "Figure", "Form",
}  # fmt: skip


@dataclass
class Paper:
    """An issued paper, opened."""

    kind: str
    pdf: pikepdf.Pdf
    path: Path

    @property
    def root(self) -> Any:
        return self.pdf.Root


@pytest.fixture(scope="module")
def issued(in_common: InCommon) -> Iterator[dict[str, Paper]]:
    """A hazard notice and an inspection report of one visit."""
    app, clients, folder = in_common.app, in_common.clients, in_common.folder
    with app.app_context():
        order = wanted()
    visit = clients["office"].post("/api/v1/visits", json={"visits": [order]}).json["visits"][0]
    phone = Phone(clients["inspector"])
    phone.sync()
    more = hazard(code="PIPE-01", item="pipe", level=1, position="before_meter", stop_gas="now_all")
    record_visit(phone, visit["id"], hazards=[hazard(), more], checks=True)
    phone.sync()
    work(app)
    papers = {}
    for kind in ("hazard", "inspection"):
        (notice,) = papers_of(clients["office"], visit["id"], kind)
        path = folder / f"{kind}.pdf"
        path.write_bytes(pdf_of(clients["office"], notice))
        papers[kind] = Paper(kind, pikepdf.open(path), path)
    yield papers
    for one in papers.values():
        one.pdf.close()


@pytest.fixture(params=["hazard", "inspection"])
def paper(request: pytest.FixtureRequest, issued: dict[str, Paper]) -> Paper:
    return issued[request.param]


def elements(node: Any) -> Iterator[Any]:
    """The elements of a structure, in the order in which they are read."""
    yield node
    for kid in kids(node):
        if isinstance(kid, pikepdf.Dictionary) and kid.get("/Type") == "/StructElem":
            yield from elements(kid)


def kids(node: Any) -> list[Any]:
    held = node.get("/K", [])
    return list(held) if isinstance(held, pikepdf.Array) else [held]


def tree(paper: Paper) -> list[Any]:
    return list(elements(paper.root.StructTreeRoot.K[0]))


def tag(node: Any) -> str:
    return str(node.S).lstrip("/")


def test_the_file_is_whole_and_says_what_it_is(paper: Paper) -> None:
    assert paper.pdf.check_pdf_syntax() == []
    assert paper.path.read_bytes().startswith(b"%PDF-1.7\n") and not paper.pdf.is_encrypted
    with paper.pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as said:
        assert (said["pdfaid:part"], said["pdfaid:conformance"]) == ("3", "U")
        assert said["{http://www.aiim.org/pdfua/ns/id/}part"] == "1"
        title = said["dc:title"]
    assert title and title == str(paper.pdf.docinfo.Title)
    text = paper.root.Metadata.read_bytes().decode()
    assert text.count("<rdf:RDF") == 1 and "pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/<" in text
    assert "pyHanko" not in text, "the signature leaves the metadata in the form that archives want"
    said = subprocess.run(["pdfinfo", str(paper.path)], capture_output=True, text=True, check=True).stdout
    assert "Tagged:          yes" in said and "JavaScript:      no" in said and "Encrypted:       no" in said
    assert all(one not in paper.root for one in ("/OpenAction", "/AA")) and "/XFA" not in paper.root.AcroForm
    assert len(paper.pdf.trailer.ID) == 2


def test_title_and_language_are_told_to_the_reader(paper: Paper) -> None:
    assert str(paper.root.Lang) == "zh-Hans"
    assert paper.root.ViewerPreferences.DisplayDocTitle is True and paper.root.MarkInfo.Marked is True


def test_colours_have_an_output_intent_and_fonts_are_inside(paper: Paper) -> None:
    (intent,) = paper.root.OutputIntents
    assert intent.S == "/GTS_PDFA1" and intent.DestOutputProfile.N == 3
    assert intent.DestOutputProfile.read_bytes()[36:40] == b"acsp"
    fonts = [one for one in paper.pdf.objects if isinstance(one, pikepdf.Dictionary) and one.get("/Type") == "/Font"]
    assert fonts
    for font in fonts:
        if font.Subtype == "/Type0":
            assert b"beginbfchar" in font.ToUnicode.read_bytes()
        else:
            program = font.FontDescriptor.FontFile3
            assert font.Subtype == "/CIDFontType0" and program.Subtype == "/CIDFontType0C"
            assert len(program.read_raw_bytes()) < 130_000, "only what is printed"


def test_everything_on_a_page_is_read_or_said_to_be_decoration(paper: Paper) -> None:
    read = {node.objgen for node in tree(paper)}
    numbers = dict(zip(*[iter(paper.root.StructTreeRoot.ParentTree.Nums)] * 2, strict=True))
    for page in paper.pdf.pages:
        assert page.Tabs == "/S"
        parents, stack, seen = list(numbers[page.StructParents]), [], []
        for operands, operator in pikepdf.parse_content_stream(page):
            word = str(operator)
            if word in ("BDC", "BMC"):
                stack.append(operands)
            elif word == "EMC":
                stack.pop()
            elif word in ("Tj", "TJ", "Do", "f", "f*", "S", "B", "sh"):
                assert stack, f"{word} is neither read nor decoration"
                if stack[-1][0] != "/Artifact":
                    number = int(stack[-1][1].MCID)
                    assert parents[number].objgen in read
                    seen.append(number)
        assert len(seen) > 30


def test_the_page_is_read_in_the_order_in_which_it_is_seen(paper: Paper) -> None:
    order: dict[Any, list[int]] = {}
    marks = {one.objgen for node in tree(paper) if tag(node) in ("Lbl", "Figure") for one in elements(node)}
    for node in tree(paper):
        for kid in kids(node):
            if isinstance(kid, int) and node.objgen not in marks:  # pictures and the numbers of lists are drawn last
                order.setdefault(node.Pg.objgen, []).append(kid)
    assert len(order) == len(paper.pdf.pages)
    for numbers in order.values():
        assert numbers == sorted(numbers)


def test_headings_tables_lists_and_pictures_are_tagged_as_such(paper: Paper) -> None:
    nodes = tree(paper)
    assert {tag(node) for node in nodes} <= STANDARD
    headings = [tag(node) for node in nodes if tag(node) in ("H1", "H2", "H3")]
    assert (
        headings[0] == "H1"
        and headings.count("H1") == 1
        and headings.count("H2") == (2 if paper.kind == "hazard" else 0)
    )
    figures = [node for node in nodes if tag(node) == "Figure"]
    assert figures and all(str(node.get("/Alt", "")).strip() for node in figures)
    for table in (node for node in nodes if tag(node) == "Table"):
        heads = {str(node.ID) for node in elements(table) if tag(node) == "TH"}
        assert heads, "a table without a header cell is not a table"
        for cell in (node for node in elements(table) if tag(node) == "TD"):
            assert {str(one) for one in cell.A.get("/Headers", [])} <= heads
    for node in nodes:
        inner = [tag(kid) for kid in kids(node) if isinstance(kid, pikepdf.Dictionary) and "/S" in kid]
        if tag(node) == "TR":
            assert set(inner) <= {"TH", "TD"}
        if tag(node) == "L":
            assert set(inner) <= {"LI", "L", "Caption"}
        if tag(node) == "LI":
            assert set(inner) <= {"Lbl", "LBody", "L"}


def test_the_seal_stands_on_the_last_page_hides_no_word_and_is_read_aloud(paper: Paper) -> None:
    (field,) = paper.root.AcroForm.Fields
    page = paper.pdf.pages[-1]
    assert field.P.objgen == page.objgen and [one.objgen for one in page.Annots] == [field.objgen]
    assert field.F & 4 and not field.F & 2 and str(field.TU).startswith("电子签章：")
    element = next(node for node in tree(paper) if tag(node) == "Form")
    assert kids(element)[0].Obj.objgen == field.objgen and str(element.Alt) == str(field.TU)
    left, bottom, right, top = (float(one) for one in field.Rect)
    assert right - left > 50 and top - bottom > 40 and field.AP.N.Resources.XObject
    box = subprocess.run(
        ["pdftotext", "-bbox", "-f", str(len(paper.pdf.pages)), str(paper.path), "-"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    high = float(page.MediaBox[3])
    words = [dict(part.split("=") for part in line.split()[1:5]) for line in box.splitlines() if "<word" in line]
    assert len(words) > 20
    for word in words:
        x1, y1, x2, y2 = (float(word[name].strip('">').split('"')[0]) for name in ("xMin", "yMin", "xMax", "yMax"))
        assert x2 <= left or x1 >= right or high - y1 <= bottom or high - y2 >= top, word


def test_the_record_travels_with_the_file_and_says_what_it_is(paper: Paper) -> None:
    (associated,) = paper.root.AF
    assert associated.AFRelationship == "/Source" and str(associated.UF) == str(associated.F) == "record.json"
    content = associated.EF.F
    assert content.Subtype == "/application/json" and str(content.Params.ModDate).startswith("D:")
    assert json.loads(content.read_bytes())["kind"] == paper.kind
    assert list(paper.pdf.attachments) == ["record.json"]


def test_the_signature_of_the_tagged_file_holds_for_another_program(paper: Paper) -> None:
    said = subprocess.run(["pdfsig", str(paper.path)], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid." in said and "Total document signed" in said
    with pikepdf.open(io.BytesIO(paper.path.read_bytes())) as again:
        assert again.Root.Perms.DocMDP.Reference[0].TransformParams.P == 1
