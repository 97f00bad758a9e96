"""``outbox``: what waits, went or failed, and why; ``outbox send`` goes on."""

from __future__ import annotations

import datetime as dt
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from handoutpress.cli.options import clinic_option, json_option, places_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handoutpress.delivery.outbox import Message, State
    from handoutpress.delivery.records import Record
    from handoutpress.dispatch.sending import Sent
    from handoutpress.places import Places

_OPEN = ("staged", "waiting", "sending", "handing over", "failed", "unknown")
_WATCH = 20.0
"""Seconds between looks for what has fallen due."""

numbers_argument = click.argument("numbers", nargs=-1, required=True, type=int, metavar="NUMBER...")


@click.group(invoke_without_command=True)
@clinic_option
@click.option("--all", "every", is_flag=True, help="Also what went and what was cancelled.")
@json_option
@click.pass_context
def outbox(context: click.Context, clinic: Path | None, every: bool, as_json: bool) -> None:
    """Show the messages that wait, that failed, or that need somebody to decide.

    \b
    Examples:
      outbox
      outbox --clinic clinics/mine send
      outbox again 12
      outbox arrived 13

    \b
    waiting    will be tried again
    sent       the mail server has it; nobody knows whether it was read
    failed     the mail server refuses it for good, or it was tried for four days
    unknown    the computer or the connection stopped while the server was taking it: ask the patient,
               then say `outbox arrived N`, or send it once more with `outbox again N`
    """  # noqa: D301 (click's own mark for lines to keep)
    context.obj = places_for(clinic)
    if context.invoked_subcommand is None:
        _list(context.obj, every=every, as_json=as_json)


def _list(places: Places, *, every: bool, as_json: bool) -> None:
    from handoutpress.delivery.ledger import Ledger
    from handoutpress.delivery.outbox import messages
    from handoutpress.delivery.records import by_message

    with Ledger.open(places.clinic) as ledger:
        found, records = messages(ledger), by_message(ledger)
    shown = [one for one in found if every or one.state in _OPEN]
    if as_json:
        rows = [_as_json(one, records.get(one.id, [])) for one in shown]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for one in shown:
        click.echo(_line(one, records.get(one.id, [])))
    counts: dict[str, int] = {}
    for one in found:
        counts[one.state] = counts.get(one.state, 0) + 1
    said = ", ".join(f"{count:,} {state}" for state, count in counts.items())
    click.echo(f"{said}." if said else "The outbox is empty.", err=bool(shown))


def _line(message: Message, records: Sequence[Record]) -> str:
    """Say a message in a line; the address only as much as staff need to know it again."""
    from handoutpress.reading.addresses import masked

    whom = masked(message.recipient) if message.recipient else "(purged)"
    sheets = ", ".join(dict.fromkeys(record.sheet for record in records))
    reference = next((f" ({record.reference})" for record in records if record.reference), "")
    rows = [f"{message.id:>5}  {message.state:<12}  {_when(message.created)}  {whom}  {sheets}{reference}"]
    if message.reason and message.state != "sent":
        rows.append(f"       {message.reason}{_next(message)}")
    return "\n".join(rows)


def _next(message: Message) -> str:
    if message.state != "waiting" or not message.next_try:
        return ""
    moment = dt.datetime.fromtimestamp(message.next_try).astimezone()
    tries = f"{message.tries} {'try' if message.tries == 1 else 'tries'}"
    return f"; {tries} so far, the next after {moment:%H:%M}"


def _when(moment: str) -> str:
    return f"{dt.datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M}"


def _as_json(message: Message, records: Sequence[Record]) -> dict[str, Any]:
    from handoutpress.reading.addresses import masked

    return {
        "number": message.id,
        "state": message.state,
        "created": message.created,
        "changed": message.changed,
        "to": masked(message.recipient) if message.recipient else None,
        "tries": message.tries,
        "next_try": dt.datetime.fromtimestamp(message.next_try, dt.UTC).isoformat()
        if message.next_try
        else None,
        "reason": message.reason or None,
        "sheets": [record.sheet for record in records],
        "reference": next((record.reference for record in records if record.reference), None),
    }


