"""Sends what nobody's program would send and counts what falls over: `bench/fuzz.py`, one command for all of it.

Four kinds of request go to the real application in this process, on a store of its own: syncs that Hypothesis makes, requests
that schemathesis makes from the application's own description (every answer held to it), anything at all at any route, and codes
of papers that nobody made. Spoilt images go to what opens images. What is sent is made by sync_bodies.py, by_description.py and
fuzzing.py in tests/fieldsvc. Decides nothing: counts by status, everything that fell over with its seed, the most memory the
process ever had. Ends with 1 if anything fell over, a code was hit, or memory passed 512 MiB.
"""

from __future__ import annotations

import argparse
import logging
import resource
import secrets
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlalchemy import select

from bench.results import Section
from fieldsvc.db import db
from fieldsvc.record.models import Visit
from tests.fieldsvc.access_world import World, build
from tests.fieldsvc.by_description import ByDescription
from tests.fieldsvc.conftest import install
from tests.fieldsvc.fuzzing import Fuzz, mutate_images
from tests.fieldsvc.sync_bodies import SyncBodies

MOST_MEBIBYTES, AT_ONCE, PER_STORE = 512, 250, 2000
ADDRESSES, PER_ADDRESS = 100, 200
KINDS: tuple[tuple[str, float, Any], ...] = (
    ("syncs made by Hypothesis", 0.40, SyncBodies),
    ("made by schemathesis from the description", 0.10, ByDescription),
    ("anything, at any route", 0.50, Fuzz),
)


def memory() -> int:
    """The most memory that this process ever had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


@dataclass
class Tally:
    """What came back of one kind of request."""

    name: str
    seen: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    @property
    def sent(self) -> int:
        """How many were sent, with those that fell over."""
        return self.seen.total() + len(self.broken)

    def line(self) -> str:
        """A row of the table."""
        told = ", ".join(f"{status}: {count:,}" for status, count in sorted(self.seen.items()))
        return f"| {self.name} | {self.sent:,} | {told} | {len(self.broken)} |"


def requests(world: World, wanted: int, seed: int, until: float, tell: Callable[[str], None]) -> list[Tally]:
    """Send so many, the kinds in turns so that each has its share at any moment, a store anew every 2,000."""
    tallies = {name: Tally(name) for name, _, _ in KINDS}
    shares = {name: round(wanted * share) for name, share, _ in KINDS}
    since = PER_STORE
    while time.monotonic() < until and any(tallies[name].sent < shares[name] for name in shares):
        name = min(
            (one for one in shares if tallies[one].sent < shares[one]), key=lambda one: tallies[one].sent / shares[one]
        )
        if since >= PER_STORE:
            world.restore()
            since = 0
        run = next(made for kind, _, made in KINDS if kind == name)(world, seed)
        run.requests(max(min(AT_ONCE, shares[name] - tallies[name].sent), 1))
        seed, since = seed + 1, since + AT_ONCE
        tallies[name].seen += run.seen
        tallies[name].broken += run.broken
        if seed % 40 == 0:
            tell(f"{sum(one.sent for one in tallies.values()):,} requests, {memory()} MiB")
    return list(tallies.values())


def images(wanted: int, seed: int, until: float) -> Tally:
    """Spoil so many images and give them to whatever opens images."""
    tally = Tally("spoilt images")
    while tally.seen.total() < wanted and time.monotonic() < until:
        seen, broken = mutate_images(seed + tally.seen.total(), min(1000, wanted - tally.seen.total()))
        tally.seen += seen
        tally.broken += broken
    tally.seen.pop("broken", None)
    return tally


def guesses(world: World, wanted: int) -> Tally:
    """Ask for so many codes: all of the index by which the page finds them, and 20,000 of the page, from 100 addresses."""
    tally = Tally("guessed codes of papers")
    with world.app.app_context():
        for done in range(0, wanted, AT_ONCE):
            codes = [secrets.token_urlsafe(16) for _ in range(min(AT_ONCE, wanted - done))]
            hits = len(db.session.scalars(select(Visit.id).where(Visit.lookup.in_(codes))).all())
            tally.seen["looked for, nothing there"] += len(codes) - hits
            tally.broken += ["a code that nobody made was found"] * hits
        db.session.remove()
    for number in range(min(ADDRESSES * PER_ADDRESS, wanted)):
        address = {"REMOTE_ADDR": f"198.51.100.{number // PER_ADDRESS}"}
        answer = world.browsers["anonymous"].get(f"/n/{secrets.token_urlsafe(16)}", environ_base=address)
        tally.seen[f"asked of the page, {answer.status_code}"] += 1
        if answer.status_code not in (404, 429):
            tally.broken.append(f"the page answered {answer.status_code} to a code that nobody made")
    return tally


def asked() -> argparse.Namespace:
    """What the command line asks for."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--requests", type=int, default=250_000)
    options.add_argument("--images", type=int, default=50_000)
    options.add_argument("--guesses", type=int, default=1_000_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--minutes", type=float, default=600, help="end after so long, with what was reached")
    options.add_argument("--results", type=Path, help="the file that takes the section, such as bench/RESULTS.md")
    return options.parse_args()


def main() -> int:
    """Run what was asked for, print and keep what came of it."""
    given = asked()
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    section = Section("What nobody's program would send")
    begun = time.monotonic()
    until = begun + 60 * given.minutes
    tallies: list[Tally] = []

    def tell(words: str) -> None:
        print(f"{time.monotonic() - begun:6.0f} s: {words}", flush=True)

    with tempfile.TemporaryDirectory() as place:
        world = build(install(Path(place) / "made"), Path(place))
        if given.guesses:
            tallies.append(guesses(world, given.guesses))
            tell(tallies[-1].line())
        if given.images:
            tallies.append(images(given.images, given.seed, until))
            tell(tallies[-1].line())
        tallies += requests(world, given.requests, given.seed, until, tell) if given.requests else []
        with world.app.app_context():
            db.engine.dispose()
    rows = [
        "| what | sent | came back | fell over or not as described |",
        "| --- | --: | --- | --: |",
        *(one.line() for one in tallies),
    ]
    section.add("\n".join(rows))
    sent = sum(one.sent for one in tallies if one.name in {name for name, _, _ in KINDS})
    section.add(
        f"{sent:,} requests of {given.requests:,} in {(time.monotonic() - begun) / 60:.0f} minutes; the process, with the"
        f" application, its store and the makers of the requests in it, had at most {memory()} MiB."
    )
    section.keep(given.results)
    broken = [line for one in tallies for line in one.broken]
    print("\n".join(broken[:60]))
    return 1 if broken or memory() > MOST_MEBIBYTES else 0


if __name__ == "__main__":
    sys.exit(main())
