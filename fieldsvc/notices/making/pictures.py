"""The pictures of a paper at print size: photos, signatures, and the code that is scanned.

Decides how large a photo is printed, that nothing of its metadata travels on, and that a signature is a small grey picture on
white. Reads bytes, gives bytes; knows neither where they are kept nor how a page looks.
"""

from __future__ import annotations

from io import BytesIO

import qrcode
from PIL import Image, ImageOps
from pillow_heif import register_heif_opener

register_heif_opener()

PHOTO_PIXELS = 800
"""Half of what the app sends, so that the decoder does all the scaling; printed 57 mm wide, 355 dots to the inch."""
SIGNATURE_PIXELS = (560, 208)
"""Printed 15 mm high at most: over 300 dots to the inch."""
MODULE_PIXELS = 8
SEAL_PIXELS = (360, 360)
MAX_PIXELS = 50_000_000
JPEG_QUALITY = 72
PACKED = 4
"""How hard a PNG is compressed; it goes into the file as it is."""


class BadPicture(ValueError):
    """These bytes cannot be printed; the message says why."""


def photo(content: bytes) -> bytes:
    """A photo as a JPEG of at most 800 pixels a side, upright, without metadata. Raises BadPicture."""
    image = _open(content)
    # The decoder itself halves or quarters a JPEG almost for nothing, but only when asked for a box of the same proportions.
    image.draft("RGB", _within(image.size, (PHOTO_PIXELS, PHOTO_PIXELS)))
    upright = ImageOps.exif_transpose(image)
    printed = _on_white(upright, "RGB")
    printed.thumbnail((PHOTO_PIXELS, PHOTO_PIXELS), Image.Resampling.LANCZOS)
    out = BytesIO()
    printed.save(out, "JPEG", quality=JPEG_QUALITY)  # to optimise it takes as long again, for a tenth of its size
    return out.getvalue()


def signature(content: bytes) -> bytes:
    """A signature as a small grey PNG on white; transparency would cost the reader a second picture. Raises BadPicture."""
    printed = _on_white(_open(content), "L")  # grey before it is made small: a quarter of the work
    printed.thumbnail(SIGNATURE_PIXELS, Image.Resampling.HAMMING)
    out = BytesIO()
    printed.save(out, "PNG", compress_level=PACKED)
    return out.getvalue()


def seal(content: bytes) -> bytes:
    """A company's seal as a JPEG on white, so large that it prints sharp in its box. Raises BadPicture."""
    image = _open(content, formats=("PNG", "JPEG"))
    try:
        image.thumbnail(SEAL_PIXELS, Image.Resampling.LANCZOS)
    except (OSError, ValueError, SyntaxError) as error:
        raise BadPicture("a picture is damaged") from error
    out = BytesIO()
    _on_white(image, "RGB").save(out, "JPEG", quality=90, optimize=True)
    return out.getvalue()


def code(address: str) -> bytes:
    """The QR code of an address, as a grey PNG without a border: a drawing of squares costs ten times as much."""
    made = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=0, mask_pattern=3)
    made.add_data(address)
    rows = made.get_matrix()
    modules = Image.frombytes("L", (len(rows), len(rows)), bytes(0 if dark else 255 for row in rows for dark in row))
    out = BytesIO()
    drawn = modules.resize((len(rows) * MODULE_PIXELS,) * 2, Image.Resampling.NEAREST)
    drawn.save(out, "PNG", compress_level=PACKED)
    return out.getvalue()


def _open(content: bytes, *, formats: tuple[str, ...] | None = None) -> Image.Image:
    try:
        image = Image.open(BytesIO(content), formats=formats)
        if image.width * image.height > MAX_PIXELS:
            raise BadPicture(f"a picture of {image.width} × {image.height} pixels is too large to print")
        return image
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise BadPicture("a picture cannot be read") from error


def _within(size: tuple[int, int], box: tuple[int, int]) -> tuple[int, int]:
    """The largest size of the same proportions that fits into a box; never larger than it was."""
    scale = min(1, box[0] / size[0], box[1] / size[1])
    return max(1, int(size[0] * scale)), max(1, int(size[1] * scale))


def _on_white(image: Image.Image, mode: str) -> Image.Image:
    try:
        if "A" not in image.getbands() and "transparency" not in image.info:
            return image.convert(mode)
        seen = image.convert("RGBA")
    except (OSError, ValueError, SyntaxError) as error:
        raise BadPicture("a picture is damaged") from error
    ground = Image.new("RGBA", seen.size, "white")
    ground.alpha_composite(seen)
    return ground.convert(mode)
