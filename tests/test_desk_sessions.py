"""Who is let in, for how long, and what of it is held: links, sessions, forms, passwords."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from handoutpress.desk import sessions as module
from handoutpress.desk.opening import _who
from handoutpress.desk.outcomes import Outcome
from handoutpress.desk.sending import Sender
from handoutpress.desk.sessions import CLEARED, Session, Sessions
from handoutpress.places import Places, shipped_folder

if TYPE_CHECKING:
    from pathlib import Path

PASSWORD = "correct horse battery"


class Clock:
    """Stands for ``time``."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


def opened(sessions: Sessions) -> str:
    cookie = sessions.open_by_link(sessions.new_link())
    assert cookie
    return cookie


def test_a_link_opens_once_and_not_for_long(clock: Clock) -> None:
    sessions = Sessions()
    first, second = sessions.new_link(), sessions.new_link()
    cookie = sessions.open_by_link(first)
    assert cookie
    assert sessions.find(cookie)
    assert sessions.open_by_link(first) is None
    assert [sessions.open_by_link(wrong) for wrong in ("", second[:-1], "\ud800")] == [None] * 3
    clock.now += module.LINK_SECONDS
    assert sessions.open_by_link(second) is None
    clock.now -= 1
    assert sessions.open_by_link(second) is None, "it was tried, so it is used up"


def test_a_session_ends_after_a_day_and_when_it_is_closed(clock: Clock) -> None:
    sessions = Sessions()
    cookie, other = opened(sessions), opened(sessions)
    assert [sessions.find(wrong) for wrong in ("", cookie[:-1], cookie + "x")] == [None] * 3
    sessions.close(other)
    assert sessions.find(other) is None
    clock.now += module.SESSION_SECONDS
    assert sessions.find(cookie), "used or not: here nobody logs in from elsewhere"
    clock.now += 1
    assert sessions.find(cookie) is None
    clock.now -= 1
    assert sessions.find(cookie) is None, "gone is gone"


def test_a_session_with_a_password_also_ends_unused(clock: Clock) -> None:
    sessions = Sessions(PASSWORD)
    cookie = sessions.open_by_password(PASSWORD)
    assert cookie
    for _ in range(3):
        clock.now += module.UNUSED_SECONDS
        assert sessions.find(cookie)
    clock.now += module.UNUSED_SECONDS + 1
    assert sessions.find(cookie) is None


def test_no_secret_is_held(clock: Clock) -> None:
    sessions = Sessions(PASSWORD)
    link = sessions.new_link()
    cookie = sessions.open_by_password(PASSWORD)
    assert not [secret for secret in (PASSWORD, link, cookie) if str(secret) in repr(vars(sessions))]


def test_each_wrong_password_makes_the_next_wait_longer(clock: Clock) -> None:
    sessions, waits = Sessions(PASSWORD), []
    for _ in range(8):
        assert sessions.open_by_password("wrong", "10.0.0.5") is None
        assert sessions.open_by_password(PASSWORD, "10.0.0.5") is None, "not even the right one, just then"
        start = clock.now
        while sessions.must_wait("10.0.0.5"):
            clock.now += 1.0
        waits.append(clock.now - start)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    assert sessions.open_by_password(PASSWORD, "10.0.0.5")
    assert sessions.open_by_password("wrong", "10.0.0.5") is None
    clock.now += 1.0
    assert sessions.open_by_password(PASSWORD, "10.0.0.5"), "the waits began anew"


def test_a_stranger_who_is_wrong_keeps_nobody_else_out(clock: Clock) -> None:
    sessions = Sessions(PASSWORD)
    for number in range(module.MOST_WAITS + 5):
        assert sessions.open_by_password("wrong", f"10.0.{number // 256}.{number % 256}") is None
    assert sessions.open_by_password(PASSWORD, "10.1.0.9")
    assert len(sessions._waits) == module.MOST_WAITS
    same = {_who("2001:db8:1:2::1"), _who("2001:db8:1:2:ffff::9"), _who("2001:DB8:1:2::7")}
    assert (len(same), _who("10.0.0.5")) == (1, "10.0.0.5"), "one computer has a whole network of IPv6"
    assert _who("2001:db8:1:3::1") not in same


def test_without_a_password_none_is_right(clock: Clock) -> None:
    assert [Sessions().open_by_password(given) for given in ("", PASSWORD)] == [None, None]


def test_of_many_sessions_the_longest_unused_goes(clock: Clock) -> None:
    sessions = Sessions()
    cookies = [opened(sessions) for _ in range(module.MOST_SESSIONS)]
    assert sessions.find(cookies[0])
    opened(sessions)
    assert [bool(sessions.find(cookie)) for cookie in cookies[:3]] == [True, False, True]


def test_forms_and_outcomes_are_bounded() -> None:
    session = Session(0.0, 0.0)
    forms = [session.new_form() for _ in range(module.MOST_FORMS + 2)]
    assert [form in session.forms for form in forms[:3]] == [False, False, True]
    for form in forms[2 : module.MOST_OUTCOMES + 4]:
        session.keep(form, Outcome("save", ["A sheet"]))
    assert len(session.outcomes) == module.MOST_OUTCOMES
    session.keep(forms[0], Outcome("save", ["A sheet"]))
    assert forms[0] not in session.forms, "a form that was let go is not known again"


def test_a_form_keeps_its_token_until_it_has_delivered() -> None:
    session = Session(0.0, 0.0)
    form = session.new_form()
    assert session.same_form(form) == form
    session.keep(form, Outcome("save", ["A sheet"]))
    assert session.same_form(form) != form
    assert session.same_form("never given") not in ("never given", form)


def test_a_cleared_form_stays_cleared_and_one_that_delivered_says_so() -> None:
    session = Session(0.0, 0.0)
    form, other = session.new_form(), session.new_form()
    outcome = Outcome("save", ["A sheet"])
    session.keep(other, outcome)
    for each in (form, other, "never given"):
        session.clear(each)
    assert session.forms == {form: CLEARED, other: outcome.id}


def test_outcomes_are_forgotten_in_every_session(clock: Clock) -> None:
    sessions = Sessions()
    found = [sessions.find(opened(sessions)) for _ in range(2)]
    for number, session in enumerate(found):
        assert session
        old, new = (Outcome("save", ["A sheet"], moment=moment) for moment in (clock.now - 1, clock.now + 1))
        session.keep(session.new_form(), old)
        session.keep(session.new_form(), new)
        assert len(session.outcomes) == 2, number
    sessions.forget_before(clock.now)
    assert [len(session.outcomes) for session in found if session] == [1, 1]


def test_what_goes_wrong_in_the_senders_thread_is_told_without_its_words(
    clinic: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(_places: Places) -> None:
        raise ValueError("ann.zz@example.net")

    monkeypatch.setattr("handoutpress.desk.sending.read_clinic", broken)
    sender = Sender(Places(clinic, shipped_folder()))
    sender._try(sender._send_all)
    assert sender.stopped == "Something went wrong in the program: ValueError."
    assert capfd.readouterr() == ("", "")
