"""What people type to get past a mandatory field: words that say only that nothing is said.

In 2025 a gate of this kind took "Failed to Provide" and "Unknown Address" for addresses (law: 26 USC 6103(i)(2)(B)(i)
asks for the address). Three rules, over folded text:

1. A text is a filler when, its spaces taken out ("N / A", "U.N.K.N.O.W.N") or its digits read as letters ("N0NE"),
   it is one of the known words, or "unknown" mistyped.
2. A phrase is a filler when every word of it belongs to the vocabulary of disclaiming, and one of them disclaims:
   "no fixed address" is one, "Unknown Soldiers" is not, for soldiers disclaim nothing.
3. Fingers on a keyboard are fillers: one character repeated, a row of keys, the same few keys again, five consonants.

Some fillers are also real names (Null, Blank, Nowhere Road). ``named`` says that the text stands where a real name
would, with a suffix or a given name beside it; then those words pass on their own.
"""

import re

from narrowgate.domain.fold import fold


def _words(table: str) -> frozenset[str]:
    return frozenset(table.split())


_DISCLAIMS = _words("""
UNKNOWN UNKOWN UNKNOWED UNKNWN UNKNON UKNOWN UNKN UNK UNKWN UNNKOWN UNKNOWNS UNSPECIFIED UNDISCLOSED UNAVAILABLE
UNREPORTED UNDETERMINED UNVERIFIED UNSTATED UNIDENTIFIED UNASSIGNED UNDEFINED UNPROVIDED UNCONFIRMED UNLISTED
UNNAMED REFUSED REFUSES REFUSAL DECLINED DECLINES WITHHELD WITHHOLD FAILED FAILS OMITTED MISSING REDACTED ILLEGIBLE
UNREADABLE NA NOTAPPLICABLE NOTAVAILABLE NKA NFA NOFIXEDABODE TBD TBA TBC PENDING DITTO IBID PLACEHOLDER DUMMY FAKE
BOGUS DONTCARE DONTKNOW DUNNO IDK WHATEVER WHOCARES VARIOUS NOADDRESS NOADDR NOFIXEDADDRESS BADADDRESS UNHOUSED
TRANSIENT DESCONOCIDO DESCONOCIDA DESCONHECIDO DESCONHECIDA INCONNU INCONNUE UNBEKANNT SCONOSCIUTO SCONOSCIUTA
ONBEKEND IGNOTO NINGUNO NINGUNA INDIGENTE NEIZVESTNO NIEZNANY OKAND UKJENT UKENDT NEPOZNATO SINDOMICILIO
SINDIRECCION NODISPONIBLE UNSURE ERROR NOTGIVEN NOTPROVIDED NOTKNOWN SEEFILE SEEATTACHED SAMEASABOVE TESTING
TESTTEST FOOBAR LOREM IPSUM XYZ NOTHING NOBODY NOONE DONT DOESNT DIDNT CANT CANNOT WONT COULDNT WOULDNT ASD QWE ZXC
ANY TEST EXAMPLE ANYWHERE SOMEWHERE EVERYWHERE YOUR ABC ABCD ABCDE HOMELESS HOUSELESS UNDELIVERABLE NOTLISTED
NOTSTATED
""")
"""These disclaim wherever they stand alone."""

_ALSO_NAMES = _words("""
NONE NULL NIL NAN NADA NOWHERE BLANK EMPTY VAGRANT SAMPLE SAME SEE HERE THERE ADDRESS ADDR ADDRESSES HOUSE HOME
STREET CITY TOWN STATE ZIP ZIPCODE POSTCODE COUNTRY USA FOO BAR LOCATION RESIDENCE DETAINED DEPORTED INCARCERATED
DECEASED JAIL PRISON CUSTODY DETENTION SHELTER NEIN NON NEM NIX ZERO VOID INVALID GENERAL DELIVERY NAME NUMBER LAST
LATER LOST STATED NYET ANON ANONYMOUS ABOVE BELOW FILE NOTES REMARKS COMMENTS MOVED VACANT OVERSEAS ABROAD FOREIGN
PAROLE PAROLED ERO DHS REMOVED DETERMINED PROVIDED STREETS AMERICA NO YES INTENTIONALLY LEFT RETURN CAR BRIDGE
""")
"""These disclaim too, but are somebody's name or some street's: with ``named`` they pass alone."""

_NEGATES = _words("""
NO NOT NEVER WITHOUT SIN SANS OHNE NON NAO SEM SENZA KEINE KEIN SE FAILURE FAIL DECLINE REFUSE REFUSING UNABLE PAS
NE IMPOSSIBLE NICHT
""")
"""These disclaim within a phrase only."""

