"""A page read strictly, as a browser, a screen reader and a printer would have it; for tests of pages."""

import re
from html.parser import HTMLParser
from itertools import pairwise

VOID = frozenset({"meta", "br", "link", "img", "input", "hr"})
FETCHES = frozenset({"src", "srcset", "data", "action", "poster", "background", "formaction"})
HEADINGS = ("h1", "h2", "h3", "h4")


class Paper(HTMLParser):
    """One page.

    Attributes:
        tags: every start tag with its attributes, in order.
        ids: every id, in order.
        wrong: what a strict reader objects to.
    """

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.ids: list[str] = []
        self.wrong: list[str] = []
        self._open: list[str] = []
        self._texts: list[tuple[str, str]] = []
        self._tables: list[set[str]] = []
        self.feed(html)
        self.close()
        self.wrong += [f"<{tag}> is never closed" for tag in self._open]
        self._judge()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if len(found) != len(attrs):
            self.wrong.append(f"<{tag}> has an attribute twice")
        self.tags.append((tag, found))
        self.ids += [found["id"]] if "id" in found else []
        if tag == "table":
            self._tables.append(set())
        elif self._tables:
            self._tables[-1].add(tag)
        if tag == "th" and not found.get("scope"):
            self.wrong.append("a <th> has no scope")
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1] != tag:
            self.wrong.append(f"</{tag}> closes <{self._open[-1] if self._open else 'nothing'}>")
        else:
            self._open.pop()
        if tag == "table" and not {"caption", "thead", "th"} <= self._tables.pop():
            self.wrong.append("a table without caption, head or heading cells")

    def handle_data(self, data: str) -> None:
        self._texts.append((self._open[-1] if self._open else "", data))

    @property
    def text(self) -> str:
        """All that is read, white space folded."""
        return fold("".join(data for tag, data in self._texts if tag != "style"))

    @property
    def style(self) -> str:
        """The style sheet."""
        return "".join(data for tag, data in self._texts if tag == "style")

    def _judge(self) -> None:
        names = [tag for tag, _ in self.tags]
        self.wrong += [f"the id {name} stands twice" for name in sorted({i for i in self.ids if self.ids.count(i) > 1})]
        self.wrong += [f"there is a <{tag}>" for tag in ("script", "img", "link", "iframe", "object") if tag in names]
        for tag, attributes in self.tags:
            for name, value in attributes.items():
                if name in FETCHES or name.startswith("on") or "//" in value or "javascript:" in value:
                    self.wrong.append(f"<{tag} {name}> fetches or runs something")
            target = attributes.get("href", "#")
            if target.startswith("#") and target[1:] and target[1:] not in self.ids:
                self.wrong.append(f"{target} leads nowhere")
            for label in attributes.get("aria-labelledby", "").split():
                self.wrong += [] if label in self.ids else [f"nothing is labelled by {label}"]
        if re.search(r"@import|url\(|expression\(", self.style):
            self.wrong.append("the style fetches something")
        levels = [HEADINGS.index(tag) for tag in names if tag in HEADINGS]
        if levels[:1] != [0] or levels.count(0) != 1 or any(b > a + 1 for a, b in pairwise(levels)):
            self.wrong.append("the headings are out of order")
        if dict(self.tags).get("html", {}).get("lang") != "en" or "main" not in names or "title" not in names:
            self.wrong.append("no language, title or main part")


def fold(text: str) -> str:
    """White space folded."""
    return " ".join(text.split())
