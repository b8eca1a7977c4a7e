"""The private package parses titles as the project needs."""

from unittest import TestCase

from page_title import find_title


class FindTitleTest(TestCase):
    def test_titles(self):
        for html, title in (
            ("", ""),
            ("<p>no title</p>", ""),
            ("<title>One</title>", "One"),
            ("<TITLE>\n One &lt; two \n</TITLE>", "One < two"),
            ("<title>Page</title><svg><title>Icon</title></svg>", "Page"),
            ("<title>cut off", "cut off"),
        ):
            with self.subTest(html):
                self.assertEqual(find_title(html), title)
