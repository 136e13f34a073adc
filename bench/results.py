"""bench/RESULTS.md: what was measured, each part with its command, the commit, the machine and the day.

A part that is measured again replaces its former section; the others stay. Invariant: no figure in that file is typed by hand.
"""

from __future__ import annotations

import os
import platform
import re
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from fieldsvc.sqlite import driver as sqlite

PLACES = ("--work", "--results", "--cache", "--store", "--url")
ROOT = Path(__file__).resolve().parents[1]
HEAD = """# Figures

Written by `bench/sync.py`, `bench/sim.py`, `bench/app.py`, `bench/notices.py`, `bench/office.py`, `bench/load.py`
and `bench/fuzz.py`; see
[README.md](README.md) for what each part does. Times are in milliseconds: median, and in
brackets where the middle half of the rounds lies.
"""


def machine() -> str:
    """The machine and how busy it was, in one line."""
    memory = int(re.findall(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())[0]) / 1024 / 1024
    model = re.findall(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    return (
        f"{os.cpu_count()} cores ({model[0] if model else platform.machine()}), {memory:.0f} GiB, {platform.system()}"
        f" {platform.release().split('-')[0]}, Python {platform.python_version()}, SQLite {sqlite.sqlite_version};"
        f" load {os.getloadavg()[0]:.1f} at the start"
    )


def commit() -> str:
    """The commit measured, and whether the code beside it had changes."""

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()

    try:
        changed = git("status", "--porcelain", "--untracked-files=no", "--", "fieldsvc", "sync", "static")
        return git("rev-parse", "--short", "HEAD") + (" with changes not yet committed" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return "not a checkout"


def command() -> str:
    """The command that measured, without where this machine keeps its files: that changes no figure."""
    words = [f"bench/{Path(sys.argv[0]).name}"]
    given = iter(sys.argv[1:])
    for word in given:
        option, _, value = word.partition("=")
        if option not in PLACES:
            words.append(word)
        elif not value:
            next(given, None)
    return shlex.join(words)


class Section:
    """One part of the results; made when the part begins, because the load of the machine is noted then."""

    def __init__(self, title: str):
        self.title = title
        self._facts = f"`{command()}` · commit {commit()} · {datetime.now(UTC):%Y-%m-%d %H:%M} UTC\n{machine()}"
        self._parts: list[str] = []

    def add(self, text: str) -> None:
        """Add a paragraph or table."""
        self._parts.append(text)

    def text(self) -> str:
        """The section as Markdown."""
        return "\n\n".join([f"## {self.title}", self._facts, *self._parts]) + "\n"

    def keep(self, file: Path | None) -> None:
        """Print the section, and put it in its place in the file."""
        print(self.text(), flush=True)
        if file is None:
            return
        held = file.read_text(encoding="utf-8") if file.exists() else HEAD
        former = re.compile(rf"^## {re.escape(self.title)}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
        if not former.search(held):
            held = f"{held.rstrip()}\n\n## {self.title}\n"
        held = former.sub(lambda _: f"{self.text()}\n", held)
        file.write_text(held.rstrip("\n") + "\n", encoding="utf-8")
