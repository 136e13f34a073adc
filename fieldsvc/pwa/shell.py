"""What the phone app is made of: every file it needs with no network, each with the digest of its bytes.

Decides the list by looking at the files on disk, so that it cannot disagree with them, and the version by the list. A file
that changes changes the version; the service worker then fetches just that file.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fieldsvc.assets import STATIC
from fieldsvc.messages import LOCALES, app_messages

FOLDERS = ("app", "vendor", "icons")
FILES = ("tokens.css", "app.css", "app.webmanifest")
SUFFIXES = {".js", ".mjs", ".css", ".svg", ".png", ".webmanifest", ".wasm"}
WORKER_ONLY = "workbox"


@dataclass(frozen=True)
class Shell:
    """The shell as it is on disk. `files` are (url, digest) pairs."""

    version: str
    files: tuple[tuple[str, str], ...]

    def script(self) -> str:
        """The classic script that tells the service worker what to keep."""
        listed = [{"url": url, "revision": digest} for url, digest in self.files]
        return f"self.FIELDSVC_SHELL = {json.dumps({'version': self.version, 'files': listed})};\n"


def messages_json(locale: str) -> str:
    """The app's words of one language, as JSON text."""
    return json.dumps(app_messages(locale), ensure_ascii=False, sort_keys=True)


@lru_cache(maxsize=1)
def shell(page: str) -> Shell:
    """The shell with this page (the HTML of `/app`); computed once per process."""
    files = [("/app", _digest(page.encode()))]
    files += [(f"/app/messages/{locale}.json", _digest(messages_json(locale).encode())) for locale in LOCALES]
    files += [(f"/static/{path.relative_to(STATIC).as_posix()}", _digest(path.read_bytes())) for path in _files()]
    version = _digest(json.dumps(files).encode())[:12]
    return Shell(version, tuple(files))


def _files() -> list[Path]:
    found = [STATIC / name for name in FILES]
    for folder in FOLDERS:
        found += [
            path for path in (STATIC / folder).rglob("*") if path.suffix in SUFFIXES and not path.name.endswith(".d.ts")
        ]
    return sorted(path for path in found if path.is_file() and WORKER_ONLY not in path.parts)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
