"""A list of links. A worker fetches their titles."""

# Django loads this package first: @shared_task then finds our Celery app, in the web processes too.
from .celery import app as celery_app

__all__ = ["celery_app"]
