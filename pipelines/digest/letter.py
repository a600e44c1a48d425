"""A digest as a letter: plain text and HTML of the same words, without pictures or tracking."""

from __future__ import annotations

import html
from collections.abc import Iterator
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from pipelines.digest.content import Digest

# Letters are read by programmes that know little CSS: colours of the house stand in each element.
INK, QUIET, LINE, ACCENT = "#1c2b33", "#5b6b74", "#d8dee2", "#0b6e6e"
FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"


def letter(told: Digest, *, url: str, sender: str, to: str, name: str,
           moment: datetime) -> EmailMessage:  # fmt: skip
    """The letter to one person. `url` is the dashboard's address, without a slash at its end."""
    message = EmailMessage()
    message["Subject"] = _one_line(f"{told.group}: {told.subject}")
    message["From"] = Address(display_name="Rounds", addr_spec=sender)
    message["To"] = Address(display_name=_one_line(name), addr_spec=to)
    message["Date"] = format_datetime(moment)
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text(told, url))
    message.add_alternative(page(told, url), subtype="html")
    return message


def _one_line(words: str) -> str:
    return " ".join(words.split())


def text(told: Digest, url: str) -> str:
    """The digest as plain text."""
    return "\n".join([*_text(told, url), ""])


def _text(told: Digest, url: str) -> Iterator[str]:
    yield told.subject
    if told.lines:
        yield ""
        yield "WHAT NEEDS ATTENTION"
    for number, line in enumerate(told.lines, 1):
        money = f" {line.money} {line.note}." if line.money else ""
        yield ""
        yield f"{number}. {'New: ' if line.new and told.tells_new else ''}{line.sentence}{money}"
        yield f"   {line.second}"
        yield f"   {url}{line.path}"
    if told.left:
        yield f"\nAnd {told.left} more: {url}/"
    if told.restated:
        yield ""
        yield "RESTATED SINCE THE LAST DIGEST"
    for one in told.restated:
        yield ""
        yield f"- {one.sentence}{f' ({one.file})' if one.file else ''}"
        yield f"  {url}{one.path}"
    if told.more:
        yield f"\nAnd {told.more} more: {url}/data"
    yield ""
    yield f"You get this from Rounds. To change or end it: {url}/settings"


def page(told: Digest, url: str) -> str:
    """The digest as a page of HTML."""
    return "\n".join(_page(told, url))


def _page(told: Digest, url: str) -> Iterator[str]:
    said = html.escape
    yield (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f'<title>{said(told.subject)}</title></head>'
        f'<body style="margin:0;padding:24px 16px;background:#fff;color:{INK};{FONT};'
        'font-size:16px;line-height:1.45"><div style="max-width:640px;margin:0 auto">'
        f'<p style="margin:0;color:{QUIET};font-size:14px">{said(told.group)}</p>'
        f'<h1 style="margin:4px 0 0;font-size:22px;line-height:1.25">{said(told.subject)}</h1>'
    )  # fmt: skip
    if told.lines:
        yield _heading("What needs attention")
    for line in told.lines:
        new = f'<b style="color:{ACCENT}">New</b> ' if line.new and told.tells_new else ""
        money = f" · <b>{said(line.money)}</b> {said(line.note)}" if line.money else ""
        yield _row(url, line.path, new, line.sentence, f"{said(line.second)}{money}")
    if told.left:
        yield _more(url, "/", told.left)
    if told.restated:
        yield _heading("Restated since the last digest")
    for one in told.restated:
        yield _row(url, one.path, "", one.sentence, said(one.file))
    if told.more:
        yield _more(url, "/data", told.more)
    yield (
        f'<p style="margin:28px 0 0;color:{QUIET};font-size:14px">You get this from Rounds. '
        f'<a href="{said(url)}/settings" style="color:{QUIET}">Change or end it</a>.</p>'
        "</div></body></html>"
    )


def _heading(words: str) -> str:
    return f'<h2 style="margin:28px 0 4px;font-size:16px">{words}</h2>'


def _row(url: str, path: str, new: str, sentence: str, below: str) -> str:
    link = html.escape(f"{url}{path}")
    return (
        f'<p style="margin:0;padding:12px 0;border-top:1px solid {LINE}">{new}'
        f'<a href="{link}" style="color:{INK}">{html.escape(sentence)}</a>'
        f'<br><span style="color:{QUIET};font-size:14px">{below}</span></p>'
    )


def _more(url: str, path: str, count: int) -> str:
    return (
        f'<p style="margin:0;padding:12px 0;border-top:1px solid {LINE}">'
        f'<a href="{html.escape(url + path)}" style="color:{INK}">And {count} more</a></p>'
    )
