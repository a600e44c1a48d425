"""What lies on the shelves: items, their suppliers, prices, and how fast each kind of site uses
them."""

from __future__ import annotations

from dataclasses import dataclass

SUPPLIERS = ("Northlight Medical", "Carrow Supply", "Pellworth Labs", "Haldane Pharma Supply",
             "Domestica Wholesale")  # fmt: skip


@dataclass(frozen=True)
class Item:
    """An item. `cost` is dollars a unit; the three weights are shares of a site's supply cost."""

    code: str
    name: str
    category: str
    unit: str
    cost: float
    supplier: int
    shelf_months: int
    clinic: float
    urgent: float
    home: float


# code | name | unit | cost | shelf months | weight clinic, urgent care, home
_GROUPS = {
    ("Gloves and gowns", 0): """
GLV-101|Nitrile gloves S, box of 100|box|7.60|36|2 2 2
GLV-102|Nitrile gloves M, box of 100|box|7.60|36|4 4 5
GLV-103|Nitrile gloves L, box of 100|box|7.60|36|3 3 4
GLV-104|Sterile gloves 7.5, pair|pair|1.35|36|1 2 .5
GLV-111|Isolation gown, pack of 10|pack|11.40|48|.5 1 3
GLV-112|Surgical mask, box of 50|box|6.20|36|1 2 2
GLV-113|N95 respirator, box of 20|box|18.90|48|.4 1 1
GLV-114|Shoe covers, bag of 100|bag|9.80|60|.3 .3 .5""",
    ("Wound care", 0): """
WND-101|Gauze sponge 4x4, pack of 200|pack|8.90|48|1 2 2
WND-102|Adhesive bandage, box of 100|box|4.40|48|1 1.5 .6
WND-103|Elastic bandage 4 in, box of 10|box|9.60|60|.5 2 1
WND-104|Hydrocolloid dressing, box of 10|box|21.50|30|.4 .6 3
WND-105|Foam dressing 6x6, box of 10|box|34.80|30|1.2 1.2 1.5
WND-106|Skin closure strips, box of 50|box|17.20|36|.5 2 .3
WND-107|Suture kit, disposable|each|6.90|36|.8 3 .1
WND-108|Paper tape 1 in, box of 12|box|8.10|60|.6 .9 1
WND-109|Wound cleanser 8 oz|bottle|5.30|24|.4 .8 1.4
WND-110|Splint, fingers and wrist|each|12.40|0|.3 2.5 .1""",
    ("Injection and infusion", 1): """
INJ-101|Syringe 3 ml with needle, box of 100|box|13.80|48|3 2 1.5
INJ-102|Syringe 10 ml, box of 100|box|15.60|48|1 1 .8
INJ-103|Insulin syringe, box of 100|box|19.90|48|.8 .4 2.5
INJ-104|Safety needle 25G, box of 100|box|17.40|48|2 1 .6
INJ-105|IV start kit|each|3.80|36|.3 2 .4
INJ-106|Saline 0.9 % 1 l|bag|4.70|18|.3 2.5 .8
INJ-107|Saline flush 10 ml, box of 30|box|16.20|18|.4 2 .8
INJ-108|IV catheter 20G, box of 50|box|62.00|36|.3 2 .4
INJ-109|Alcohol prep pads, box of 200|box|3.60|36|1 1 .8
INJ-110|Sharps container 5 qt|each|5.90|0|1.2 1 .7""",
    ("Laboratory", 2): """
LAB-201|Blood collection tubes EDTA, pack of 100|pack|24.50|12|3 1.5 .6
LAB-202|Blood collection tubes SST, pack of 100|pack|29.80|12|3 1.5 .6
LAB-203|Urinalysis strips, bottle of 100|bottle|23.40|12|2 2 .8
LAB-204|Strep A rapid test, box of 25|box|46.50|14|4 6 .1
LAB-205|Influenza A+B rapid test, box of 25|box|178.00|14|6 9 .5
LAB-206|Glucose test strips, box of 50|box|21.70|15|2 .7 3
LAB-207|Haemoglobin A1c cartridge, box of 10|box|96.00|9|6 .5 .4
LAB-208|Pregnancy test, box of 25|box|22.30|20|.8 1.5 0
LAB-209|Specimen cup, case of 100|case|27.60|0|1 .8 .3
LAB-210|Lancets, box of 200|box|11.90|48|.6 .4 1
LAB-211|Respiratory swab kit, box of 50|box|58.00|14|2 3 .8
LAB-212|Butterfly needle 23G, box of 50|box|54.00|36|2 1.5 .5""",
    ("Medicines and vaccines", 3): """
MED-301|Influenza vaccine, 10 doses|pack|188.00|9|9 3 2
MED-302|Tetanus vaccine, 10 doses|pack|342.00|18|4 5 .2
MED-303|Lidocaine 1 % 20 ml|vial|4.20|24|.8 1.5 .1
MED-304|Ibuprofen 600 mg, 500 tablets|bottle|24.60|30|.3 .8 1
MED-305|Ondansetron 4 mg, 30 tablets|pack|18.40|30|.4 1.4 .3
MED-306|Albuterol nebules, box of 25|box|12.90|20|.7 2 1
MED-307|Ceftriaxone 1 g|vial|7.80|24|.6 2 .2
MED-308|Epinephrine auto-injector, pack of 2|pack|146.00|15|.8 1.2 .3
MED-309|Bacitracin ointment, box of 144|box|15.20|24|.3 .6 .5""",
    ("Care and hygiene", 4): """
HYG-401|Adult briefs M, case of 80|case|38.40|0|0 0 9
HYG-402|Adult briefs L, case of 80|case|41.20|0|0 0 11
HYG-403|Underpads 30x36, case of 100|case|32.80|0|.4 .4 7
HYG-404|Washcloths, disposable, case of 500|case|29.50|36|0 0 5
HYG-405|Barrier cream 4 oz|tube|5.40|24|0 0 3
HYG-406|Hand sanitiser 1 l|bottle|6.80|24|1.2 1.2 2
HYG-407|Disinfectant wipes, tub of 160|tub|7.90|24|2.5 2.5 3
HYG-408|Nutrition drink, case of 24|case|31.60|12|0 0 9
HYG-409|Thickener powder 8 oz|can|9.90|18|0 0 2
HYG-410|Exam table paper, case of 12|case|33.70|0|2.5 2 0
HYG-411|Facial tissue, case of 36|case|27.90|0|.7 .7 1
HYG-412|Red bag liner, roll of 50|roll|14.80|0|.6 .8 .6
HYG-413|Paper towels, case of 16|case|30.40|0|1.2 1 1.5
HYG-414|Patient gown, case of 50|case|37.50|0|1 1 .8""",
}  # fmt: skip


def items(share: float = 1.0) -> list[Item]:
    """The catalogue; `share` below 1 keeps every n-th item, and always those of a story."""
    result = [
        _item(line, category, supplier)
        for (category, supplier), lines in _GROUPS.items()
        for line in lines.strip().splitlines()
    ]
    step = max(1, round(1 / max(share, 0.4)))
    return [item for place, item in enumerate(result)
            if place % step == 0 or item.code in ("LAB-204", "WND-105")]  # fmt: skip


def _item(line: str, category: str, supplier: int) -> Item:
    code, name, unit, cost, shelf, weights = line.split("|")
    clinic, urgent, home = (float(weight) for weight in weights.split())
    return Item(code, name, category, unit, float(cost), supplier, int(shelf),
                clinic, urgent, home)  # fmt: skip
