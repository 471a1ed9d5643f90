"""What people type to get past a mandatory field: words that say only that nothing is said.

In 2025 a gate of this kind took "Failed to Provide" and "Unknown Address" for addresses (law: 26 USC 6103(i)(2)(B)(i)
asks for the address). Three rules, over folded text:

1. A text is a filler when, its spaces taken out ("N / A", "U.N.K.N.O.W.N") or its digits read as letters ("N0NE"),
   it is one of the known words, or "unknown" mistyped.
2. A phrase is a filler when every word of it belongs to the vocabulary of disclaiming, and one of them disclaims:
   "no fixed address" is one, "Unknown Soldiers" is not, for soldiers disclaim nothing.
3. Fingers on a keyboard are fillers: one character repeated, a row of keys, the same few keys again, five consonants.

Some fillers are also people's names (Null, Blank, Nan). ``named`` says that the text stands where a real name would,
with a given name beside it; then those words pass on their own. Streets are stricter (``names_no_street``): a street
bears hardly ever such a name, and somebody who must give a street dresses his filler as one ("1 Blank St"). Only words
that many a street bears (Home, State, Prison, Lost, Zero) pass there.
"""

import re
from functools import lru_cache
from typing import NamedTuple

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

_NO_STREETS = _words("""
NONE NULL NUL NIL NAN NADA NADIE NOWHERE BLANK EMPTY VAGRANT VOID INVALID SAME HERE THERE ADDRESS ADDR ADDRESSES ZIPCODE
POSTCODE LOCATION RESIDENCE NAME STREETS DETAINED DEPORTED DEPORTEE INCARCERATED DECEASED CUSTODY PAROLED REMOVED MOVED
VACANT NEIN NON NEM NYET YES ANON ANONYMOUS LATER STATED DETERMINED PROVIDED INTENTIONALLY FILE NOTES REMARKS COMMENTS
ABROAD ERO DHS FOO SOME RANDOM BLAH LOL OMG WTF NUNYA NUNYABUSINESS NOYB AWAY OTHER ELSEWHERE ANYPLACE SOMEPLACE
NOPLACE MISC MISCELLANEOUS GENERIC DEFAULT IMAGINARY FICTIONAL FICTITIOUS NONEXISTENT UNREAL INVENTED FALSA FALSO
CONFIDENTIAL CLASSIFIED TEMPORARY TEMP FUGITIVE ABSCONDED ABSCONDER ABSENT INAPPLICABLE INDISPONIBLE DISPONIBILE
INCOMPLETE INCORRECT INEXISTENTE INTROUVABLE ANGABE CONSTA DATOS AUCUN AUCUNE NENHUM NENHUMA NESSUN NESSUNA NOBODYS
IGNORA DESCONOCE KONNEN KHONG WALA WALANG LARGE FOLLOW FOLLOWS LIVES LIVING SUBJECT SENDER DELIVERY CORREOS RESTANTE
WHEREVER WHOEVER WHOKNOWS UNAVAIL UNSPEC BAD WRONG
""")
"""These disclaim where a street's name would stand, suffix or not."""

_STREETS_SAY = _words("""
BUSINESS OWN GO OVER REAL MADE CALLE CASA NOMBRE NUMERO TIENE HAY SABE APLICA LUGAR DISPONIBLE PROPORCIONADA
PROPORCIONADO REGISTRADA REGISTRADO RUE RUA VIA NOM STRASSE ENDERECO NOME TEM INDIRIZZO ADRES PA BIET TIRAHAN IDEA CLUE
YOU LIKE MIDDLE LISTA POSTE CHECK REVIEW REQUEST COUNSEL SPOUSE HIDDEN GENERATED PARTICULAR
""")
"""These say nothing by themselves, and are weighed in streets only."""

_IN_ANY_COMPANY = frozenset(word for word in _DISCLAIMS if word.startswith("UN")) | _words("""
ADDRESS ADDRESSED ADDRESSES ADDR APPLICABLE CANNOT CANT COULDNT DECLINED DECLINES DESCONHECIDA DESCONHECIDO DESCONOCIDA
DESCONOCIDO DIDNT DISCLOSED DOESNT DONT DONTCARE DONTKNOW IDK ILLEGIBLE INCOMPLETE INCONNU INCONNUE INEXISTENTE
INTROUVABLE INVALID NONEXISTENT NOTAPPLICABLE NOTAVAILABLE NOTPROVIDED PENDING PLACEHOLDER PROVIDE PROVIDED PROVIDES
REDACTED REFUSED REFUSES SCONOSCIUTA SCONOSCIUTO SPECIFIED UNBEKANNT WHEREABOUTS WITHHELD WOULDNT
""")
"""One of these makes a street none, whatever stands beside it: "12 Street Unknown"."""

_NEGATES_FROM_THE_START = _words("NOT WITHOUT SANS OHNE SENZA KEIN KEINE NICHT")
"""A street's name does not start so; NO may be North."""

_HEADS = tuple(
    _words("""
NO NOT UN ANY SOME YOUR MY FAKE TEST SAMPLE EXAMPLE DUMMY UNKNOWN MISSING NONE NULL BLANK FAILED REFUSED SIN SAME BAD
""")
)
"""What the two words of a filler start with that are run into one."""