_COMPANIONS = _words("""
A AN ABODE ADRESSE ALIEN AND ANSWER ANY APPLICABLE APPLICANT AS ASK ASKED AT ATTACHED AVAILABLE AVE AVENUE BE BY
CARE CASE CODE COLLECTED COMPLETE CONNU CONNUE CONOCIDA CONOCIDO CUENTA CURRENT CURRENTLY DATA DATABASE DEFENDANT
DIRECCION DISCLOSE DISCLOSED DO DOCUMENT DOES DOMICILE DOMICILIO ENTERED EXIST FESTE FESTEN FIJA FIJO FILED FIXE
FIXED FIXO FOR FOUND FROM GAVE GET GIVE GIVEN HAS HAVE HE HIS I ICE IN INCOMPLETE INFO INFORMATION IS IT KNOW KNOWN
KNOWS LISTED MAILING ME MY OBTAINED OF ON OR PERMANENT PERMANENTE PERSON PREVIOUS PRIOR PROVIDE PROVIDES RECEIVED
RECORD RECORDED RECORDS REPORTED RESPOND RESPONDENT RESPONSE SAY SAYS SHE SPECIFIED STABLE STATES STAYING SUBJECT
SUPPLIED SUPPLY SURE SYSTEM TAXPAYER TELL THE THEIR THEY THIS TIME TO TOLD UNIT UPDATED USED VALID WAS WERE WILL
WITH WOHNSITZ FL RD ROAD ST DR DRIVE LN LANE APT CON DE LA EL EN SU STABILE PURPOSES ONLY HOLDING FACILITY SUCH
COUNTY FEDERAL OUT UNITED REFER PER SENDER FORWARDING UNDER NEXT
""")
"""These say nothing by themselves."""

_KNOWN = _DISCLAIMS | _ALSO_NAMES
_DISCLAIM_IN_PHRASES = _KNOWN | _NEGATES
_DISCLAIM_IN_NAMES = _DISCLAIMS | _NEGATES
_PHRASE = _DISCLAIM_IN_PHRASES | _COMPANIONS
_LETTERS_FOR = (str.maketrans("0134578", "OIEASTB"), str.maketrans("0134578", "OLEASTB"))
_SIGNS_FOR_LETTERS = re.compile(r"(?<=\w)[@$](?=\w)")
_KEY_ROWS = ("QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM", "QWERTZUIOP", "AZERTYUIOP", "POIUYTREWQ", "LKJHGFDSA", "MNBVCXZ")
_ROWS = (*_KEY_ROWS, "ABCDEFGHIJKL")
_ALONG_A_ROW = frozenset(
    row[start:end] for row in _ROWS for start in range(len(row)) for end in range(start + 4 + (start > 0), 13)
)
"""Four keys from where a row starts, or five anywhere in it: "Wert" is a name."""

_SAME_KEYS = (
    r"(.)\1{2,}|XX?|ZZ?"  # one character
    r"|(?:([B-DF-HJ-NP-TV-XZ]{2,4}|ASD|ASDF|QWE|QWER|TEST|BLA|BLAH|HA|LA)\2+)"  # the same few keys again
)
_MASHED_NAME = re.compile(_SAME_KEYS)
_MASH = re.compile(rf"{_SAME_KEYS}|[B-DF-HJ-NP-TV-XZ]{{5,}}")
_UNKNOWN_MISTYPED = re.compile(r".{0,2}UNKNOWN.{0,2}|(?=.*U)(?=.*N)(?=.*K)[UNKOW]{5,}")


def is_mash(folded: str, *, named: bool = False) -> bool:
    """Whether folded text is fingers on a keyboard: "XXXX", "ASDF", "FGHFGH", "SDFGKL".

    Named, five consonants pass: street names and surnames lose their vowels to abbreviation ("Cntrl Ave").
    """
    keys = folded.replace(" ", "")
    return keys in _ALONG_A_ROW or (_MASHED_NAME if named else _MASH).fullmatch(keys) is not None


def with_letters_for_signs(text: str) -> str:
    """``@`` and ``$`` within a word are letters: "f@iled"."""
    if "@" not in text and "$" not in text:
        return text
    return _SIGNS_FOR_LETTERS.sub(lambda sign: "a" if sign[0] == "@" else "s", text)


def is_filler(text: str, *, named: bool = False) -> bool:
    """Whether a text says only that nothing is said; a blank text does.

    Args:
        text: as typed.
        named: the text stands where a real name would, so words that are names too pass alone ("Null" St).

    >>> [is_filler(t) for t in ("", "N/A", "Failed to Provide", "u n k n 0 w n", "asdf", "Unknown Soldiers")]
    [True, True, True, True, True, False]
    """
    return folded_is_filler(fold(with_letters_for_signs(text)), named=named)


def folded_is_filler(folded: str, *, named: bool = False) -> bool:
    """``is_filler`` of text that is folded already."""
    if not folded or is_mash(folded, named=named):
        return True
    if " " not in folded:
        return _is_known(folded, named=named)
    words = folded.split(" ")
    joined = folded.replace(" ", "")
    if len(words) == len(joined):
        return _is_known(joined, named=named)
    return _is_phrase(words, named=named) or _is_known(joined, named=True)


def _spelt(word: str, known: frozenset[str]) -> str:
    """The word of the vocabulary that a word is, misspellings of "unknown" and digits for letters included."""
    if word in known:
        return word
    if "K" in word and _UNKNOWN_MISTYPED.fullmatch(word):
        return "UNKNOWN"
    if not word.isalpha():
        for letters in _LETTERS_FOR:
            if (spelt := word.translate(letters)) in known:
                return spelt
    return ""


def _is_known(word: str, *, named: bool) -> bool:
    return bool(_spelt(word, _DISCLAIMS if named else _KNOWN))


def _is_phrase(words: list[str], *, named: bool) -> bool:
    disclaim = _DISCLAIM_IN_NAMES if named else _DISCLAIM_IN_PHRASES
    disclaims = False
    for word in words:
        spelt = _spelt(word, _PHRASE)
        if not spelt and not word.isdigit():
            return False
        disclaims = disclaims or spelt in disclaim
    return disclaims and not (named and words == ["NO", "NAME"])
