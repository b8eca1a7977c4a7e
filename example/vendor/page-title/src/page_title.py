"""Finds the title of an HTML page."""

from html.parser import HTMLParser


def find_title(html):
    """The text of the first `<title>`, whitespace collapsed; "" if there is none."""
    parser = _TitleParser()
    parser.feed(html)
    parser.close()
    return " ".join("".join(parser.parts).split())


class _TitleParser(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.parts = []
        self._inside = False
        self._done = False

    def handle_starttag(self, tag, attrs):
        # An SVG in the page may contain titles; the title of the page comes first.
        self._inside = tag == "title" and not self._done

    def handle_data(self, data):
        if self._inside:
            self.parts.append(data)

    def handle_endtag(self, tag):
        if tag == "title" and self._inside:
            self._inside = False
            self._done = True
