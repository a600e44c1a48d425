"""Identifiers in running text: where each one stands and what it is, by form and by check digit.

Each rule is a pattern; what it captures as `x` (else all of it) is what must go, and a check can
refuse look-alikes. Numbers that could be anything are found only beside a word that says what they
are ("MRN 12345"). A hint that polars can search for goes first, so that most cells cost nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import polars as pl

from pipelines.ingest.persons import (
    TITLES,
    folded,
    given_hint,
    is_business,
    is_family,
    is_given,
    names_within,
)
from pipelines.ingest.proofs import is_address, is_card, is_iban, is_nhs_number, is_ssn, is_vin

Check = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Find:
    """One identifier: the characters `start` to `stop` of the text, and its kind."""

    start: int
    stop: int
    kind: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of identifier, how it is written, and what tells it from look-alikes.

    `labelled` rules need a word beside the number and so say nothing in a cell that is a code.
    """

    kind: str
    pattern: re.Pattern[str]
    check: Check | None = None
    labelled: bool = False


_NO_NAMES = frozenset((
    "A", "AN", "ALL", "ANY", "NO", "NOT", "IS", "WAS", "HAS", "HAD", "WILL", "CAN", "MAY",
    "NEEDS", "FELL", "FALLS", "LIFT", "SLING", "HOIST", "CHAIR", "TABLE", "MONITOR", "BEDS",
    "CALL", "GOWN", "GOWNS", "TRAY", "TRAYS", "DAY", "DAYS", "COUNT", "VISIT", "VISITS", "FLOW",
    "SAFETY", "SATISFACTION", "EXPERIENCE", "PORTAL", "RECORD", "RECORDS", "TRANSFER",
    "TRANSFERS", "HANDLING", "WARMER", "WARMERS", "WEIGHING", "AREA", "AREAS", "FACING",
    "FEEDBACK", "DIGNITY", "ENTRANCE", "TOILET", "TOILETS", "SHOWER", "BATHROOM", "LOUNGE",
    "CARD", "CARDS", "NAME", "ID", "NUMBER", "NO", "DOB", "MRN", "ADDRESS", "REFUND", "REFUNDS",
    "PAYMENT", "PAYMENTS", "BALANCE", "REPORT", "REPORTS", "SERVICE", "MEALS", "MEAL", "DINING",
    "WAITING", "BED", "TELEVISION", "TV", "PHONE", "EDUCATION", "ADVOCACY", "EMERGENCY", "SLIDE",
    "ALARM", "SIDE", "REPORTS", "REPORTED", "COMPLAINS", "COMPLAINED", "SAYS", "AND", "OR", "OF",
    "FROM", "WITH",
))  # fmt: skip
_PEOPLE = r"(?:patient|pt|resident|client|member|subscriber|insured|beneficiary|guarantor|enrollee)"
_TITLE = "|".join(
    sorted(t.title() for t in TITLES - {"DON", "MASTER", "SIR", "SR", "FR", "DOCTOR"})
)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DAY = (
    r"(?:\d{1,4}[-/. ]\d{1,2}[-/. ]\d{2,4}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?[ -]{_MONTH},?[ -]\d{{2,4}}"
    rf"|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{2,4}}|\d{{8}})"
)
_SIGN = r"(?:\s*(?:no|nr|num|number|id|code)\b\.?)?\s*[#:№=-]*\s*"
_MARKED = r"\s*(?:(?:no|nr|num|number|id)\b|#)\.?\s*[#:=-]*\s*"
_NUMBER = r"(?P<x>(?=[A-Z0-9/-]*\d)[A-Z0-9][A-Z0-9/-]{2,19})\b"


def _rule(kind: str, pattern: str, check: Check | None = None, labelled: bool = False) -> Rule:
    return Rule(kind, re.compile(pattern, re.IGNORECASE), check, labelled)


