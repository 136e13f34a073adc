"""How fast papers are made, beside four other ways to make the same one: `bench/notices.py [--quick]`. See bench/README.md.

Issues papers on a real server first, then has every contender make the same notice in turns, alone and with two workers; then
ours over and over for its memory, and once more under a watch that says where the time goes. Decides the targets, nothing
about papers. Invariant: every figure stands beside its target, met or missed.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if not __package__:
    # Run as a file, this folder comes first on the path, and bench/sync.py would hide the package `sync`.
    sys.path[0] = str(ROOT)

from bench import where  # noqa: E402
from bench.issued import Issued, issue  # noqa: E402
from bench.measure import Aim, aims, ratio, spread, table  # noqa: E402
from bench.peers import papers, python_folder  # noqa: E402
from bench.results import Section  # noqa: E402
from bench.workers import WARM_UP, Figures, Worker, copied, rate, take_turns  # noqa: E402

OURS, NAIVE, TYPST = "fieldsvc", "naive", "Typst"
READY_MS, TIMES_NAIVE, FILE_KIB, WORKER_MIB, GROWTH = 1_000, 2.5, 400, 300, 1.10
SETTLED = 100
"""Papers after which a worker has everything it keeps."""
SHARES = (
    ("store and claims", ("sqlalchemy", "notices/desk.py", "notices/work.py", "notices/promise.py", "blobs/")),
    ("signature", ("pyhanko", "asn1crypto", "notices/signature/signing.py", "cryptography")),
    ("images", ("PIL/", "notices/making/pictures.py", "qrcode", "weasyprint/images.py", "notices/signature/seal.py")),
    ("fonts, cut and embedded", ("weasyprint/pdf/fonts.py", "notices/making/typefaces.py", "fontTools")),
    ("styles", ("weasyprint/css", "cssselect2", "tinycss2", "notices/making/styles.py")),
    (
        "HTML and words",
        ("tinyhtml5", "jinja2", "notices/making/paper.py", "notices/making/glyphs.py", "notices/contents/wording.py"),
    ),
    ("shaping of text", ("weasyprint/text", "notices/making/lines.py")),
    ("layout", ("weasyprint/layout", "weasyprint/formatting_structure", "weasyprint/document.py:_render")),
    (
        "drawing and tags",
        ("weasyprint/draw", "weasyprint/pdf", "weasyprint/document.py", "notices/making/standards.py"),
    ),
    ("writing the PDF", ("pydyf", "notices/making/packing.py")),
)


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="bench/notices.py", description="Measure the making of papers.")
    parser.add_argument("--rounds", type=int, default=15, help="papers of each contender, in turns (15)")
    parser.add_argument("--papers", type=int, default=30, help="papers of each worker, for papers a second (30)")
    parser.add_argument(
        "--issued", type=int, default=15, help="papers that a server issues, for the time to ready (15)"
    )
    parser.add_argument("--memory", type=int, default=2_000, help="papers after which memory is compared (2000)")
    parser.add_argument("--contenders", default=",".join(papers.MAKERS), help=f"some of {', '.join(papers.MAKERS)}")
    parser.add_argument("--quick", action="store_true", help="a few papers, ours and the naive; keeps no figures")
    parser.add_argument(
        "--cache", type=Path, default=ROOT / "bench" / ".cache", help="where peers are installed (bench/.cache)"
    )
    parser.add_argument("--work", type=Path, help="where stores are made and deleted (a folder in the cache)")
    parser.add_argument(
        "--results", type=Path, default=ROOT / "bench" / "RESULTS.md", help="the file of figures; - for none"
    )
    given = parser.parse_args()
    if given.quick:
        given.rounds, given.papers, given.issued, given.memory = 1, 0, 1, 0
        given.contenders, given.results = f"{OURS},{NAIVE}", Path("-")
    unknown = set(given.contenders.split(",")) - set(papers.MAKERS)
    if unknown:
        parser.error(f"no such contender: {', '.join(sorted(unknown))}")
    return given


def say(what: str) -> None:
    """Tell the person who waits."""
    print(f"  … {what}", file=sys.stderr, flush=True)


def compare(folder: Path, names: Sequence[str], given: argparse.Namespace) -> dict[str, Figures]:
    """Clock the contenders in turns, then for papers a second, with one worker and with two."""
    typst = None
    if TYPST in names:
        (typst,) = (python_folder(given.cache.resolve(), "requirements-typst.txt").parent / "lib").glob(
            "*/site-packages"
        )
    with ExitStack() as stack:
        workers = [stack.enter_context(Worker(name, folder, typst)) for name in names]
        figures = take_turns(workers, rounds=given.rounds, say=say, warm_up=0 if given.quick else WARM_UP)
        for worker in workers if given.papers else ():
            other = copied(folder, folder.parent / f"{folder.name}-second-{worker.name.split()[0]}")
            try:
                with Worker(worker.name, other, typst) as second:
                    second.make(0)
                    for those in ([worker], [worker, second]):
                        figures[worker.name].rate[len(those)] = rate(those, given.papers)
            finally:
                shutil.rmtree(other)
            say(f"{worker.name}: papers a second {figures[worker.name].rate}")
    return figures


def remember(folder: Path, count: int) -> list[tuple[str, float, float]]:
    """Memory of one of our workers: what it is after, MiB now, MiB at the highest."""
    with Worker(OURS, folder) as worker:
        worker.make(0)
        marks = [("after the first paper", *worker.memory())]
        for place in range(1, count):
            worker.make(place)
            if place + 1 in (SETTLED, count):
                marks.append((f"after {place + 1:,}", *worker.memory()))
                say(f"memory: {marks[-1]}")
        return marks


def look(folder: Path, rounds: int) -> list[tuple[str, float]]:
    """Where the processor time of our paper goes: shares, the largest first. The page is drawn in this very process."""
    from fieldsvc.notices import work
    from fieldsvc.notices.making import render

    class _Here:
        def make(self, snapshot: object, pictures: dict[str, bytes], **around: object) -> bytes:
            return render.render(snapshot, picture=pictures.get, **around)  # type: ignore[arg-type]

    render.prepare()
    maker = papers.Ours(folder)
    usual, work.press = work.press, _Here()  # type: ignore[assignment]
    try:
        maker.prepare(0)
        maker.make()
        with where.watched(SHARES) as seen:
            for place in range(rounds):
                maker.prepare(place)
                maker.make()
    finally:
        work.press = usual
        maker.close()
    whole = sum(seen.values()) or 1
    return [(name, looks / whole) for name, looks in seen.most_common()]


def report(section: Section, issued: Issued, figures: dict[str, Figures]) -> list[Aim]:
    """The table of contenders; gives the targets that come of it."""
    ours = figures[OURS]
    rows = [
        [
            name, spread(one.ms), f"{statistics.median(one.cpu):.0f}", f"{ratio(one.cpu, ours.cpu):.2f}",
            *(f"{one.rate[n]:.2f}" if n in one.rate else "" for n in (1, 2)),
            f"{statistics.median(one.size) / 1024:,.0f}", f"{max(one.pages):.0f}",
        ]
        for name, one in figures.items()
    ]  # fmt: skip
    section.add(
        f"A notice of two pages with four photos of 250 KB, new ones for every paper; {len(ours.ms)} rounds in turns."
        f" From the sync answer to ready, on `fieldsvc run`: {spread(issued.ready)} ms ({len(issued.ready)} papers)."
    )
    head = ("contender", "ms", "processor, ms", "times ours", "papers/s, one worker", "two workers", "KiB", "pages")
    section.add(table(head, rows))
    found = [
        Aim("from the sync answer to ready, median", statistics.median(issued.ready), "ms", at_most=READY_MS),
        Aim("file, largest", max(*ours.size, *issued.sizes) / 1024, "KiB", at_most=FILE_KIB),
    ]
    if NAIVE in figures:
        found.insert(
            1,
            Aim("papers per core beside the naive way", ratio(figures[NAIVE].cpu, ours.cpu), "×", at_least=TIMES_NAIVE),
        )
    return found


def main() -> None:
    """Measure."""
    given = arguments()
    work = given.work or given.cache.resolve()
    work.mkdir(parents=True, exist_ok=True)
    section = Section("The making of papers")
    folder = Path(tempfile.mkdtemp(prefix="papers-", dir=work))
    try:
        issued = issue(folder, given.issued, say=say, warm_up=0 if given.quick else 1)
        figures = compare(folder, given.contenders.split(","), given)
        found = report(section, issued, figures)
        if given.memory > SETTLED:
            marks = remember(folder, given.memory)
            section.add(
                table(
                    ("memory of a worker and its press", "both now, MiB", "one at its highest, MiB"),
                    [[w, f"{n:.0f}", f"{t:.0f}"] for w, n, t in marks],
                )
            )
            found.append(
                Aim("memory of a worker and its press", max(now for _, now, _ in marks), "MiB", at_most=WORKER_MIB)
            )
            found.append(
                Aim(
                    f"memory after {given.memory:,} papers beside {SETTLED}",
                    marks[-1][1] / marks[1][1],
                    "×",
                    at_most=GROWTH,
                )
            )
        shares = look(folder, given.rounds)
        section.add(table(("where the processor time of ours goes", "share"), [[n, f"{s:.0%}"] for n, s in shares]))
        section.add(aims(found))
        section.keep(None if str(given.results) == "-" else given.results)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
