"""The pages of the admin."""

from functools import partial

from django.contrib import admin
from django.db import transaction

from .models import Bookmark, Refresh
from .tasks import queue_title

admin.site.site_header = "Bookmarks"
admin.site.site_title = "Bookmarks"


@admin.register(Bookmark)
class BookmarkAdmin(admin.ModelAdmin):
    list_display = ["__str__", "host", "added_at", "checked_at", "problem"]
    search_fields = ["title", "url", "note"]
    readonly_fields = ["added_at", "checked_at", "problem"]

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if "url" in form.changed_data:
            transaction.on_commit(partial(queue_title, obj))


@admin.register(Refresh)
class RefreshAdmin(admin.ModelAdmin):
    list_display = ["ran_at", "queued"]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False
