"""Is this file an image we take, and of what size?

Decides by decoding, not by name or announced type: JPEG, PNG, WebP or HEIC, at most 50 megapixels, whole to the last row.
Makes the copies that leave the office. Invariant: the bytes that were taken in are never altered.
"""

from __future__ import annotations

import struct
import warnings
from dataclasses import dataclass
from io import BytesIO

import pillow_heif
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from fieldsvc import problems

pillow_heif.register_heif_opener()

TYPES = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "HEIF": "image/heic"}
MOST_PIXELS = 50_000_000
BARE_PIXELS = (2560, 2560)
_NO_IMAGE = (
    UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError, EOFError, MemoryError,
    RuntimeError, IndexError, KeyError, TypeError, OverflowError, ZeroDivisionError, struct.error,
)  # fmt: skip
"""What decoders raise for bytes that are none; the last ones are their mistakes, which a file must not make ours."""

_ENDS = {"JPEG": b"\xff\xd9", "PNG": b"\0\0\0\0IEND\xaeB`\x82"}
SMALL_PROFILE = 1024
"""A browser writes 456 bytes that name sRGB; a longer profile may tell of the camera it was made for."""
_HARMLESS = {
    "jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi", "adobe", "adobe_transform", "progressive", "progression",
    "gamma", "srgb", "transparency", "icc_profile",
}  # fmt: skip


@dataclass(frozen=True)
class Picture:
    """What decoding found out."""

    type: str
    width: int
    height: int


def inspect(content: bytes) -> Picture:
    """Decode an image completely. Raises Invalid `not_an_image` for anything else, saying what is wrong with it."""
    # WeasyPrint turns this on for the whole process when it is imported; a picture cut short would then pass.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(BytesIO(content), formats=("JPEG", "PNG", "WEBP", "HEIF")) as image:
                kind, (width, height) = str(image.format), image.size
                if width * height > MOST_PIXELS:
                    raise problems.Invalid(f"{width} × {height} is more than 50 megapixels", code="not_an_image")
                # A camera's picture is checked at a quarter of its size, which reads every byte of it and spares memory.
                image.draft("RGB", (width // 4, height // 4))
                image.load()
    except _NO_IMAGE as error:
        raise problems.Invalid("only whole JPEG, PNG, WebP and HEIC images are taken", code="not_an_image") from error
    return Picture(TYPES[kind], width, height)


def bare(content: bytes, *, type: str) -> tuple[bytes, str]:
    """A kept image that tells nothing but what is seen, and its media type: no camera, place, hour or preview.

    As it is where nothing more stands in it, as in what the app makes itself. Else a copy: upright, because the word for how
    it lay goes with the rest, at most 2560 pixels a side, and a JPEG, which every browser shows, unless it was a PNG.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(BytesIO(content), formats=("JPEG", "PNG", "WEBP", "HEIF")) as image:
            if _tells_only_itself(image, content):
                return content, type
            image.draft(image.mode, BARE_PIXELS)
            upright = ImageOps.exif_transpose(image)
    upright.thumbnail(BARE_PIXELS)
    drawn = type == "image/png"
    seen = upright.convert("RGBA" if drawn else "RGB")
    seen.info = {}
    out = BytesIO()
    seen.save(out, "PNG" if drawn else "JPEG", **({} if drawn else {"quality": 88}))
    return out.getvalue(), "image/png" if drawn else "image/jpeg"


def _tells_only_itself(image: Image.Image, content: bytes) -> bool:
    if image.format not in _ENDS or not content.endswith(_ENDS[image.format]):
        return False  # something hangs on behind, or it is a kind that is always made anew
    image.load()  # what a PNG says of itself may stand behind its pixels
    colours = len(image.info.get("icc_profile") or b"") <= SMALL_PROFILE
    parts: list[tuple[str, bytes]] = getattr(image, "applist", [])
    told = [name for name, part in parts if not (name == "APP2" and colours and part.startswith(b"ICC_PROFILE\0"))]
    return colours and set(map(str, image.info)) <= _HARMLESS and set(told) <= {"APP0", "APP14"}
