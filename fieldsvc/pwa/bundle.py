"""The phone app in one file: which of its modules' bytes a phone is given.

A slow phone opens one large file in a fraction of the time of a hundred small ones (docs/adr/0013-one-file-for-the-phone.md).
Set-up makes that file from static/app and what it imports of static/vendor and static/icons; beside it stands a digest of
what it was made of.
It is a classic script, which browsers keep compiled, unlike a module (docs/adr/0014-what-a-start-and-a-tap-wait-for.md).
Decides whether it is there and of these very sources; else phones are given the modules as they stand, which are the same
program. Makes nothing itself (tools/bundle.py). Invariant: a phone is never given a file made of other sources.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from fieldsvc.assets import STATIC

FOLDER = STATIC / "bundle"
MADE_OF = FOLDER / "made-of.txt"
ENTRIES = ("main.js", "photo-worker.js")
"""What a page or a worker begins with; the reader of codes is kept apart and stays as it is."""


def digest_of_sources() -> str:
    """The digest of every module of the app, of its icons and of the libraries, names and bytes."""
    digest = hashlib.sha256()
    for folder in (STATIC / "app", STATIC / "icons", STATIC / "vendor"):
        for path in sorted(folder.rglob("*.js")):
            content = path.read_bytes()
            digest.update(f"{path.relative_to(STATIC).as_posix()} {len(content)}\n".encode() + content)
    return digest.hexdigest()


@lru_cache(maxsize=1)
def is_made() -> bool:
    """Whether the files are there and of the present sources; looked at once per process."""
    return MADE_OF.is_file() and MADE_OF.read_text(encoding="utf-8").strip() == digest_of_sources()


def entry() -> str:
    """The address of what the app's page begins with."""
    return f"/static/{'bundle' if is_made() else 'app'}/{ENTRIES[0]}"


def files() -> list[Path]:
    """The files made; none when they are not of the present sources."""
    return [FOLDER / name for name in ENTRIES] if is_made() else []
