"""Asking a time-stamp authority (RFC 3161) over http, with limits.

Decides how long an answer may take and how large it may be. What the answer is worth is judged by those who verify it.
Invariant: an authority that is slow, gone or talks nonsense ends in NoTimestamp with a reason a person can read, and no reason
holds its whole address, in which there may be a key.
"""

from __future__ import annotations

import asyncio
import http.client
import math
import time
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from asn1crypto import tsp  # type: ignore[import-untyped]
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError

SECONDS = 10
LARGEST = 64 * 1024
SILENT_SECONDS = 20
"""How long an authority that failed is not asked again: else every waiting paper would wait for it in turn."""
_silent: dict[str, tuple[float, str]] = {}


class NoTimestamp(RuntimeError):
    """The authority did not confirm the time; the message says why."""


def shown(address: str) -> str:
    """An address as people are told it: how and whom, without path, query, name or password."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


class Authority(TimeStamper):
    """The authority at an address, asked anew for each paper."""

    def __init__(self, address: str):
        super().__init__()  # type: ignore[no-untyped-call]
        self.address = address

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Send a request, give the answer. Raises TimestampRequestError."""
        return await asyncio.to_thread(self._ask, req.dump())

    def _ask(self, body: bytes) -> tsp.TimeStampResp:
        since, reason = _silent.get(self.address, (-math.inf, ""))
        if time.monotonic() - since < SILENT_SECONDS:
            raise TimestampRequestError(f"{reason}, a moment ago")
        try:
            answer = self._ask_now(body)
        except TimestampRequestError as error:
            _silent[self.address] = (time.monotonic(), str(error))
            raise
        _silent.pop(self.address, None)
        return answer

    def _ask_now(self, body: bytes) -> tsp.TimeStampResp:
        request = urllib.request.Request(
            self.address,
            body,
            {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"},
            method="POST",
        )
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                if answer.headers.get_content_type() != "application/timestamp-reply":
                    raise TimestampRequestError("it did not answer with a time stamp")
                given = answer.read(LARGEST + 1)
        except TimestampRequestError:
            raise
        except urllib.error.HTTPError as error:
            error.close()
            raise TimestampRequestError(f"it answered {error.code}") from error
        except OSError as error:
            raise TimestampRequestError(f"it did not answer: {getattr(error, 'reason', error)}") from error
        except (ValueError, http.client.HTTPException) as error:  # whose words may hold the address
            raise TimestampRequestError(f"it did not answer: {type(error).__name__}") from None
        if len(given) > LARGEST:
            raise TimestampRequestError("its answer is too large")
        try:
            response = tsp.TimeStampResp.load(given, strict=True)
            response.native  # noqa: B018 - parses all of it
        except (ValueError, TypeError) as error:
            raise TimestampRequestError("its answer cannot be read") from error
        return response
