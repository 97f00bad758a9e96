"""``kill -9`` while email is on its way: each message arrives, and none twice unless a person was told.

The server is a process of its own: what it took it has, whatever becomes of whoever sent it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from unittest.mock import ANY

import pytest

from handoutpress.delivery import outbox
from handoutpress.delivery.outbox import State
from tests.conftest import ROOT
from tests.outboxes import (
    AFTERCARE,
    PASSWORD,
    Office,
    arrived,
    ended,
    integrity,
    killed,
    message_id,
    wait_until,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Ran

    Run = Callable[..., Ran]

COUNT = 200
KILLS = 20
FRACTIONS = tuple(number * 0.618034 % 1 for number in range(1, KILLS + 1))
"""Of a short run's duration, spread evenly by the golden ratio."""
SHORT = 8
"""Messages in a short run: twenty of them, killed on the way, do not send all."""


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSWORD, "secret")


@dataclass(frozen=True)
class Outside:
    """A mail server in a process of its own, and the clinic that sends to it."""

    made: Office
    folder: Path
    process: subprocess.Popen[str]

    def behave(self, words: str) -> None:
        """Do so from now on, such as ``slow 1``."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{words}\n")
        self.process.stdin.flush()
        self._line()

    def _line(self) -> dict[str, str]:
        assert self.process.stdout is not None
        answer: dict[str, str] = json.loads(self.process.stdout.readline())
        return answer

    def count(self) -> int:
        """Return how many messages it took."""
        return len(list(self.folder.glob("*.eml")))

    def story(self) -> str:
        """Say how the ledger and the server stand: for a test that fails."""
        states, came = self.made.message_ids(), arrived(self.folder)
        lines = [f"{name} {state} arrived {came[name]} times" for name, state in states.items()]
        odd = [
            line for line in lines if not line.endswith(("sent arrived 1 times", "waiting arrived 0 times"))
        ]
        return "\n".join([f"{Counter(states.values())}, {sum(came.values())} at the server", *odd])


@contextmanager
def outside(clinic: Path, folder: Path) -> Iterator[Outside]:
    """Run a mail server in a process of its own."""
    command = [sys.executable, "-m", "tests.mailservers", str(folder)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            made = Outside(Office(clinic), folder, process)
            where = made._line()
            made.made.settings(int(where["port"]), folder / "authority.pem")
            yield made
        finally:
            process.kill()


def _check(server: Outside, flagged: set[str], kills: int) -> None:
    """Hold the ledger against the server; nothing is on its way any more."""
    assert integrity(server.made.clinic) == "ok"
    states, came = server.made.message_ids(), arrived(server.folder)
    story = server.story()
    assert set(came) <= set(states), story
    assert set(states.values()) <= {State.SENT, State.UNKNOWN}, story
    unknown = {name for name, state in states.items() if state is State.UNKNOWN}
    assert unknown == flagged, story
    assert len(unknown) <= kills, story
    assert all(came[name] == 1 for name in states.keys() - unknown), story
    assert all(came[name] <= 1 for name in unknown), story


def _send_the_flagged(server: Outside) -> None:
    """Send what nobody knows of once more, as a person says: then everything has arrived."""
    before = server.made.message_ids()
    unknown = {name for name, state in before.items() if state is State.UNKNOWN}
    with server.made.ledger() as ledger:
        numbers = [str(message.id) for message in outbox.messages(ledger, State.UNKNOWN)]
    came = arrived(server.folder)
    if numbers:
        assert ended(server.made.start("outbox", "again", *numbers)) == (0, ANY, "")
    assert ended(server.made.start("outbox", "send"))[0] == 0
    expected = Counter(dict.fromkeys(before, 1)) + Counter({name: came[name] for name in unknown})
    assert arrived(server.folder) == expected, server.story()
    assert set(server.made.states()) == {State.SENT}


def _flagged(server: Outside) -> set[str]:
    return {name for name, state in server.made.message_ids().items() if state is State.UNKNOWN}


def _durations(server: Outside) -> tuple[float, float]:
    """Return the seconds a short run takes up to its first message, and from there to its end."""
    server.made.put(SHORT)
    began = time.monotonic()
    started = server.made.start("outbox", "send")
    wait_until(partial(_has_taken, server, 1), started)
    first = time.monotonic()
    assert ended(started)[0] == 0
    return first - began, time.monotonic() - first


def test_twenty_kills_while_two_hundred_messages_go(clinic: Path, tmp_path: Path) -> None:
    with outside(clinic, tmp_path / "server") as server:
        opening, sending = _durations(server)
        server.made.put(COUNT)
        told, kills = set[str](), 0
        for number, fraction in enumerate(FRACTIONS):
            before = server.count()
            started = server.made.start("outbox", "send")
            if number % 4 == 0:
                time.sleep(fraction * opening)
            else:
                # Counted in messages, so that a computer that is busy now and then does not bring all kills
                # before the first of them, or after the last.
                whole, part = divmod(fraction * SHORT, 1)
                wait_until(partial(_has_taken, server, before + 1 + int(whole)), started)
                time.sleep(part * min(sending / SHORT, 0.03))
            kills += killed(started)
            # Once at most, whatever was told; and what was flagged is never touched again.
            flagged = _flagged(server)
            assert told <= flagged, server.story()
            assert max(arrived(server.folder).values()) == 1, server.story()
            told = flagged
        print(f"{kills} kills; {server.story()}")
        assert kills == KILLS
        assert server.count() < COUNT, "the kills came too late to prove anything"

        status, _, err = ended(server.made.start("outbox", "send"))
        assert status == bool(_flagged(server)), err
        _check(server, _flagged(server), kills)
        again = ended(server.made.start("outbox", "send"))
        assert (again[0], again[2].splitlines()[0]) == (status, "Nothing was waiting.")
        _send_the_flagged(server)


def _table(folder: Path, count: int) -> Path:
    lines = [f"Example {number},EX-{number:05},pat{number:05}@example.com" for number in range(count)]
    path = folder / "rows.csv"
    path.write_text("\n".join(["name,reference,email", *lines]) + "\n", encoding="utf-8")
    return path


def _has_staged(server: Outside, count: int) -> bool:
    return server.made.states().count(State.STAGED) >= count


def _has_taken(server: Outside, count: int) -> bool:
    return server.count() >= count


def test_a_batch_killed_while_it_is_staged_and_while_it_is_sent(clinic: Path, tmp_path: Path) -> None:
    rows = _table(tmp_path, COUNT)
    words = ("batch", str(rows), "--handout", AFTERCARE, "--email")
    with outside(clinic, tmp_path / "server") as server:
        for wanted in (1, COUNT // 2):
            started = server.made.start(*words)
            wait_until(partial(_has_staged, server, wanted), started)
            assert killed(started)
            assert set(server.made.states()) == {State.STAGED}, server.story()
            assert server.made.send().counts == {}
            assert server.count() == 0, "nothing goes before every row was read"
        for number in range(1, 4):
            started = server.made.start(*words)
            wait_until(partial(_has_taken, server, number * 30), started)
            time.sleep(number * 0.003)
            assert killed(started)
            assert len(server.made.states()) == COUNT, server.story()
        status, _, err = ended(server.made.start(*words))
        assert "0 messages put into the outbox; " in err
        assert "were there already: sent" in err
        assert status == bool(_flagged(server)), err
        _check(server, _flagged(server), 3)
        assert len(server.made.states()) == COUNT
        ran = ended(server.made.start(*words))
        assert (ran[0], ran[1]) == (status, ""), ran[2]
        _check(server, _flagged(server), 3)
        _send_the_flagged(server)
        # Each to its own patient.
        recipients = Counter(
            line
            for path in server.folder.glob("*.eml")
            for line in path.read_text(encoding="utf-8").splitlines()
            if line.startswith("To: ")
        )
        assert len(recipients) == COUNT


@pytest.mark.parametrize("command", ["outbox", "email"])
def test_a_kill_between_the_servers_yes_and_ours(
    clinic: Path, tmp_path: Path, run: Run, command: str
) -> None:
    with outside(clinic, tmp_path / "server") as server:
        made = server.made
        if command == "outbox":
            made.put(2)
        server.behave("slow-after-data 60")
        words = (
            ("outbox", "send")
            if command == "outbox"
            else ("email", AFTERCARE, "--to", "pat.doe@example.com", "--yes")
        )
        started = made.start(*words)
        wait_until(lambda: server.count() == 1, started)
        assert killed(started)
        assert made.states()[0] is State.HANDING_OVER
        server.behave("accept")

        ran = run("outbox", "--clinic", clinic, "send")
        assert (ran.status, "1 unknown" in ran.err) == (1, True)
        assert "Somebody has to look: 1 unknown; `outbox` says how to go on." in ran.err
        assert made.states() == [State.UNKNOWN, State.SENT][: len(made.states())]
        listed = run("outbox", "--clinic", clinic)
        assert "unknown" in listed.out
        assert "while the server was taking it" in listed.out
        for _ in range(2):
            assert run("outbox", "--clinic", clinic, "send").err.startswith("Nothing was waiting.\n")
        assert set(arrived(server.folder).values()) == {1}

        assert run("outbox", "--clinic", clinic, "again", 1).status == 0
        assert run("outbox", "--clinic", clinic, "send").out == "    1  sent\n"
        first = message_id((server.folder / "00001.eml").read_bytes())
        assert arrived(server.folder)[first] == 2
        assert set(made.states()) == {State.SENT}


def test_a_kill_before_the_last_line_is_no_doubt(clinic: Path, tmp_path: Path, run: Run) -> None:
    with outside(clinic, tmp_path / "server") as server:
        server.made.put(2)
        server.behave("slow 60")
        started = server.made.start("outbox", "send")
        wait_until(lambda: State.SENDING in server.made.states(), started)
        assert killed(started)
        assert server.made.states() == [State.SENDING, State.WAITING]
        server.behave("accept")
        ran = run("outbox", "--clinic", clinic, "send")
        assert (ran.status, ran.err) == (0, "2 sent.\n")
        assert sorted(arrived(server.folder).values()) == [1, 1]
