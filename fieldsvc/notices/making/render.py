"""Snapshot + pictures → the bytes of a PDF, not yet signed.

Decides how a page is made: template, style sheet, fonts, archival variant, the record attached as it was frozen. A page may
fetch nothing but its own pictures, by name; text from people stays text. Fonts and style sheet are read once per process
(a fresh font configuration for each paper makes memory wander).
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Collection, Mapping
from functools import cache
from importlib import resources
from io import BytesIO
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from weasyprint import CSS, HTML, Attachment
from weasyprint.css import ColorProfile
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from fieldsvc import assets
from fieldsvc.jsontext import canonical
from fieldsvc.notices.contents.wording import label, wording
from fieldsvc.notices.making import glyphs, lines, packing, paper, pictures, standards, styles, typefaces
from fieldsvc.notices.making.glyphs import printable
from fieldsvc.notices.signature import seal

VARIANT = "pdf/a-3u"
COLOURS = "kept-srgb"
Json = dict[str, Any]
Fetch = Callable[[str], bytes | None]


class OwnPictures(URLFetcher):  # type: ignore[misc]
    """Gives a page the pictures of its own paper and nothing else: no file, no network, no data address."""

    def __init__(self, held: Mapping[str, tuple[str, bytes]]):
        super().__init__(allowed_protocols=("asset",), fail_on_errors=True)
        self._held = held

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        if url not in self._held:
            raise ValueError("a paper may show its own pictures only")
        kind, content = self._held[url]
        return URLFetcherResponse(url, content, {"Content-Type": kind})


def render(
    snapshot: Mapping[str, Any], *, picture: Fetch, address: str, demonstration: bool, certificate: str
) -> bytes:
    """Make the PDF. `picture` gives an image by its SHA-256, or None; `address` is what the printed code opens."""
    held, missing = _gather(snapshot, picture, address)
    record = canonical(snapshot)
    html = page(snapshot, missing=missing, demonstration=demonstration, certificate=certificate)
    stamp = _seal(snapshot, picture, demonstration=demonstration)

    def finish(document: Any, pdf: Any) -> None:
        typefaces.bare(pdf)
        seal.place(document, pdf, stamp)
        standards.repair(pdf)
        standards.claim(pdf)
        packing.streams(pdf)

    with _one_at_a_time:
        fonts, sheet = _fonts()
        pdf = HTML(string=html, url_fetcher=OwnPictures(held), base_url=None).write_pdf(
            stylesheets=[sheet],
            font_config=fonts,
            finisher=finish,
            pdf_variant=VARIANT,
            pdf_tags=True,
            pdf_identifier=False,  # the signature names the file; the library would go through all of it once more
            color_profiles={COLOURS: _colours()},
            output_intent=COLOURS,
            attachments=[
                Attachment(
                    string=record.decode(),
                    name="record.json",
                    description="The record as it was frozen",
                    relationship="Source",
                )
            ],
        )
    return bytes(pdf)


def page(snapshot: Mapping[str, Any], *, missing: Collection[str], demonstration: bool, certificate: str) -> str:
    """The paper as HTML; its pictures are named `asset:…`, its looks are in notices.css."""
    view = printable(paper.compose(snapshot, missing=missing, demonstration=demonstration, certificate=certificate))
    title = view["kind"]["cancelled_title" if view["cancelled"] else "title"]
    template = _templates().get_template(f"notices/{snapshot['kind']}.html")
    return template.render(p=view, title=title, record_hash=hashlib.sha256(canonical(snapshot)).hexdigest())


def prepare() -> None:
    """Read what every paper needs, so that a page needs no further file but the fonts that are open."""
    _templates()
    _fonts()
    _colours()
    glyphs.bold_face()
    printable("准备")
    wording()


_one_at_a_time = threading.Lock()
"""Pango's font map is shared by all papers of a process; two threads must not build pages at once."""


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(assets.TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _fonts() -> tuple[FontConfiguration, CSS]:
    for ours in (typefaces, styles, lines, packing):
        ours.use()
    fonts = FontConfiguration()
    return fonts, CSS(
        string=(assets.TEMPLATES / "notices" / "notices.css").read_text(encoding="utf-8"), font_config=fonts
    )


@cache
def _colours() -> ColorProfile:
    """The archival variant needs a colour profile; WeasyPrint's own way opens the file anew for each paper and leaves it open."""
    profile = (resources.files("weasyprint.pdf") / "sRGB2014.icc").read_bytes()
    return ColorProfile(BytesIO(profile), "sRGB2014.icc", "relative-colorimetric", (["r"], ["g"], ["b"]))


def _seal(snapshot: Mapping[str, Any], picture: Fetch, *, demonstration: bool) -> seal.Seal:
    """The company's own seal, or a drawn one that says what it is."""
    language, company = snapshot["languages"][0], snapshot["company"]["name"]
    words = label("sealed", company=company)[language]
    own = picture(seal.PICTURE)
    if own is not None:
        return seal.of_company(own, words=words)
    said = label("electronic_seal")
    lines = [said[language], said["en"]] if language != "en" else [said["en"]]
    return seal.drawn(
        company[language], words=words, lines=(*lines, *(["演示 DEMONSTRATION"] if demonstration else []))
    )


def _gather(snapshot: Mapping[str, Any], picture: Fetch, address: str) -> tuple[dict[str, tuple[str, bytes]], set[str]]:
    facts = snapshot["facts"]
    wanted = [("photo", sha) for sha in facts["photos"]]
    wanted += [("signature", one["image"]) for one in facts["signatures"].values() if one.get("image")]
    held = {"asset:qr": ("image/png", pictures.code(address))}
    missing = set()
    for purpose, sha in wanted:
        content = picture(sha)
        printed = None if content is None else _at_print_size(purpose, content)
        if printed is None:
            missing.add(sha)
        else:
            held[f"asset:{purpose}/{sha}"] = printed
    return held, missing


def _at_print_size(purpose: str, content: bytes) -> tuple[str, bytes] | None:
    """A damaged picture is as good as one that has not come: the paper goes out and says so."""
    try:
        if purpose == "photo":
            return "image/jpeg", pictures.photo(content)
        return "image/png", pictures.signature(content)
    except pictures.BadPicture:
        return None
