"""Every number, amount and date that a person reads is written in this package, and only here.

All functions are pure. `None` (and a float that is no number) becomes `MISSING`; the reason
for it belongs beside it, from the page. Shares are fractions: 0.142 is written "14.2 %".
Signs are + and U+2212, the space before % is U+202F, halves are rounded up (away from zero).

>>> money(11_842_310), money(38_400), money(-412), money(None)
('$11.84m', '$38k', '−$412', '–')
>>> gap(412_000), gap(-13_250), gap(0)
('$412k over budget', '$13k under budget', 'on budget')
"""

from pipelines.format.dates import (
    day,
    day_in_sentence,
    day_range,
    days,
    days_left,
    moment,
    month,
    month_in_sentence,
)
from pipelines.format.figures import (
    ENGLISH,
    MISSING,
    Marks,
    Number,
    count,
    counted,
    hours,
    number,
    percent,
    percent_range,
    points,
)
from pipelines.format.moneys import (
    currency_symbol,
    gap,
    money,
    money_exact,
    money_range,
    thousands,
    unit_price,
)
from pipelines.format.units import Unit, change, ticks, value
from pipelines.format.words import names, quantity, suppressed

__all__ = [
    "ENGLISH",
    "MISSING",
    "Marks",
    "Number",
    "Unit",
    "change",
    "count",
    "counted",
    "currency_symbol",
    "day",
    "day_in_sentence",
    "day_range",
    "days",
    "days_left",
    "gap",
    "hours",
    "moment",
    "money",
    "money_exact",
    "money_range",
    "month",
    "month_in_sentence",
    "names",
    "number",
    "percent",
    "percent_range",
    "points",
    "quantity",
    "suppressed",
    "thousands",
    "ticks",
    "unit_price",
    "value",
]
