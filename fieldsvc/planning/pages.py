"""The office's pages for planning, put on their blueprint: the board, what is due, campaigns, and what planned itself."""

from __future__ import annotations

from fieldsvc.planning import board_pages, campaign_pages, due_pages
from fieldsvc.planning.frame import pages

__all__ = ["board_pages", "campaign_pages", "due_pages", "pages"]