def said_of(message: Message) -> str:
    """Say what became of a message, for the person who sent it."""
    number = f"message {message.id}"
    match message.state:
        case "sent":
            return f"Sent: the mail server has {number}."
        case "failed":
            return f"Not sent: {message.reason} ({number})."
        case "unknown":
            return f"Perhaps sent: {message.reason} ({number}). Ask the patient; `outbox` says how to go on."
    why = f": {message.reason}" if message.reason else ""
    return f"Not sent yet{why}. It waits in the outbox as {number}; `outbox send` tries again."


@outbox.command()
@click.option(
    "--due", is_flag=True, help="Only what is to be tried by now: for a timer that runs this often."
)
@click.option("--watch", is_flag=True, help="Stay, and send what falls due, until stopped.")
@click.pass_obj
def send(places: Places, due: bool, watch: bool) -> None:
    """Send what waits. One process sends at a time, no faster than the clinic's `per_minute`.

    Exit status 1 if a message failed, or somebody has to decide about one, or the server is not there.
    """
    from handoutpress.delivery.ledger import Ledger
    from handoutpress.dispatch.emailing import read_post
    from handoutpress.dispatch.sending import send_waiting

    mail = read_post(places, None).mail
    while True:
        with Ledger.open(places.clinic) as ledger:
            sent = send_waiting(ledger, mail, places.clinic, due=due or watch, tell=tell_message)
        if watch and not sent.needs_person:
            time.sleep(_WATCH)
            continue
        break
    tell_sent(sent)


def tell_message(message: Message, state: State, reason: str) -> None:
    """Say what became of one message of many."""
    if state == "sent":
        click.echo(f"{message.id:>5}  sent")
    else:
        click.echo(f"{message.id:>5}  {state}: {reason}", err=True)


def tell_sent(sent: Sent) -> None:
    """Sum up a run of sending; ends with status 1 where somebody has to look."""
    if sent.busy:
        click.echo("Another process is sending: it takes along what waits.", err=True)
        return
    said = ", ".join(f"{count:,} {state}" for state, count in sent.counts.items())
    click.echo(f"{said}." if said else "Nothing was waiting.", err=True)
    if sent.stopped:
        click.echo(f"Stopped: {sent.stopped}. What waits, waits; nothing is lost.", err=True)
    if sent.counts.get(_state("unknown")):
        said = "Nobody knows whether an unknown message arrived: ask the patient; `outbox` says how to go on."
        click.echo(said, err=True)
    if sent.stopped or any(sent.counts.get(_state(name)) for name in ("failed", "unknown")):
        sys.exit(1)


def _state(name: str) -> State:
    from handoutpress.delivery.outbox import State

    return State(name)


@outbox.command()
@click.argument("number", type=int)
@click.pass_obj
def show(places: Places, number: int) -> None:
    """Show one message with its full address, to call the patient or correct it."""
    from handoutpress.delivery.ledger import Ledger
    from handoutpress.delivery.outbox import get
    from handoutpress.delivery.records import by_message

    with Ledger.open(places.clinic) as ledger:
        message = get(ledger, number)
        records = by_message(ledger).get(number, [])
    click.echo(_line(message, records))
    click.echo(f"       to {message.recipient or '(purged)'}")


@outbox.command()
@numbers_argument
@click.pass_obj
def again(places: Places, numbers: tuple[int, ...]) -> None:
    """Let messages that failed, or that may not have arrived, be sent once more."""
    _decide(places, numbers, "waiting", "will be sent with the next `outbox send`")


@outbox.command()
@numbers_argument
@click.pass_obj
def arrived(places: Places, numbers: tuple[int, ...]) -> None:
    """Note that messages whose fate was unknown have arrived."""
    _decide(places, numbers, "sent", "is noted as sent")


@outbox.command()
@numbers_argument
@click.pass_obj
def cancel(places: Places, numbers: tuple[int, ...]) -> None:
    """Do not send messages any more."""
    _decide(places, numbers, "cancelled", "is cancelled")


def _decide(places: Places, numbers: tuple[int, ...], state: str, said: str) -> None:
    from handoutpress.delivery.ledger import Ledger
    from handoutpress.delivery.outbox import decide

    with Ledger.open(places.clinic) as ledger:
        decide(ledger, numbers, _state(state))
    for number in numbers:
        click.echo(f"Message {number} {said}.")


COMMANDS = {"outbox": outbox}
