"""Planning, as other capabilities use it: what plans itself follows the record, and campaigns are worked off by the queue."""

from __future__ import annotations

from fieldsvc.planning.board import Board, Column, board
from fieldsvc.planning.campaigns import Preview, Wish, begin, plan_batch, preview
from fieldsvc.planning.work import JOB, follow, work_due

__all__ = ["JOB", "Board", "Column", "Preview", "Wish", "begin", "board", "follow", "plan_batch", "preview", "work_due"]
