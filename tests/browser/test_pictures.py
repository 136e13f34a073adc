"""Every screen and sheet of the phone app looks as somebody has approved it, in its three languages, light and dark.

What is pictured is decided by tools/gallery_walk.py, what counts as alike by tools/approve.py. After a change that is
meant, `make approve` keeps the new pictures; the commit shows which ones.
"""

from __future__ import annotations

import shutil

from tools.approve import ROOT, Comparison
from tools.gallery import walk

SEEN = ROOT / "test-results" / "pictures"


def test_every_screen_looks_as_approved() -> None:
    comparison = Comparison()
    walk(comparison.keep)
    comparison.settle()
    shutil.rmtree(SEEN, ignore_errors=True)
    SEEN.mkdir(parents=True)
    said = []
    for file, found in comparison.different.items():
        found.side_by_side().save(SEEN / f"{file.removesuffix('.webp')}.png")
        said.append(f"{file} {found.words}")
    for file, image in comparison.fresh.items():
        image.save(SEEN / f"{file.removesuffix('.webp')}.png")
        said.append(f"{file} was never approved")
    said += [f"{file} is approved, but the walk no longer comes there" for file in comparison.orphans()]
    assert not said, (
        "\n".join(said)
        + f"\nLook at the pictures in {SEEN} (approved, new, difference). What is meant is kept by `make approve`."
    )
