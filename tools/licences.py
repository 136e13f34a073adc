"""Which licences the packages stand under that a running fieldsvc consists of, and whether each may be there.

Reads what the locked packages say of themselves: the licence expression, else the classifiers, else the old free text. A package
that says nothing, or a licence that is not on the list, fails; what a package says badly is put right in `SAID`, with the reason.

    python -m tools.licences          the list, one package a line
    python -m tools.licences check    only whether everything may be there
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path

from packaging.requirements import Requirement

from tools import vendor

ROOT = Path(__file__).resolve().parent.parent

ALLOWED = {
    "0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "HPND", "ISC", "LGPL-2.1", "LGPL-3.0",
    "LGPL-3.0-only", "LGPL-3.0-or-later", "MIT", "MIT-0", "MIT-CMU", "MPL-1.1", "MPL-2.0", "OFL-1.1", "PSF-2.0", "Unlicense",
    "WTFPL", "Zlib",
}  # fmt: skip
"""Each lets a company run, change and pass on the whole; the weak copyleft ones ask for the source of that package only."""

CLASSIFIERS = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0",
    "GNU Library or Lesser General Public License (LGPL)": "LGPL-2.1",
    "Historical Permission Notice and Disclaimer (HPND)": "HPND",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "Mozilla Public License 1.1 (MPL 1.1)": "MPL-1.1",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "SIL Open Font License 1.1 (OFL-1.1)": "OFL-1.1",
    "The Unlicense (Unlicense)": "Unlicense",
    "zlib/libpng License": "Zlib",
}

SAID = {
    "huey": "MIT",
    "pyphen": "GPL-2.0-or-later OR LGPL-2.1-or-later OR MPL-1.1",
    "pysqlite3": "Zlib",
}
"""Packages whose own words a program cannot read, or reads as all where any one may be chosen: as their LICENSE file has it."""


@dataclass(frozen=True)
class Part:
    """One package: an SPDX expression, or what it says instead."""

    name: str
    version: str
    licence: str

    @property
    def allowed(self) -> bool:
        """Whether every licence that must be kept is on the list; of several to choose from, one is enough."""
        choices = re.split(r"\s+OR\s+", self.licence.replace("(", "").replace(")", ""))
        return any(
            all(re.split(r"\s+WITH\s+", one)[0].strip() in ALLOWED for one in re.split(r"\s+AND\s+", choice))
            for choice in choices
        )


def locked(file: str = "requirements.txt") -> Iterator[tuple[str, str]]:
    """(name, version) of each locked package that belongs to this platform and version of Python."""
    for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
        if re.match(r"[a-z0-9]", line):
            wanted = Requirement(line.rstrip(" \\"))
            if wanted.marker is None or wanted.marker.evaluate():
                yield wanted.name, str(wanted.specifier).removeprefix("==")


def parts() -> list[Part]:
    """Every package that runs, of Python and of the browser."""
    return [*(_of_python(*one) for one in locked()), *of_the_browser()]


def _of_python(name: str, version: str) -> Part:
    try:
        about = metadata(name)
    except PackageNotFoundError:
        return Part(name, version, "not installed")
    classified = [
        one.rsplit(" :: ", 1)[1] for one in about.get_all("Classifier") or () if one.startswith("License :: OSI")
    ]
    free = _said(about, "License").strip()
    licence = SAID.get(name) or _said(about, "License-Expression")
    if not licence and classified:
        licence = " AND ".join(CLASSIFIERS.get(one, one) for one in classified)
    return Part(name, version, licence or (free.splitlines()[0] if free else "says nothing"))


def _said(about: PackageMetadata, field: str) -> str:
    return next(iter(about.get_all(field) or ()), "")


def of_the_browser() -> Iterator[Part]:
    """What is vendored, and the drawings of the icons; the lock knows versions and licences."""
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    packed = {source.rsplit("/", 1)[0].split("/")[0] for source in vendor.FILES.values()} | {"lucide-static"}
    for name in sorted(packed):
        held = packages[f"node_modules/{name}"]
        yield Part(name, held["version"], held.get("license", "says nothing"))


def text() -> str:
    """The list, one package a line."""
    return "".join(
        f"{part.name} {part.version}: {part.licence}\n" for part in sorted(parts(), key=lambda one: one.name)
    )


def main() -> int:
    """Say the list, and what may not be there."""
    refused = [part for part in parts() if not part.allowed]
    if "check" not in sys.argv[1:]:
        print(text(), end="")
    for part in refused:
        print(f"{part.name} {part.version}: {part.licence} is not on the list of tools/licences.py", file=sys.stderr)
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
