"""The tasks of the worker, and those that beat schedules."""

import logging
from http.client import HTTPException
from urllib.error import URLError

from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError
from page_title import find_title

from . import fetch
from .models import Bookmark, Refresh

log = logging.getLogger(__name__)


@shared_task
def fetch_title(pk):
    """Fetches the title of one bookmark. After a failure it records the error and keeps the old title."""
    bookmark = Bookmark.objects.filter(pk=pk).first()
    if bookmark is None:
        return  # deleted in the meantime
    changed = {"checked_at": timezone.now(), "problem": ""}
    try:
        title = find_title(fetch.page(bookmark.url))
    except (OSError, ValueError, HTTPException) as error:
        # urllib wraps the reason of a failed connection.
        reason = error.reason if type(error) is URLError else error
        changed["problem"] = str(reason)[:200]
        log.warning("no title for %s: %s", bookmark.url, reason)
    else:
        changed["title"] = title[:300]
        log.info("the title of %s is %s", bookmark.url, title)
    Bookmark.objects.filter(pk=pk).update(**changed)


@shared_task
def refresh_titles():
    """Scheduled: queues every bookmark that is due."""
    due = list(Bookmark.objects.due().values_list("pk", flat=True))
    for pk in due:
        fetch_title.delay(pk)
    Refresh.record(queued=len(due))


def queue_title(bookmark):
    """Queues a bookmark. A missing broker is not an error: the next refresh queues it again."""
    try:
        fetch_title.delay(bookmark.pk)
    except OperationalError as error:
        log.warning("cannot queue %s: %s", bookmark.url, error)
