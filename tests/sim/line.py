"""The line between a phone and a server, and what goes wrong on it.

A `Line` carries one request and brings the answer. `Flaky` lays faults over a line, one at a time, as the world draws them: the
request gets lost, the answer gets lost, the request arrives twice, or it arrives much later, behind newer ones.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx
from flask import Flask

Json = dict[str, Any]


class NoAnswerError(Exception):
    """Nothing came back; whether the request arrived is unknown."""


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def body(self) -> Json:
        found: Json = json.loads(self.content)
        return found

    @property
    def code(self) -> str:
        return str(self.body.get("code", "")) if self.content else ""


class Line(Protocol):
    """Carries requests of one browser, whose cookies it keeps."""

    def send(self, method: str, path: str, *, content: bytes = b"", headers: Mapping[str, str] = {}) -> Reply: ...

    def forget(self) -> None:
        """Lose the cookies, as when a log-in has expired."""


class InProcess:
    """A line to an application in this process."""

    def __init__(self, app: Flask):
        self.app = app
        self.client = app.test_client()

    def send(self, method: str, path: str, *, content: bytes = b"", headers: Mapping[str, str] = {}) -> Reply:
        answer = self.client.open(path, method=method, data=content, headers={"X-Fieldsvc": "1", **headers})
        return Reply(answer.status_code, answer.headers, answer.data)

    def forget(self) -> None:
        self.client = self.app.test_client()


class OverHttp:
    """A line to a real server process, which may die at any moment."""

    def __init__(self, url: str):
        self.client = httpx.Client(base_url=url, timeout=120, headers={"X-Fieldsvc": "1"})

    def send(self, method: str, path: str, *, content: bytes = b"", headers: Mapping[str, str] = {}) -> Reply:
        try:
            answer = self.client.request(method, path, content=content, headers=dict(headers))
        except httpx.TransportError as error:
            raise NoAnswerError(str(error)) from error
        return Reply(answer.status_code, answer.headers, answer.content)

    def forget(self) -> None:
        self.client.cookies.clear()

    def close(self) -> None:
        self.client.close()


LOST, UNHEARD, TWICE, LATE = "request lost", "answer lost", "sent twice", "arrives late"
FAULTS = (LOST, UNHEARD, TWICE, LATE)


@dataclass
class Flaky:
    """A line with faults: `fault` happens to the next request; late requests wait in `limbo` until the world delivers them.

    `meanwhile` is what its owner does while the next request is under way.
    """

    line: Line
    online: bool = True
    fault: str = ""
    meanwhile: Callable[[], object] | None = None
    limbo: list[Callable[[], Reply]] = field(default_factory=list)

    def send(self, method: str, path: str, *, content: bytes = b"", headers: Mapping[str, str] = {}) -> Reply:
        fault, self.fault = self.fault, ""
        meanwhile, self.meanwhile = self.meanwhile, None
        if not self.online or fault == LOST:
            raise NoAnswerError(LOST)
        if fault == LATE:
            self.limbo.append(lambda: self.line.send(method, path, content=content, headers=headers))
            raise NoAnswerError(LATE)
        reply = self.line.send(method, path, content=content, headers=headers)
        if meanwhile is not None:
            meanwhile()
        if fault == UNHEARD:
            raise NoAnswerError(UNHEARD)
        return self.line.send(method, path, content=content, headers=headers) if fault == TWICE else reply

    def forget(self) -> None:
        self.line.forget()
