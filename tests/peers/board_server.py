"""Serves `board.py` with the files that its components take."""

from pathlib import Path

import streamlit as st

from dashboard.gate import code

app = st.App(str(Path(__file__).with_name("board.py")), routes=[code.route()])
