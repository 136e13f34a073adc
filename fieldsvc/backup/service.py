"""Backups, as commands and whoever watches use them: make one, make an installation of one, when was the last. Knows no HTTP."""

from __future__ import annotations

from pathlib import Path

from fieldsvc.backup.making import Made, last, make, note
from fieldsvc.backup.manifest import BadBackup, Manifest
from fieldsvc.backup.place import Place
from fieldsvc.backup.restoring import Order, Restored, check, restore

__all__ = ["BadBackup", "Made", "Manifest", "Order", "Restored", "last", "make", "note", "prune", "restore", "verify"]


def verify(*, root: Path, name: str = "") -> tuple[str, Manifest]:
    """Read a backup whole, the newest where none is named; gives its name. Raises BadBackup."""
    place = Place(root.resolve())
    folder = place.choose(name)
    return folder.name, check(folder, place)


def prune(*, root: Path, keep: int) -> list[str]:
    """Remove all but the newest backups; gives the names of those removed."""
    place = Place(root.resolve())
    with place.alone():
        return place.prune(keep)
