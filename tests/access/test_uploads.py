"""Hostile uploads: bombs, entities, names that lead elsewhere, files that pretend to be others.

Each becomes a sentence, at little cost, and lies in the inbox under a harmless name: by the loader,
and on the page by the upload of a data steward.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from dashboard.desk import child, files
from dashboard.markup import escape
from pipelines.errors import UsageProblem
from pipelines.settings import Home
from tests.dashboard.opening import Opened, opened
from tests.loading import rounds, zipped

SECONDS = 5.0  # of the processor, for one file
SENTENCE = re.compile(r"[^\n]{10,400}\.")


def nested(depth: int) -> bytes:
    found = b"site,amount\nN,1\n"
    for _ in range(depth):
        found = zipped({"inner.zip": found})
    return found


def workbook(member: str, change: Callable[[str], str]) -> bytes:
    """A sound workbook of which one part was changed by hand."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet("S")
        for at, cell in enumerate(("Site", "Amount")):
            sheet.write_string(0, at, cell)
            sheet.write_string(1, at, "1")
    with zipfile.ZipFile(content) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    changed = change(parts[member].decode())
    assert changed != parts[member].decode()
    return zipped({**parts, member: changed.encode()})


SHEET, WORDS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
LAUGHS = '<!DOCTYPE l [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">'
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
) + "]>"  # fmt: skip
OUTSIDE = '<!DOCTYPE l [<!ENTITY i SYSTEM "/etc/passwd">]>'
ROW = "<x><site>&i;</site><amount>1</amount></x>"


def far(reference: str, row: int) -> Callable[[str], str]:
    cell = f'<row r="{row}"><c r="{reference}"><v>1</v></c></row></sheetData>'
    return lambda text: text.replace("</sheetData>", cell)


