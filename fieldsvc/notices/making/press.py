"""The press: a process of its own in which pages are made.

A page is minutes of someone's text given to a large library of layout. Here it may take its time, its memory or even the
process, and neither the server nor the next paper notices: a page that takes too long is stopped, a press that dies is
replaced. It holds no key and no setting, its memory is bounded, and once it has its fonts it opens no connection, starts no
program and writes no file (see confine). It runs at low priority, so that phones are answered first. Both ends speak over
pipes: a length, a JSON head, then the pictures' bytes; back come one byte (0: a PDF, 1: a reason) and the content. When the
server goes, its pipe closes and the press ends by itself. Run as `python -m fieldsvc.notices.making.press`, by nobody but this
module.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import itertools
import json
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from typing import IO, Any

from fieldsvc import memory
from fieldsvc.notices.making import confine

SECONDS = 40.0
MEMORY = 1536 * 1024 * 1024
NICENESS = 5
TIDY_EVERY = 4
"""Pages between two collections. A page leaves some five MiB in circles: left to itself the collector ran in the middle of
pages, and so seldom that two thousand papers left 200 MiB."""
PAPERS = 1_000
"""Papers after which a press is replaced, between two of them: its memory has an end, whatever a library keeps. A start is two
seconds of work, two milliseconds a paper."""
_HEAD = struct.Struct(">I")
_ANSWER = struct.Struct(">BI")


class PressFailed(RuntimeError):
    """The page could not be made; the message is what the press said of it."""


class Press:
    """One press, started when first needed. Safe to use from several threads: pages are made one after the other."""

    def __init__(self) -> None:
        self._alone = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._made = 0

    def make(
        self,
        snapshot: Mapping[str, Any],
        pictures: Mapping[str, bytes],
        *,
        seconds: float = SECONDS,
        **around: Any,
    ) -> bytes:
        """Make the PDF of a snapshot; `around` is what else the page is told (see render). Raises PressFailed, TimeoutError."""
        sizes = [(sha256, len(content)) for sha256, content in pictures.items()]
        head = {"snapshot": snapshot, "pictures": sizes, "around": around}
        said = json.dumps(head, ensure_ascii=False).encode()
        with self._alone:
            process = self._running()
            overdue = threading.Event()

            def stop() -> None:
                overdue.set()
                process.kill()

            clock = threading.Timer(seconds, stop)
            clock.daemon = True
            clock.start()
            try:
                code, content = _ask(process, said, pictures)
            except (EOFError, OSError) as error:
                self._end()
                if overdue.is_set():
                    raise TimeoutError(f"the page was not made within {seconds:.0f} seconds") from error
                raise PressFailed("making the page ended the press") from error
            finally:
                clock.cancel()
            self._made += 1
            if self._made >= PAPERS:
                self._end()
        if code:
            raise PressFailed(content.decode(errors="replace"))
        return content

    def close(self) -> None:
        """End the press."""
        with self._alone:
            self._end()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._made = 0
            self._process = subprocess.Popen(
                confine.command("fieldsvc.notices.making.press"),
                env=confine.environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        return self._process

    def _end(self) -> None:
        if self._process is None:
            return
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with contextlib.suppress(BrokenPipeError):  # what it had not read yet goes with it
                    pipe.close()
        self._process.wait()
        self._process = None


press = Press()
"""The press of this process."""
atexit.register(press.close)


def _ask(process: subprocess.Popen[bytes], head: bytes, pictures: Mapping[str, bytes]) -> tuple[int, bytes]:
    if process.stdin is None or process.stdout is None:
        raise EOFError
    process.stdin.write(_HEAD.pack(len(head)))
    process.stdin.write(head)
    for content in pictures.values():
        process.stdin.write(content)
    process.stdin.flush()
    code, size = _ANSWER.unpack(_exactly(process.stdout, _ANSWER.size))
    return code, _exactly(process.stdout, size)


def _exactly(stream: IO[bytes], size: int) -> bytes:
    content = stream.read(size)
    if len(content) != size:
        raise EOFError
    return content


def serve(requests: IO[bytes], answers: IO[bytes], render: Callable[..., bytes]) -> None:
    """Make pages until the other end closes its pipe; tidy up between them, when the answer is out."""
    for made in itertools.count(1):
        try:
            (size,) = _HEAD.unpack(_exactly(requests, _HEAD.size))
            head = json.loads(_exactly(requests, size))
            held = {sha256: _exactly(requests, length) for sha256, length in head["pictures"]}
        except EOFError:
            return
        try:
            content = render(head["snapshot"], picture=held.get, **head["around"])
            code = 0
        except Exception as error:
            code, content = 1, f"{type(error).__name__}: {error}"[:2000].encode(errors="replace")
        answers.write(_ANSWER.pack(code, len(content)))
        answers.write(content)
        answers.flush()
        if made % TIDY_EVERY == 0:
            memory.tidy()


def main() -> None:
    """Be the press: requests on standard input, answers on what was standard output."""
    os.nice(NICENESS)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not get among the answers
    from fieldsvc.notices.making.render import prepare, render

    prepare()
    memory.settle()
    gc.disable()  # a page is a hundred thousand small objects: the collector took a tenth of its time
    confine.limit(memory=MEMORY)
    confine.fence()
    serve(sys.stdin.buffer, answers, render)


if __name__ == "__main__":
    main()
