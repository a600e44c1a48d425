"""The pages at the gate: written by the server, whole without any script."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path

from starlette.responses import HTMLResponse

from dashboard.gate.headers import digest

_STATIC = Path(__file__).parent.parent / "static"
WRONG = (
    "This login and this password don't open Rounds. Try again; after several tries in vain one "
    "must wait some minutes, even with the right password."
)
CSS = """
@font-face { font-family: Plex; src: url(app/static/IBMPlexSans-Regular.woff2); font-weight: 400; }
@font-face { font-family: Plex; src: url(app/static/IBMPlexSans-Medium.woff2); font-weight: 500; }
@font-face { font-family: Plex; src: url(app/static/IBMPlexSans-SemiBold.woff2); font-weight: 600; }
:root {
  color-scheme: light dark;
  --page: #FFFFFF; --fill: #F4F6F5; --line: #7F8B87; --hair: #DCE1DF; --text: #16201D;
  --muted: #5A6663; --accent: #0B5C58; --filled: #0B5C58; --concern: #AE4C0A; --tint: #FCEFE4;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #101514; --fill: #19201E; --line: #7C8884; --hair: #2E3835; --text: #E6ECEA;
    --muted: #9DA9A5; --accent: #5CC2B7; --filled: #27807A; --concern: #F09A55; --tint: #38261A;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; min-height: 100vh; min-height: 100dvh; display: flex; flex-direction: column;
  background: var(--page); color: var(--text);
  font: 400 15px/1.5 Plex, "IBM Plex Sans", system-ui, sans-serif;
}
header { padding: 16px 24px; border-bottom: 1px solid var(--hair); }
header svg { display: block; height: 28px; width: auto; }
main {
  flex: 1; width: 100%; max-width: 392px; margin: 0 auto; padding: 12vh 16px 48px;
}
h1 { margin: 0 0 4px; font-size: 24px; line-height: 1.3; font-weight: 600; }
p { margin: 0 0 24px; color: var(--muted); text-wrap: pretty; }
.said {
  margin: 0 0 20px; padding: 10px 14px; border-radius: 6px; background: var(--tint);
  color: var(--text); border-left: 3px solid var(--concern);
}
label { display: block; margin: 0 0 6px; font-weight: 500; }
input {
  width: 100%; margin: 0 0 18px; padding: 10px 12px; border: 1px solid var(--line);
  border-radius: 6px; background: var(--fill); color: inherit; font: inherit; font-size: 16px;
}
button, .go {
  display: block; width: 100%; margin-top: 6px; padding: 11px 16px; border: 0; border-radius: 6px;
  background: var(--filled); color: #FFFFFF; font: inherit; font-weight: 500; text-align: center;
  text-decoration: none; cursor: pointer;
}
button:hover, .go:hover { filter: brightness(1.08); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
footer { padding: 16px 24px; color: var(--muted); font-size: 13px; text-align: center; }
@media (max-width: 480px) { header { padding: 14px 16px; } main { padding-top: 40px; } }
"""


def form(page: str, *, login: str = "", said: str = "", status: int = 200) -> HTMLResponse:
    """The sign-in page of people with a password here."""
    focus, other = (" autofocus", "") if not login else ("", " autofocus")
    body = f"""<h1>Sign in</h1>
<p>With the login that your administrator gave you.</p>{_said(said)}
<form method="post" action="sign-in">
<input type="hidden" name="next" value="{escape(page)}">
<label for="login">Login</label>
<input id="login" name="login" value="{escape(login)}" required maxlength="100"
 autocomplete="username" autocapitalize="none" spellcheck="false"{focus}>
<label for="password">Password</label>
<input id="password" name="password" type="password" required maxlength="1000"
 autocomplete="current-password"{other}>
<button type="submit">Sign in</button>
</form>"""
    return _page("Sign in", body, status)


def button(address: str, title: str, *, said: str = "", status: int = 200) -> HTMLResponse:
    """The sign-in page that leads to the group's identity provider."""
    body = f"""<h1>Sign in</h1>
<p>Rounds asks your identity provider who you are; you come back by yourself.</p>{_said(said)}
<a class="go" href="{escape(address)}">Sign in with {escape(title)}</a>"""
    return _page("Sign in", body, status)


def message(title: str, sentence: str, *, status: int, link: str = "") -> HTMLResponse:
    """A page that says one thing, with a way on."""
    on = f'\n<a class="go" href="{escape(link)}">Sign in again</a>' if link else ""
    return _page(title, f"<h1>{escape(title)}</h1>\n<p>{escape(sentence)}</p>{on}", status)


def _said(sentence: str) -> str:
    return f'\n<div class="said" role="alert">{escape(sentence)}</div>' if sentence else ""


def _page(title: str, body: str, status: int) -> HTMLResponse:
    text = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} · Rounds</title>
<link rel="icon" href="app/static/favicon.png">
<style>{CSS}</style>
</head>
<body>
<header>{_logo()}</header>
<main>
{body}
</main>
<footer>What you see and do here is noted in an audit log.</footer>
</body>
</html>
"""
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest(CSS)}'; font-src 'self'; img-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    return HTMLResponse(text, status, {"content-security-policy": policy})


@cache
def _logo() -> str:
    drawn = (_STATIC / "logo.svg").read_text(encoding="utf-8")
    return drawn[drawn.index("<svg") :]
