"""Each person is told of their own sites, what is new to them, once; and nothing where nothing is.

The group's figures stand in `conftest`: two contracts whose notice runs out within a month.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from pipelines.access.people import find, keep
from pipelines.digest import readers
from pipelines.digest.go import go
from pipelines.digest.readers import Sent, Subscription, When, is_due, snooze, subscribe
from pipelines.errors import StoreProblem, UsageProblem
from pipelines.settings import Home
from tests.digest.conftest import PASSWORD, USER, Post, Restate, set_mail
from tests.loading import rounds

MONDAY = date(2026, 11, 30)


def told(home: Home, day: date = MONDAY, **how: bool) -> dict[str, str]:
    return {one.login: one.status for one in go(home, day, **how)}


def parts(letter: EmailMessage) -> tuple[str, str]:
    plain, page = letter.get_body(("plain",)), letter.get_body(("html",))
    assert plain is not None
    assert page is not None
    return plain.get_content(), page.get_content()


@pytest.fixture
def mailed(group: Home, post: Post) -> Home:
    set_mail(group, host="127.0.0.1", port=post.port, security="none", sender="rounds@example.org")
    subscribe(group, Subscription("dan", "dan@example.org", When.DAILY))
    subscribe(group, Subscription("nora", "nora@example.org", When.DAILY))
    return group


def test_each_is_told_of_their_own_sites_alone(mailed: Home, post: Post) -> None:
    assert told(mailed) == {"dan": "sent", "nora": "sent"}
    dan, nora = post.letters
    assert (dan["To"].addresses[0].addr_spec, dan["Bcc"]) == ("dan@example.org", None)
    assert nora["Subject"] == "All sites: North region, Oct 2026: 1 line needs attention"
    for said in parts(nora):
        assert "Laundry" in said
        assert re.search("Oak|Cleaning|Brush|Undertow|36,000|3k", said) is None
    plain, page = parts(dan)
    # Thirty days before the end; a twelfth of the year's value.
    assert "The contract Laundry renews unless notice is given by 20 November." in plain
    assert re.search(r"Cleaning .* by 25 November\. \$3k a month", plain)
    assert "<b>Dale" not in page
    assert "New" not in page  # all of a first digest is


def test_a_line_leads_to_the_view_it_is_about(mailed: Home, post: Post) -> None:
    told(mailed)
    plain, page = parts(post.letters[1])
    found = re.search(r"https://rounds\.example\.org/site\?\S+", plain)
    assert found is not None
    assert found[0].replace("&", "&amp;") in page
    query = parse_qs(urlsplit(found[0]).query)
    assert query == {"site": ["ELM"], "month": ["Oct 2026"]}


def test_nothing_new_is_nothing_sent(mailed: Home, post: Post) -> None:
    told(mailed)
    assert told(mailed) == {"dan": "not due", "nora": "not due"}
    later = date(2026, 12, 1)
    assert told(mailed, later) == {"dan": "quiet", "nora": "quiet"}
    assert len(post.letters) == 2
    assert told(mailed, later, now=True) == {"dan": "sent", "nora": "sent"}


def test_what_was_restated_is_told_with_both_figures(
    mailed: Home, post: Post, restate: Restate
) -> None:
    """Invoice D1 of September was 1,000.00 and is 1,250.50: of Elmwood's 1,000.00 in all."""
    told(mailed)
    restate("""
site document line date       account supplier amount  currency
ELM  D1       1    2026-09-05 6100    Brightco 1250.50 USD
""")
    assert told(mailed, date(2026, 12, 1)) == {"dan": "sent", "nora": "sent"}
    for letter in post.letters[2:]:
        plain, _ = parts(letter)
        assert "Invoices at Elmwood in September 2026: $1,000.00 became $1,250.50." in plain
        assert "(spend.csv)" in plain
        assert "and 1 restatement" in letter["Subject"]
    assert told(mailed, date(2026, 12, 2)) == {"dan": "quiet", "nora": "quiet"}


def test_who_is_not_shown_pay_is_not_told_of_it(
    mailed: Home, post: Post, tmp_path: Path, restate: Restate
) -> None:
    told(mailed)
    (tmp_path / "later").mkdir()
    text = "site,period_start,period_end,role,hours,amount,currency\n"
    text += "ELM,2026-09-01,2026-09-30,RN,110,4400.00,USD\n"
    (tmp_path / "later" / "labor.csv").write_text(text, encoding="utf-8")
    assert rounds("ingest", tmp_path / "later", "--home", mailed.root).exit_code == 0
    told(mailed, date(2026, 12, 1))
    dan, nora = (parts(letter)[0] for letter in post.letters[2:])
    assert "Payroll at Elmwood in September 2026: $4,000.00 became $4,400.00." in dan
    assert "4,4" not in nora
    assert "Payroll hours at Elmwood in September 2026: 100.0 became 110.0." in nora


def test_small_and_resting_lines_are_left_out(mailed: Home, post: Post) -> None:
    subscribe(mailed, Subscription("dan", "dan@example.org", When.DAILY, Decimal(2000)))
    told(mailed)
    plain, _ = parts(post.letters[0])
    assert "Cleaning" in plain
    assert "Laundry" not in plain  # 1,000 a month
    subscribe(mailed, Subscription("dan", "dan@example.org", When.DAILY))
    sent = readers.last_sent(mailed, "dan")
    assert sent is not None
    [cleaning] = sent.lines
    snooze(mailed, "dan", cleaning, date(2026, 12, 5))
    assert told(mailed, date(2026, 12, 4))["dan"] == "sent"
    assert "Cleaning" not in parts(post.letters[-1])[0]
    assert told(mailed, date(2026, 12, 5))["dan"] == "sent"
    assert re.search(r"New: The contract Cleaning", parts(post.letters[-1])[0])


