"""Where papers are made: the folder they are kept in, the keys they are signed with, the address their code opens.

Each application has its own. Keeps files so that none is ever half written: written aside, brought to the disk, then renamed. A
file's name carries its digest, so a second attempt never touches what a first one has left.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from flask import Flask

from fieldsvc.blobs import service as blobs
from fieldsvc.settings import Signing
from fieldsvc.surroundings import Surroundings


@dataclass(frozen=True)
class Desk:
    """The surroundings of this process's papers. `public_url` has no trailing slash."""

    folder: Path
    keys: Path
    public_url: str
    photo_wait: timedelta
    signing: Signing = field(default_factory=Signing)


desk: Surroundings[Desk] = Surroundings("desk")


def use(app: Flask, surroundings: Desk) -> None:
    """Choose the surroundings; called once by create_app."""
    surroundings.folder.mkdir(parents=True, exist_ok=True)
    desk.give(app, surroundings)


def keep(name: str, content: bytes) -> None:
    """Write a file under its final name, whole and safely, or not at all."""
    _shelf().keep(name, content)


def read(name: str) -> bytes:
    """A kept file's bytes. Raises FileNotFoundError."""
    return _shelf().read(name)


def drop_others(prefix: str, *, but: str) -> None:
    """Remove what earlier attempts at a paper left behind."""
    _shelf().drop_all(prefix, but=but)


def _shelf() -> blobs.Shelf:
    return blobs.shelf(desk().folder)
