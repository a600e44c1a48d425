"""Small homes whose rows fit on a screen."""

from __future__ import annotations

from pathlib import Path

from pipelines.settings import Home
from tests.dashboard.opening import published
from tests.loading import load_text

SITES = """site,name,kind,region,beds,opened
OAK,Oakdale,Clinic,North,0,2019-01-01
ELM,Elmwood,Clinic,South,0,2019-01-01
"""
# Gloves last OAK four days and ELM two hundred; a delivery of gauze is on its way to OAK.
MOVES = """site,date,reference,item,item_name,kind,quantity,unit
OAK,2026-08-10,1,GLV,Gloves,issue,45,box
OAK,2026-10-10,2,GLV,Gloves,issue,45,box
ELM,2026-10-10,3,GLV,Gloves,issue,45,box
OAK,2026-10-11,4,GZE,Gauze,issue,90,box
OAK,2025-10-11,5,GLV,Gloves,issue,30,box
"""
STOCK = """site,as_of,item,item_name,quantity,unit
OAK,2026-10-31,GLV,Gloves,4,box
ELM,2026-10-31,GLV,Gloves,100,box
OAK,2026-10-31,GZE,Gauze,0,box
"""
ORDERS = """site,order,line,ordered_on,promised,received_on,item,quantity,received,unit
OAK,P1,1,2026-10-28,2026-11-02,,GZE,50,0,box
OAK,P2,1,2026-10-01,2026-10-05,2026-10-05,GLV,50,50,box
"""
WORKS = """site,work_order,title,kind,priority,category,risk,status,created,due,completed
OAK,1,Autoclave leaks,repair,High,Biomedical,high,open,2026-10-21 09:00,2026-10-28 17:00,
OAK,2,Door sticks,repair,Low,Doors,low,open,2026-08-01 09:00,,
OAK,3,Lamp out,repair,Low,Electrical,,complete,2026-10-01 09:00,,2026-10-02 10:00
ELM,4,Drain blocked,repair,Low,Plumbing,low,open,2026-10-30 09:00,2026-11-30 17:00,
ELM,5,Service: autoclave,planned,Low,Biomedical,high,open,2026-10-01 09:00,2026-10-15 17:00,
ELM,6,Service: dryer,planned,Low,Laundry,low,complete,2026-10-01 09:00,2026-10-15 17:00,2026-10-12
"""


def supplies(home: Path, *, orders: bool = False) -> None:
    """Movements and counts without any price."""
    texts = {"sites.csv": SITES, "moves.csv": MOVES, "stock.csv": STOCK}
    load_all(home, texts | ({"orders.csv": ORDERS} if orders else {}))


def works(home: Path) -> None:
    load_all(home, {"sites.csv": SITES, "works.csv": WORKS})


def sites(home: Path) -> None:
    load_all(home, {"sites.csv": SITES})


def two_currencies(home: Path) -> None:
    moves = """site,date,reference,item,item_name,kind,quantity,unit,unit_cost,currency
OAK,2026-10-10,1,GLV,Gloves,issue,100,box,10.00,USD
ELM,2026-10-10,2,GLV,Gloves,issue,50,box,10.00,GBP
"""
    load_all(home, {"sites.csv": SITES, "moves.csv": moves})


def load_all(home: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        outcome = load_text(home, text, name)
        assert outcome.status == "loaded", outcome
    published(Home(home))
