"""Makes the description of the API from what stands at the routes: nothing of it is written by hand a second time.

Decides how a route's rule, its access, what it takes, gives and refuses (`fieldsvc.contract`) become an OpenAPI document; the
shapes are the marshmallow schemas', turned by apispec. Knows no HTTP. Invariant: every route under /api that was said something
of is in it, and one of which nothing was said is an error.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema
from werkzeug.routing import Rule

from fieldsvc import problems
from fieldsvc.contract import Answer, Operation
from fieldsvc.problems import Problem
from fieldsvc.shapes import DIGEST, PASSED_ON, UUID, Told, anything, text, whole

Json = dict[str, Any]

PREFIX = "/api/"
UNSAFE = ("post", "put", "patch", "delete")
NAMED = {"sha256": {"type": "string", "pattern": DIGEST}}
"""Names in addresses that are no UUID."""

_HEADERS = {
    "ETag": {"type": "string"},
    "Location": {"type": "string"},
    "Upload-Offset": {"type": "string", "pattern": "^[0-9]+$"},
    "Upload-Length": {"type": "string", "pattern": "^[0-9]+$"},
}


class ProblemTold(Told):
    """Why not (RFC 9457). `code` is stable and what a program acts on; `errors` names fields. Some codes bring more members."""

    type, title, detail, code = text(), text(), text(), text()
    status = whole()
    errors = anything(there=False, **PASSED_ON)


def description(*, rules: Iterable[Rule], views: Mapping[str, Callable[..., Any]], cookie: str = "fieldsvc") -> Json:
    """The document for these routes, whose sessions lie in the cookie of this name.

    Raises LookupError for a route of the API that says nothing of itself.
    """
    spec = APISpec(
        title="fieldsvc",
        version=version("fieldsvc"),
        openapi_version="3.1.0",
        plugins=[MarshmallowPlugin(schema_name_resolver=_name)],
        info={
            "summary": "Visits at the customer's door, and the papers they owe.",
            "description": "What the calls mean stands in docs/sync-protocol.md. Numbers are whole; quantities are texts.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
    )
    spec.components.security_scheme("session", {"type": "apiKey", "in": "cookie", "name": cookie})
    spec.components.schema("Problem", schema=ProblemTold)
    for rule in sorted(rules, key=lambda one: one.rule):
        if not rule.rule.startswith(PREFIX):
            continue
        view = views[rule.endpoint]
        said: Operation | None = getattr(view, "operation", None)
        if said is None or not said.gives:
            raise LookupError(f"{rule.rule} does not say what it gives: see fieldsvc/contract.py")
        methods = {method.lower() for method in rule.methods or ()} - {"options"}
        for method in sorted(methods - {"head"} or methods):
            spec.path(path=_path(rule), operations={method: _operation(rule, method, view, said)})
    return spec.to_dict()


def _name(schema: Any) -> str:
    kind = schema if isinstance(schema, type) else type(schema)
    return kind.__name__.removesuffix("Schema").removesuffix("Told").removeprefix("_")


def _path(rule: Rule) -> str:
    return re.sub(r"<(?:[^:<>]*:)?([^<>]+)>", r"{\1}", rule.rule)


def _operation(rule: Rule, method: str, view: Callable[..., Any], said: Operation) -> Json:
    roles = view.access  # type: ignore[attr-defined]
    public = roles == ("public",)
    made: Json = {
        "operationId": rule.endpoint.replace(".", "_"),
        "tags": [rule.endpoint.split(".")[0]],
        "summary": " ".join((inspect.getdoc(view) or "").split()),
        "security": [] if public else [{"session": [] if roles == ("any",) else list(roles)}],
        "parameters": _parameters(rule, method, said),
        "responses": _responses(_refused(said, method, public=public), said, method),
    }
    if said.takes is not None:
        made["requestBody"] = {"required": True, "content": {said.media: {"schema": said.takes}}}
    elif said.headers and said.media:
        made["requestBody"] = {
            "required": True,
            "content": {said.media: {"schema": {"type": "string", "format": "binary"}}},
        }
    return made


def _parameters(rule: Rule, method: str, said: Operation) -> list[Json]:
    named = {name: NAMED.get(name, {"type": "string", "format": UUID}) for name in sorted(rule.arguments)}
    headers: dict[str, Json] = {name: {"type": "string", "pattern": pattern} for name, pattern in said.headers.items()}
    if method in UNSAFE:
        headers["X-Fieldsvc"] = {"type": "string", "enum": ["1"]}
    return [
        {"name": name, "in": place, "required": True, "schema": schema}
        for place, some in (("path", named), ("header", headers))
        for name, schema in some.items()
    ]


def _refused(said: Operation, method: str, *, public: bool) -> list[type[Problem]]:
    """Every problem that a route may answer with: what it says itself, and what follows from who may come in and what it gets."""
    found = [*said.refuses, problems.BadRequest, problems.Unavailable]
    if not public:
        found += [problems.LoginRequired, problems.Owing, problems.Forbidden, problems.DeviceRevoked]
    elif method in UNSAFE:
        found.append(problems.Forbidden)
    if said.takes is not None:
        found += [problems.TooLarge, problems.Invalid]
    return list(dict.fromkeys(found))


def _responses(refused: Iterable[type[Problem]], said: Operation, method: str) -> Json:
    made: Json = {str(status): _answer(status, one) for status, one in sorted(said.gives.items())}
    by_status: dict[int, list[type[Problem]]] = {}
    for problem in refused:
        by_status.setdefault(problem.status, []).append(problem)
    for status, some in sorted(by_status.items()):
        told = "; ".join(dict.fromkeys(f"{one.title} (`{one.code}`)" for one in some))
        made[str(status)] = {"description": told, **({} if method == "head" else _body({PROBLEM: ProblemTold}))}
    return made


PROBLEM = "application/problem+json"
_SAID = {200: "Done", 201: "Made", 204: "Done; there is nothing to tell", 304: "It has not changed"}


def _answer(status: int, one: Answer) -> Json:
    told: Json = {"description": _SAID[status]}
    if one.schema is not None or one.media:
        told |= _body(dict.fromkeys(one.media, one.schema))
    if one.headers:
        told["headers"] = {name: {"schema": _HEADERS[name]} for name in one.headers}
    return told


def _body(media: Mapping[str, type[Schema] | None]) -> Json:
    # In 3.1 a file is said by its media type alone.
    return {"content": {kind: {} if schema is None else {"schema": schema} for kind, schema in media.items()}}
