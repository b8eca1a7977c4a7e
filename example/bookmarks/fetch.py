"""Fetches a page over HTTP, carefully: one kind of address, a time limit, a size limit."""

from urllib.request import Request, urlopen

SECONDS = 10
BYTES = 512 * 1024


def page(url):
    """The page's text. OSError where it cannot be had, ValueError where `url` is not a web address."""
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
