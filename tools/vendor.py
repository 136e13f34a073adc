"""Copies the browser libraries out of node_modules into static/vendor, and says whether they still match.

Decides which files of which package travel to the phone. Versions are those of package.json and are
never chosen here. The copies are byte for byte those of the package, so that anybody can compare them.
Beside each module stands a .d.ts of one line that leads the type checker to the package's own types;
phones never fetch it. The reader of codes is no text: it is not in git, set-up copies it. Invariant: static/vendor holds
these files, SHA256SUMS and nothing else.

    python -m tools.vendor copy     after `npm ci`
    python -m tools.vendor reader   after `npm ci`: only what is not in git
    python -m tools.vendor check    needs no node_modules
"""

import hashlib
import json
import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "static" / "vendor"
SUMS = VENDOR / "SHA256SUMS"
ICON_NAMES = ROOT / "static" / "icons" / "names.txt"
SPRITE = ROOT / "static" / "icons" / "sprite.svg"
SHAPES = ROOT / "static" / "icons" / "shapes.js"

LIT_DIRECTIVES = ("cache", "class-map", "guard", "if-defined", "keyed", "live", "ref", "repeat", "style-map", "until")

# The service worker loads these four by importScripts, in this order.
WORKBOX = ("core", "routing", "strategies", "precaching")

READER = "zxing-wasm/reader/zxing_reader.wasm"

FILES: dict[str, str] = {
    "idb.js": "idb/build/index.js",
    "lean-qr.js": "lean-qr/index.mjs",
    "signature_pad.js": "signature_pad/dist/signature_pad.min.js",
    "zxing-wasm/share.js": "zxing-wasm/dist/es/share.js",
    "zxing-wasm/reader/index.js": "zxing-wasm/dist/es/reader/index.js",
    READER: "zxing-wasm/dist/reader/zxing_reader.wasm",
    "lit-html/lit-html.js": "lit-html/lit-html.js",
    "lit-html/directive.js": "lit-html/directive.js",
    "lit-html/directive-helpers.js": "lit-html/directive-helpers.js",
    "lit-html/async-directive.js": "lit-html/async-directive.js",
    "lit-html/directives/private-async-helpers.js": "lit-html/directives/private-async-helpers.js",
    **{f"lit-html/directives/{name}.js": f"lit-html/directives/{name}.js" for name in LIT_DIRECTIVES},
    **{f"workbox/workbox-{part}.prod.js": f"workbox-{part}/build/workbox-{part}.prod.js" for part in WORKBOX},
    "licenses/idb.txt": "idb/LICENSE",
    "licenses/lean-qr.txt": "lean-qr/LICENSE",
    "licenses/lit-html.txt": "lit-html/LICENSE",
    "licenses/lucide.txt": "lucide-static/LICENSE",
    "licenses/signature_pad.txt": "signature_pad/LICENSE",
    "licenses/workbox.txt": "workbox-core/LICENSE",
    "licenses/zxing-wasm.txt": "zxing-wasm/LICENSE",
}

# What the package calls the module: where its types are looked up.
SPECIFIERS: dict[str, str] = {
    "idb.js": "idb",
    "lean-qr.js": "lean-qr",
    "signature_pad.js": "signature_pad",
    "zxing-wasm/reader/index.js": "zxing-wasm/reader",
    **{name: name for name in FILES if name.startswith("lit-html/") and "/private-" not in name},
    "lit-html/lit-html.js": "lit-html",
}
WITH_DEFAULT = ("signature_pad.js",)
STROKE = (
    'viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2"'
    + ' stroke-linecap="round" stroke-linejoin="round"'
)


def sums() -> str:
    """Give the lines of SHA256SUMS for the files that are there now, in `sha256sum -c` form."""
    files = sorted(path for path in VENDOR.rglob("*") if path.is_file() and path != SUMS)
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(VENDOR).as_posix()}\n" for path in files
    )


def sprite() -> str:
    """Give the icons named in static/icons/names.txt as one SVG of symbols: `<use href="…/sprite.svg#phone">`."""
    symbols = []
    for name in sorted(set(ICON_NAMES.read_text(encoding="utf-8").split())):
        drawing = (MODULES / "lucide-static" / "icons" / f"{name}.svg").read_text(encoding="utf-8")
        inside = drawing[drawing.index(">", drawing.index("<svg")) + 1 : drawing.rindex("</svg>")]
        shapes = "".join(line.strip() for line in inside.splitlines())
        symbols.append(f'<symbol id="{name}" {STROKE}>{shapes}</symbol>\n')
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{"".join(symbols)}</svg>\n'


def shapes(sprite: str) -> str:
    """Give the same drawings as a module: the app draws its icons into the page itself, without asking for a file."""
    drawn = re.findall(r'<symbol id="([^"]+)"[^>]*>(.*)</symbol>', sprite)
    lines = [f"  {json.dumps(name)}: {json.dumps(inside.replace(' />', '/>'))},\n" for name, inside in drawn]
    head = "// The drawings of sprite.svg, made by `make vendor` of names.txt; none is changed here.\n"
    return f"{head}/** @type {{Record<string, string>}} */\nexport const SHAPES = {{\n{''.join(lines)}}};\n"


def copy() -> int:
    """Replace static/vendor by fresh copies of the listed files, and draw the icons anew."""
    missing = sorted({source.split("/")[0] for source in FILES.values() if not (MODULES / source).is_file()})
    if missing:
        print(f"not in node_modules: {', '.join(missing)}; run `npm ci` first", file=sys.stderr)
        return 1
    shutil.rmtree(VENDOR, ignore_errors=True)
    for target, source in FILES.items():
        (VENDOR / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(MODULES / source, VENDOR / target)
    for target, specifier in SPECIFIERS.items():
        lines = f'export * from "{specifier}";\n'
        if target in WITH_DEFAULT:
            lines += f'export {{ default }} from "{specifier}";\n'
        (VENDOR / target).with_suffix(".d.ts").write_text(lines, encoding="utf-8")
    SUMS.write_text(sums(), encoding="utf-8")
    if ICON_NAMES.is_file():
        SPRITE.write_text(sprite(), encoding="utf-8")
        SHAPES.write_text(shapes(SPRITE.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"{len(FILES)} files in {VENDOR.relative_to(ROOT)}")
    return 0


def copy_reader() -> int:
    """Copy the reader of codes; 1 when the locked package has another one than SHA256SUMS names."""
    shutil.copyfile(MODULES / FILES[READER], VENDOR / READER)
    return check()


def check() -> int:
    """Fail when a vendored file was changed, added or lost since `copy`."""
    if SUMS.is_file() and SUMS.read_text(encoding="utf-8") == sums():
        return 0
    print("static/vendor is not what SHA256SUMS says; run `make vendor`", file=sys.stderr)
    return 1


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["copy"]:
            sys.exit(copy())
        case ["reader"]:
            sys.exit(copy_reader())
        case ["check"]:
            sys.exit(check())
        case _:
            sys.exit(__doc__)
