"""Who published a file, told from the words around its table: patterns that profiles name.

Public bodies often leave themselves out of their tables. A profile asks for the name with
`pattern = "@public_body"` (a title above the table) or `"@publisher"` (the file's name).
"""

from __future__ import annotations

import re

# Words that every such file carries, and that name nobody.
_COMMON = r"""
  all|list|summary|report|reporting|monthly|annual|quarterly|period|final|copy|new|data|dataset
  |total|merged|download|export|transparency|open|publi\w*|spend\w*|spent|expen\w*|payments?|paid
  |invoices?|suppliers?|vendors?|payees?|creditors?|transactions?|accounts?|payables?|ap|over
  |purchas\w*|procurement|cards?|check\w*|warrants?|vouchers?|disbursements?|ledger|sheet|file
  |book\d*|table|results?|query|the|our|page|date|run|prepared|to|from|since|between|until|ytd
  |jan\w*|feb\w*|mar|march|apr|april|may|jun|june|jul|july|aug\w*|sept?\w*|oct\w*|nov\w*|dec\w*
  |q[1-4]|fy\w*|fiscal|calendar|financial|qtr|quarter|year|month
"""
_STOP = rf"(?:{_COMMON})(?![a-z])"
_KINDS = r"(?:nhs|council|trust|ccg|icb|city|county|government|gov|local|borough|authority)"
_NAME = rf"(?!{_STOP})(?-i:[A-Z])[\w&'’.,()-]{{0,30}}"  # a capitalised word, in a title
_JOINED = rf"{_NAME}(?:[ ](?:{_NAME}|and|of|on|upon|&|the)){{0,8}}?"

_BODIES = r"""
  NHS[ ]Foundation[ ]Trust | NHS[ ]Trust | Foundation[ ]Trust | Care[ ]Trust
  | Clinical[ ]Commissioning[ ]Group | CCG | Integrated[ ]Care[ ]Board | ICB | Council
  | Fire[ ]and[ ]Rescue[ ]Service | Authority | Constabulary
  | County | Parish
"""

PATTERNS = {
    # "Payments by Elmwood Borough Council, May" says Elmwood Borough Council; "Council" nobody.
    "@public_body": re.compile(
        rf"""(?x) \b(
          {_JOINED} [ ] (?:{_BODIES})
          | (?:(?:Royal|London)[ ])?(?:City|County|Town|State|Borough)[ ]of
            [ ]{_NAME}(?:[ ]{_NAME}){{0,2}}
        )(?![\w-])""",
        re.IGNORECASE,
    ),
    # "CROY 06 - June.csv" says CROY, "elmwood-payments-over-500.csv" elmwood, "spend 2026.csv"
    # nobody: what leads the name up to a number or a word that every such file carries.
    "@publisher": re.compile(
        rf"""(?x) ^(?!{_STOP})(?!{_KINDS}[ _-]+(?:{_STOP}|£?\$?\d))
          ([a-z][a-z&'’.]*(?:[ _-]+(?!{_STOP})[a-z&'’.]+){{0,6}}?)
          [ _-]+(?=£?\$?\d|{_STOP})""",
        re.IGNORECASE,
    ),
}
