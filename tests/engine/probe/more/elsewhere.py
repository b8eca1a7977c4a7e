"""The same with another database."""

from probe.settings import *  # noqa: F403

DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "/data/elsewhere.sqlite3"}}