HOSTILE: dict[str, Callable[[], bytes]] = {
    "zeros.zip": lambda: zipped({"a.csv": b"0" * (80 << 20)}),
    "zeros.csv.gz": lambda: gzip.compress(b"0" * (80 << 20)),
    "nested.zip": lambda: nested(30),
    "many.zip": lambda: zipped({f"{n}.csv": b"" for n in range(2100)}),
    "far.xlsx": lambda: workbook(SHEET, far("XFD1048576", 1048576)),
    "lower.xlsx": lambda: workbook(SHEET, lambda t: far("aXFD9", 9)(far("ZZ900000", 900000)(t))),
    "beyond.xlsx": lambda: workbook(SHEET, far("ZZZZZZ4294967295", 4294967295)),
    "laughs.xlsx": lambda: workbook(
        WORDS, lambda t: t.replace("<sst", f"{LAUGHS}<sst", 1).replace("Site", "&i;")
    ),
    "laughs.xml": lambda: f"<?xml version='1.0'?>{LAUGHS}<r>{ROW * 3}</r>".encode(),
    "outside.xml": lambda: f"<?xml version='1.0'?>{OUTSIDE}<r>{ROW * 3}</r>".encode(),
    "deep.xml": lambda: b"<r>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</r>",
    "deep.html": lambda: b"<html>" + b"<table><tr><td>" * 20_000,
    "deep.json": lambda: b"[" * 100_000 + b"]" * 100_000,
    "spans.html": lambda: b"<table><tr>" + b'<td colspan=1000 rowspan=65534>x' * 200 + b"</table>",
    "wide.csv": lambda: ",".join(f"c{n}" for n in range(100_000)).encode() + b"\n1,2\n",
    "late.csv": lambda: b"site,amount\n" + b"N,1\n" * 300_000 + b"," * 200_000 + b"\n",
    "commas.csv": lambda: b"," * 2_000_000,
    "quote.csv": lambda: b'site,amount\n"' + b"x" * 2_000_000,
    "nul.csv": lambda: b"\0" * 2_000_000,
    "program.csv": lambda: b"MZ\x90\0" + bytes(range(256)) * 50,
    "picture.xlsx": lambda: b"\x89PNG\r\n\x1a\n" + bytes(500),
    "script.csv": lambda: b"<html><script>alert(1)</script></html>",
    "document.csv": lambda: b"%PDF-1.7 " + bytes(200),
    "lying.parquet": lambda: b"PAR1" + bytes(100) + b"\xff\xff\xff\x7fPAR1",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_becomes_a_sentence(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(HOSTILE[name]())
    start = time.process_time()
    done = rounds("inspect", path, "--json")
    assert time.process_time() - start < SECONDS
    assert done.exit_code == 2, done.output
    problems = [table["problem"] for table in json.loads(done.stdout)]
    assert all(SENTENCE.fullmatch(one) for one in problems if name != "deep.json"), problems
    assert "root:" not in done.output


def test_a_member_s_name_leads_nowhere(tmp_path: Path, home: Path) -> None:
    """Archives are never unpacked onto the disk, whatever their members are called."""
    names = ("../../evil.csv", "/tmp/evil.csv", "..\\evil.csv", "a/../../evil.csv", "C:\\evil.csv")
    path = tmp_path / "in" / "all.zip"
    path.parent.mkdir()
    path.write_bytes(zipped(dict.fromkeys(names, b"site,name\nELM,Elmwood\n")))
    before = set(tmp_path.rglob("*"))
    assert rounds("ingest", path, "--home", home).exit_code in (0, 1)
    new = {p for p in set(tmp_path.rglob("*")) - before if home not in (p, *p.parents)}
    assert new == set()
    assert list(home.rglob("*evil*")) == []


NAMES = {
    "../../../etc/cron.d/x.csv": "_.._.._etc_cron.d_x.csv",
    "..\\..\\x.csv": "_.._x.csv",
    "/etc/passwd.csv": "_etc_passwd.csv",
    "C:\\x.csv": "C__x.csv",
    ".htaccess.csv": "htaccess.csv",
    "x\x00.csv": "x_.csv",
    "a.csv\r\nSet-Cookie: x=1.csv": "a.csv__Set-Cookie_ x=1.csv",
    "<img src=x onerror=alert(1)>.csv": "_img src=x onerror=alert(1)_.csv",
    "...": "upload",
    "~/.ssh/authorized_keys.csv": "~_.ssh_authorized_keys.csv",
    "a\u202evsc.exe.csv": "a_vsc.exe.csv",
}


@pytest.mark.parametrize("name", NAMES)
def test_an_upload_lies_in_the_inbox_whatever_it_is_called(name: str, home: Path) -> None:
    place = files.keep(Home(home), name, b"site\n")
    assert place.parent == home / "inbox"
    assert place.name == NAMES[name]
    assert place.resolve().is_relative_to((home / "inbox").resolve())


def test_a_name_that_no_disk_takes_is_a_sentence(home: Path) -> None:
    with pytest.raises(UsageProblem, match="too long"):
        files.keep(Home(home), "x" * 300 + ".csv", b"site\n")


# On the page


def uploaded(name: str, content: bytes) -> Opened:
    page = opened("data", tab="Load a file")
    page.test.file_uploader[0].upload(name, content)
    page.test.run()
    assert [fault.message for fault in page.test.exception] == []
    return page


def test_the_page_says_what_is_wrong_with_a_bomb(home: Path) -> None:
    """It looks at what is uploaded in a process of its own."""
    words = uploaded("<b>far</b>.xlsx", HOSTILE["far.xlsx"]()).test.markdown
    said = [one.value for one in words if "too far apart" in one.value]
    assert len(said) == 1
    assert said[0].startswith(escape("_b_far__b_.xlsx"))


def test_a_file_is_looked_at_with_less_memory_than_there_is(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What no check foresees ends its own process, and is a sentence."""
    monkeypatch.setattr(child, "_program", lambda _: ["-c", child.LIMITED, str(40 << 20)])
    path = tmp_path / "some.csv"
    path.write_bytes(b"site,amount\n" + b"N,1\n" * 100_000)
    said = child.run(Home(home), "inspect", path, "--json")
    assert (said.status not in (0, 1), said.answer) == (True, None)
    assert said.problem in (child.MEMORY, child.FAULT)
