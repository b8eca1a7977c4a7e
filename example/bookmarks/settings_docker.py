"""Settings for a container: everything that differs between two sites is in the environment.

    SECRET_KEY            required
    ALLOWED_HOSTS         required; host names with commas between
    CSRF_TRUSTED_ORIGINS  origins with commas between, where a proxy changes the Host header
    DATABASE_URL          sqlite:////data/bookmarks.sqlite3
    BROKER_URL            filesystem:///data/queue; also amqp:// and redis://
    STATIC_ROOT           /data/static
    HTTPS_ONLY            on; off where no proxy in front speaks TLS, as on a desk
    REFRESH_SECONDS       3600: how often the titles are looked at again
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
        raise ImproperlyConfigured(f"{name} is not set: give it with -e {name}=…")
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
    # Web, worker and beat share the file: they wait for one another, and with WAL readers need not.
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
    # Kombu's transport takes its folders from options, and expects them to be there. Where they
    # cannot be made the broker says so on first use; a command without tasks need not care.
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
# Right behind the security middleware: static files need no session.
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
    # Subdomains and the preload list are for whoever owns the domain to decide.
    SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": os.environ.get("LOG_LEVEL") or "INFO"},
    # Django's own logger mails errors and is silent without DEBUG: everything goes to the console.
    "loggers": {"django": {"handlers": [], "level": "INFO"}},
}
