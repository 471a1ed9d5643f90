"""The one place where templates become HTML."""

import re
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from narrowgate.surfaces.pages.words import TICKS, upper_first

_QUOTED = re.compile(r"(“[^“”]+”|&#34;(?:(?!&#34;).)+&#34;)")
"""Words in quotation marks, as they stand in escaped text."""


def render(template: str, **values: object) -> str:
    """A page from a template of this package.

    Raises:
        jinja2.UndefinedError: when the template uses what was not given.
    """
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["marked"] = marked
    made.filters["quoting"] = quoting
    made.filters["upper_first"] = upper_first
    return made


def marked(text: str) -> Markup:
    """Documentation as HTML: what stands between double backticks is code."""
    return _tagged(TICKS, "code", text)


def quoting(text: str) -> Markup:
    """A pack's text as HTML: the statute's own words, which stand in quotation marks, are told from how it is read."""
    return _tagged(_QUOTED, "q", text)


def _tagged(pattern: re.Pattern[str], tag: str, text: str) -> Markup:
    return Markup(pattern.sub(rf"<{tag}>\1</{tag}>", str(escape(text))))  # noqa: S704 - escaped on this line
