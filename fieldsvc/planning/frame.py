"""What the pages of planning share: their blueprint, who writes, and days as people type them."""

from __future__ import annotations

from flask import Blueprint

from fieldsvc import clock
from fieldsvc.identity import access
from fieldsvc.identity import service as identity
from fieldsvc.record.service import Author

pages = Blueprint("planning", __name__, url_prefix="/office/plan")


day_of = clock.day_of


def me() -> Author:
    """The author of what the person at the page decides. In a transaction."""
    return identity.office_author(user=access.me(), now=clock.now())
