"""Who looks like a person: names told from those of organisations, by words and by structure.

Three lists are consulted: common given names, common family names, and words of organisations.
No list holds every name: a name of which no part is common is found only where its form shows it
(`Last, First`, `Mr Last`).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path

HERE = Path(__file__).parent
TITLES = frozenset((
    "MR", "MRS", "MS", "MISS", "MX", "DR", "PROF", "PROFESSOR", "REV", "REVD", "REVEREND", "FR",
    "SIR", "LADY", "DAME", "HON", "MSTR", "MASTER", "MADAME", "MME", "MLLE", "HERR", "FRAU", "SR",
    "SRA", "DON", "DOCTOR", "CLLR",
))  # fmt: skip
GRADES = frozenset((
    "MD", "DO", "DDS", "DMD", "PHD", "ESQ", "RN", "LPN", "NP", "CPA", "DVM", "DPM", "OD", "LCSW",
    "PE", "MBE", "OBE", "MRCP", "QC", "KC",
))  # fmt: skip
# Given names that are other words more often: taken for names beside a known family name only.
SOMETIMES = frozenset((
    "APRIL", "MAY", "JUNE", "AUGUST", "SUMMER", "AUTUMN", "DAWN", "HOPE", "FAITH", "AMBER",
    "CRYSTAL", "PEARL", "JEWEL", "ROSE", "CHRISTIAN", "ORLANDO", "CARMEL", "KIT", "PAT", "VAL",
    "LANE", "FOSTER", "CHASE", "AUSTIN", "DALLAS", "GINGER", "BRANDY", "SHERRY", "OLIVE",
))  # fmt: skip
LINEAGE = frozenset((
    "JR", "SR", "II", "III", "IV",
))  # fmt: skip
PARTICLES = frozenset((
    "DE", "LA", "DEL", "DA", "DOS", "DI", "VAN", "VON", "DER", "DEN", "TER", "LE", "EL", "AL",
    "BIN", "BEN", "IBN", "ABU", "MC", "MAC", "O", "ST",
))  # fmt: skip
# What makes a company whatever stands beside it, also within a hyphen: “LLP-Chicago”.
LEGAL = frozenset((
    "LTD", "LIMITED", "LLP", "LLC", "LP", "INC", "INCORPORATED", "CORP", "CORPORATION", "COMPANY",
    "PLC", "PLLC", "GMBH", "OF", "THE",
))  # fmt: skip
LONGEST = 70  # characters; a name is shorter

_CODE = re.compile(r"^\W*[A-Z]{0,3}\d[\w/-]*\s+[-:]?|\s+[(\[]?[A-Z]{0,3}-?\d[\w/-]*[)\]]?\W*$")
_TRADES = re.compile(r"\s+(?:T/?AS?|DBA|D/B/A|TRADING AS|C/O|AKA)\b.*$")
_WORD = re.compile(r"[A-Z][A-Z'-]*")
_ODD = re.compile(r"[^A-Z' .,&()/-]")
_COUPLE = re.compile(
    r"^(?:MR|DR|MRS|MS)\b\.?\s*(?:&|AND)\s*(?:MRS|MR|DR|MS)\b|^(\w+) (?:&|AND) (\w+) (\w+)$"
)


@cache
def _words(name: str) -> frozenset[str]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def is_given(word: str) -> bool:
    """Whether a folded word is a common given name."""
    return word in _words("given_names.txt")


@cache
def given_hint() -> str:
    """For polars' regular expressions: true for plain text in which a common given name stands."""
    names = "|".join(sorted(map(re.escape, _words("given_names.txt"))))
    return rf"(?i)(?:^|[^a-z])(?:{names})(?:[^a-z]|$)"


def is_family(word: str) -> bool:
    """Whether a folded word is a common family name, its hyphenated parts each looked up."""
    return any(part in _words("surnames.txt") for part in (word, *word.split("-")))


def is_business(word: str) -> bool:
    """Whether a folded word stands in names of organisations, places or offices."""
    return word in _words("business_words.txt") or word.endswith("'S")


@lru_cache(1 << 16)
def folded(text: str) -> str:
    """Upper case without accents, every apostrophe and dash the plain one, blanks single."""
    plain = unicodedata.normalize("NFKD", text).replace("’", "'").replace("‘", "'")
    plain = "".join(c for c in plain if not unicodedata.combining(c)).replace("–", "-").upper()
    return " ".join(plain.replace("_", " ").split())


@lru_cache(1 << 16)
def is_person(text: str) -> bool:
    """Whether a whole cell names a person: `Smith, John A`, `John A Smith`, `Mr J Smith`.

    Organisations named after people are none: `Smith, Jones & Partners LLP`, `St Mary's Ltd`.
    """
    return _looks(text, sure=False)


