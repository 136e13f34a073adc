"""Those who make a paper: ours and four others, each in a worker process of its own that makes one when asked.

`fieldsvc` is the whole of the real work: a promised paper is claimed, read, drawn as PDF/A-3u, signed, digested, stored and told
to its visit. The others get the same page as HTML (Typst: the same content in its own language) with the photos as the phone
sent them. The naive one is what a first version would be: a fresh font configuration over the whole system font, then pyHanko
with its defaults and the key read each time. Every paper has photos of its own. Run as `python -m bench.peers.papers NAME FOLDER
[PACKAGES]`: a number comes in, a line of JSON goes out. Invariant: what is no PDF ends the measurement.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sys
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Protocol

from bench import paperwork

FONT = "Noto Sans CJK SC"


class Maker(Protocol):
    """Makes papers in this process."""

    def prepare(self, place: int) -> None:
        """Lay everything ready for one paper; not clocked."""

    def make(self) -> bytes:
        """Make it; clocked."""


class Ours:
    """The real code over a real store, whose papers are made pending again."""

    def __init__(self, folder: Path):
        from bench.ours import Installation
        from fieldsvc import create_app

        self.folder = folder / "ours"
        made = Installation(self.folder, f"sqlite:///{self.folder / 'fieldsvc.db'}")
        self.context = create_app(made.settings()).app_context()
        self.context.push()
        self.ids = json.loads((self.folder / "papers.json").read_text())
        self.place = 0

    def prepare(self, place: int) -> None:
        from sqlalchemy import update

        from fieldsvc import clock
        from fieldsvc.db import db, transaction
        from fieldsvc.notices.models import PENDING, Notice

        self.place = place % len(self.ids)
        with transaction():
            db.session.execute(
                update(Notice)
                .where(Notice.id == self.ids[self.place])
                .values(status=PENDING, attempts=0, next_try_at=clock.now(), ready_at=None, file=None)
            )

    def make(self) -> bytes:
        from fieldsvc.db import db
        from fieldsvc.notices import service as notices

        notices.make_next()
        paper = notices.get(notice_id=self.ids[self.place])
        db.session.refresh(paper)
        content = notices.pdf(paper)
        db.session.rollback()
        return content

    def close(self) -> None:
        """Let go of the store."""
        from fieldsvc.db import db

        db.session.remove()
        db.engine.dispose()
        self.context.pop()


class _Page:
    """The page that fieldsvc makes, as plain HTML, and its pictures as they came from the phone."""

    def __init__(self, folder: Path):
        self.folder = self.base = folder
        self.html = (folder / "page.html").read_text()
        # Tables whose columns are measured, as they are when nobody says otherwise.
        self.css = (folder / "page.css").read_text().replace("table-layout: fixed", "table-layout: auto")
        self.pictures = {
            f"asset:{name}": (folder / f"{name}.png").read_bytes() for name in ("qr", "signature/0", "signature/1")
        }

    def prepare(self, place: int) -> None:
        for number, content in enumerate(paperwork.photos(self.base, f"{os.getpid()}/{place}")):
            self.pictures[f"asset:photo/{number}"] = content


class Plain(_Page):
    """WeasyPrint as its documentation shows it; only the drawing."""

    variant: str | None = None

    def make(self) -> bytes:
        from weasyprint import CSS, HTML
        from weasyprint.text.fonts import FontConfiguration
        from weasyprint.urls import URLFetcherResponse

        def fetch(address: str) -> URLFetcherResponse:
            kind = "image/jpeg" if "photo" in address else "image/png"
            return URLFetcherResponse(address, self.pictures[address], {"Content-Type": kind})

        fonts = FontConfiguration()
        sheet = CSS(string=self.css, font_config=fonts)
        page = HTML(string=self.html, url_fetcher=fetch)
        return bytes(page.write_pdf(stylesheets=[sheet], font_config=fonts, pdf_variant=self.variant))


class Naive(Plain):
    """The same as PDF/A-3u, then signed with pyHanko's defaults by an RSA key that is read each time, digested, stored."""

    variant = "pdf/a-3u"

    def __init__(self, folder: Path):
        super().__init__(folder)
        self.out = folder / f"naive-{os.getpid()}.pdf"

    def make(self) -> bytes:
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
        from pyhanko.sign import signers

        plain = super().make()
        signer = signers.SimpleSigner.load(str(self.folder / "naive.key"), str(self.folder / "naive.pem"))
        writer = IncrementalPdfFileWriter(BytesIO(plain))
        signed = signers.sign_pdf(writer, signers.PdfSignatureMetadata(field_name="Signature1"), signer=signer)
        content: bytes = signed.getvalue()
        hashlib.sha256(content).hexdigest()
        self.out.write_bytes(content)
        return content


