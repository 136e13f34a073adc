"""What the server of connections takes too kindly and another reader before it might read otherwise: refused, with 400.

Two readers who disagree about where a request ends can be made to take half of one for another (request smuggling). So a length
is said once and in figures, names have no space before their colon, no line goes on in the next, and a body comes with its
length: browsers, phones and proxies send nothing else. A name with an underscore is dropped, because it could pass for one with
a hyphen that only a proxy may say. Gunicorn is as strict by itself. Invariant: what is refused is never answered as a request.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from cheroot.server import HeaderReader, HTTPConnection, HTTPRequest
from cheroot.wsgi import Server

_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)\r\n")
_ONCE = (b"content-length", b"host")
_HEADER_BYTES = 65_536
"""Of all headers of a request together; a browser's are a few thousand. More is answered with 413."""


class StrictHeaders(HeaderReader):
    """Reads the headers of a request. Raises ValueError, which is answered with 400, where they could be read otherwise."""

    def __call__(self, rfile: Any, hdict: Any = None) -> Any:
        lines = list(_lines(rfile))
        said = [_name_and_value(line) for line in lines]
        kept = [line for line, (name, _) in zip(lines, said, strict=True) if b"_" not in name]
        for name in _ONCE:
            if sum(one == name for one, _ in said) > 1:
                raise ValueError("A header that is said once stands there twice.")
        if any(name == b"content-length" and not re.fullmatch(rb"[0-9]{1,12}", value) for name, value in said):
            raise ValueError("Malformed Content-Length Header.")
        if any(name == b"transfer-encoding" for name, _ in said):
            raise ValueError("A body comes with its length.")
        return super().__call__(io.BytesIO(b"".join(kept) + b"\r\n"), hdict)


def _lines(rfile: Any) -> Iterator[bytes]:
    while (line := rfile.readline()) != b"\r\n":
        if not line:
            raise ValueError("Illegal end of headers.")
        yield line


def _name_and_value(line: bytes) -> tuple[bytes, bytes]:
    found = _LINE.fullmatch(line)
    if found is None:
        raise ValueError("Illegal header line.")
    return found[1].lower(), found[2].rstrip(b" \t")


class _Request(HTTPRequest):
    header_reader = StrictHeaders()


class _Connection(HTTPConnection):
    RequestHandlerClass = _Request


class StrictServer(Server):
    """The server of connections that reads headers so."""

    ConnectionClass = _Connection
    max_request_header_size = _HEADER_BYTES
