"""Adding bookmarks: in the admin and from a terminal."""

from io import StringIO
from unittest.mock import patch

from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.test import TestCase

from bookmarks import tasks
from bookmarks.models import Bookmark

URL = "https://one.example/"


class AdminTest(TestCase):
    def setUp(self):
        self.client.force_login(get_user_model().objects.create_superuser("admin"))

    def test_a_new_address_is_queued_and_a_new_note_is_not(self):
        with patch.object(tasks.fetch_title, "delay") as delay:
            with self.captureOnCommitCallbacks(execute=True):
                self.client.post("/admin/bookmarks/bookmark/add/", {"url": URL, "title": "", "note": ""})
            bookmark = Bookmark.objects.get(url=URL)
            delay.assert_called_once_with(bookmark.pk)
            with self.captureOnCommitCallbacks(execute=True):
                self.client.post(
                    f"/admin/bookmarks/bookmark/{bookmark.pk}/change/",
                    {"url": URL, "title": "", "note": "good"},
                )
        delay.assert_called_once()
        bookmark.refresh_from_db()
        self.assertEqual(bookmark.note, "good")


class AddTest(TestCase):
    def test_add(self):
        with patch.object(tasks.fetch_title, "delay") as delay:
            call_command("add", URL, "https://two.example/", note="mine", stdout=StringIO())
        self.assertEqual(Bookmark.objects.filter(note="mine").count(), 2)
        self.assertEqual(delay.call_count, 2)

    def test_neither_twice_nor_nonsense(self):
        Bookmark.objects.create(url=URL)
        for url in (URL, "nonsense"):
            with self.assertRaisesMessage(CommandError, f"cannot add {url}"):
                call_command("add", url, stdout=StringIO())
