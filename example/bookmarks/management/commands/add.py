"""manage.py add URL…"""

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from bookmarks.models import Bookmark
from bookmarks.tasks import queue_title


class Command(BaseCommand):
    help = "Add bookmarks, and let the worker fetch their titles."

    def add_arguments(self, parser):
        parser.add_argument("urls", nargs="+", metavar="URL")
        parser.add_argument("--note", default="", help="a remark, shown below the title")

    def handle(self, *args, urls, note, **options):
        for url in urls:
            bookmark = Bookmark(url=url, note=note)
            try:
                bookmark.full_clean()
            except ValidationError as error:
                raise CommandError(f"cannot add {url}: {' '.join(error.messages)}") from error
            bookmark.save()
            queue_title(bookmark)
            self.stdout.write(f"added {url}")
