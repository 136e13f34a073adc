"""What a company decides about its own work: one section a file, each value with the default that the trade gives.

`sections/*.yaml` declares the sections and their fields; what a company changed is kept as a fact of the installation,
`policy.<section>`, and holds the changed values only. Knows no HTTP. Invariant: `section` gives every declared field a value
that its declaration allows, whatever an older version kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from fieldsvc import installation
from fieldsvc.policy import changes, company
from fieldsvc.policy.fields import MOST_ROWS, allowed, twice
from fieldsvc.policy.models import SettingChange

__all__ = [
    "MOST_ROWS", "SettingChange", "allowed", "changes", "company", "decide", "declared", "defaults", "fact_of", "section",
    "twice", "value",
]  # fmt: skip

Json = dict[str, Any]

SECTIONS = Path(__file__).parent / "sections"


@cache
def declared() -> Mapping[str, Json]:
    """Every section as declared, by id: {id, name, fields: [{id, kind, default, name, …}]}."""
    read = (yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(SECTIONS.glob("*.yaml")))
    return MappingProxyType({section["id"]: section for section in read})


def section(section_id: str) -> Json:
    """The values in force: field id → value. Raises KeyError for a section that nobody declared."""
    kept = installation.fact(fact_of(section_id)) or {}
    return {
        field["id"]: kept[field["id"]]
        if field["id"] in kept and allowed(field, kept[field["id"]])
        else field["default"]
        for field in declared()[section_id]["fields"]
    }


def defaults(section_id: str) -> Json:
    """The values that the trade gives, whatever the company has changed. Raises KeyError for a section that nobody declared."""
    return {field["id"]: field["default"] for field in declared()[section_id]["fields"]}


def value(section_id: str, field_id: str) -> Any:
    """One value in force. Raises KeyError for a field that nobody declared."""
    return section(section_id)[field_id]


def fact_of(section_id: str) -> str:
    """The name of the fact that keeps what was changed of a section."""
    return f"policy.{section_id}"


def decide(
    *,
    section_id: str,
    values: Mapping[str, Any],
    seen: int,
    by_id: str | None,
    by_name: str,
    now: datetime,
    undoes: int | None = None,
) -> bool:
    """Change the values of a declared section; False where nothing differs. Raises as `changes.change` does."""
    name = fact_of(section_id)
    installation.forget(name)
    new = changes.change(
        name=name, fields=declared()[section_id]["fields"], before=section(section_id), after=values, seen=seen,
        by_id=by_id, by_name=by_name, now=now, undoes=undoes,
    )  # fmt: skip
    if new:
        installation.keep(name=name, value={**(installation.fact(name) or {}), **new})
    return bool(new)
