"""Compares what the app looks like with the pictures that somebody has approved, and keeps new ones.

Decides how a picture is made small enough to lie in the repository, and when two are alike: cut into small windows, each
window must be found in the other picture at the same place or a pixel beside it. The edges of letters, which another
version of the browser smooths otherwise, stay below the bounds; a button that is gone, another colour or a thing that
moved by more than a few pixels does not. Invariant: an approved picture that still passes is not written again, so that
what a commit changes is what changed to the eye.

    python -m tools.approve [STOP…]      walk the day; keep the pictures that are new or look different
"""

import io
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from tools.gallery import Variant, walk

ROOT = Path(__file__).resolve().parent.parent
APPROVED = ROOT / "tests" / "browser" / "approved"
# A pixel of an approved picture is two of the phone's.
SMALL = 2
GROUNDS, SHADES = 16, 32  # the colours that fill a picture are kept exactly; those of edges and photos roughly
WINDOW = 4  # pixels on each side of a window's middle
REACH = 1  # how far beside its place a window may be found
BOUND = 12  # mean difference of a window's pixels, of 255, in the colour that differs most
FILLS = 0.04  # a colour of so much of a picture must fill as much of the other, by half or double
TALLER = 2  # pixels by which one may be longer than the other


def small(picture: bytes) -> Image.Image:
    """Make a screenshot as small as an approved picture."""
    return Image.open(io.BytesIO(picture)).convert("RGB").reduce(SMALL)


def few_colours(image: Image.Image) -> Image.Image:
    """The picture with so few colours that it takes little room: grounds exactly, the rest nearly."""
    grounds = [*fills(image)][:GROUNDS]
    shades = image.quantize(SHADES, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).getpalette() or []
    bands = [band for colour in grounds for band in colour] + shades[: 3 * SHADES]
    palette = Image.new("P", (1, 1))
    palette.putpalette(bands + bands[:3] * (256 - len(bands) // 3))
    kept = image.quantize(palette=palette, dither=Image.Dither.NONE).convert("RGB")
    for colour in grounds:  # the nearest colour of a palette is found only roughly
        apart = ImageChops.difference(image, Image.new("RGB", image.size, colour)).split()
        most = ImageChops.lighter(ImageChops.lighter(apart[0], apart[1]), apart[2])
        kept.paste(colour, mask=most.point(lambda value: 0 if value else 255))
    return kept


def write(image: Image.Image, file: Path) -> None:
    """Write a picture of few colours."""
    image.save(file, "WEBP", lossless=True, quality=80, method=4)


def fills(image: Image.Image) -> dict[tuple[int, ...], float]:
    """The colours of a picture with their share of it, the largest first."""
    counted: list[tuple[int, tuple[int, ...]]] = image.getcolors(image.width * image.height)  # type: ignore[assignment]
    return {colour: count / image.width / image.height for count, colour in sorted(counted, reverse=True)}


@dataclass(frozen=True)
class Difference:
    """What differs between an approved picture and a new one; both as they are, and where they differ."""

    words: str
    approved: Image.Image
    new: Image.Image
    where: Image.Image

    def side_by_side(self) -> Image.Image:
        """Approved, new, and the new one with all that differs in red."""
        red = Image.new("RGB", self.new.size, (230, 0, 0))
        faint = Image.blend(self.new.convert("L").convert("RGB"), Image.new("RGB", self.new.size, "white"), 0.6)
        marked = Image.composite(red, faint, self.where)
        parts = {"approved": self.approved, "new": self.new, "difference": marked}
        tall = max(part.height for part in parts.values())
        sheet = Image.new("RGB", (sum(part.width + 8 for part in parts.values()) + 8, tall + 24), (96, 102, 108))
        left = 8
        for name, part in parts.items():
            ImageDraw.Draw(sheet).text((left, 2), name, fill="white", font_size=12)
            sheet.paste(part, (left, 18))
            left += part.width + 8
        return sheet


def strength(one: Image.Image, other: Image.Image) -> Image.Image:
    """How much each window of one differs from the most alike window of the other: a grey picture."""
    least = None
    for right, down in product(range(-REACH, REACH + 1), repeat=2):
        moved = ImageChops.offset(other, right, down)
        bands = ImageChops.difference(one, moved).filter(ImageFilter.BoxBlur(WINDOW)).split()
        most = ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2])
        least = most if least is None else ImageChops.darker(least, most)
    assert least is not None
    return least