class Chromium(_Page):
    """Print-to-PDF of one browser page that is kept; its header and footer stand in the text once."""

    def __init__(self, folder: Path):
        import shutil

        from playwright.sync_api import sync_playwright

        super().__init__(folder)
        found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        self.playwright = sync_playwright().start()
        browser = self.playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        self.page = browser.new_page()

    def prepare(self, place: int) -> None:
        super().prepare(place)
        html = self.html.replace("</head>", f"<style>{self.css}</style></head>")
        for address, content in self.pictures.items():
            kind = "jpeg" if "photo" in address else "png"
            html = html.replace(f'"{address}"', f'"data:image/{kind};base64,{base64.b64encode(content).decode()}"')
        self.ready = html

    def make(self) -> bytes:
        self.page.set_content(self.ready, wait_until="load")
        return self.page.pdf(format="A4", prefer_css_page_size=True)


class Typst:
    """The same content in Typst's own language, from its package."""

    def __init__(self, folder: Path):
        self.base = folder
        self.folder = folder / f"typst-{os.getpid()}"
        self.folder.mkdir()
        self.source = self.folder / "notice.typ"
        self.text = (folder / "notice.typ").read_text()
        for name in ("qr", "signature/0", "signature/1"):
            (self.folder / f"{name.replace('/', '-')}.png").write_bytes((folder / f"{name}.png").read_bytes())

    def prepare(self, place: int) -> None:
        # New names too, so that nothing is taken for what was there before.
        for old in self.folder.glob("photo-*"):
            old.unlink()
        names = []
        for number, content in enumerate(paperwork.photos(self.base, f"{os.getpid()}/{place}")):
            names.append(f"photo-{place}-{number}.jpg")
            (self.folder / names[-1]).write_bytes(content)
        text = self.text
        for number, name in enumerate(names):
            text = text.replace(f"photo/{number}", name)
        self.source.write_text(text)

    def make(self) -> bytes:
        import typst  # type: ignore[import-not-found]  # from the folder of peers, see `main`

        given = typst.compile(str(self.source))
        return given if isinstance(given, bytes) else bytes(given[0])


MAKERS: Mapping[str, Callable[[Path], Maker]] = {
    "fieldsvc": Ours, "naive": Naive, "WeasyPrint alone": Plain, "Chromium": Chromium, "Typst": Typst,
}  # fmt: skip


def main() -> None:
    """Make the paper whose number comes in, until nothing more comes."""
    import gc
    import time

    import pikepdf

    from bench.process import processor_seconds

    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    sys.path += sys.argv[3:]
    maker = MAKERS[sys.argv[1]](Path(sys.argv[2]))
    for line in sys.stdin:
        maker.prepare(int(line))
        gc.collect()
        begin, worked = time.perf_counter(), processor_seconds(os.getpid())
        content = maker.make()
        took, work = (time.perf_counter() - begin) * 1000, (processor_seconds(os.getpid()) - worked) * 1000
        with pikepdf.open(BytesIO(content)) as made:
            told = {"ms": took, "cpu": work, "size": len(content), "pages": len(made.pages)}
        answers.write(json.dumps(told) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
