"""A demonstration day: a town of sixty homes, its staff, what happened there in the last year, and today's visits."""

from fieldsvc.demo.service import fill, is_wanted

__all__ = ["fill", "is_wanted"]
