"""Words for people: documentation without its markup, names without underscores, numbers of bits."""

import re

TICKS = re.compile(r"``([^`]+)``")
"""What documentation marks as code."""


def plain(documentation: str) -> str:
    """Documentation as one line of plain words: no backticks, no line breaks."""
    return TICKS.sub(r"\1", " ".join(documentation.split()))


def spaced(name: str) -> str:
    """A name of the program as words: ``order_ground`` is "order ground"."""
    return name.replace("_", " ")


def upper_first(text: str) -> str:
    """The same, with a capital letter at the start."""
    return text[:1].upper() + text[1:]


def bits(thousandths: int) -> str:
    """A weight in thousandths of log2, with its sign."""
    return f"{thousandths / 1000:+.3f}".replace("-", "\N{MINUS SIGN}")
