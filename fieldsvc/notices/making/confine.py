"""The walls around work on what strangers wrote: memory, time, files, other programs, the network.

Decides what a process may still do once it has everything it needs. The system holds the limits of memory and time; the fence is
Python's own audit hook, which no library in the process can take down again. Invariant: a fenced process opens no connection,
starts no program and writes no file; what it does otherwise ends in an error that its caller reads.
"""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path
from typing import Any

FILES = 64
_CLOSED = (
    "socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname", "urllib.Request",
    "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty", "pty.spawn",
    "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.chmod", "os.chown", "os.truncate",
    "shutil.rmtree", "shutil.copyfile", "shutil.move",
)  # fmt: skip
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


_TOLD = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TZ",
    "LD_LIBRARY_PATH",
    "XDG_CACHE_HOME",
    "FONTCONFIG_FILE",
    "FONTCONFIG_PATH",
)


def command(module: str) -> list[str]:
    """How a module is run as a program; `-P`, so that nothing is imported from the folder it happens to start in."""
    return [sys.executable, "-P", "-m", module]


def environment() -> dict[str, str]:
    """What such a program is told: where its libraries are, and none of the settings, which hold secrets."""
    known = {name: os.environ[name] for name in _TOLD if name in os.environ}
    return {**known, "PYTHONPATH": str(Path(__file__).parents[3]), "PYTHONDONTWRITEBYTECODE": "1"}


def limit(*, memory: int, seconds: int | None = None) -> None:
    """Bound this process: bytes of address space, seconds of processor time, open files; no core, no file that grows."""
    _lower(resource.RLIMIT_AS, memory)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, 0)
    _lower(resource.RLIMIT_NOFILE, FILES)
    if seconds is not None:
        _lower(resource.RLIMIT_CPU, seconds)


def _lower(what: int, to: int) -> None:
    _, most = resource.getrlimit(what)
    to = to if most == resource.RLIM_INFINITY else min(to, most)
    resource.setrlimit(what, (to, to))


def fence() -> None:
    """From here on: no network, no other program, nothing written. Cannot be undone."""

    def refuse(event: str, given: tuple[Any, ...]) -> None:
        if event in _CLOSED or (event == "open" and _writes(given)):
            raise PermissionError(f"a fenced process may not {event}")

    sys.addaudithook(refuse)


def _writes(given: tuple[Any, ...]) -> bool:
    _, mode, flags = given
    return any(letter in mode for letter in "wax+") if isinstance(mode, str) else bool((flags or 0) & _WRITING)
