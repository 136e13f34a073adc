"""What a company lays over the catalogue that the program brings: points and hazards of its own, and some switched off.

An overlay is one YAML file with `switched_off` (lists of `points` and `hazards`), `points` (each with its `checklist` and
`item`), `hazards`, and kinds of visit of its own (own_kinds.py), in the shape of data/*.yaml. Decides what it may do: add and
switch off, never alter what was brought.
A new hazard and the points it names are joined from either side; where no source is given it is the company's own practice. A
hazard goes off with the last point that leads to it.
Invariant: nothing is ever removed, so a code that some visit holds always has its words.
"""

from __future__ import annotations

import copy
import io
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from fieldsvc.catalog import own_kinds
from fieldsvc.catalog.load import CatalogueError, Loader

Json = dict[str, Any]

LARGEST = 512 * 1024
KEYS = ("switched_off", "points", "hazards", *own_kinds.KEYS)
OWN_PRACTICE = {"ref": "企业做法", "status": "practice"}
_NAME = "overlay"


def parse(text: str) -> Json:
    """Read an overlay's YAML. Raises CatalogueError with every mistake of its outer shape."""
    if len(text.encode()) > LARGEST:
        raise CatalogueError([f"{_NAME}: is larger than {LARGEST // 1024} KB"])
    try:
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text, Loader=yaml.SafeLoader)):
            raise CatalogueError([f"{_NAME}: aliases (*name) are not read"])
        read = yaml.load(text, Loader=Loader) if text.strip() else {}
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise CatalogueError([f"{_NAME}: is not YAML: {' '.join(str(error).split())[:400]}"]) from error
    if mistakes := list(_misshapen({} if read is None else read)):
        raise CatalogueError(mistakes)
    return dict(read or {})


def _misshapen(read: Any) -> Iterator[str]:
    if not isinstance(read, dict):
        yield f"{_NAME}: must hold switched_off, points or hazards"
        return
    for key in read:
        if key not in KEYS:
            yield f"{_NAME}: {str(key)[:80]}: is not known; there are {', '.join(KEYS)}"
    off = read.get("switched_off") or {}
    if not isinstance(off, dict) or not set(off) <= {"points", "hazards"}:
        yield f"{_NAME}: switched_off: must hold points or hazards"
    elif not all(isinstance(codes, list) and all(isinstance(one, str) for one in codes) for codes in off.values()):
        yield f"{_NAME}: switched_off: must be lists of codes"
    for key in ("points", "hazards"):
        if not isinstance(read.get(key) or [], list) or not all(isinstance(one, dict) for one in read.get(key) or []):
            yield f"{_NAME}: {key}: must be a list of entries"
        else:
            for at, entry in enumerate(read.get(key) or [], 1):
                yield from _misnamed(key, entry, at)
    yield from (f"{_NAME}: {one}" for one in own_kinds.misshapen(read))


def _misnamed(key: str, entry: Mapping[str, Any], at: int) -> Iterator[str]:
    """What in an entry names others, or itself, in another way than by texts and lists of texts."""
    name = entry.get("id" if key == "points" else "code")
    where = f"{_NAME}: {key}: {name[:40] if isinstance(name, str) else at}"
    for said in ("id", "code", "checklist", "item"):
        if entry.get(said) is not None and not isinstance(entry[said], str):
            yield f"{where}: {said}: must be text"
    for said in ("checks", "hazards"):
        codes = entry.get(said)
        if codes is not None and not (isinstance(codes, list) and all(isinstance(one, str) for one in codes)):
            yield f"{where}: {said}: must be a list of codes"


