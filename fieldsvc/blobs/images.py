"""Is this file an image we take, and of what size?

Decides by decoding, not by name or announced type: JPEG, PNG, WebP or HEIC, at most 50 megapixels, whole to the last row.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from io import BytesIO

import pillow_heif
from PIL import Image, ImageFile, UnidentifiedImageError

from fieldsvc import problems

pillow_heif.register_heif_opener()

TYPES = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "HEIF": "image/heic"}
MOST_PIXELS = 50_000_000


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
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, MemoryError, RuntimeError) as error:
        raise problems.Invalid("only whole JPEG, PNG, WebP and HEIC images are taken", code="not_an_image") from error
    return Picture(TYPES[kind], width, height)