@lru_cache(1 << 16)
def is_surely_person(text: str) -> bool:
    """Whether a whole cell names a person by form and by a known name; for cells that are codes."""
    return _looks(text, sure=True)


def _looks(text: str, sure: bool) -> bool:
    if len(text) > LONGEST:
        return False
    name = _TRADES.sub("", _CODE.sub("", _CODE.sub("", folded(text)))).strip(" .-*")
    if not name or _ODD.search(name):
        return False
    couple = _COUPLE.match(name)
    if couple:
        return couple[1] is None or (
            is_given(couple[1]) and is_given(couple[2]) and not is_business(couple[3])
        )
    words = _WORD.findall(name.replace(".", " "))
    if "/" in name or not words or any(LEGAL & {w, *w.split("-")} for w in words):
        return False
    first, several, second = name.partition("&")
    if several:  # "Last, First & Last, First", also where it was cut short
        if "," in first:
            others = _WORD.findall(second)
            return ("," in second or all(map(is_given, others))) and _inverted(first, known=True)
        sides = [_WORD.findall(side.replace(".", " ")) for side in (first, second)]
        return not any(map(is_business, words)) and all(_known(side) for side in sides)
    if "," in name and _inverted(name, known=sure):
        return True
    if "," in name or any(map(is_business, words)):
        return False
    if words[0] in TITLES:
        return _titled(words[1:])
    plain = _without_grades(words)
    if " ".join(plain) in COMPANIES:
        return False
    if sure:
        return _known(plain)
    graded = len(plain) < len(words) and words[-1] in GRADES
    return _straight(plain) or (graded and 2 <= len(plain) <= 4)


def _titled(words: Sequence[str]) -> bool:
    return 1 <= len(words) <= 5 and len(words[-1]) > 1


def _without_grades(words: Sequence[str]) -> list[str]:
    kept = list(words)
    while len(kept) > 1 and kept[-1] in GRADES:
        kept.pop()
    return [w for i, w in enumerate(kept) if not i or w not in LINEAGE]


def _one_known(words: Sequence[str]) -> bool:
    return any(is_given(w) or is_family(w) for w in words)


def _inverted(name: str, known: bool) -> bool:
    """`Last, First`: one comma, few words on each side; with `known`, a known given name."""
    sides = [_WORD.findall(side.replace(".", " ")) for side in name.split(",")]
    sides = [side for side in sides if side]
    while len(sides) > 2 and all(w in GRADES | LINEAGE for w in sides[-1]):
        sides.pop()
    if len(sides) != 2:
        return False
    last, rest = sides
    if "".join(rest) in ("PA", "PC"):  # a practice or a law firm: “Osborn Maledon, P.A.”
        return _known(last)
    rest = _without_grades(rest)
    if len(last) > 3 or len(rest) > 3:
        return False
    if len(last) == 1 and is_given(rest[0]) and all(len(w) == 1 or is_given(w) for w in rest[1:]):
        return True  # also "Ward, David E", "Hall, Mary"
    if any(map(is_business, (*last, *rest))):
        return False
    if rest[0] in GRADES | LINEAGE:  # "John Smith, MD"
        return _straight(last) or (len(last) > 1 and _one_known(last))
    if is_given(rest[0]):
        return True
    initials = all(len(w) == 1 for w in rest)
    if known:
        return initials and is_family(last[-1])
    return initials or is_family(last[-1]) or len(rest[0]) > 2


# Companies that are called like a person and often written without their legal form.
COMPANIES = frozenset((
    "HENRY SCHEIN", "GRANT THORNTON", "MORGAN STANLEY", "ROBERT HALF", "CARL ZEISS", "KARL STORZ",
    "PAUL HARTMANN", "RICHARD WOLF", "THOMAS COOK", "JOHN LEWIS", "JOHN DEERE", "WILLIAM HILL",
    "CHARLES SCHWAB", "ARTHUR ANDERSEN", "ARTHUR J GALLAGHER", "J P MORGAN", "MARIE CURIE",
    "RALPH LAUREN", "CALVIN KLEIN", "HARLEY DAVIDSON", "JACK DANIELS", "EDWARD JONES",
    "FRANKLIN COVEY", "JONES LANG LASALLE", "STEWART WARNER", "PHILIP MORRIS", "KIMBERLY CLARK",
    "RAYMOND JAMES", "STANLEY STEEMER", "HUGH STEEPER", "GEORG FISCHER", "MARTIN MARIETTA",
    "FRANK CASS", "ANN SUMMERS", "LEONARD CHESHIRE", "WILLIAM WRIGLEY", "MARY KAY", "ALLEN BRADLEY",
))  # fmt: skip
_BRANDS = frozenset(("HAUL", "MART", "CREW", "SPIRE", "BRAUN", "MAXX", "LINE", "TOWN", "ROGER"))