def other_colours(approved: Image.Image, new: Image.Image) -> str:
    """Name a colour that fills much of one picture and not of the other; nothing, if there is none."""
    before, after = fills(approved), fills(new)
    for colour in {**before, **after}:
        was, now = before.get(colour, 0.0), after.get(colour, 0.0)
        if max(was, now) > FILLS and max(was, now) > 2 * min(was, now):
            return f"has #{bytes(colour).hex()} on {now:.1%} of it instead of {was:.1%}"
    return ""


def difference(approved: Image.Image, new: Image.Image) -> Difference | None:
    """What differs to the eye; nothing, if they are alike."""
    if approved.width != new.width or abs(approved.height - new.height) > TALLER:
        words = f"is {new.width} x {new.height} instead of {approved.width} x {approved.height}"
    else:
        words = ""
    width, height = min(approved.width, new.width), min(approved.height, new.height)
    there, here = (image.crop((0, 0, width, height)) for image in (approved, new))
    found = ImageChops.lighter(strength(here, there), strength(there, here))
    where = Image.new("L", new.size)
    where.paste(found.point(lambda value: 255 if value > BOUND else 0), (0, 0))
    box = where.getbbox()
    words = words or other_colours(approved, new)
    if box and not words:
        most = found.getextrema()[1]
        words = f"differs by {most} of 255 (bound {BOUND}) within x {box[0]}-{box[2]}, y {box[1]}-{box[3]}"
    return Difference(words, approved, new, where) if words else None


class Comparison:
    """One walk, and what came of comparing each of its pictures with the approved one, while the walk goes on."""

    def __init__(self, folder: Path = APPROVED):
        self.folder = folder
        self._workers = ThreadPoolExecutor(max_workers=2)
        self._under_way: list[tuple[str, Future[tuple[Image.Image, Difference | None]]]] = []
        self.alike: list[str] = []
        self.different: dict[str, Difference] = {}
        self.fresh: dict[str, Image.Image] = {}

    def keep(self, name: str, variant: Variant, picture: bytes) -> None:
        """Compare one picture of the walk; what came of it is there after `settle`."""
        file = f"{name}.{variant.locale}.{variant.scheme}.webp"
        self._under_way.append((file, self._workers.submit(self._compare, self.folder / file, picture)))

    def settle(self) -> None:
        """Wait for all that was given to compare, in the order of the walk."""
        for file, compared in self._under_way:
            new, found = compared.result()
            if found:
                self.different[file] = found
            elif (self.folder / file).exists():
                self.alike.append(file)
            else:
                self.fresh[file] = new
        self._under_way.clear()
        self._workers.shutdown()

    @staticmethod
    def _compare(approved_file: Path, picture: bytes) -> tuple[Image.Image, Difference | None]:
        new = few_colours(small(picture))
        if not approved_file.exists():
            return new, None
        with Image.open(approved_file) as approved:
            return new, difference(approved.convert("RGB"), new)

    def orphans(self) -> list[str]:
        """The approved pictures of stops that the walk no longer has."""
        met = {*self.alike, *self.different, *self.fresh}
        return sorted(file.name for file in self.folder.glob("*.webp") if file.name not in met)

    def approve(self, *, whole: bool) -> list[str]:
        """Keep what is new or differs; after a whole walk, nothing else. Gives one line for each change."""
        self.folder.mkdir(parents=True, exist_ok=True)
        said = []
        for file, image in {**self.fresh, **{name: each.new for name, each in self.different.items()}}.items():
            write(image, self.folder / file)
            said.append(f"{'new      ' if file in self.fresh else 'different'}  {file}")
        for file in self.orphans() if whole else ():
            (self.folder / file).unlink()
            said.append(f"gone       {file}")
        return said


def main() -> None:
    """Walk once and keep what looks different."""
    comparison = Comparison()
    walk(comparison.keep, only=sys.argv[1:])
    comparison.settle()
    for line in comparison.approve(whole=len(sys.argv) == 1):
        print(line)
    size = sum(file.stat().st_size for file in APPROVED.glob("*.webp")) // 1024
    print(f"{len(comparison.alike)} pictures look as they were approved; {size} KiB in {APPROVED.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
