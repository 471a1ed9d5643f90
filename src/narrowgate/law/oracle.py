"""A second reader of the law: a pack's text read as lines, its verdict worked out by plain loops.

It shares nothing with ``prove.py`` and ``cedar.py``: no syntax tree, no engine. It cannot tell a sound pack from
another; it says what a reader with a pencil would say of a sound one, and ``pack prove`` lets Cedar contradict it.
"""

import re
from collections.abc import Mapping

_ID = re.compile(r'^@id\("(\w+)"\)')
_CONDITION = re.compile(r"context\.(\w+) == false \|\|")


def elements(files: Mapping[str, bytes]) -> list[tuple[str, str]]:
    """(element, condition or "") of every policy but the permit, as the text of the pack's files has them."""
    found: list[tuple[str, str]] = []
    for name in sorted(files):
        if not name.endswith(".cedar"):
            continue
        reading = ""
        for line in files[name].decode().splitlines():
            begins = _ID.match(line)
            if begins:
                reading = "" if begins[1] == "permit" else begins[1]
            elif reading and "unless" in line:
                under = _CONDITION.search(line)
                found.append((reading, under[1] if under else ""))
    return found


def refused_under(stated: list[tuple[str, str]], facts: Mapping[str, bool]) -> list[str]:
    """What must be cited: every element whose fact is not true, unless its condition is known to be false; sorted."""
    cited = []
    for element, condition in stated:
        if condition and facts.get(condition) is False:
            continue
        if facts.get(element) is not True:
            cited.append(element)
    return sorted(cited)
