"""Folding text to what comparisons may look at: one shared rule, so that no two places compare differently.

NFKD, combining marks and format characters dropped, letters without a decomposition spelt out (Unicode names them:
``ø`` "o with stroke"), upper case, every run of anything but A-Z and 0-9 one space.
"""

import re
import unicodedata

_SPELT = str.maketrans(
    {
        "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D",
        "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ł": "l", "Ł": "L", "ı": "i", "ħ": "h", "Ħ": "H",
    }
)  # fmt: skip
_NOT_KEPT = re.compile(r"[^A-Z0-9]+")
_APOSTROPHES = re.compile("['\u2018\u2019\u02bc`\u00b4]")


def fold(text: str) -> str:
    """ASCII upper-case words, single spaces; apostrophes join (O'Brien is OBRIEN), other marks part.

    >>> fold(" José  Núñez-O’Brien ")
    'JOSE NUNEZ OBRIEN'
    """
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text.translate(_SPELT))
        text = "".join(c for c in decomposed if unicodedata.category(c) not in ("Mn", "Cf"))
    return _NOT_KEPT.sub(" ", _APOSTROPHES.sub("", text).upper()).strip()
