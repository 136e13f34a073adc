"""What the phone app is made of: every file it needs with no network, each with the digest of its bytes.

Decides the list by looking at the files on disk, so that it cannot disagree with them, and the version by the list. A file
that changes changes the version; the service worker then fetches just that file. The reader of codes stands in a list of its
own: it is larger than all the rest, so it is kept after the shell and never keeps the shell waiting. Of the pictures
of itself the app keeps the one that its page names; the system takes the others when the app is put on a home screen, which
needs a network anyway.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fieldsvc.assets import STATIC
from fieldsvc.messages import LOCALES, app_messages
from fieldsvc.pwa import bundle

FOLDERS = ("app", "vendor", "icons")
FILES = ("tokens.css", "app.css", "receipt.css", "app.webmanifest", "icons/app-icon-192.png")
SUFFIXES = {".js", ".mjs", ".css", ".svg", ".webmanifest", ".wasm"}
WORKER_ONLY = "workbox"
OFFICE_ONLY = STATIC / "icons" / "sprite.svg"
READER = (
    STATIC / "app" / "scan-worker.js",
    STATIC / "vendor" / "zxing-wasm",
    # what prints a strip on a belt printer: needed seldom, and never by the first screen
    STATIC / "app" / "strip.js",
    STATIC / "receipt.css",
)


@dataclass(frozen=True)
class Shell:
    """The shell as it is on disk. `files` and `reader` (what reads codes from pictures) are (url, digest) pairs."""

    version: str
    files: tuple[tuple[str, str], ...]
    reader: tuple[tuple[str, str], ...]

    def script(self) -> str:
        """The classic script that tells the service worker what to keep."""
        lists = {"files": self.files, "reader": self.reader}
        said = {name: [{"url": url, "revision": digest} for url, digest in pairs] for name, pairs in lists.items()}
        return f"self.FIELDSVC_SHELL = {json.dumps({'version': self.version, **said})};\n"


def messages_json(locale: str) -> str:
    """The app's words of one language, as JSON text, but for those that say what the app shows without them."""
    words = app_messages(locale)
    told = {key: text for key, text in words["messages"].items() if text != key}
    return json.dumps({**words, "messages": told}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@lru_cache(maxsize=1)
def shell(page: str) -> Shell:
    """The shell with this page (the HTML of `/app`); computed once per process."""
    files = [("/app", _digest(page.encode()))]
    files += [(f"/app/messages/{locale}.json", _digest(messages_json(locale).encode())) for locale in LOCALES]
    kept = {path: (f"/static/{path.relative_to(STATIC).as_posix()}", _digest(path.read_bytes())) for path in _files()}
    files += [pair for path, pair in kept.items() if not _is_reader(path)]
    reader = [pair for path, pair in kept.items() if _is_reader(path)]
    version = _digest(json.dumps([files, reader]).encode())[:12]
    return Shell(version, tuple(files), tuple(reader))


def _files() -> list[Path]:
    found = [STATIC / name for name in FILES]
    for folder in FOLDERS:
        found += [path for path in (STATIC / folder).rglob("*") if path.suffix in SUFFIXES]
    if made := bundle.files():
        found = [path for path in found if path.suffix != ".js" or _is_reader(path)] + made
    return sorted(path for path in found if path.is_file() and WORKER_ONLY not in path.parts and path != OFFICE_ONLY)


def _is_reader(path: Path) -> bool:
    return any(path.is_relative_to(part) for part in READER)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
