"""Where print files lie: parts while a run is worked off, then the one file, until it is dropped.

Each application has its own. A file is named by its run and part; each try writes under a name of its own, and whoever counts
it in the database gives it that name, so that two workers at the same step never write into each other's file. With several hosts
only attempts lie in the folder; what has its name is on the shelf of all hosts.
"""

from __future__ import annotations

import secrets
from contextlib import AbstractContextManager
from pathlib import Path

from flask import Flask

from fieldsvc.blobs import service as blobs
from fieldsvc.surroundings import Surroundings

_folder: Surroundings[Path] = Surroundings("printing.folder")


def use(app: Flask, folder: Path) -> None:
    """Choose the folder; called once by create_app."""
    folder.mkdir(parents=True, exist_ok=True)
    _folder.give(app, folder)


def whole(run_id: str) -> Path:
    """The one file of a run."""
    return _folder() / f"{run_id}.pdf"


def part(run_id: str, number: int) -> Path:
    """A part of a run, counted from 0."""
    return _folder() / f"{run_id}-{number:04d}.pdf"


def attempt(run_id: str) -> Path:
    """A file of a run that no other worker and no other try writes."""
    return _folder() / f"{run_id}-try-{secrets.token_hex(8)}.pdf"


def send(made: Path) -> None:
    """Bring an attempt to where all hosts look, under its own name: what takes long, before anybody's turn to write."""
    _shelf().take(made.name, made)


def settle(made: Path, target: Path) -> None:
    """Give an attempt that was sent its name."""
    _shelf().rename(made.name, target.name)


def put(made: Path, target: Path) -> None:
    """Send an attempt and give it its name at once."""
    _shelf().take(target.name, made)


def drop_attempt(made: Path) -> None:
    """Remove an attempt that has got no name."""
    _shelf().drop_all(made.name)


def holds(path: Path) -> bool:
    """Say whether a whole or a part is there."""
    return _shelf().holds(path.name)


def at_hand(path: Path) -> AbstractContextManager[Path]:
    """From where a whole or a part can be opened, as long as the context lasts. Raises FileNotFoundError."""
    return _shelf().at_hand(path.name)


def drop(run_id: str, *, whole_too: bool) -> None:
    """Remove a run's parts and, on demand, its file."""
    _shelf().drop_all(run_id, but="" if whole_too else whole(run_id).name)


def _shelf() -> blobs.Shelf:
    return blobs.shelf(_folder())
