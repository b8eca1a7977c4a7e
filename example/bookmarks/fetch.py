"""Fetches a page over HTTP, with limits on scheme, time and size."""

from urllib.request import Request, urlopen

SECONDS = 10
BYTES = 512 * 1024


def page(url):
    """The page as text. OSError: it cannot be fetched. ValueError: `url` is not a web address."""
    if not url.startswith(("http://", "https://")):
        raise ValueError("not a web address")
    request = Request(url, headers={"User-Agent": "bookmarks/1", "Accept": "text/html"})
    with urlopen(request, timeout=SECONDS) as response:
        charset = response.headers.get_content_charset() or "utf-8"
        content = response.read(BYTES)
    try:
        return content.decode(charset, errors="replace")
    except LookupError:
        return content.decode("utf-8", errors="replace")
