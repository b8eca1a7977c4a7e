"""Fetching titles, without network access."""

from datetime import timedelta
from unittest.mock import patch
from urllib.error import URLError

from django.test import TestCase
from django.utils import timezone
from kombu.exceptions import OperationalError

from bookmarks import fetch, tasks
from bookmarks.models import Bookmark, Refresh


class FetchTitleTest(TestCase):
    def setUp(self):
        self.bookmark = Bookmark.objects.create(url="https://one.example/", title="Old")

    def run_with(self, **page):
        with patch.object(fetch, "page", **page), self.assertLogs("bookmarks.tasks"):
            tasks.fetch_title(self.bookmark.pk)
        self.bookmark.refresh_from_db()

    def test_title(self):
        self.run_with(return_value="<html><title> A\n page &amp; more</title>")
        self.assertEqual(self.bookmark.title, "A page & more")
        self.assertIsNotNone(self.bookmark.checked_at)

    def test_an_unreachable_page_keeps_its_title(self):
        self.run_with(side_effect=URLError("refused"))
        self.assertEqual(self.bookmark.title, "Old")
        self.assertIn("refused", self.bookmark.problem)

    def test_a_deleted_bookmark_is_no_error(self):
        tasks.fetch_title(self.bookmark.pk + 1)

    def test_only_web_addresses_are_opened(self):
        with self.assertRaisesMessage(ValueError, "not a web address"):
            fetch.page("file:///etc/passwd")


class RefreshTest(TestCase):
    def test_only_what_is_due(self):
        now = timezone.now()
        never = Bookmark.objects.create(url="https://never.example/")
        Bookmark.objects.create(url="https://today.example/", checked_at=now)
        old = Bookmark.objects.create(url="https://old.example/", checked_at=now - timedelta(days=2))
        with patch.object(tasks.fetch_title, "delay") as delay:
            tasks.refresh_titles()
        self.assertCountEqual([call.args[0] for call in delay.call_args_list], [never.pk, old.pk])
        self.assertEqual(Refresh.objects.get().queued, 2)

    def test_a_hundred_runs_are_kept(self):
        for queued in range(Refresh.KEPT + 5):
            Refresh.record(queued)
        self.assertEqual(Refresh.objects.count(), Refresh.KEPT)
        self.assertEqual(Refresh.objects.first().queued, Refresh.KEPT + 4)


class QueueTest(TestCase):
    def test_no_broker_is_no_error(self):
        bookmark = Bookmark.objects.create(url="https://one.example/")
        with patch.object(tasks.fetch_title, "delay", side_effect=OperationalError("down")):
            with self.assertLogs("bookmarks.tasks", "WARNING"):
                tasks.queue_title(bookmark)
