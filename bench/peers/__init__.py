"""The contenders: one module each. All take the same day (bench.day) and are told apart by nothing but their program.

A contender is made ready for a number of rounds before the clock starts; each round sends a day of its own. What it answered is
not believed: `count` reads back what it holds. Real programs are installed from their locked lists into the cache folder.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

Json = dict[str, Any]
HERE = Path(__file__).parent


class Contender(Protocol):
    """A program that a technician's day is sent to."""

    name: str

    def prepare(self, round_: int) -> None:
        """Make everything ready for one round; not clocked."""

    def push(self, round_: int) -> None:
        """Send the day; clocked."""

    def pull(self, round_: int) -> None:
        """Fetch the day as another phone would; clocked."""

    def count(self, round_: int) -> int:
        """How many of the day's entries the program holds, read back."""

    def close(self) -> None:
        """Stop the program."""


def python_folder(cache: Path, locked: str) -> Path:
    """A Python environment with a locked list of packages in it; gives its folder of programs."""
    folder, wanted = cache / Path(locked).stem, (HERE / locked).read_text(encoding="utf-8")
    stamp = folder / "installed"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        _say(f"installing {locked} (half a minute)")
        venv.create(folder, with_pip=True, clear=True)
        _run([folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--require-hashes", "-r", HERE / locked])
        stamp.write_text(wanted, encoding="utf-8")
    return folder / "bin"


def node_folder(cache: Path) -> Path:
    """The folder of the locked npm packages."""
    folder, wanted = cache / "node", (HERE / "package-lock.json").read_text(encoding="utf-8")
    stamp = folder / "installed"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        _say("installing package-lock.json (some minutes)")
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json", ".npmrc"):
            (folder / name).write_bytes((HERE / name).read_bytes())
        # Install scripts would fetch or build; leveldb comes built inside its package.
        _run(["npm", "ci", "--ignore-scripts", "--silent", "--no-fund", "--no-audit"], cwd=folder)
        stamp.write_text(wanted, encoding="utf-8")
    return folder / "node_modules"


def _run(words: Sequence[str | Path], cwd: Path | None = None) -> None:
    done = subprocess.run([str(word) for word in words], cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{words[0]}: {(done.stdout + done.stderr)[-2000:]}")


def _say(what: str) -> None:
    print(f"  … {what}", file=sys.stderr, flush=True)
