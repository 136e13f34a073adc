"""Makes what a release consists of: the wheel, what it is made of (CycloneDX), the licences, and the digests of all three.

The bill of materials is made of the locks, so it names what is installed by them, with versions and digests: every Python
package, and each browser library with the digests of the files that are vendored. Invariant: it is valid by the standard's own
schema, or nothing is written.

    python -m tools.release [FOLDER]    FOLDER is `dist` where it is not said
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from tools import licences, past, vendor

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = "1.6"


class BadBill(Exception):
    """The bill of materials is not valid."""


def bill() -> str:
    """The bill of materials as JSON text, valid by its schema. Raises BadBill."""
    words = ["requirements", "requirements.txt", "--pyproject", "pyproject.toml", "--mc-type", "application"]
    words += ["--output-reproducible", "--spec-version", SCHEMA, "--output-format", "JSON"]
    made = subprocess.run(
        [sys.executable, "-m", "cyclonedx_py", *words], cwd=ROOT, capture_output=True, text=True, check=True
    )
    told: dict[str, Any] = json.loads(made.stdout)
    known = {part.name: part.licence for part in licences.parts()}
    for component in told["components"]:
        component.pop("description", None)  # the line of the lock; its digests stand by themselves
        if component["name"] in known:
            component["licenses"] = [_licence(known[component["name"]])]
    told["components"] += [_of_the_browser(part) for part in licences.of_the_browser()]
    text = json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    validate(text)
    return text


def validate(text: str) -> None:
    """See that a bill is what the standard's schema asks for. Raises BadBill."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    wrong = JsonStrictValidator(SchemaVersion.from_version(SCHEMA)).validate_str(text)
    if wrong is not None:
        raise BadBill(str(wrong)[:400])


def _licence(words: str) -> dict[str, Any]:
    return {"expression": words} if " " in words else {"license": {"name": words}}


def _of_the_browser(part: licences.Part) -> dict[str, Any]:
    """A browser library, with the digests of those of its files that travel to the phones."""
    files = [target for target, source in vendor.FILES.items() if source.split("/")[0] == part.name]
    digests = [(name, hashlib.sha256((vendor.VENDOR / name).read_bytes()).hexdigest()) for name in sorted(files)]
    return {
        "type": "library",
        "bom-ref": f"npm:{part.name}@{part.version}",
        "name": part.name,
        "version": part.version,
        "purl": f"pkg:npm/{part.name}@{part.version}",
        "licenses": [_licence(part.licence)],
        "components": [
            {
                "type": "file",
                "bom-ref": f"static/vendor/{name}",
                "name": f"static/vendor/{name}",
                "hashes": [{"alg": "SHA-256", "content": digest}],
            }
            for name, digest in digests
        ],
    }


def main() -> int:
    """Make a release; ends with 1 when something may not be in it."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "dist").resolve()
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    if vendor.check() or licences.main():
        return 1
    if not (past.PAST / f"release-{version}.json").is_file():
        print("run `python -m tools.past` first: later releases are tested with what this one holds", file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    build = ["hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run([sys.executable, "-m", *build], cwd=ROOT, check=True)
    (folder / f"fieldsvc-{version}.cdx.json").write_text(bill(), encoding="utf-8")
    (folder / f"fieldsvc-{version}-licences.txt").write_text(licences.text(), encoding="utf-8")
    made = sorted(path for path in folder.glob(f"fieldsvc-{version}*") if path.name != "SHA256SUMS")
    sums = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in made)
    (folder / "SHA256SUMS").write_text(sums, encoding="utf-8")
    print(f"{', '.join(path.name for path in made)} in {folder.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
