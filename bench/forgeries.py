"""Whether a forged paper passes: `bench/forgeries.py [--files 10000]`.

Issues one hazard notice, makes ten thousand files out of it at random and one by each published attack on signed PDFs
(tests/fieldsvc/forgeries.py), and asks for a verdict on each: by the signature alone, and by signature and register as the
office, the public page and `fieldsvc verify` do. Any file that is accepted ends it with 1. The files are read in this
process, and not in one of their own as strangers' files are: it would take hours, and the judgement is the same code.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if not __package__:
    # Run as a file, this folder comes first on the path, and bench/sync.py would hide the package `sync`.
    sys.path[0] = str(ROOT)

from bench.measure import Aim, aims, table  # noqa: E402
from bench.results import Section  # noqa: E402
from fieldsvc import create_app, memory  # noqa: E402
from fieldsvc.db import db  # noqa: E402
from fieldsvc.notices import service as notices  # noqa: E402
from fieldsvc.notices.signature import examine, verify  # noqa: E402
from tests.fieldsvc.conftest import PASSWORD, Browser, install, settings_for, wanted  # noqa: E402
from tests.fieldsvc.forgeries import attacks, random_changes  # noqa: E402
from tests.fieldsvc.papers import papers_of, pdf_of, record_visit, work  # noqa: E402
from tests.fieldsvc.phone import Phone  # noqa: E402

SEED = 7


@dataclass
class Tally:
    """Files by how they were made: all, those whose signature alone is found sound, those accepted; and the reasons given."""

    tried: Counter[str] = field(default_factory=Counter)
    by_signature: Counter[str] = field(default_factory=Counter)
    accepted: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def judge(self, kind: str, forged: bytes) -> None:
        """Ask for a verdict on one file."""
        self.tried[kind] += 1
        try:
            self.by_signature[kind] += any(one.sound for one in _examine_here(forged))
        except Exception:  # a parser may raise anything at such a file
            self.by_signature[kind] += 0
        verdict = notices.verify(forged)
        self.accepted[kind] += verdict.genuine or verdict.current
        self.reasons[verdict.reason] += 1


@lru_cache(maxsize=1)
def _examine_here(pdf: bytes) -> list[examine.Signature]:
    """Read a file; the second of the two questions about it finds the answer to the first."""
    return examine.signatures(pdf, trusted=[], moment=None)


@contextmanager
def issued(folder: Path) -> Iterator[bytes]:
    """An installation that has issued one notice, and the notice; inside its application."""
    install(folder / "data")
    app = create_app(settings_for(folder / "data"))
    app.test_client_class = Browser
    office, inspector = app.test_client(), app.test_client()
    for client, name in ((office, "office"), (inspector, "inspector")):
        client.post("/api/v1/login", json={"username": name, "password": PASSWORD})
    with app.app_context():
        order = wanted()
    visit = office.post("/api/v1/visits", json={"visits": [order]}).get_json()["visits"][0]["id"]
    phone = Phone(inspector)
    phone.sync()
    record_visit(phone, visit)
    phone.sync()
    work(app)
    assert isinstance(office, Browser)
    pdf = pdf_of(office, papers_of(office, visit)[0])
    with app.app_context():
        yield pdf
        db.session.remove()
        db.engine.dispose()


def main() -> int:
    """Forge, judge, tell; gives the exit code."""
    parser = argparse.ArgumentParser(prog="bench/forgeries.py", description="Try forged papers.")
    parser.add_argument("--files", type=int, default=10_000, help="files changed at random (10000)")
    parser.add_argument(
        "--results", type=Path, default=ROOT / "bench" / "RESULTS.md", help="the file of figures; - for none"
    )
    given = parser.parse_args()
    section = Section("Forged papers")
    logging.disable(logging.CRITICAL)  # the library tells at length what is wrong with each
    verify._examine_apart = _examine_here
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder, issued(Path(folder)) as pdf:
        if not notices.verify(pdf).genuine:
            raise RuntimeError("the issued file itself is not accepted")
        memory.settle()  # as the server does
        for name, forge in attacks().items():
            tally.judge(name, forge(pdf))
        published = list(tally.tried)
        for number, (kind, forged) in enumerate(random_changes(pdf, count=given.files, seed=SEED), start=1):
            tally.judge(kind, forged)
            if number % 1000 == 0:
                print(f"  … {number:,} files", file=sys.stderr, flush=True)
    _tell(section, tally, published)
    section.keep(None if str(given.results) == "-" else given.results)
    return 1 if sum(tally.accepted.values()) else 0


def _tell(section: Section, tally: Tally, published: list[str]) -> None:
    section.add(
        f"{sum(tally.tried.values()) - len(published):,} files changed at random and {len(published)} made by published attacks,"
        " out of one issued notice. *Sound by the signature alone*: nothing is known of the bytes that were issued; what such a"
        " file changes lies in the room that is left for the signature, which no signature covers."
    )
    kinds = [kind for kind in tally.tried if kind not in published]
    rows = [
        [kind, *(str(count[kind]) for count in (tally.tried, tally.by_signature, tally.accepted))] for kind in kinds
    ]
    all_of = [
        str(sum(count[kind] for kind in published)) for count in (tally.tried, tally.by_signature, tally.accepted)
    ]
    section.add(
        table(("how", "files", "sound by the signature alone", "accepted"), [*rows, ["published attacks", *all_of]])
    )
    missed = [kind for kind in published if tally.by_signature[kind]]
    section.add(f"Attacks that the signature alone does not show: {', '.join(missed) or 'none'}.")
    section.add(f"Verdicts: {', '.join(f'{reason} {count:,}' for reason, count in tally.reasons.most_common())}.")
    section.add(aims([Aim("forged files accepted", sum(tally.accepted.values()), "", at_most=0)]))


if __name__ == "__main__":
    sys.exit(main())
