"""A company's own kinds of visit: what it pastes or edits in Settings, laid over the catalogue as part of its overlay.

They are written as those of the program are (docs/visit-types.md): `visit_types` and `checklists`. Decides where they are laid
and what of them may not be; what is wrong in an entry is said by schemas.py, rules.py and declared.py. Invariant: a kind that the
program brings is never altered, and what an edition had is in all later ones.
"""

from __future__ import annotations

import copy
import io
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from fieldsvc.catalog.entries import TRADES
from fieldsvc.catalog.load import CatalogueError, Loader

Json = dict[str, Any]

KEYS = ("visit_types", "checklists")
FILES = {
    "gas": "jobs/gas.yaml",
    "water": "jobs/water.yaml",
    "drain": "jobs/water.yaml",
    "heat": "jobs/heating.yaml",
    "power": "jobs/power.yaml",
}
LARGEST = 128 * 1024
_NAME = "kinds"


def misshapen(read: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the outer shape of an overlay's own kinds."""
    for key in KEYS:
        entries = read.get(key) or []
        if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
            yield f"{key}: must be a list of entries"
            continue
        for at, one in enumerate(entries, 1):
            id_ = one.get("id")
            if not isinstance(id_, str) or not id_.partition(".")[2] or id_.partition(".")[0] not in TRADES:
                named = str(id_)[:40] if isinstance(id_, str) else at
                yield f"{key}: {named}: id: must begin with its trade and a dot: {', '.join(TRADES)}"
            elif key == "checklists" and one.get("inspects") is not False:
                yield f"{key}: {id_[:40]}: inspects: must be false; an inspection goes by the list that the program brings"


def lay(content: Mapping[str, Any], overlay: Mapping[str, Any]) -> Iterator[str]:
    """Add the own kinds to what was read from the files; give what does not fit."""
    for key in KEYS:
        known = {one["id"] for name in set(FILES.values()) for one in content.get(name, {}).get(key) or ()}
        for one in overlay.get(key) or []:
            if one["id"] in known:
                yield f"{key}: {one['id'][:40]}: is there already; a kind of your own has an id of its own"
            else:
                known.add(one["id"])
                content[FILES[one["id"].partition(".")[0]]][key].append(copy.deepcopy(one))


def written_into(overlay: str, given: str) -> str:
    """The overlay with these kinds in it: those that it has already replaced, the others added; everything else as it was
    written, comments too. Raises CatalogueError."""
    read = _parsed(given)
    reader = _reader()
    try:
        written = reader.load(overlay) or {}
        for key in KEYS:
            for one in reader.load(given).get(key) or []:
                _put(written, key, one)
    except (YAMLError, AttributeError, TypeError) as error:
        raise CatalogueError([f"{_NAME}: is not YAML: {' '.join(str(error).split())[:400]}"]) from error
    if not read.get("visit_types"):
        raise CatalogueError([f"{_NAME}: visit_types: names no kind of visit"])
    out = io.StringIO()
    reader.dump(written, out)
    return out.getvalue()


def _reader() -> YAML:
    reader = YAML()
    reader.preserve_quotes, reader.width = True, 4096
    return reader


def _put(written: Any, key: str, entry: Any) -> None:
    if written.get(key) is None:
        written[key] = []
    held = written[key]
    at = next((n for n, one in enumerate(held) if one.get("id") == entry["id"]), None)
    if at is None:
        held.append(entry)
    else:
        held[at] = entry


def _parsed(given: str) -> Json:
    if len(given.encode()) > LARGEST:
        raise CatalogueError([f"{_NAME}: is larger than {LARGEST // 1024} KB"])
    try:
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(given, Loader=yaml.SafeLoader)):
            raise CatalogueError([f"{_NAME}: aliases (*name) are not read"])
        read = yaml.load(given, Loader=Loader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        if isinstance(error, CatalogueError):
            raise
        raise CatalogueError([f"{_NAME}: is not YAML: {' '.join(str(error).split())[:400]}"]) from error
    if not isinstance(read, dict) or not set(read) <= set(KEYS):
        raise CatalogueError([f"{_NAME}: must hold visit_types and checklists, and nothing else"])
    if mistakes := list(misshapen(read)):
        raise CatalogueError(mistakes)
    return read


def taken_out(overlay: str, kind: str) -> str:
    """One own kind of an overlay with its list, as it was written; empty where the overlay has no such kind."""
    reader = _reader()
    try:
        written = reader.load(overlay) or {}
    except YAMLError:
        return ""
    found = {key: [one for one in written.get(key) or [] if one.get("id") == kind] for key in KEYS}
    if not found["visit_types"]:
        return ""
    out = io.StringIO()
    reader.dump({key: entries for key, entries in found.items() if entries}, out)
    return out.getvalue()


def ids(overlay: str) -> list[str]:
    """The own kinds of an overlay."""
    try:
        read = yaml.load(overlay, Loader=Loader) or {}
    except yaml.YAMLError:
        return []
    return [str(one["id"]) for one in read.get("visit_types") or []]


def left_out(before: str, after: str) -> list[str]:
    """What of the own kinds of one overlay the next leaves out, as mistakes: records may hold it."""
    kinds, points = _held(before)
    kinds_now, points_now = _held(after)
    return [
        *(f"visit_types: {one}: was in the last edition; set active: false instead of leaving it out"
          for one in sorted(kinds - kinds_now)),
        *(f"checklists: {one}: was in the last edition; set off: true instead of leaving it out"
          for one in sorted(points - points_now)),
    ]  # fmt: skip


def _held(overlay: str) -> tuple[set[str], set[str]]:
    read = yaml.load(overlay, Loader=Loader) if overlay.strip() else {}
    lists = (read or {}).get("checklists") or []
    items = [item for one in lists for item in one.get("items") or [] if isinstance(item, dict)]
    points = {str(point.get("id")) for item in items for point in item.get("points") or [] if isinstance(point, dict)}
    return {str(one["id"]) for one in (read or {}).get("visit_types") or []}, points
