"""The example's settings for a container, and a slow page: /slow/."""

import time

from django.http import HttpResponse

from .settings_docker import *  # noqa: F403
from .settings_docker import MIDDLEWARE

MIDDLEWARE.insert(0, "bookmarks.slow.pages")


def pages(respond):
    def slow(request):
        if request.path != "/slow/":
            return respond(request)
        print("begins to answer", flush=True)
        time.sleep(3)
        return HttpResponse("answered")

    return slow
