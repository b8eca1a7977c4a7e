"""Bookmarks, and the runs of the scheduled refresh."""

from datetime import timedelta
from urllib.parse import urlsplit

from django.db import models
from django.db.models import Q
from django.utils import timezone


class BookmarkQuerySet(models.QuerySet):
    def due(self):
        """Bookmarks whose page was not fetched for a day."""
        a_day_ago = timezone.now() - timedelta(days=1)
        return self.filter(Q(checked_at=None) | Q(checked_at__lt=a_day_ago))


class Bookmark(models.Model):
    """A link. A worker fetches its title."""

    url = models.URLField("address", max_length=500, unique=True)
    title = models.CharField(max_length=300, blank=True)
    note = models.CharField(max_length=500, blank=True)
    added_at = models.DateTimeField("added", default=timezone.now, editable=False)
    checked_at = models.DateTimeField("checked", null=True, editable=False)
    problem = models.CharField(max_length=200, blank=True, editable=False)

    objects = BookmarkQuerySet.as_manager()

    class Meta:
        ordering = ["-added_at", "-pk"]

    def __str__(self):
        return self.title or self.url

    @property
    def host(self):
        return urlsplit(self.url).hostname or ""


class Refresh(models.Model):
    """One run of the scheduled task."""

    ran_at = models.DateTimeField("ran", default=timezone.now)
    queued = models.PositiveIntegerField("bookmarks queued", default=0)

    KEPT = 100

    class Meta:
        get_latest_by = "ran_at"
        ordering = ["-ran_at"]
        verbose_name_plural = "refreshes"

    def __str__(self):
        return f"{self.ran_at:%Y-%m-%d %H:%M:%S}"

    @classmethod
    def record(cls, queued):
        """Records a run, and deletes all but the last hundred."""
        cls.objects.create(queued=queued)
        kept = cls.objects.values_list("pk", flat=True)[: cls.KEPT]
        cls.objects.exclude(pk__in=list(kept)).delete()
