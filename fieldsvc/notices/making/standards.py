"""What a file says of itself to archives and to readers aloud: PDF/A-3u, PDF/UA-1, and repairs of the structure.

Decides which conformance is claimed in the metadata, and puts right what the layout library leaves out: what stands in every
page's margins is no part of what is read aloud, and a table without a header cell is there for the looks only. Claims nothing
that tests/fieldsvc/test_notices_standards.py does not look at; what a full validator would add stands in docs/documents.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pydyf

_CLAIM = """<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA Universal Accessibility Schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Indicates which part of ISO 14289 the file conforms to</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
"""
_ONCE = ("/P", "/H1", "/H2", "/H3")
"""A line break inside such an element makes the layout library wrap it in another of its kind."""
_IN_TABLES = ("/Table", "/THead", "/TBody", "/TFoot", "/TR", "/TD")
Element = Any


def claim(pdf: pydyf.PDF) -> None:
    """Say in the metadata that the file is PDF/UA-1 too, with the schema that PDF/A wants described."""
    metadata = _object(pdf, pdf.catalog["Metadata"])
    whole = metadata.stream[0]
    end = whole.index(b"</rdf:RDF>")
    # The layout library names an attachment once as a name and once as a file: one mention is enough.
    pdf.catalog["AF"] = pydyf.Array(dict.fromkeys(pdf.catalog["AF"]))
    metadata.stream[0] = whole[:end] + _CLAIM.encode() + whole[end:]


def repair(pdf: pydyf.PDF) -> None:
    """Put the structure right."""
    root = _object(pdf, pdf.catalog["StructTreeRoot"])
    document = _object(pdf, root["K"][0])
    read = {id(element) for element in _below(pdf, document)}
    numbers = _object(pdf, root["ParentTree"])["Nums"]
    for page, parents in zip(numbers[::2], numbers[1::2], strict=True):
        if isinstance(parents, list):
            _leave_out(pdf, page, parents, read)
    for element in list(_below(pdf, document)):
        if element["S"] == "/Table" and not _has_header(pdf, element):
            _only_looks(pdf, element)
        elif element["S"] in _ONCE:
            for child in _children(pdf, element):
                child["S"] = "/Span" if child["S"] == element["S"] else child["S"]
        elif element["S"] == "/LI":
            _into_body(pdf, element)


def _object(pdf: pydyf.PDF, reference: bytes) -> Any:
    return pdf.objects[int(reference.split()[0])]


def _children(pdf: pydyf.PDF, element: Element) -> Iterator[Element]:
    for kid in element["K"]:
        if isinstance(kid, bytes):
            child = _object(pdf, kid)
            if child.get("Type") == "/StructElem":
                yield child


def _below(pdf: pydyf.PDF, element: Element) -> Iterator[Element]:
    yield element
    for child in _children(pdf, element):
        yield from _below(pdf, child)


def _leave_out(pdf: pydyf.PDF, page: int, parents: list[Any], read: set[int]) -> None:
    """What is marked on a page and belongs to nothing that is read, the margins, becomes an artifact."""
    unread = {place for place, parent in enumerate(parents) if id(_object(pdf, parent)) not in read}
    if not unread:
        return
    content = _object(pdf, _object(pdf, pdf.page_references[page])["Contents"])
    for place, item in enumerate(content.stream):
        if isinstance(item, dict) and item.get("MCID") in unread:
            content.stream[place - 1 : place + 1] = [b"/Artifact", pydyf.Dictionary({"Type": "/Pagination"})]
    for place in unread:
        parents[place] = "null"


def _into_body(pdf: pydyf.PDF, item: Element) -> None:
    """What stands beside the body of a list's item belongs into it."""
    body = next((child for child in _children(pdf, item) if child["S"] == "/LBody"), None)
    if body is None:
        return
    for kid in list(item["K"]):
        child = _object(pdf, kid)
        if child["S"] not in ("/Lbl", "/LBody", "/L"):
            item["K"].remove(kid)
            body["K"].append(kid)
            child["P"] = body.reference


def _has_header(pdf: pydyf.PDF, table: Element) -> bool:
    return any(
        child["S"] == "/TH" or (child["S"] in _IN_TABLES[1:5] and _has_header(pdf, child))
        for child in _children(pdf, table)
    )


def _only_looks(pdf: pydyf.PDF, element: Element) -> None:
    rows = [child for child in _children(pdf, element) if element["S"] != "/TD" and child["S"] in _IN_TABLES[1:]]
    element["S"] = "/Div"
    element.pop("A", None)
    for child in rows:
        _only_looks(pdf, child)
