"""What a person who runs an installation should know before it fails: fonts, signing key, disk, database, papers on paper.

Each check gives findings in words and says whether somebody must act. Changes nothing. Knows no HTTP.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from fieldsvc import installation
from fieldsvc.customers import service as customers
from fieldsvc.identity import service as identity
from fieldsvc.notices import service as notices

LITTLE_DISK = 2 * 1024**3
NAMED = 20
"""So many unprintable characters are named one by one."""


@dataclass(frozen=True)
class Finding:
    """One line of the examination. `good`: nobody has to act."""

    good: bool
    words: str

    def __str__(self) -> str:
        return f"{'ok  ' if self.good else 'ACT '} {self.words}"


def tell(data: Path, say: Callable[[str], None]) -> bool:
    """Say every finding; gives whether nobody has to act."""
    findings = list(examine(data))
    for finding in findings:
        say(str(finding))
    return all(finding.good for finding in findings)


def examine(data: Path) -> Iterator[Finding]:
    """Look at everything, one finding after the other."""
    try:
        installation.epoch()
    except (SQLAlchemyError, LookupError) as error:
        yield Finding(False, f"database: it does not answer, or was never set up ({error})")
        return
    yield Finding(True, "database: answers")
    yield _disk(data)
    yield _certificate()
    yield from _fonts()
    yield _served()


def _disk(data: Path) -> Finding:
    free = shutil.disk_usage(data).free
    return Finding(free >= LITTLE_DISK, f"disk: {free / 1024**3:.1f} GB free under {data}")


def _certificate() -> Finding:
    standing = notices.signer_standing(load=True)
    if standing is None:
        return Finding(False, "signing key: it cannot be had; papers wait until it can")
    said = f"signing certificate: {standing.subject}, valid until {standing.expires:%Y-%m-%d} ({standing.days} days)"
    return Finding(not standing.near, said)


def _fonts() -> Iterator[Finding]:
    try:
        missing = _unprintable()
    except (LookupError, OSError) as error:
        yield Finding(False, f"fonts: {error}")
        return
    for character, where in list(missing.items())[:NAMED]:
        code = f"U+{ord(character):04X}"
        yield Finding(
            False, f"fonts: no installed font has {character} ({code}), which papers need for {where}; they print 〓"
        )
    if len(missing) > NAMED:
        yield Finding(False, f"fonts: and {len(missing) - NAMED} more characters")
    if not missing:
        yield Finding(True, "fonts: every name and address on file can be printed")


def _unprintable() -> dict[str, str]:
    """Characters of names and addresses on file that no font has, each with where it stands first."""
    found: dict[str, str] = {}
    for where, text in (*customers.written(), *((f"{name} of the staff", name) for name in identity.people().values())):
        for character in notices.unprintable(text):
            found.setdefault(character, where)
    return dict(sorted(found.items()))


def _served() -> Finding:
    waiting = notices.count_unserved()
    if not waiting:
        return Finding(True, "paper: every stop-gas notice was served, and its scan is kept")
    return Finding(False, f"paper: {waiting} notices still have to be served on paper, or their scan is missing")
