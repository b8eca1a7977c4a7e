"""A list of links. A worker fetches their titles."""

# Django imports this package first, so that @shared_task finds the Celery app in web processes too.
from .celery import app as celery_app

__all__ = ["celery_app"]