def switched(text: str, *, kind: str, code: str) -> str:
    """The overlay with one of its `points` or `hazards` switched off, or on again; everything else as somebody wrote it,
    comments too. Raises CatalogueError for an overlay that cannot be read."""
    parse(text)
    reader = YAML()
    reader.preserve_quotes, reader.width = True, 4096
    try:
        written = reader.load(text)
    except YAMLError as error:  # what the one reader takes and the other does not
        raise CatalogueError([f"{_NAME}: is not YAML: {' '.join(str(error).split())[:400]}"]) from error
    if written is None:  # nothing but comments, which belong to no entry
        return f"{text.rstrip()}\nswitched_off:\n  {kind}: [{code}]\n".lstrip()
    if written.get("switched_off") is None:
        written["switched_off"] = CommentedMap()
    off = written["switched_off"]
    if off.get(kind) is None:
        off[kind] = CommentedSeq()
        off[kind].fa.set_flow_style()
    off[kind].remove(code) if code in off[kind] else off[kind].append(code)
    out = io.StringIO()
    reader.dump(written, out)
    return out.getvalue()


def lay(shipped: Mapping[str, Any], overlay: Mapping[str, Any]) -> Json:
    """Lay an overlay over what was read from the files. Raises CatalogueError naming what does not fit."""
    content: Json = copy.deepcopy({**shipped})
    mistakes: list[str] = []
    items = {(one["id"], item["id"]): item for one in content["checks.yaml"]["checklists"] for item in one["items"]}
    points = {point["id"]: point for item in items.values() for point in item["points"]}
    hazards = {one["code"]: one for one in content["hazards.yaml"]["hazards"]}
    for given in overlay.get("points") or []:
        point = {"sources": [OWN_PRACTICE], **copy.deepcopy(given)}
        place = point.pop("checklist", None), point.pop("item", None)
        where = f"{_NAME}: points: {str(point.get('id'))[:40]}"
        if place not in items:
            mistakes.append(f"{where}: there is no item {place[1]} in a checklist {place[0]}")
        elif point.get("id") in points:
            mistakes.append(f"{where}: is there already; switch it off and give the new one an id of its own")
        elif isinstance(point.get("id"), str):
            points[point["id"]] = point
        if place in items:
            items[place]["points"].append(point)
    for given in overlay.get("hazards") or []:
        hazard = {"sources": [OWN_PRACTICE], **copy.deepcopy(given)}
        code = hazard.get("code")
        if code in hazards:
            mistakes.append(
                f"{_NAME}: hazards: {str(code)[:40]}: is there already; switch it off and give the new one its own code"
            )
        elif isinstance(code, str):
            hazards[code] = hazard
        content["hazards.yaml"]["hazards"].append(hazard)
    mistakes += (f"{_NAME}: {one}" for one in own_kinds.lay(content, overlay))
    mistakes += _switch_off(overlay.get("switched_off") or {}, points, hazards)
    if mistakes:
        raise CatalogueError(mistakes)
    _join(overlay, points, hazards)
    for hazard in hazards.values():
        named = hazard.get("checks") if isinstance(hazard.get("checks"), list) else []
        if named and all(points.get(id_, {}).get("off") for id_ in named):
            hazard["off"] = True
    return content


def _switch_off(off: Mapping[str, Any], points: Mapping[str, Json], hazards: Mapping[str, Json]) -> Iterator[str]:
    for key, known in (("points", points), ("hazards", hazards)):
        for code in off.get(key) or []:
            if code in known:
                known[code]["off"] = True
            else:
                yield f"{_NAME}: switched_off: {key}: there is no {code[:40]}"


def _join(overlay: Mapping[str, Any], points: Mapping[str, Json], hazards: Mapping[str, Json]) -> None:
    """Let the other side of each new pair of point and hazard name it too."""
    for given in overlay.get("hazards") or []:
        for id_ in given.get("checks") or []:
            _name_too(points.get(id_), "hazards", given.get("code"))
    for given in overlay.get("points") or []:
        for code in given.get("hazards") or []:
            _name_too(hazards.get(code), "checks", given.get("id"))


def _name_too(entry: Json | None, key: str, code: Any) -> None:
    if entry is not None and isinstance(entry.get(key), list) and code not in entry[key]:
        entry[key].append(code)
