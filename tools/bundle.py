"""Makes the phone app's one file, unless it is there already: `python -m tools.bundle [--again]`.

Runs esbuild, which is locked in package.json, over static/app/main.js and the photo worker; the file and the map from its
lines to those of the sources go to static/bundle, which is not in git. Decides nothing about which of the two a phone is
given (fieldsvc/pwa/bundle.py). Invariant: the digest is written last, so that half a file is never taken for a whole one.
"""

import os
import subprocess
import sys
from pathlib import Path

from fieldsvc.assets import STATIC
from fieldsvc.pwa import bundle

ESBUILD = Path(__file__).resolve().parents[1] / "node_modules" / ".bin" / "esbuild"
# A classic script: browsers keep such a one compiled beside the file in the service worker's store, and no module.
HERE = '"use strict"; const FIELDSVC_HERE = self.document?.currentScript?.src;'
HOW = (
    "--bundle", "--minify", "--format=iife", f"--banner:js={HERE}", "--define:import.meta.url=FIELDSVC_HERE",
    "--sourcemap", "--legal-comments=none", "--log-level=warning",
)  # fmt: skip


def make(folder: Path = bundle.FOLDER) -> None:
    """Make the files in `folder`."""
    made_of, digest = folder / bundle.MADE_OF.name, bundle.digest_of_sources()
    made_of.unlink(missing_ok=True)
    entries = [str(STATIC / "app" / name) for name in bundle.ENTRIES]
    # The locked Node stands beside this Python.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    subprocess.run([str(ESBUILD), *entries, *HOW, f"--outdir={folder}"], check=True, env={**os.environ, "PATH": path})
    made_of.write_text(digest + "\n", encoding="utf-8")


if __name__ == "__main__":
    if "--again" in sys.argv or not bundle.is_made():
        make()
