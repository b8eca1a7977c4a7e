"""Settings for a container. What differs between sites comes from the environment.

    SECRET_KEY            required
    ALLOWED_HOSTS         required; host names, separated by commas
    CSRF_TRUSTED_ORIGINS  origins, separated by commas, where a proxy changes the Host header
    DATABASE_URL          sqlite:////data/bookmarks.sqlite3
    BROKER_URL            filesystem:///data/queue; also amqp:// and redis://
    STATIC_ROOT           /data/static
    HTTPS_ONLY            on; off without a TLS proxy in front, as on a development machine
    REFRESH_SECONDS       3600: how often the titles are refreshed
    LOG_LEVEL             INFO
"""

import os
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
import django
from django.core.exceptions import ImproperlyConfigured

from .settings import *  # noqa: F403
from .settings import CELERY_BEAT_SCHEDULE, MIDDLEWARE


def required(name):
    if not os.environ.get(name):
        raise ImproperlyConfigured(f"{name} is not set: set it with -e {name}=…")
    return os.environ[name]


def listed(text):
    return [item.strip() for item in text.split(",") if item.strip()]


DEBUG = False
SECRET_KEY = required("SECRET_KEY")
ALLOWED_HOSTS = listed(required("ALLOWED_HOSTS"))
CSRF_TRUSTED_ORIGINS = listed(os.environ.get("CSRF_TRUSTED_ORIGINS", ""))

DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("DATABASE_URL") or "sqlite:////data/bookmarks.sqlite3",
        conn_max_age=60,
        conn_health_checks=True,
    )
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Web, worker and beat share the file. Writers wait for one another; with WAL, readers do not wait.
    DATABASES["default"]["OPTIONS"] = {"timeout": 20}
    if django.VERSION >= (5, 1):
        DATABASES["default"]["OPTIONS"].update(
            init_command="PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            transaction_mode="IMMEDIATE",
        )

CELERY_TASK_ALWAYS_EAGER = False
CELERY_BROKER_URL = os.environ.get("BROKER_URL") or "filesystem:///data/queue"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULE["refresh titles"]["schedule"] = float(os.environ.get("REFRESH_SECONDS") or 3600)
if CELERY_BROKER_URL.startswith("filesystem:"):
    # Kombu's transport takes its folders from options, and expects them to exist. If they cannot be
    # created, the first use of the broker fails; commands without tasks are not affected.
    queue = Path(urlsplit(CELERY_BROKER_URL).path or "/data/queue")
    CELERY_BROKER_URL = "filesystem://localhost//"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(queue / "messages"),
        "data_folder_out": str(queue / "messages"),
        "control_folder": str(queue / "control"),
    }
    with suppress(OSError):
        for folder in set(CELERY_BROKER_TRANSPORT_OPTIONS.values()):
            os.makedirs(folder, exist_ok=True)

STATIC_ROOT = os.environ.get("STATIC_ROOT") or "/data/static"
# Directly after the security middleware: static files need no session.
MIDDLEWARE.insert(1, "whitenoise.middleware.WhiteNoiseMiddleware")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}

if os.environ.get("HTTPS_ONLY") != "off":
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 3600
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    # The owner of the domain decides about subdomains and the preload list.
    SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": os.environ.get("LOG_LEVEL") or "INFO"},
    # Django's own logger sends mail for errors, and logs nothing else without DEBUG. Log to the console.
    "loggers": {"django": {"handlers": [], "level": "INFO"}},
}
