"""Where print files lie: parts while a run is worked off, then the one file, until it is dropped.

Set once by create_app. A file is named by its run and part; each try writes under a name of its own, and whoever counts it in
the database gives it that name, so that two workers at the same step never write into each other's file.
"""

from __future__ import annotations

import secrets
from pathlib import Path

_folder: list[Path] = []


def use(folder: Path) -> None:
    """Choose the folder; called once by create_app."""
    folder.mkdir(parents=True, exist_ok=True)
    _folder[:] = [folder]


def whole(run_id: str) -> Path:
    """The one file of a run."""
    return _folder[0] / f"{run_id}.pdf"


def part(run_id: str, number: int) -> Path:
    """A part of a run, counted from 0."""
    return _folder[0] / f"{run_id}-{number:04d}.pdf"


def attempt(run_id: str) -> Path:
    """A file of a run that no other worker and no other try writes."""
    return _folder[0] / f"{run_id}-try-{secrets.token_hex(8)}.pdf"


def drop(run_id: str, *, whole_too: bool) -> None:
    """Remove a run's parts and, on demand, its file."""
    for file in _folder[0].glob(f"{run_id}*"):
        if whole_too or file != whole(run_id):
            file.unlink(missing_ok=True)
