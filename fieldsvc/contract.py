"""What a route of the API takes, gives and refuses, said once, at the route.

`takes` reads the request by its schema and hands it to the view as `given`; `gives` and `refuses` change nothing at run time:
`fieldsvc.openapi` makes the description of the API from them, and tests/fieldsvc/test_openapi.py holds every answer to it.
Invariant: what a route is described to take is what it is read by.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from marshmallow import Schema

from fieldsvc.problems import Problem
from fieldsvc.wire import MEBIBYTE, load

P = ParamSpec("P")
R = TypeVar("R")
View = Callable[..., R]

JSON = "application/json"


@dataclass(frozen=True)
class Answer:
    """One answer that is no problem. Without a schema its body is a file of one of `media`, or nothing where there are none."""

    schema: type[Schema] | None = None
    media: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()


@dataclass
class Operation:
    """What is said of one route. `headers`: those a request must carry, each with the pattern of its value."""

    takes: type[Schema] | None = None
    media: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    gives: dict[int, Answer] = field(default_factory=dict)
    refuses: list[type[Problem]] = field(default_factory=list)


def _of(view: Callable[P, R]) -> Operation:
    said: Operation = view.__dict__.setdefault("operation", Operation())
    return said


def takes(
    schema: type[Schema], *, limit: int = 2 * MEBIBYTE, read: Callable[[], Any] | None = None
) -> Callable[[View[R]], View[R]]:
    """Read the request's JSON by a schema, of at most `limit` bytes; with `read`, by that, which judges by the schema too."""

    def decorate(view: View[R]) -> View[R]:
        @wraps(view)
        def reading(*args: Any, **kwargs: Any) -> R:
            given = load(schema(), limit) if read is None else read()
            return view(*args, **kwargs, given=given)

        _of(reading).takes = schema
        return reading

    return decorate


def takes_file(media: str, **headers: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Say that a route takes bytes of a media type, or none where that is empty, and which headers (`Upload_Offset`) it needs."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        said = _of(view)
        said.media, said.headers = media, {name.replace("_", "-"): pattern for name, pattern in headers.items()}
        return view

    return decorate


def gives(
    status: int, schema: type[Schema] | None = None, *, media: tuple[str, ...] = (), headers: tuple[str, ...] = ()
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Say one answer of a route."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        _of(view).gives[status] = Answer(schema, media or ((JSON,) if schema else ()), headers)
        return view

    return decorate


def refuses(*problems: type[Problem]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Say which problems a route may answer with, beside those that follow from who may come in and what is taken."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        _of(view).refuses += problems
        return view

    return decorate
