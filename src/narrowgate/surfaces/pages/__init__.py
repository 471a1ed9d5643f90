"""Pages for people: HTML that stands by itself, printable, made from typed values by templates.

No script, no external resource, nothing fetched: a page can be mailed, filed and printed. Every surface may use these;
they know no surface. Whatever is put into a template is escaped (autoescape), and a name that a template uses and
nobody gave is an error, not a blank (StrictUndefined): a page that silently lacks an element would be read as law.
"""

from narrowgate.surfaces.pages.render import render

__all__ = ["render"]
