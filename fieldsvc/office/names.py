"""Names of what a visit holds: who signs it, which kinds of meter there are.

Decides words only; a word that is not known is shown as it was typed. The office reads them through words.py.
"""

from __future__ import annotations

from collections.abc import Callable

import flask_babel

# Flask-Babel ships no types; here its function gets one.
_: Callable[..., str] = flask_babel.gettext


def signer(name: str, *, inspects: bool = True) -> str:
    """Who signed; whoever did the work of a job is no inspector."""
    return {
        "agreement": _("Customer, to the prices before the work"),
        "customer": _("Customer"),
        "technician": _("Technician") if inspects else _("Technician of the job"),
        "witness": _("Witness"),
    }.get(name, name)


def meter_kind(name: str) -> str:
    """What kind of meter it is."""
    return {
        "diaphragm": _("Diaphragm meter"),
        "ic_card": _("IC-card meter"),
        "iot": _("IoT meter"),
        "ultrasonic": _("Ultrasonic meter"),
        "water": _("Water meter"),
        "electric": _("Electricity meter"),
    }.get(name, name)
