"""Codes that nobody has mapped: choose what one means, and the figures are made anew."""

from __future__ import annotations

import streamlit as st

from dashboard import format as fmt
from dashboard import layout, store, store_data
from dashboard.components import Column, Row, responsive_table
from dashboard.desk import child
from pipelines.settings import Home


def section() -> None:
    """Draw the unmapped codes with their money, and the list to choose from."""
    layout.section("Not mapped yet", "Accounts and site codes that nobody has placed, with money.")
    if said := st.session_state.pop("map said", None):
        layout.paragraph(said)
    codes = store_data.table("codes").to_dicts()
    if not codes:
        layout.empty("Every account and every site code has its place.")
        return
    rows = [
        Row([f"{c['kind'].capitalize()} {c['code']}", c["system"],
             "–" if c["money"] is None else fmt.money(c["money"], c["currency"]),
             fmt.count(c["rows"])])
        for c in codes[:20]
    ]  # fmt: skip
    columns = [Column("Code"), Column("System", phone="second", quiet=True),
               Column("Money", align="right"), Column("Rows", align="right")]  # fmt: skip
    responsive_table(columns, rows, key="unmapped", label="Codes that nobody has mapped")
    # By their labels: what stands on the page is what is chosen.
    places = {
        f"{c['kind']} {c['code']} of {c['system']}": (c["kind"], c["system"], c["code"])
        for c in codes
    }
    chosen = layout.pick("Code", places, "Choose a code", key="map code")
    if chosen is None:
        return
    kind, system, code = places[chosen]
    if kind == "site":
        names = {f"{site.name} ({key})": key for key, site in store.sites().items()}
    else:
        names = {title: title for title in store_data.table("accounts")["title"].to_list()}
    means = layout.pick(f"Means which {kind}", names, key=f"means {chosen}")
    if means is not None and st.button("Map this code", type="primary", key="map"):
        with st.spinner("Making the figures anew"):
            done = child.run(Home.find(), "map", kind, "--", system, code, names[means])
        told = f"{kind.capitalize()} code {code} now means {means}."
        st.session_state["map said"] = done.problem or told
        st.rerun()
