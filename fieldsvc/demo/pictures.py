"""Pictures for the demonstration's past: what a technician photographed, and how people signed.

Drawn, not photographed, so that no real home is shown; each differs, as photographs do. Knows nothing of visits. Gives JPEG
for photographs and PNG for signatures, as phones do.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFont

Strokes = list[list[list[int]]]

WIDTH, HEIGHT = 640, 480
PAD_WIDTH, PAD_HEIGHT = 600, 220
_GREEN = (30, 140, 70)
_RED, _STEEL, _DARK, _PAPER = (214, 40, 40), (150, 156, 162), (40, 44, 48), (245, 245, 242)


def photograph(scene: str, *, caption: str, figure: str = "", random: Random, mended: bool = False) -> bytes:
    """Draw what stands before the camera: hose, meter, heater, cupboard, pipe, valve or door. Gives a JPEG.

    `mended`: after it was put right; a green tick lies over what was wrong.
    """
    image = Image.new("RGB", (WIDTH, HEIGHT), (226, 222, 212))
    draw = ImageDraw.Draw(image)
    if scene != "door":
        _tiles(draw, random)
    _SCENES[scene](draw, random, figure)
    if mended:
        draw.line([(250, 250), (300, 310), (410, 160)], fill=_GREEN, width=26, joint="curve")
    image = _as_held(image, Random(f"{scene} {caption} {figure}"))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, HEIGHT - 30, WIDTH, HEIGHT), fill=(30, 32, 34))
    draw.text((12, HEIGHT - 26), caption, fill=(240, 240, 240), font=ImageFont.load_default(18))
    return _encoded(image, "JPEG", quality=78)


def _as_held(image: Image.Image, random: Random) -> Image.Image:
    """The same scene as a hand holds a camera before it: nearer or farther, askew, the light from some side."""
    near, turn = random.uniform(0.72, 1.0), math.radians(random.uniform(-9, 9))
    right, down = random.randrange(-70, 71), random.randrange(-45, 46)
    cos, sin = math.cos(turn) * near, math.sin(turn) * near
    middle = (
        WIDTH / 2 + right - cos * WIDTH / 2 - sin * HEIGHT / 2,
        HEIGHT / 2 + down + sin * WIDTH / 2 - cos * HEIGHT / 2,
    )
    seen = image.transform(
        (WIDTH, HEIGHT),
        Image.Transform.AFFINE,
        (cos, sin, middle[0], -sin, cos, middle[1]),
        Image.Resampling.BILINEAR,
        fillcolor=(206, 202, 194),
    )
    light = Image.new("L", (3, 3))
    light.putdata([random.randrange(256) for _ in range(9)])
    shade = light.point(lambda grey: 255 - (255 - grey) // 2).resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR)
    return ImageChops.multiply(seen, Image.merge("RGB", (shade, shade, shade)))


def copied(content: bytes) -> bytes:
    """A photograph saved once more, a little trimmed: what somebody does who has none of the home they write about."""
    with Image.open(io.BytesIO(content)) as image:
        trimmed = image.convert("RGB").crop((6, 4, image.width - 5, image.height - 4))
    return _encoded(trimmed, "JPEG", quality=55)


def strokes(random: Random) -> Strokes:
    """Write something like a name of two or three characters: strokes of [x, y, milliseconds]."""
    written: Strokes = []
    moment = 0
    for sign in range(random.choice((2, 3, 3))):
        left = 40 + sign * 180
        for _ in range(random.randrange(3, 6)):
            begin, bend, end = (
                (left + random.randrange(130), random.randrange(30, PAD_HEIGHT - 40)) for _point in range(3)
            )
            line = []
            for step in range(9):
                t = step / 8
                x, y = (
                    a * (1 - t) ** 2 + 2 * b * t * (1 - t) + c * t**2 for a, b, c in zip(begin, bend, end, strict=True)
                )
                line.append([round(x), round(y), moment])
                moment += 16
            written.append(line)
            moment += 120
    return written


def signature(written: Strokes) -> bytes:
    """Draw a signature's strokes on white. Gives a PNG."""
    image = Image.new("L", (PAD_WIDTH, PAD_HEIGHT), 255)
    draw = ImageDraw.Draw(image)
    for line in written:
        draw.line([(x, y) for x, y, _moment in line], fill=20, width=5, joint="curve")
    return _encoded(image, "PNG", compress_level=4)


def _encoded(image: Image.Image, kind: str, **how: object) -> bytes:
    held = io.BytesIO()
    image.save(held, kind, **how)
    return held.getvalue()


def _tiles(draw: ImageDraw.ImageDraw, random: Random) -> None:
    for top in range(0, HEIGHT, 96):
        for left in range(0, WIDTH, 96):
            shade = random.randrange(-5, 6)
            draw.rectangle((left, top, left + 93, top + 93), fill=(224 + shade, 220 + shade, 210 + shade))


def _marked(draw: ImageDraw.ImageDraw, x: int, y: int, radius: int) -> None:
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=_RED, width=6)


def _valve(draw: ImageDraw.ImageDraw, x: int, y: int) -> None:
    draw.rectangle((x - 26, y - 18, x + 26, y + 18), fill=(196, 160, 70), outline=_DARK)
    draw.rectangle((x - 8, y - 52, x + 8, y - 16), fill=(230, 190, 40), outline=_DARK)


