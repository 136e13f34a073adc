"""The company's own facts as fields of a form, and back: company.yaml declares them as a section is declared.

Decides which facts an administrator may change; the public address, the code in paper numbers and whether the certificate is a
demonstration one are the surroundings'. Invariant: facts that are not declared here stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from fieldsvc import installation
from fieldsvc.policy import changes

Json = dict[str, Any]

NAME = "company"
_LANGUAGES = {"name_zh_hans": "zh-Hans", "name_zh_hant": "zh-Hant", "name_en": "en"}


@cache
def declared() -> Json:
    """The company's facts, declared as a section is."""
    read: Json = yaml.safe_load((Path(__file__).parent / "company.yaml").read_text(encoding="utf-8"))
    return read


def in_force() -> Json:
    """The facts in force, by field."""
    facts = installation.company()
    named = {field: facts.get("name", {}).get(language, "") for field, language in _LANGUAGES.items()}
    return {
        field["id"]: named[field["id"]] if field["id"] in named else facts.get(field["id"], field["default"])
        for field in declared()["fields"]
    }


def decide(
    *, values: Mapping[str, Any], seen: int, by_id: str | None, by_name: str, now: datetime, undoes: int | None = None
) -> bool:
    """Change the company's facts; False where nothing differs. Raises as `changes.change` does."""
    installation.forget(NAME)
    new = changes.change(
        name=NAME, fields=declared()["fields"], before=in_force(), after=values, seen=seen, by_id=by_id,
        by_name=by_name, now=now, undoes=undoes,
    )  # fmt: skip
    if new:
        facts = installation.company()
        names = {_LANGUAGES[field]: new.pop(field) for field in list(new) if field in _LANGUAGES}
        installation.keep(name=NAME, value={**facts, **new, "name": {**facts["name"], **names}})
        return True
    return False
