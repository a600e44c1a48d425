import time
from datetime import date
from pipelines.metrics import METRICS
from pipelines.metrics.ask import ask
from pipelines.calendar import Period
import polars as pl
pl.Config.set_tbl_cols(20); pl.Config.set_tbl_width_chars(200); pl.Config.set_tbl_rows(40)
def test_x(group):
    p = Period(date(2025,1,1), date(2026,3,31))
    for m in METRICS:
        t=time.time()
        a = ask(group.after, m, period=p)
        print(m, a.frame.select(pl.exclude("start","stop")).to_dicts(), len(a.missing), round(time.time()-t,3))
    t=time.time()
    for m in METRICS:
        x=ask(group.after, m, period=p, by=("site","month"), as_of=group.first).frame
        y=ask(group.before, m, period=p, by=("site","month")).frame
        print(m, x.equals(y))
    print(time.time()-t)
    print(group.after.query("select * from coverage where need like 'labor' and (not present or not whole)"))
