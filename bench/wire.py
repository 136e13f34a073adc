"""One kept connection to a server, the same for every contender, so that the client costs all of them the same.

Bodies are made before the clock starts. Decides nothing about what is sent. Invariant: an answer is read to its end.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]


class Refused(RuntimeError):
    """A server said no."""


class Connection:
    """A client's connection, with the headers it always sends and the cookie it was given."""

    def __init__(self, port: int, headers: Mapping[str, str] | None = None, timeout: float = 600):
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        self.headers = {"Content-Type": "application/json", **(headers or {})}

    def send(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        """Send one request and read the whole answer."""
        try:
            return self.send_once(method, path, body)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            # A server may end a connection that was idle; nothing was sent on it that was answered.
            self._http.close()
            return self.send_once(method, path, body)

    def send_once(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        """The same, without trying again."""
        self._http.request(method, path, body, self.headers)
        answer = self._http.getresponse()
        given = answer.read()
        cookie = answer.headers.get("Set-Cookie")
        if cookie:
            self.headers["Cookie"] = cookie.split(";")[0]
        return answer.status, given

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Send JSON and read JSON. Raises Refused for anything but success."""
        status, given = self.send(method, path, None if body is None else json.dumps(body).encode())
        if not 200 <= status < 300:
            raise Refused(f"{method} {path}: {status} {given[:500]!r}")
        return json.loads(given) if given else None

    def close(self) -> None:
        """End the connection."""
        self._http.close()
