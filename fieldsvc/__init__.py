"""fieldsvc: inspections, meter readings and installations at the customer's door, from the phone to the signed paper.

`create_app(settings)` puts the capabilities together: this is the one place that knows all of them, wires who follows whom,
and decides what every answer carries. Each capability is one package with the same file names; see docs/architecture.md.
"""

from __future__ import annotations

from flask import Flask

from fieldsvc.settings import Settings

__all__ = ["Settings", "create_app"]


def create_app(settings: Settings) -> Flask:
    """Build the application for one installation."""
    from fieldsvc import application

    return application.build(settings)
