"""The pages of the office. Every figure and row is somebody else's: the pages ask the capabilities' services and show."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from fieldsvc.identity import access

pages = Blueprint("office", __name__, url_prefix="/office")


@pages.get("")
@access.needs("office")
def dashboard() -> ResponseReturnValue:
    return render_template("office/dashboard.html")