# The order counts: what an earlier rule has taken, a later one leaves.
RULES = (
    _rule("e-mail", r"\b[\w.+'-]+@[\w-]+(?:\.[\w-]+)+\b"),
    _rule("url", r"\b(?:https?|ftp)://[^\s<>\"]+|\bwww\.[^\s<>\"]+"),
    _rule("ssn", r"(?<![\d-])\d{3}([- ])\d{2}\1\d{4}(?![\d-])", is_ssn),
    _rule("ssn", r"\b(?:ssn|soc(?:ial)?\.? sec(?:urity)?)" + _SIGN + r"(?P<x>[\d*xX-]{4,11})\b",
          labelled=True),
    _rule("card", r"(?<![\d-])(?:\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -])\d{6}\2\d{5}"
          r"|\d{15,16})(?![\d-])", is_card),
    _rule("iban", r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b", is_iban),
    _rule("health id", r"\b[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y\d]\d-?[AC-HJKMNP-RT-Y]"
          r"[AC-HJKMNP-RT-Y\d]\d-?[AC-HJKMNP-RT-Y]{2}\d{2}\b"),
    _rule("health id", r"(?<![\d-])\d{3}([ -])\d{3}\1\d{4}(?![\d-])", is_nhs_number),
    _rule("ip", r"(?<![\w.])(?<!version )(?<!firmware )(?<!release )\d{1,3}"
          r"(?:\.\d{1,3}){3}(?![\w.]*\d)", is_address),
    _rule("ip", r"(?<![\w:])(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}(?![\w:])"
          r"|(?<![\w:])(?:[0-9a-f]{1,4}:){1,6}:(?:[0-9a-f]{1,4}:?){1,5}(?![\w:])"),
    _rule("phone", r"(?<![\w-])(?:\+?1[-. ]?)?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}([-.]))[2-9]\d{2}[-. ]"
          r"\d{4}(?![\d-])"),
    _rule("phone", r"(?<![\w+])\+\d{1,3}[-. ]?(?:\(?\d{1,5}\)?[-. ]?){2,5}\d{2,4}(?!\d)"),
    _rule("phone", r"(?<![\w-])0(?:\d{10}|\d{2} \d{4} \d{4}|\d{3} \d{3} \d{4}|\d{4} \d{6}|"
          r"\d{4} \d{3} \d{3})(?![\d-])"),
    _rule("vehicle", r"\b(?=[A-HJ-NPR-Z\d]*\d)[A-HJ-NPR-Z\d]{17}\b", is_vin),
    # From here on a word says what stands beside it.
    _rule("phone", r"\b(?:phone|telephone|tel|fax|mobile|cell|call(?: back)?)" + _SIGN
          + r"(?P<x>[\d(+][\d ().-]{6,}\d)", labelled=True),
    _rule("birth", r"\b(?:d\.?o\.?b\.?|born(?: on)?|(?:date of )?birth(?: ?da(?:te|y))?)"
          r"\s*[:=-]*\s*(?P<x>" + _DAY + ")", labelled=True),
    _rule("date", r"\b(?:admit(?:ted)?|admission(?: date)?|discharged?|discharge date|deceased|died"
          r"|date of death|d\.?o\.?[ds]\.?|dates? of service)(?: on)?\s*[:=-]*\s*(?P<x>"
          + _DAY + ")", labelled=True),
    _rule("age", r"\b(?:aged?|age:)\s*[:=-]?\s*(?P<x>9\d|1[01]\d)\b"
          r"|\b(?P<y>9\d|1[01]\d)[ -]?(?:y/?o|yrs? old|years? old|year-old)\b", labelled=True),
    _rule("mrn", r"\b(?:mrn|m\.r\.n\.|med(?:ical)?\.? rec(?:ord)?|chart|mr#|hospital (?:no|number)|"
          r"encounter|accession|specimen|claim|rx|prescription)" + _SIGN + _NUMBER, labelled=True),
    _rule("health id", r"\b(?:member|subscriber|beneficiary|policy|insurance|medicaid|medicare|mbi|"
          r"hicn|health ?plan|group|nhs)" + _MARKED + _NUMBER, labelled=True),
    _rule("health id", r"\b(?:medicaid|medicare|mbi|hicn)\s*[#:=]?\s*"
          r"(?P<x>(?=[A-Z]*\d)[A-Z0-9-]{6,14})\b", labelled=True),
    _rule("account", r"\b(?:acc(?:oun)?t|a/c|routing|aba|sort code|bank)"
          + _SIGN + r"(?P<x>\d[\d -]{4,}\d)\b", labelled=True),
    _rule("licence", r"\b(?:licen[cs]e|lic|certificate|cert|dea|dl|permit|passport)" + _MARKED
          + _NUMBER, labelled=True),
    _rule("licence", r"\b(?:driver'?s? licen[cs]e|passport)\s*[#:=]?\s*" + _NUMBER, labelled=True),
    _rule("vehicle", r"\b(?:vin|(?:licen[cs]e |number |reg(?:istration)? )?plates?|vehicle reg)"
          + _SIGN + r"(?P<x>(?=[A-Z0-9 -]*\d)[A-Z0-9]{1,17}(?:[ -][A-Z0-9]{1,5})?)\b",
          labelled=True),
    _rule("serial", rf"\b{_PEOPLE}\b.{{0,60}}?\b(?:serial|s/n|sn|device id|implant|udi)" + _SIGN
          + _NUMBER, labelled=True),
    _rule("serial", r"\b(?:implant(?:ed)?|pacemaker|prosthesis)\b.{0,40}?\b(?:serial|s/n|sn|id|udi)"
          + _SIGN + _NUMBER, labelled=True),
    _rule("number", rf"\b{_PEOPLE}(?: acct| account)?{_MARKED}{_NUMBER}", labelled=True),
    _rule("address", rf"\b(?:{_PEOPLE}|lives at|home address|home visit)\b.{{0,40}}?"
          r"(?P<x>\b\d{1,5} (?:[A-Z][\w.]* ){1,3}(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr"
          r"|court|ct|way|place|pl|boulevard|blvd|close|terrace)\b\.?(?:,? [A-Z][\w ]*)?"
          r"(?:,? \d{5}(?:-\d{4})?)?)",
          labelled=True),
    _rule("address", r"\b(?:zip|postcode|postal code)(?: code)?\s*[:=#]?\s*"
          r"(?P<x>\d{5}(?:-\d{4})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})\b", labelled=True),
)  # fmt: skip

# A person beside a title or a label. After a colon any name counts, else one of which a part is
# known; titles in capitals or with a capital make a name of any word but those of organisations.
_WORD = r"[^\W\d_]+(?:['’-][^\W\d_]+)*"
_BESIDE = (
    re.compile(
        rf"\b(?P<sign>(?i:{_PEOPLE})(?:(?i:\s+name))?)\b\.?\s*(?P<sure>[:=]?)\s*(?P<x>{_WORD})"
    ),
    re.compile(rf"\b(?P<sure>{_TITLE}|{_TITLE.upper()})\b\.?\s+(?P<x>{_WORD})"),
    re.compile(rf"\b(?P<sure>)(?:mr|mrs|ms|dr|prof)\b\.?\s+(?P<x>{_WORD})"),
)
_MORE = re.compile(rf"(?:,[ \t]*|\.?[ \t]+|\.)({_WORD})")
_FAMILY_TOO = frozenset((
    "WARD", "HALL", "PARK", "PARKS", "HILL", "LANE", "LITTLE", "STONE", "WOOD", "GREEN", "CROSS",
    "CASTLE", "POST", "BEST", "CASH", "STAR", "GRANGE", "LODGE", "FARM", "ROYAL", "WEST", "NORTH",
    "LONG", "YOUNG", "BELL",
))  # fmt: skip


def _beside(text: str) -> Iterator[tuple[int, int]]:
    """Names beside a title or a label: `Mr Smith`, `pt John Doe`, `patient: Doe, Jane`."""
    for pattern in _BESIDE:
        for hit in pattern.finditer(text):
            start, stop = hit.span("x")
            words = [folded(hit["x"])]
            if words[0] in _NO_NAMES or (is_business(words[0]) and words[0] not in _FAMILY_TOO):
                continue
            while len(words) < 4 and (more := _MORE.match(text, stop)):
                word = folded(more[1])
                cased = more[1][0].isupper() or not hit["x"][0].isupper()
                known = len(word) == 1 or is_given(word) or is_family(word)
                if (
                    not cased
                    or is_business(word)
                    or word in _NO_NAMES
                    or not (known or more[1][0].isupper())
                ):
                    break
                words.append(word)
                stop = more.end()
            if hit["sure"] or any(is_given(w) or is_family(w) for w in words):
                yield start, stop


# For polars' regular expressions: true for every text in which a rule may find anything but a bare
# name. It must be cheap, and may be true too often.
HINT = (
    r"(?i)@|://|www\.|\d(?:[-. ()/]{0,2}\d){7}|\d{1,3}\.\d{1,3}\.\d{1,3}\.\d|[0-9a-f]:[0-9a-f:]{2}"
    r"|\b[1-9][a-z][a-z\d]\d-?[a-z][a-z\d]\d-?[a-z]{2}\d{2}\b|\b[a-z]{2}\d\d ?[a-z\d]{4}"
    r"|[a-z\d]{17}"
)
# The same, closer, for columns of codes, which hold digits in every cell and come by the million.
CODE_HINT = (
    r"(?i)@|://|www\.|\d{3}[- ]\d{2}[- ]\d{4}|\d{4}[ -]\d{4}[ -]\d{4}[ -]\d|\d{4}[ -]\d{6}[ -]\d{5}"
    r"|\d{15}|\b[a-z]{2}\d\d ?[a-z\d]{4} ?[a-z\d]{4}|\d{3}[ -]\d{3}[ -]\d{4}|\+\d"
    r"|\b[1-9][a-z][a-z\d]\d-?[a-z][a-z\d]\d-?[a-z]{2}\d{2}\b|\d{1,3}\.\d{1,3}\.\d{1,3}\.\d"
    r"|[0-9a-f]{1,4}:[0-9a-f]{0,4}:|\d{3}[-.) ]{0,2}\d{3}[-. ]\d{4}|\b0\d{2,4} \d{3,6}|\b0\d{10}\b"
    r"|\b[a-hj-npr-z\d]{17}\b|,|\b(?:mr|mrs|ms|dr|prof|pt|patient|mrn|ssn|dob)\b"
)
# The same for the rules that need a word beside them.
_LABELS = re.compile(
    r"\b(?:ssn|soc|phone|tel|fax|mobile|cell|call|d\.?o\.?[bds]|born|birth|admi|discharge|deceased"
    r"|died|date|aged?[^a-z]|yo|y/o|y(?:ea)?rs?|mrn|m\.r\.n|med|mr#|chart|hospital|encounter|accession"
    r"|specimen|claim|rx|prescription|member|subscriber|beneficiary|policy|insurance|insured|mbi"
    r"|hicn|health|group|nhs|acc|a/c|routing|aba|sort|bank|lic|cert|dea|permit|passport|driver|dl|vin"
    r"|number|reg|plate|vehicle|implant|pacemaker|prosthesis|patient|pt|resident|client|guarantor"
    r"|enrollee|lives|home|zip|post)|\d(?:yo|y/o|yrs)", re.I,
)  # fmt: skip
# Beside a word, all of these need a digit but a social security number that is crossed out.
_CROSSED_OUT = r"(?i)\b(?:ssn|soc)"
_BESIDE_HINT = rf"(?i)\b(?:{_PEOPLE}|{_TITLE}|mr|mrs|ms|dr|prof)\b"
_FORMS = re.compile(HINT)
# What a column of codes is asked: forms that say by themselves what they are.
FORMS = tuple(rule for rule in RULES if not rule.labelled)
LABELLED = tuple(rule for rule in RULES if rule.labelled)
NINE_DIGITS = r"\d{9}"
NINE = re.compile(rf"(?<![\w-]){NINE_DIGITS}(?![\w-])")
_NUMBERED = re.compile(
    r"(?:\b(?:po|p\.o|order|invoice|inv|ref|reference|contract|job|wo|asset|serial|sn|part|item|model"
    r"|project|grant|bid|rfp|ticket|req|requisition|no|number|upc|ndc|lot|batch|cat|sku)\b\.?|#)"
    r"[\s.#:№-]*$", re.I,
)  # fmt: skip


def may_hold(texts: pl.Series) -> pl.Series:
    """Which texts `finds` may find something in: all of those, and a few more.

    Descriptions differ from row to row and come by the million: polars asks each in less than a
    hundredth of the time.
    """

    def has(pattern: str) -> pl.Series:
        return texts.str.contains(pattern)

    labelled = has(f"(?i){_LABELS.pattern}") & (has(r"\d") | has(_CROSSED_OUT))
    odd = texts.str.len_bytes() != texts.str.len_chars()  # letters that fold to others
    return odd | has(HINT) | has(NINE_DIGITS) | labelled | has(_BESIDE_HINT) | has(given_hint())


def finds(text: str, names: bool = True, titled: bool = True) -> list[Find]:
    """The identifiers in a text, in order and without overlap.

    `names` looks for known names (`John Smith`), and for nine digits that may be a social security
    number and that no word makes another number; `titled` for names beside a title or a label.
    """
    found: list[Find] = []

    def take(start: int, stop: int, kind: str) -> None:
        if start < stop and all(stop <= f.start or start >= f.stop for f in found):
            found.append(Find(start, stop, kind))

    rules = FORMS if _FORMS.search(text) else ()
    if _LABELS.search(text):
        rules += LABELLED
    for rule in rules:
        for hit in rule.pattern.finditer(text):
            start, stop = _span(hit)
            if rule.check is None or rule.check(text[start:stop]):
                take(start, stop, rule.kind)
    if titled:
        for start, stop in _beside(text):
            take(start, stop, "name")
    if names:
        for start, stop in names_within(text):
            take(start, stop, "name")
        for hit in NINE.finditer(text):
            if is_ssn(hit[0]) and not _NUMBERED.search(text[: hit.start()]):
                take(hit.start(), hit.end(), "ssn")
    return sorted(found, key=lambda f: f.start)


def _span(hit: re.Match[str]) -> tuple[int, int]:
    for group in ("x", "y"):
        if group in hit.re.groupindex and hit[group] is not None:
            return hit.span(group)
    return hit.span()


def replaced(text: str, found: list[Find], mark: Callable[[str, str], str]) -> str:
    """The text with each find replaced by `mark(kind, what stood there)`."""
    pieces, place = [], 0
    for find in found:
        pieces += [text[place : find.start], mark(find.kind, text[find.start : find.stop])]
        place = find.stop
    return "".join([*pieces, text[place:]])


def redacted(text: str) -> str:
    """The text with every identifier replaced by its kind: `Leak, call [phone]`."""
    return replaced(text, finds(text), lambda kind, _: f"[{kind}]")
