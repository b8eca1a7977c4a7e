"""The page that lists the bookmarks."""

from django.views.generic import ListView

from .models import Bookmark, Refresh


class BookmarkList(ListView):
    model = Bookmark
    paginate_by = 50
    template_name = "bookmarks/list.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(refresh=Refresh.objects.first(), **kwargs)
