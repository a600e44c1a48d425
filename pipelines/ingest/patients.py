"""Files about patients: told by their headings, by what stands in their columns, by their groups.

Such a file is turned away with the name of a column, never with a value. Rules depend on the feed:
a payroll carries its own workers' birth dates, a work order may have a diagnosis of its fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date

import polars as pl

from pipelines.errors import FileProblem
from pipelines.ingest.moments import dates
from pipelines.ingest.persons import is_person, is_surely_person
from pipelines.ingest.read import Found
from pipelines.ingest.scan import redacted
from pipelines.ingest.sniff import normalise_heading
from pipelines.profiles import Profile

SAMPLE = 2_000  # records that are looked at for what a column holds
MOSTLY = 0.6  # the share of a column's cells that makes it a column of that kind

_PERSON = (
    r"(?:patients?|pt|pat|guarantor|subscriber|insured|beneficiary|enrollee|policy ?holder|member"
    r"|resident)"
)
_OF_A_PERSON = (
    r"(?:names?|first|last|middle|given|sur ?name|full|initials?|ids?|identifier|no|nr|num|numbers?"
    r"|#|dob|birth(?: ?da(?:te|y))?|age|sex|gender|address|street|city|zip|phone|cell|mobile"
    r"|e ?mail|ssn|mrn|acct|account|key|guid|uuid|mbi|nhs)"
)
# Each pattern is matched against a whole heading: lower case, words parted by single blanks.
ABOUT_PATIENTS = tuple(re.compile(pattern) for pattern in (
    r"(?:the )?(?:patient|pt|guarantor|subscriber|insured|beneficiary|enrollee|policy ?holder)",
    rf"(?:.* )?{_PERSON}(?:'?s)? ?(?:first|last|middle|full|legal|preferred)? ?{_OF_A_PERSON}"
    r"(?: .*)?",
    r"(?:.* )?(?:(?:first |last )?name|id|number|no) of (?:the )?(?:patient|resident|insured)",
    r"(?:.* )?(?:mrn|m r n|mr ?(?:#|no|num|number)|medical ?rec(?:ord)?s?"
    r"(?: ?(?:#|no|nr|num|number|id))?|med rec(?: ?(?:#|no|num|number|id))?)"
    r"(?: (?:#|no|number|id))?",
    r"chart ?(?:#|no|nr|num|number|id)", r"(?:emr|ehr|empi|unit record) ?(?:#|id|no|num|number)?",
    r"(?:nhs|hospital|health ?card|medicare|medicaid|hic|mbi) ?(?:#|no|num|number|id)|mbi|hicn?",
    r"(?:insurance|health ?plan|group health|insured) ?(?:member )?(?:#|id|no|num|number)",
    r"(?:.* )?diagnos[ie]s.*|(?:primary |secondary )?dx(?: ?(?:code|\d))?",
    r"icd ?-?(?:9|10)?(?: ?(?:cm|code|codes|\d))*|drg(?: code)?",
    # German, French, Spanish, Italian, Portuguese, Dutch, Polish, Turkish.
    r"patient(?:in|en)?(?: ?-? ?(?:name|nummer|nr|id))?|name des patienten",
    r"(?:kranken)?versicherten ?(?:nummer|nr)|diagnosen?(?: ?code)?|krankenkasse(?:n ?nummer)",
    r"(?:nom|prenom|numero|n°|no|identifiant)s? (?:du |de la |de l')?patiente?",
    r"(?:n°|no|numero|num)? ?(?:de )?dossier medical|diagnostic(?: principal)?|(?:nir|nss)",
    r"(?:(?:nombre|apellidos?|numero|n°|no|id)s? (?:del? (?:la )?)?)?paciente",
    r"(?:numero|n°|no)? ?(?:de )?(?:historia|historial) clinic[ao]|diagnostico",
    r"(?:(?:nome|cognome|numero|id) (?:del? )?)?paziente|(?:numero )?cartella clinica|diagnosi",
    r"(?:(?:nome|numero|id) do )?paciente|(?:numero do )?prontuario",
    r"(?:naam |nummer )?(?:van de )?patient(?:naam|nummer)?|bsn|diagnose",
    r"(?:imie i nazwisko )?pacjenta?|rozpoznanie|hasta (?:adi|no|numarasi|soyadi).*|teshis|tani",
))  # fmt: skip
# Of any person, so that only files about workers may carry them (and lose them).
ABOUT_ANYONE = tuple(re.compile(pattern) for pattern in (
    r"(?:.* )?(?:dob|d o b|date ?of ?birth|birth ?da(?:te|y)|year ?of ?birth|birth ?year)(?: .*)?",
    r"(?:.* )?(?:ssn|ss ?#|ss no|soc sec(?: no)?|social ?security(?: ?(?:no|number|#))?)(?: .*)?",
    r"geburts(?:datum|tag|jahr)|date ?de ?naissance|(?:ne|nee) le",
    r"(?:numero|n°|no) (?:de )?(?:securite|seguro) social(?:e)?|fecha ?de ?nacimiento",
    r"data ?di ?nascita|data ?de ?nascimento",
    r"geboorte ?datum|data ?urodzenia|pesel|dogum ?tarihi",
))  # fmt: skip
# Words that make a count or a measure of it: “Patient days”, “Patient no-shows”, “Resident count”.
_COUNTED = re.compile(
    r"\b(?:days?|visits?|counts?|totals?|volumes?|census|encounters?|admissions?|months?|hours?|per|"
    r"avg|average|number of|no of|# of|shows?|seen|waited|waiting|rate|revenue|charges?|served|mix|"
    r"satisfaction|experience|equipment|transport|services?|care|type|class|status|lift)\b"
)
WORKERS = frozenset({"labor", "positions"})
THINGS = frozenset({"work_orders", "assets"})
_FAULT = re.compile(r"diagnos.*")
PAYMENTS = frozenset({"spend"})
_PAYEE = re.compile(r"(?:supplier )?beneficiary(?: ?name)?")  # who was paid


def heading_words(heading: str) -> str:
    """A heading as these rules read it: `PatientLastName` and `patient_last-name` are the same."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=#)", " ", heading)
    plain = normalise_heading(parted).translate(
        str.maketrans("éèêëáàâäãíìîïóòôöõúùûüçñığş", "eeeeaaaaaiiiiooooouuuucnigs")
    )
    plain = re.sub(r"[.:*()\[\]/\\-]+", " ", plain)
    return " ".join(plain.split())