_OFTEN_MISTYPED = _words("""
UNKNOWN REFUSED DECLINED HOMELESS ADDRESS WITHHELD UNSPECIFIED UNDISCLOSED UNAVAILABLE PROVIDED DEPORTED TRANSIENT
NOWHERE DESCONOCIDO DESCONOCIDA PLACEHOLDER
""")


def _less_one(word: str) -> frozenset[str]:
    return frozenset(word[:at] + word[at + 1 :] for at in range(len(word)))


_MISTYPED = _OFTEN_MISTYPED.union(*map(_less_one, _OFTEN_MISTYPED))
_SHORTEST_MISTYPED, _LONGEST_MISTYPED = 6, 12
_REAL = frozenset({"NO NAME", "NONAME", "NONE SUCH", "NONESUCH"})
"""Many a road has no name, and is called so; and Nonesuch is a town."""

_KNOWN = _DISCLAIMS | _ALSO_NAMES
_PHRASE = _KNOWN | _NEGATES | _COMPANIONS
_TAILS = frozenset(word for word in _PHRASE | _NO_STREETS if len(word) > 3)  # noqa: PLR2004 - NO and ME make Nome


class _Vocabulary(NamedTuple):
    """Which words disclaim alone, which within a phrase, and of which a phrase may be made."""

    alone: frozenset[str]
    in_phrases: frozenset[str]
    phrase: frozenset[str]
    named: bool


def _street_vocabulary(alone: frozenset[str], *, named: bool) -> _Vocabulary:
    not_directions = _NEGATES - {"NE", "SE"}  # "Hwy 441 SE 65"
    return _Vocabulary(alone, alone | not_directions, _PHRASE | alone | _STREETS_SAY, named)


_OF_TEXTS = _Vocabulary(_KNOWN, _KNOWN | _NEGATES, _PHRASE, named=False)
_OF_NAMES = _Vocabulary(_DISCLAIMS, _DISCLAIMS | _NEGATES, _PHRASE, named=True)
_OF_STREETS = _street_vocabulary(_DISCLAIMS | _NO_STREETS, named=True)
_OF_BARE_STREETS = _street_vocabulary(_KNOWN | _NO_STREETS, named=False)
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
    return _disclaims(folded, _OF_NAMES if named else _OF_TEXTS)


@lru_cache(maxsize=1 << 15)  # streets are fewer than addresses
def names_no_street(folded: str, *, marked: bool) -> bool:
    """Whether folded text, which follows a house number, names no street.

    Args:
        folded: without directions and suffix.
        marked: a suffix or a word that leads a street stood beside it.

    >>> [names_no_street(t, marked=True) for t in ("BLANK", "SEE NOTES", "ANYSTREET", "HOME", "BLANKENSHIP", "NO NAME")]
    [True, True, True, False, False, False]
    """
    if folded in _REAL:
        return not marked
    if _disclaims(folded, _OF_STREETS if marked else _OF_BARE_STREETS):
        return True
    if " " not in folded:
        return _runs_together(folded) or _is_mistyped(folded)
    words = folded.split(" ")
    if words[0] in _NEGATES_FROM_THE_START:
        return True
    return "SOLDIER" not in folded and any(_spelt(word, _IN_ANY_COMPANY) or _is_mistyped(word) for word in words)


def _disclaims(folded: str, vocabulary: _Vocabulary) -> bool:
    if not folded or is_mash(folded, named=vocabulary.named):
        return True
    if " " not in folded:
        return bool(_spelt(folded, vocabulary.alone))
    words = folded.split(" ")
    joined = folded.replace(" ", "")
    if len(words) == len(joined):
        return bool(_spelt(joined, vocabulary.alone))
    return _is_phrase(words, vocabulary) or bool(_spelt(joined, _DISCLAIMS))


def _runs_together(word: str) -> bool:
    """Whether a word is two of a filler's: "UNKNOWNSTREET", "NOADDRESS", "UNSUPPLIED"."""
    return word.startswith(_HEADS) and any(word.startswith(head) and word[len(head) :] in _TAILS for head in _HEADS)


def _is_mistyped(word: str) -> bool:
    """Whether a word is a known filler but for one letter more, less, other or out of place."""
    if word in _OFTEN_MISTYPED or not _SHORTEST_MISTYPED <= len(word) <= _LONGEST_MISTYPED:
        return False
    return word in _MISTYPED or not _MISTYPED.isdisjoint(_less_one(word))


def _spelt(word: str, known: frozenset[str]) -> str:
    """The word of the vocabulary that a word is, misspellings of "unknown" and digits for letters included."""
    if word in known:
        return word
    if "K" in word and _UNKNOWN_MISTYPED.fullmatch(word):
        return "UNKNOWN"
    if not word.isalpha() and not word.isdigit():
        for letters in _LETTERS_FOR:
            if (spelt := word.translate(letters)) in known:
                return spelt
    return ""


def _is_phrase(words: list[str], vocabulary: _Vocabulary) -> bool:
    disclaims = False
    for word in words:
        spelt = _spelt(word, vocabulary.phrase)
        if not spelt and not word.isdigit():
            return False
        disclaims = disclaims or spelt in vocabulary.in_phrases
    return disclaims
