"""The composition root: settings, Celery, root URLs, WSGI. Imported by nobody, names both apps by string."""

from tracker.config.celery import app as celery_app

__all__ = ["celery_app"]
