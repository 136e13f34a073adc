"""Where the files for browsers and the page templates lie.

Decides between the two places they can be: inside the installed package (a wheel carries them as
`fieldsvc/_assets`) and at the top of a checkout. Reads nothing itself.
Invariant: an installed wheel never looks outside its own package.
"""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_ROOT = _PACKAGE / "_assets" if (_PACKAGE / "_assets").is_dir() else _PACKAGE.parent

STATIC: Path = _ROOT / "static"
TEMPLATES: Path = _ROOT / "templates"
