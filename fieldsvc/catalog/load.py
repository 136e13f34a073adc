"""Reads the catalogue's YAML files and refuses them, naming every mistake, unless they are right.

Decides nothing about the contents: shapes are in schemas.py, what must agree with what is in rules.py. Invariant: it
returns a whole catalogue or raises CatalogueError. The same key twice in one mapping is an error, because YAML would
silently keep the last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from marshmallow import ValidationError

from fieldsvc.catalog import declared, rules
from fieldsvc.catalog.entries import Entries
from fieldsvc.catalog.kept_schemas import ClocksFile, RulesFile
from fieldsvc.catalog.schemas import (
    TERM_LISTS,
    ChecksFile,
    CompanyFile,
    EntrySchema,
    HazardsFile,
    JobsFile,
    SourcesFile,
    TextsFile,
)

DATA = Path(__file__).parent / "data"
JOBS = ("jobs/gas.yaml", "jobs/water.yaml", "jobs/heating.yaml", "jobs/power.yaml")
"""One file for each trade."""
FILES: dict[str, type[EntrySchema]] = {
    "checks.yaml": ChecksFile,
    "hazards.yaml": HazardsFile,
    "sources.yaml": SourcesFile,
    "texts.yaml": TextsFile,  # type: ignore[dict-item]  # from_dict does not say that it keeps the base class
    "company.yaml": CompanyFile,
    "rules.yaml": RulesFile,
    "clocks.yaml": ClocksFile,
    **dict.fromkeys(JOBS, JobsFile),
}
# The loader in C reads the files ten times as fast; the pure one is there where libyaml is not.
_FastLoader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class CatalogueError(ValueError):
    """The catalogue is wrong. `mistakes` says of each which file, which entry, and what is wrong."""

    def __init__(self, mistakes: list[str]):
        super().__init__("the catalogue is wrong:\n  " + "\n  ".join(mistakes))
        self.mistakes = mistakes


class Loader(_FastLoader):  # type: ignore[misc]  # chosen above
    """YAML without a key that is there twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        for key, _value in node.value:
            if key.value in ("off", "on"):  # a name here, which YAML reads as yes or no
                key.tag = "tag:yaml.org,2002:str"
        keys = [key.value for key, _value in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"{key} is there twice", node.start_mark)
        return dict(super().construct_mapping(node, deep))


def load(folder: Path = DATA) -> Entries:
    """Read and check the catalogue in `folder`. Raises CatalogueError."""
    return check(read(folder))


def read(folder: Path = DATA) -> dict[str, Any]:
    """Read the files into plain values, by file name. Raises CatalogueError naming every one that cannot be read."""
    mistakes: list[str] = []
    raw: dict[str, Any] = {}
    for name in FILES:
        try:
            raw[name] = yaml.load((folder / name).read_text(encoding="utf-8"), Loader=Loader)
        except FileNotFoundError:
            mistakes.append(f"{name}: is missing")
        except yaml.YAMLError as error:
            mistakes.append(f"{name}: is not YAML: {' '.join(str(error).split())}")
    if mistakes:
        raise CatalogueError(mistakes)
    return raw


def check(raw: Mapping[str, Any]) -> Entries:
    """Make entries of what was read. Raises CatalogueError naming all mistakes of shape, or all of agreement."""
    raw = _as_now(raw)
    mistakes: list[str] = []
    shaped: dict[str, Any] = {}
    for name, schema in FILES.items():
        try:
            shaped[name] = schema().load(raw[name])
        except ValidationError as error:
            mistakes.extend(f"{name}: {where}" for where in _flat(error.messages, raw[name]))
    if mistakes:
        raise CatalogueError(mistakes)
    entries = _entries(shaped)
    findings = (*rules.findings(entries.active()), *declared.findings(entries))
    if disagreements := [f"{where}: {what}" for where, what in findings]:
        raise CatalogueError(disagreements)
    return entries


def _as_now(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """What was read, in the shape of today: editions from before ADR 0018 have their kinds of visit in texts.yaml, and older
    ones no rules and clocks: theirs are those that are kept undeclared."""
    raw = {**{name: _shipped(name) for name in ("rules.yaml", "clocks.yaml") if name not in raw}, **raw}
    if "visit_types" not in raw["texts.yaml"]:
        return raw
    texts = {name: part for name, part in raw["texts.yaml"].items() if name != "visit_types"}
    jobs: dict[str, Any] = {name: {"visit_types": [], "checklists": []} for name in JOBS}
    jobs[JOBS[0]]["visit_types"] = raw["texts.yaml"]["visit_types"]
    return {**jobs, **raw, "texts.yaml": texts}


@cache
def _shipped(name: str) -> Any:
    return yaml.load((DATA / name).read_text(encoding="utf-8"), Loader=Loader)


def _entries(shaped: Mapping[str, Any]) -> Entries:
    texts = shaped["texts.yaml"]
    return Entries(
        checklists=(
            *shaped["checks.yaml"]["checklists"],
            *(one for name in JOBS for one in shaped[name]["checklists"]),
        ),
        **shaped["hazards.yaml"],
        **shaped["sources.yaml"],
        terms={name: texts[name] for name in TERM_LISTS},
        visit_types=tuple(one for name in JOBS for one in shaped[name]["visit_types"]),
        rules=shaped["rules.yaml"]["rules"],
        clocks=shaped["clocks.yaml"]["clocks"],
        company=shaped["company.yaml"],
    )


def _flat(errors: Any, raw: Any) -> Iterator[str]:
    """Turn nested errors into lines; a list's index becomes the entry's own name where it has one."""
    if isinstance(errors, list):
        yield from (str(error) for error in errors)
    elif isinstance(errors, dict):
        for key, inner in errors.items():
            part = _part(raw, key)
            name = (
                next((str(part[n]) for n in ("id", "code", "ref") if n in part), key) if isinstance(part, dict) else key
            )
            prefix = "" if key == "_schema" else f"{name if isinstance(key, int) else key}: "
            yield from (f"{prefix}{line}" for line in _flat(inner, part))
    else:
        yield str(errors)


def _part(raw: Any, key: Any) -> Any:
    if isinstance(raw, dict):
        return raw.get(key)
    return raw[key] if isinstance(raw, list) and isinstance(key, int) and key < len(raw) else None