def _straight(words: Sequence[str]) -> bool:
    """`First Last`, `First M Last`, `F M Last`, `Last First M`, without a comma."""
    if not 2 <= len(words) <= 5 or len(words[-1]) < 2:
        return _behind(words)
    first, middle, last = words[0], words[1:-1], words[-1]
    inner = [w for w in middle if w not in PARTICLES]
    if len(inner) > 2:
        return False
    if is_given(first):
        if is_family(last) or any(len(w) == 1 for w in inner):
            return True
        return len(last) > 2 and len(words) <= 3
    if first in SOMETIMES and is_family(last) and len(words) <= 3:
        return True
    if [len(w) for w in middle] == [1] and len(first) > 2 and len(last) > 2:
        return is_family(last) or middle[0] not in "ANRU"  # “Build A Bear”, “Toys R Us”
    if len(first) == 1 and all(len(w) == 1 or is_given(w) for w in inner):
        odd = first in "EQUX" or last.endswith("ING")
        return len(last) > 3 and last not in _BRANDS and (is_family(last) or not odd)
    return _behind(words)


def _behind(words: Sequence[str]) -> bool:
    """`Smith John A`: the family name first."""
    if not 2 <= len(words) <= 4 or not is_family(words[0]) or not is_given(words[1]):
        return False
    return len(words) == 2 or all(len(w) == 1 for w in words[2:])


def _known(words: Sequence[str]) -> bool:
    """A known given name, perhaps an initial, and a known family name; nothing else."""
    inner = words[1:-1]
    return (
        2 <= len(words) <= 3
        and is_given(words[0])
        and is_family(words[-1])
        and all(len(w) == 1 or is_given(w) for w in inner)
    )


def key_of(text: str) -> str:
    """What stays the same when a person is written otherwise: order, case, titles, accents."""
    name = _TRADES.sub("", _CODE.sub("", _CODE.sub("", folded(text))))
    words = _WORD.findall(name.replace(".", " "))
    kept = [w for w in words if w not in TITLES and w not in GRADES] or words
    return " ".join(sorted(kept))


def person_pseudonym(text: str, secret: bytes) -> str:
    """`Person 3f9a2c4d51e0`: keyed, the same for `SMITH, JOHN` and `Mr John Smith`."""
    message = f"person\0{key_of(text)}".encode()
    return f"Person {hmac.new(secret, message, hashlib.sha256).hexdigest()[:12]}"


_TOKEN = re.compile(r"[^\W\d_]+(?:['’.-][^\W\d_]+)*\.?")


def names_within(text: str) -> Iterator[tuple[int, int]]:
    """Where known names stand in running text: `John Smith`, `John A. Smith`, `Smith, John`.

    A given name must be next to a family name, both known: “Florence Ward” is no person.
    """
    tokens = [(m.start(), m.end(), folded(m[0].rstrip("."))) for m in _TOKEN.finditer(text)]
    place = 0
    while place < len(tokens) - 1:
        length = _name_at(text, tokens, place)
        if length:
            yield tokens[place][0], tokens[place + length - 1][1]
        place += length or 1


def _belongs(rest: str, word: str) -> bool:
    """Whether what follows a name makes a place or an office of it: “Thomas Moore Group”."""
    return rest[:1] == " " and rest[1:2].isupper() and is_business(word)


def _name_at(text: str, tokens: Sequence[tuple[int, int, str]], place: int) -> int:
    """How many tokens from here on are a name; 0 where none begins."""
    start, _, word = tokens[place]
    if not text[start].isupper():
        return 0
    following = tokens[place + 1 : place + 4]
    gaps = [text[a[1] : b[0]] for a, b in zip(tokens[place : place + 3], following, strict=False)]
    if is_family(word) and gaps[0].strip() == "," and is_given(following[0][2]):
        return 2
    if not is_given(word) or len(word) < 2:
        return 0
    for count, (begin, _, next_word) in enumerate(following[:3], 2):
        if gaps[count - 2] not in (" ", ". ", "  ") or not text[begin].isupper():
            return 0
        if len(next_word) > 1 and is_family(next_word) and not is_business(next_word):
            beyond = tokens[place + count] if place + count < len(tokens) else None
            if beyond and _belongs(text[following[count - 2][1] :], beyond[2]):
                return 0
            return count
        if len(next_word) > 1 and not is_given(next_word):
            return 0
    return 0