def _hose(draw: ImageDraw.ImageDraw, random: Random, figure: str) -> None:
    draw.rectangle((96, 0, 122, 150), fill=_STEEL)
    _valve(draw, 109, 160)
    bend = random.randrange(60, 120)
    line = [(109 + t * 21, 180 + bend * (t / 20) * (2.6 - 2.2 * t / 20) + 40 * (t / 20) ** 2) for t in range(21)]
    draw.line(line, fill=(206, 106, 40), width=30, joint="curve")
    draw.line(line, fill=(226, 136, 70), width=8, joint="curve")
    x, y = line[random.randrange(11, 15)]
    for _ in range(9):
        left, top = x + random.randrange(-30, 30), y + random.randrange(-12, 12)
        draw.line(
            (left, top, left + random.randrange(4, 14), top + random.randrange(-10, 10)), fill=(70, 30, 10), width=3
        )
    draw.rectangle((520, 250, 640, 300), fill=_DARK)
    _marked(draw, int(x), int(y), 58)


def _meter(draw: ImageDraw.ImageDraw, random: Random, figure: str) -> None:
    draw.rectangle((170, 0, 196, 90), fill=_STEEL)
    draw.rectangle((440, 0, 466, 90), fill=_STEEL)
    draw.rounded_rectangle((130, 80, 510, 410), 40, fill=(206, 208, 206), outline=(120, 122, 120), width=4)
    draw.rectangle((176, 170, 464, 236), fill=_DARK)
    whole, _, part = figure.partition(".")
    for place, digit in enumerate(whole + part):
        left = 184 + place * 34
        draw.rectangle((left, 178, left + 30, 228), fill=_RED if place >= len(whole) else (250, 250, 250))
        draw.text(
            (left + 6, 182),
            digit,
            fill=(255, 255, 255) if place >= len(whole) else (0, 0, 0),
            font=ImageFont.load_default(36),
        )
    draw.text((200, 280), "m3   Qmax 4 m3/h   G2.5", fill=_DARK, font=ImageFont.load_default(20))
    draw.ellipse((300, 320, 340, 360), fill=(60 + random.randrange(60), 60, 60))


def _heater(draw: ImageDraw.ImageDraw, random: Random, figure: str) -> None:
    left = 200 + random.randrange(-20, 20)
    draw.rounded_rectangle((left, 70, left + 230, 400), 14, fill=_PAPER, outline=(130, 130, 130), width=4)
    for slot in range(6):
        draw.line((left + 60, 92 + slot * 9, left + 170, 92 + slot * 9), fill=(120, 120, 120), width=3)
    draw.rectangle((left + 80, 200, left + 150, 250), fill=(50, 60, 70))
    draw.ellipse((left + 95, 300, left + 135, 340), fill=(70, 74, 78))
    _marked(draw, left + 115, 76, 78)


def _cupboard(draw: ImageDraw.ImageDraw, random: Random, figure: str) -> None:
    wood = 150 + random.randrange(-15, 15)
    draw.rectangle((0, 90, WIDTH, 120), fill=(60, 60, 64))
    for left in (20, 230, 440):
        draw.rectangle((left, 120, left + 190, 440), fill=(wood, wood - 50, wood - 90), outline=(60, 40, 20), width=4)
        draw.rectangle((left + 160, 250, left + 172, 310), fill=_STEEL)
    _marked(draw, 320, 200, 70)


def _pipe(draw: ImageDraw.ImageDraw, random: Random, figure: str) -> None:
    draw.rectangle((0, 120, WIDTH, 148), fill=_STEEL)
    draw.rectangle((470, 120, 498, HEIGHT), fill=_STEEL)
    _valve(draw, 300, 134)
    for left in (90, 130, 170):
        length = random.randrange(90, 190)
        draw.line((left, 148, left, 148 + length), fill=(90, 110, 170), width=5)
        draw.rectangle((left - 14, 148 + length, left + 14, 178 + length), fill=(random.randrange(120, 230), 120, 120))
    _marked(draw, 130, 190, 92)


def _valve_alone(draw: ImageDraw.ImageDraw, random: Random, figure: str) -> None:
    top = 200 + random.randrange(-40, 40)
    draw.rectangle((300, 0, 328, HEIGHT), fill=_STEEL)
    _valve(draw, 314, top)
    _marked(draw, 314, top - 10, 84)


def _door(draw: ImageDraw.ImageDraw, random: Random, figure: str) -> None:
    red = 110 + random.randrange(40)
    draw.rectangle((150, 20, 490, HEIGHT), fill=(red, 52, 42), outline=(60, 20, 16), width=6)
    draw.rectangle((260, 60, 380, 110), fill=(210, 180, 90), outline=_DARK)
    draw.text((278, 68), figure, fill=_DARK, font=ImageFont.load_default(30))
    draw.ellipse((306, 150, 334, 178), fill=_DARK)
    draw.rectangle((270, 230, 380, 370), fill=(250, 250, 250), outline=(120, 120, 120))
    for row in range(5):
        draw.line((284, 254 + row * 22, 366, 254 + row * 22), fill=(140, 140, 140), width=3)
    draw.rectangle((440, 270, 460, 320), fill=(210, 200, 160))


_SCENES: dict[str, Callable[[ImageDraw.ImageDraw, Random, str], None]] = {
    "hose": _hose,
    "meter": _meter,
    "heater": _heater,
    "cupboard": _cupboard,
    "pipe": _pipe,
    "valve": _valve_alone,
    "door": _door,
}
