"""The one place where templates become HTML."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from narrowgate.surfaces.pages.words import TICKS, upper_first


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
    made.filters["upper_first"] = upper_first
    return made


def marked(text: str) -> Markup:
    """Documentation as HTML: what stands between double backticks is code; everything is escaped first."""
    return Markup(TICKS.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped on this line
