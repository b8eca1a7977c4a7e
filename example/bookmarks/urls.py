"""The URLs of the site."""

from django.contrib import admin
from django.urls import path

from .views import BookmarkList

urlpatterns = [
    path("", BookmarkList.as_view(), name="list"),
    path("admin/", admin.site.urls),
]
