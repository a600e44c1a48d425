"""What went wrong with somebody's SQL, in one sentence.

DuckDB's own texts carry values of cells ("could not convert string …"), paths and hints about
settings. So a sentence is made anew from the kind of the fault; of DuckDB's text it repeats no word
that doesn't stand in the question itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

LONGEST = 60  # characters of a name that is repeated

NOTHING = "There is no question: write one that begins with SELECT, FROM, WITH or SUMMARIZE."
REFUSED = {
    "none": NOTHING,
    "several": "Only one question can be asked at a time, and a PIVOT needs its values in a list: "
    "PIVOT … ON column IN ('a', 'b').",
    "kind": "Only questions can be asked here: SELECT, FROM, WITH, VALUES, SHOW, DESCRIBE, "
    "SUMMARIZE or EXPLAIN.",
    "bytes": "The answer is too large: choose fewer columns, shorter texts or fewer rows.",
    "fault": "DuckDB could not make this answer into a table: cast its columns to simpler types.",
}
LONG = "The question took longer than {seconds:g} seconds and was stopped: ask about fewer rows."
MEMORY = "The question needs more memory than one may take: ask about fewer rows or columns."
CANCELLED = "The question was cancelled."
CRASHED = "DuckDB failed on this question and was stopped; nothing else is affected."
CLOSED = "That is closed here: only the documented tables can be asked, and no file or setting."
BUSY = "Other questions are being answered: ask again in a moment."

_KINDS = {
    "OutOfMemoryException": MEMORY,
    "PermissionException": CLOSED,
    "InvalidConfigurationException": CLOSED,
    "HTTPException": CLOSED,
    "IOException": CLOSED,
    "ConversionException": "A value can't be read as the type that is wanted: TRY_CAST gives an "
    "empty cell there.",
    "OutOfRangeException": "A value is larger than its type can hold: cast to a larger one first.",
    "TypeMismatchException": "Two types don't go together here: cast one of them.",
    "DependencyException": CLOSED,
    "TransactionException": CLOSED,
    "NotImplementedException": "DuckDB can't do that.",
    "NotSupportedException": "DuckDB can't do that.",
    "InterruptException": CANCELLED,
    "InternalException": CRASHED,
    "FatalException": CRASHED,
    "SyntaxException": "The SQL can't be understood.",
    "BinderException": "The question doesn't fit the tables: check names, types and GROUP BY.",
    "CatalogException": "A name is not known here: the tables and their columns are listed.",
    "ParserException": "The SQL can't be understood: check its words, commas and brackets.",
}
_OTHER = "The question can't be answered as it stands: check its functions and values."


def sentence(
    kind: str, text: str, question: str, tables: Iterable[str], columns: Iterable[str]
) -> str:
    """The sentence for an error of DuckDB's: its kind, its text, and what was asked.

    `tables` and `columns` are those that could have been meant.
    """
    if found := re.search(r'syntax error at or near "([^"]+)"', text):
        return _near("The SQL can't be understood", found[1], question)
    if found := re.search(r"Table with name (\S+) does not exist", text):
        return _unknown("table", found[1], question, tables)
    if found := re.search(r'Referenced (?:column|table) "([^"]+)" not found', text):
        kinds = "table" if 'table "' in found[0] else "column"
        return _unknown(kinds, found[1], question, tables if kinds == "table" else columns)
    if found := re.search(r'does not have a column named "([^"]+)"', text):
        return _unknown("column", found[1], question, columns)
    if found := re.search(r"(?:Function|Macro) with name (\S+) does not exist", text):
        return _unknown("function", found[1], question, ())
    if found := re.search(r'column "([^"]+)" must appear in the GROUP BY', text):
        return _near("A column must stand in GROUP BY or in an aggregate", found[1], question)
    return _KINDS.get(kind, _OTHER)


def _near(said: str, word: str, question: str) -> str:
    """A sentence that names a word of the question, and its line where that is certain."""
    if not _is_in(word, question):
        return f"{said}."
    lines = [n for n, line in enumerate(question.splitlines(), 1) if word in line]
    line = f" in line {lines[0]}" if len(lines) == 1 and "\n" in question.strip() else ""
    return f"{said}: see {word}{line}."


def _unknown(what: str, name: str, question: str, known: Iterable[str]) -> str:
    bare = name.strip('"').rpartition(".")[2]
    if not _is_in(bare, question):
        return f"A {what} of this name is not known here."
    close = get_close_matches(bare.lower(), sorted(set(known)), n=1)
    return f"There is no {what} {bare}" + (f"; did you mean {close[0]}?" if close else ".")


def _is_in(word: str, question: str) -> bool:
    return len(word) <= LONGEST and word.isprintable() and word.lower() in question.lower()
