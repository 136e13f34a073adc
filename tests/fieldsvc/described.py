"""Holding answers to the description of the API: is this route in it, this status, these headers, this shape?

Decides nothing of its own. Stricter than a client: an answer may have no member that the description does not name, so that a
new member is described when it is made.
"""

from __future__ import annotations

import copy
import re
from typing import Any

import jsonschema
from flask import Flask

from fieldsvc.openapi import service
from sync.ops import is_instant, is_uuid

Json = dict[str, Any]
FORMATS = jsonschema.FormatChecker(formats=())
FORMATS.checks("uuid")(lambda value: not isinstance(value, str) or is_uuid(value))
FORMATS.checks("date-time")(lambda value: not isinstance(value, str) or is_instant(value))
FORMATS.checks("date")(lambda value: not isinstance(value, str) or re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None)


class Described:
    """The description of an application, and what of it has been seen: (method, path, status)."""

    def __init__(self, app: Flask) -> None:
        self.document = service.description(rules=app.url_map.iter_rules(), views=app.view_functions)
        self.seen: set[tuple[str, str, int]] = set()
        closed = copy.deepcopy(self.document)
        for schema in closed["components"]["schemas"].values():
            _close(schema)
        del closed["components"]["schemas"]["Problem"]["additionalProperties"]
        self._components = closed["components"]
        self._paths = [
            (re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))), path) for path in self.document["paths"]
        ]
        # the more there is of its own in a path, the earlier it is tried: `….pdf` before any id
        self._paths.sort(key=lambda one: -len(one[0].pattern.replace("[^/]+", "")))

    def operations(self) -> dict[tuple[str, str], Json]:
        """Every (method, path)."""
        paths: dict[str, Json] = self.document["paths"]
        return {(method.upper(), path): said for path, some in paths.items() for method, said in some.items()}

    def wrong(self, answer: Any) -> str:
        """What is wrong with an answer; empty for one that is as described."""
        asked = answer.request
        path = next((path for pattern, path in self._paths if pattern.fullmatch(asked.path)), None)
        if path is None:
            return "" if answer.status_code == 404 else f"{asked.path} is not described"
        said = self.operations().get((asked.method, path))
        if said is None:
            return "" if answer.status_code == 405 else f"{asked.method} {path} is not described"
        what = f"{asked.method} {path}: {answer.status_code}"
        given = said["responses"].get(str(answer.status_code))
        if given is None:
            return f"{what} is not described"
        self.seen.add((asked.method, path, answer.status_code))
        missing = [name for name in given.get("headers", ()) if name not in answer.headers]
        media = given.get("content", {})
        if (
            missing
            or (answer.data and answer.mimetype not in media)
            or (media and not answer.data and asked.method != "HEAD")
        ):
            return f"{what}: lacks {missing}" if missing else f"{what} is {answer.mimetype}"
        schema = media[answer.mimetype].get("schema") if answer.data else None
        return f"{what}: {found}" if schema is not None and (found := self._misfit(schema, answer.json)) else ""

    def _misfit(self, schema: Json, value: Any) -> str:
        checker = jsonschema.Draft202012Validator({**schema, "components": self._components}, format_checker=FORMATS)
        error = next(checker.iter_errors(value), None)
        return f"{'/'.join(map(str, error.absolute_path))}: {error.message}"[:300] if error else ""


def _close(schema: Json) -> None:
    if "properties" in schema:
        schema.setdefault("additionalProperties", False)