def patient_heading(headings: Sequence[str], profile: Profile | None = None) -> str | None:
    """The first heading that says the file is about patients, as spelled; None when none does."""
    feeds = frozenset(profile.feeds) if profile else frozenset()
    for heading in headings:
        words = heading_words(heading)
        if not words or (feeds & THINGS and _FAULT.fullmatch(words)):
            continue
        if feeds & PAYMENTS and _PAYEE.fullmatch(words):
            continue
        if any(p.fullmatch(words) for p in ABOUT_ANYONE) and not feeds & WORKERS:
            return heading
        if not _COUNTED.search(words) and any(p.fullmatch(words) for p in ABOUT_PATIENTS):
            return heading
    return None


def turn_away_patients(found: Found, profile: Profile | None) -> None:
    """FileProblem where a table is about single patients.

    By a heading; by people's names beside birth dates or medical numbers; by a title such as
    “Sales by Patient”. `profile` is None where none fits; one that only counts records
    (`aggregate`) may read such a table, because it keeps nothing else of it.
    """
    if profile and profile.aggregate:
        return
    suspect = patient_heading(found.headings, profile)
    where = f"column “{redacted(suspect)}”" if suspect else None
    if where is None and not (profile and WORKERS & set(profile.feeds)):
        place = patient_cells(found.frame, found.headings)
        if place is not None:
            heading = found.headings[place] if place < len(found.headings) else ""
            where = f"what stands in column {place + 1}" + (
                f", “{redacted(heading)}”" if heading else ""
            )
    if where is None and patient_title(found.preamble):
        where = "its title says by patient"
    if where is None:
        return
    if profile is None:
        raise FileProblem(
            found.path,
            f"looks like a list of patients ({where}) and was not read: export counts per site "
            "and day instead.",
            found.part,
        )
    raise FileProblem(
        found.path,
        f"holds patients' data ({where}) and was not read: export counts without that column.",
        found.part,
    )


