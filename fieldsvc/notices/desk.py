"""Where papers are made: the folder they are kept in, the keys they are signed with, the address their code opens.

Set once by create_app. Keeps files so that none is ever half written: written aside, brought to the disk, then renamed. A
file's name carries its digest, so a second attempt never touches what a first one has left.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from fieldsvc.settings import Signing


@dataclass(frozen=True)
class Desk:
    """The surroundings of this process's papers. `public_url` has no trailing slash."""

    folder: Path
    keys: Path
    public_url: str
    photo_wait: timedelta
    signing: Signing = field(default_factory=Signing)


_desk: list[Desk] = []


def use(desk: Desk) -> None:
    """Choose the surroundings; called once by create_app."""
    desk.folder.mkdir(parents=True, exist_ok=True)
    _desk[:] = [desk]


def desk() -> Desk:
    """The surroundings. Raises IndexError before `use`."""
    return _desk[0]


def keep(name: str, content: bytes) -> None:
    """Write a file under its final name, whole and on the disk, or not at all."""
    folder = desk().folder
    part = folder / f"{name}.part"
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / name)
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read(name: str) -> bytes:
    """A kept file's bytes. Raises FileNotFoundError."""
    return (desk().folder / name).read_bytes()


def drop_others(prefix: str, *, but: str) -> None:
    """Remove what earlier attempts at a paper left behind."""
    for file in desk().folder.glob(f"{prefix}*"):
        if file.name != but:
            file.unlink(missing_ok=True)
