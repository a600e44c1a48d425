"""The server: the app behind its gate. `rounds serve` runs this file with Streamlit.

Any ASGI server may run it as well (`uvicorn dashboard.server:app`); `streamlit run` reads the
settings of `.streamlit/config.toml` beside it either way.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from dashboard.gate import binding, code, provider
from dashboard.gate.headers import Headers
from dashboard.gate.keeper import Keeper
from dashboard.gate.sign_in import Gate
from pipelines.access.ways import IDENTITY, Identity, Ways
from pipelines.settings import Home

_HOME = Home.find()
_WAY = Ways.find(_HOME, address=st.config.get_option("server.address"))
os.environ[IDENTITY] = _WAY.identity  # what holds from now on, whatever becomes of the settings


@asynccontextmanager
async def _bound(app: st.App) -> AsyncIterator[None]:
    """Files that Streamlit keeps for downloads belong to whom they were made for."""
    binding.watch(app._runtime.media_file_mgr)
    yield


app = st.App(
    str(Path(__file__).with_name("app.py")),
    lifespan=_bound,
    routes=[*Gate(_WAY, _HOME).routes(), code.route()],
    middleware=[Middleware(Headers, way=_WAY), Middleware(Keeper, way=_WAY, home=_HOME)],
    secrets=provider.secrets(_WAY, _HOME.secret()) if _WAY.identity is Identity.OIDC else None,
)