_BY_PATIENT = re.compile(
    r"(?i)\bby (?:patient|resident|member)\b(?! (?:type|class|mix|day|month|category|group|origin))"
    r"|\bpatient (?:list|detail|roster)\b"
)


def patient_title(preamble: Iterable[Sequence[str]]) -> bool:
    """Whether a line above the table names a report by patient."""
    return any(_BY_PATIENT.search(cell) for row in preamble for cell in row if cell)


def patient_cells(frame: pl.DataFrame, headings: Sequence[str] = ()) -> int | None:
    """The column that tells a list of patients by what it holds; None where nothing does.

    Names of people beside birth dates, or beside medical numbers with their label, or a column of
    Medicare numbers. The answer is the place of the column of names (0 is the first). Dates whose
    heading says that somebody was hired are no birth dates.
    """
    hired = {f"c{i}" for i, heading in enumerate(headings) if _HIRED.search(heading)}
    sample = frame.head(SAMPLE)
    columns = {n: _cells(sample[n]) for n in sample.columns if n != "record"}
    columns = {n: c for n, c in columns.items() if len(c) >= 2}
    for name, cells in columns.items():
        if _share(cells.str.contains(_MEDICARE)) >= MOSTLY:
            return int(name[1:])
    names = [n for n, cells in columns.items() if mostly_people(cells, clean=True)]
    if not names:
        return None
    medical = any(
        (n not in hired and looks_like_birthdays(cells))
        or _share(cells.str.contains(_MEDICAL)) >= MOSTLY
        for n, cells in columns.items()
        if n not in names
    )
    return int(names[0][1:]) if medical else None


_HIRED = re.compile(r"(?i)hire|seniority|service date|start|acquired|purchase|open")
_LETTER, _EITHER = "[AC-HJKMNP-RT-Y]", r"[AC-HJKMNP-RT-Y\d]"
_MEDICARE = rf"^[1-9]{_LETTER}{_EITHER}\d-?{_LETTER}{_EITHER}\d-?{_LETTER}{{2}}\d{{2}}$"
_MEDICAL = r"(?i)^(?:mrn|mr|pt|pat|chart)[ #:-]*\d{3,}$"


def mostly_people(texts: pl.Series, least: float = MOSTLY, *, clean: bool = False) -> bool:
    """Whether a column's cells, or the headings of a report's groups, mostly name people.

    “Total for …” counts as what it is the total of. Two different names at least; each is
    asked once, however often it comes. `clean`: the cells are stripped, none of them blank.
    """
    cells = texts if clean else _cells(texts)
    if cells.str.contains(r"\pL").sum() < 2:
        return False
    cells = cells.str.replace(r"(?i)^total (?:for |of )?", "").unique()
    if len(cells) < 2:
        return False
    cells = cells.sort().head(500)
    people = sum(is_surely_person(text) or ("," in text and is_person(text)) for text in cells)
    return people >= max(2, least * len(cells))


def looks_like_birthdays(cells: pl.Series, today: date | None = None) -> bool:
    """Whether a column holds dates spread over decades, half of them 20 years back or more.

    Contracts, hires and purchases lie closer together, and nearer.
    """
    if not _share(cells.str.contains(r"^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")) >= 0.8:
        return False
    years = cells.str.extract(r"(\d{4})").cast(pl.Int32, strict=False).drop_nulls()
    if len(years) < 0.8 * len(cells):  # years of two digits
        read = dates(cells).values.drop_nulls()
        years = read.dt.year()
        if len(years) < 0.8 * len(cells):
            return False
    this_year = (today or date.today()).year
    within = _share(years.is_between(this_year - 112, this_year))
    middle = years.median()
    return (
        within == 1
        and isinstance(middle, float)
        and this_year - middle >= 20
        and (len(years) < 8 or float(str(years.std())) >= 6)
    )


def _cells(column: pl.Series) -> pl.Series:
    cells = column.str.strip_chars()
    return cells.filter((cells != "").fill_null(False))


def _share(hits: pl.Series) -> float:
    return float(hits.sum()) / max(1, len(hits))