def test_nothing_at_all_is_quiet(mailed: Home, post: Post) -> None:
    subscribe(mailed, Subscription("nora", "nora@example.org", When.DAILY, Decimal(10**9)))
    assert told(mailed)["nora"] == "quiet"
    assert len(post.letters) == 1


def test_one_that_fails_is_told_again_and_keeps_nobody_from_theirs(
    mailed: Home, post: Post
) -> None:
    post.unknown = {"dan@example.org"}
    assert told(mailed) == {"dan": "failed", "nora": "sent"}
    post.unknown = set()
    assert told(mailed) == {"dan": "sent", "nora": "not due"}


def test_a_shut_login_is_told_nothing(mailed: Home, post: Post) -> None:
    dan = find(mailed, "dan")
    keep(mailed, type(dan)("dan", "Dan", "director", active=False), by="root")
    assert told(mailed) == {"dan": "ended", "nora": "sent"}


def test_with_a_password_and_an_authority_of_its_own(group: Home, guarded_post: Post) -> None:
    subscribe(group, Subscription("nora", "nora@example.org", When.DAILY))
    (group.root / "mail.secret").write_text(f"{PASSWORD}\n", encoding="utf-8")
    about = {"host": "localhost", "port": guarded_post.port, "sender": "rounds@example.org"}
    set_mail(group, **about, user=USER)
    with pytest.raises(StoreProblem, match="can't prove that it is itself"):
        told(group)
    set_mail(group, **about, user=USER, ca=guarded_post.ca)
    assert told(group) == {"nora": "sent"}
    (group.root / "mail.secret").write_text("wrong", encoding="utf-8")
    with pytest.raises(StoreProblem, match=r"refuses the password") as problem:
        told(group, date(2026, 12, 1), now=True)
    assert "wrong" not in str(problem.value)


def test_a_server_that_is_not_there_is_a_sentence(group: Home, post: Post) -> None:
    subscribe(group, Subscription("nora", "nora@example.org", When.DAILY))
    set_mail(group, host="127.0.0.1", port=1, security="none", sender="rounds@example.org")
    with pytest.raises(StoreProblem, match="can't be used"):
        told(group)
    assert readers.last_sent(group, "nora") is None


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"host": "mail.example.org", "sender": "a@b.org", "security": "none"}, "starttls or tls"),
        ({"host": "localhost", "sender": "a@b.org", "security": "ssl"}, "one of starttls"),
        ({"host": "localhost"}, "needs `host` and `sender`"),
        ({"host": "localhost", "sender": "rounds"}, "is an address"),
        ({"host": "localhost", "sender": "a@b.org", "password": "x"}, "mail.password"),
    ],
)
def test_settings_that_cannot_be(group: Home, values: dict[str, str], said: str) -> None:
    subscribe(group, Subscription("nora", "nora@example.org", When.DAILY))
    set_mail(group, **values)
    with pytest.raises(UsageProblem, match=said):
        told(group)


def test_it_goes_to_the_groups_own_addresses_where_that_is_set(mailed: Home, post: Post) -> None:
    set_mail(
        mailed, host="127.0.0.1", port=post.port, security="none", sender="rounds@example.org",
        domains=["group.example.org"],
    )  # fmt: skip
    subscribe(mailed, Subscription("dan", "dan@group.example.org", When.DAILY))
    assert told(mailed) == {"dan": "sent", "nora": "failed"}


@pytest.mark.parametrize("address", ["", "ada", "a@b@c", "a@b.org\r\nBcc: c@d.org", "ä@b.org"])
def test_what_is_no_address_is_refused(group: Home, address: str) -> None:
    with pytest.raises(UsageProblem, match="one e-mail address"):
        subscribe(group, Subscription("nora", address))


@pytest.mark.parametrize(
    ("when", "last", "day", "due"),
    [
        (When.DAILY, None, date(2026, 11, 27), True),
        (When.DAILY, date(2026, 11, 27), date(2026, 11, 27), False),
        (When.DAILY, date(2026, 11, 27), date(2026, 11, 28), True),
        (When.MONDAY, None, date(2026, 11, 27), False),  # a Friday
        (When.MONDAY, None, MONDAY, True),
        (When.MONDAY, date(2026, 11, 23), date(2026, 11, 29), False),  # the same week
        (When.MONDAY, date(2026, 11, 23), date(2026, 12, 1), True),  # Monday was missed
        (When.MONDAY, date(2026, 12, 28), date(2027, 1, 3), False),  # week 53 goes on
        (When.MONDAY, date(2026, 12, 28), date(2027, 1, 4), True),
    ],
)
def test_who_is_due(when: When, last: date | None, day: date, due: bool) -> None:
    assert is_due(when, last and Sent(last, 1, frozenset()), day) is due


def test_the_command_writes_pages_and_tells_what_came_of_it(group: Home, tmp_path: Path) -> None:
    home = ["--home", group.root]
    assert rounds("digest", "add", "nora", "nora@example.org", *home).exit_code == 0
    assert "did you mean nora" in rounds("digest", "add", "norra", "n@e.org", *home).output
    assert "[mail]" in rounds("digest", "send", "--now", *home).output
    out = tmp_path / "out"
    done = rounds("digest", "send", "--now", "--out", out, *home)
    assert done.exit_code == 0
    [page] = out.iterdir()
    assert page.name == f"nora-{date.today()}.html"
    assert page.stat().st_mode & 0o077 == 0
    assert "Laundry" in page.read_text(encoding="utf-8")
    assert str(date.today()) in rounds("digest", "list", *home).output
    assert rounds("digest", "remove", "nora", *home).exit_code == 0
    assert "gets no digest" in rounds("digest", "send", "nora", "--out", out, *home).output
