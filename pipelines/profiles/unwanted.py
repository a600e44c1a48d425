"""Tables that systems export beside those that a feed takes, and what to say of them.

They are consulted only where no profile fits, so that a list of products is called a list of
products and not merely a file that matches nothing. A table is told by headings that stand in it
together, in whatever spelling: `Product Code`, `product_code` and `productCode` are the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unwanted:
    """A kind of table that no feed takes.

    `signs` are sets of headings, in lower case letters and digits alone: all of one set must be
    there, and none of `without`. `only` says that no other headings may stand beside a set.
    """

    what: str
    why: str
    signs: tuple[frozenset[str], ...]
    without: frozenset[str] = frozenset()
    only: bool = False


def _any(*signs: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(sign.split()) for sign in signs)


NO_FACT = "no feed takes it, because it says of no site what it has, used, bought or spent"
QUANTITIES, LABELS = _any(
    "quantity qty qoh obqoh physicalqoh currentquantity balanceqty onhand unitprice",
    "id code name description title active type kind status",
)

UNWANTED = (
    Unwanted(
        "a description of other files' columns",
        "there is nothing to load from it",
        _any("field description", "fieldname instructions", "variable description"),
    ),
    Unwanted(
        "a list of product associations", NO_FACT,
        _any("productcode associatedproductcode"),
    ),
    Unwanted(
        "a list of who supplies which product",
        "prices that were paid come with purchase orders, quantities with the stock list",
        _any("productcode suppliername supplieritemno", "productcode productsourcecode"),
    ),
    Unwanted("a list of a catalogue's products", NO_FACT, _any("productcatalogcode productcode")),
    Unwanted(
        "a list of products", NO_FACT,
        _any("productcode producttype", "productcode productname", "productcode productgroup",
             "itemcode itemname itemgroup"),
        without=QUANTITIES,
    ),
    Unwanted(
        "a list of product categories", NO_FACT,
        _any("categoryname parentcategoryname", "categoryname categoryparentname"),
    ),
    Unwanted("a list of bins", "a bin is a place on a shelf, not a site", _any("binname zonename")),
    Unwanted(
        "a list of users and their roles", "Rounds has its own", _any("username rolename"),
    ),
    Unwanted("a list of organisations", NO_FACT, _any("organization partyrole")),
    Unwanted(
        "a replenishment plan", "it says what should be sent, not what was",
        _any("origincode destinationcode replenishmentperiod"),
    ),
    Unwanted(
        "a list of items and quantities",
        "it doesn't say whether they are on hand, ordered or to be sent; export the stock list or "
        "the purchase orders",
        _any("productcode productname quantity", "productcode quantity"),
        only=True,
    ),
    Unwanted(
        "a packing list", "it names neither the day nor the place of the movement",
        _any("packlevel1 qty", "shipmentnumber productcode quantity"),
    ),
    Unwanted(
        "a comparison of quotes", "nothing was ordered yet; export the purchase orders",
        _any("quantityofunitsquoted"),
    ),
    Unwanted(
        "a list of meters", NO_FACT,
        _any("unit updatefrequency", "unité fréquencedemiseàjour", "birim güncellemesıklığı",
             "birim guncellemesikligi", "einheit aktualisierungsfrequenz",
             "unidad frecuenciadeactualización", "unità frequenzaaggiornamento",
             "unidade frequênciadeatualização"),
    ),
    Unwanted(
        "a list of maintenance plans",
        "a plan is no work order; the work orders that it raises come with their own export",
        _any("startson recurrencetype", "frequency recurrencetype",
             "frequency schedulerecurrencetype", "fréquence typederécurrence", "sıklık tekrartipi",
             "häufigkeit wiederholungstyp", "frecuencia tipoderecurrencia",
             "frequenza tipodiricorrenza", "frequência tipoderecorrência"),
    ),
    Unwanted(
        "a list of single costs and hours of work orders",
        "Rounds keeps one cost and one sum of hours for each work order; give them with the work "
        "orders, in the plain layout of `rounds template work_orders`",
        _any("workorderid costcategory timehours",
             "iddelordredetravail catégoriedecoût tempsheures",
             "işemrikimliği maliyetkategorisi süresaat",
             "arbeitsauftragid kostenkategorie zeitstunden",
             "iddeordendetrabajo categoríadecosto tiempohoras",
             "idordinedilavoro categoriadicosto tempoore",
             "iddaordemdeserviço categoriadecusto tempohoras"),
    ),
    Unwanted(
        "a template for importing work orders",
        "it doesn't say when they were raised; use the export of work orders",
        _any("title status estimatedhours", "titre statut heuresestimées",
             "başlık durum tahminisaatler"),
        without=frozenset(("datecreated", "createdat", "datedecréation", "tariholuşturuldu")),
    ),
    Unwanted(
        "a table of counts by district",
        "Rounds takes counts of single sites",
        _any("district month year"),
        without=frozenset(["site", "sitecode", "sitename", "facility", "facilityname", "location"]),
    ),
)  # fmt: skip

_GUIDE = re.compile(r"^(instructions?|read ?me|guide|guidance|notes|help)$", re.IGNORECASE)


def unwanted(headings: Iterable[str], part: str | None, rows: int) -> str | None:
    """The rest of a sentence that begins with the file's name: what the table is; None if unknown.

    `part` is the sheet's name, `rows` the number of records below the headings.
    """
    if part is not None and _GUIDE.match(part.rpartition("#")[2].strip()):
        return "is a sheet of instructions: there is nothing to load from it."
    if not rows:
        return (
            "holds headings and no rows, as an empty import template does: there is nothing to "
            "load from it."
        )
    names = frozenset(filter(None, map(_compact, headings)))
    if names and names <= LABELS:
        return f"is a list of names: {NO_FACT}."
    for kind in UNWANTED:
        for sign in kind.signs:
            found = {name for name in names if any(_same(name, word) for word in sign)}
            whole = all(any(_same(name, word) for name in found) for word in sign)
            if whole and not names & kind.without and not (kind.only and names - found):
                return f"is {kind.what}: {kind.why}."
    return None


def _compact(heading: str) -> str:
    """A heading's letters and digits, in lower case; Turkish ones also where read as Latin-1."""
    plain = heading.lower().replace("i̇", "i").translate(str.maketrans("ýðþ", "ığş"))
    return re.sub(r"[^\w\ufffd]|_", "", plain)


def _same(name: str, word: str) -> bool:
    """Whether a heading is this word; a letter that was lost on the way (U+FFFD) fits any."""
    if "\ufffd" not in name:
        return name == word
    return re.fullmatch(re.escape(name).replace("\ufffd", "."), word) is not None
