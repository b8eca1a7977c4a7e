"""The page, as a visitor sees it."""

from django.core.management import call_command
from django.test import TestCase
from django.utils import timezone

from bookmarks.models import Bookmark, Refresh


class PageTest(TestCase):
    def test_empty(self):
        self.assertContains(self.client.get("/"), "Nothing here yet")

    def test_newest_first(self):
        Bookmark.objects.create(url="https://one.example/", title="One")
        Bookmark.objects.create(url="https://two.example/", title="Two", note="the second")
        page = self.client.get("/")
        self.assertEqual([str(bookmark) for bookmark in page.context["object_list"]], ["Two", "One"])
        self.assertContains(page, "the second")

    def test_a_bookmark_without_title_shows_its_address(self):
        Bookmark.objects.create(url="https://one.example/")
        page = self.client.get("/")
        self.assertContains(page, ">https://one.example/</a>")
        self.assertContains(page, "waiting for the worker")

    def test_titles_are_escaped(self):
        Bookmark.objects.create(url="https://one.example/", title="<script>alert(1)</script>")
        self.assertNotContains(self.client.get("/"), "<script>")

    def test_a_page_not_reached(self):
        Bookmark.objects.create(url="https://one.example/", problem="refused", checked_at=timezone.now())
        self.assertContains(self.client.get("/"), "page not reached")

    def test_last_refresh(self):
        self.assertContains(self.client.get("/"), "not refreshed yet")
        Refresh.record(queued=0)
        self.assertContains(self.client.get("/"), "Titles refreshed ")

    def test_many_are_paged(self):
        Bookmark.objects.bulk_create(Bookmark(url=f"https://{n}.example/") for n in range(51))
        self.assertContains(self.client.get("/"), "Page 1 of 2")
        self.assertContains(self.client.get("/?page=2"), "Newer")


class SchemaTest(TestCase):
    def test_migrations_are_complete(self):
        call_command("makemigrations", "--check", "--dry-run", verbosity=0)
