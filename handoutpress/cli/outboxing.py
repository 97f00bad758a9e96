"""``outbox``: what waits, went or failed, and why; ``outbox send`` goes on."""

from __future__ import annotations

import datetime as dt
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from handoutpress.cli.options import clinic_option, json_option, places_for, tell_rehearsal
from handoutpress.cli.output import while_read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handoutpress.delivery.ledger import Ledger
    from handoutpress.delivery.outbox import Message, State
    from handoutpress.delivery.records import Record
    from handoutpress.dispatch.sending import Sent
    from handoutpress.places import Places

_OPEN = ("staged", "waiting", "sending", "handing over", "failed", "unknown")
_WATCH = 20.0
"""Seconds between looks for what has fallen due."""

numbers_argument = click.argument("numbers", nargs=-1, type=int, metavar="[NUMBER]...")
all_option = click.option("--all", "every", is_flag=True, help="Also what went and what was cancelled.")


@click.group(invoke_without_command=True)
@clinic_option
@all_option
@json_option
@click.pass_context
def outbox(context: click.Context, clinic: Path | None, every: bool, as_json: bool) -> None:
    """Show the messages that wait, that failed, or that need somebody to decide.

    \b
    Examples:
      outbox
      outbox send
      outbox again 12
      outbox arrived 13
      outbox cancel --text-hash 1a2b3c4d

    \b
    waiting    will be tried again
    sent       the mail server has it; nobody knows whether it was read
    failed     the mail server refuses it for good, or it was tried for days, or its text has expired
    unknown    it was broken off while the server was taking it: ask the patient, then say
               `outbox arrived N`, or send it once more with `outbox again N`
    """  # noqa: D301 (click's own mark for lines to keep)
    context.obj = clinic
    if context.invoked_subcommand is None:
        _list(places_for(clinic), every=every, as_json=as_json)


def _places(context: click.Context, clinic: Path | None) -> Places:
    """Return the places for ``--clinic``, said before the subcommand or after it."""
    return places_for(clinic or context.obj)


def _list(places: Places, *, every: bool, as_json: bool) -> None:
    from handoutpress.delivery.ledger import Ledger
    from handoutpress.delivery.outbox import State, counts, messages
    from handoutpress.delivery.records import by_message
    from handoutpress.delivery.tidying import tidy

    with Ledger.open(places.clinic) as ledger:
        tidy(ledger)
        shown = messages(ledger, *([] if every else map(State, _OPEN)))
        records = by_message(ledger, [message.id for message in shown])
        said = _in_numbers(counts(ledger))
    if as_json:
        rows = [_as_json(one, records.get(one.id, [])) for one in shown]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for one in shown:
        click.echo(_line(one, records.get(one.id, [])))
    click.echo(f"{said}." if said else "The outbox is empty.", err=bool(shown))


def _in_numbers(counts: dict[State, int]) -> str:
    return ", ".join(f"{count:,} {state}" for state, count in counts.items())


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
        case "cancelled":
            return f"Not sent: {message.reason or 'it was cancelled'} ({number})."
        case "unknown" | "handing over":
            why = message.reason or "the server was taking it"
            return f"Perhaps sent: {why} ({number}). Ask the patient; `outbox` says how to go on."
    why = f": {message.reason}" if message.reason else ""
    return f"Not sent yet{why}. It waits in the outbox as {number}; `outbox send` tries again."


@outbox.command()
@clinic_option
@click.option("--due", is_flag=True, help="Only what is to be tried by now: for a timer.")
@click.option("--watch", is_flag=True, help="Stay, and send what falls due, until stopped.")
@click.pass_context
def send(context: click.Context, clinic: Path | None, due: bool, watch: bool) -> None:
    """Send what waits. One process sends at a time, no faster than the clinic's `per_minute`.

    Exit status 1 if a message failed, if somebody has to decide about one, or if the server is not there or
    refuses to work for the clinic.
    """
    from handoutpress.delivery.ledger import Ledger
    from handoutpress.delivery.outbox import counts
    from handoutpress.dispatch.emailing import read_post
    from handoutpress.dispatch.sending import send_waiting
    from handoutpress.wish import Wish

    places = _places(context, clinic)
    mail = read_post(places, None).mail
    while True:
        with Ledger.open(places.clinic) as ledger:
            sent = send_waiting(ledger, mail, places.clinic, due=due or watch, tell=tell_message)
            well = True
            if sent.busy:
                click.echo("Another process is sending. Try again when it has ended.", err=True)
            elif sent.counts or sent.stopped or not watch:
                well = tell_counts(sent.counts, sent)
                well &= not tell_open(ledger)
            waits = counts(ledger).get(_state("waiting"), 0)
        if not watch or sent.needs_person:
            break
        time.sleep(_WATCH)
    tell_rehearsal(Wish())
    if not well or (sent.busy and waits):
        sys.exit(1)


def tell_message(message: Message, state: State, reason: str) -> None:
    """Say what became of one message of many."""
    with while_read():
        if state == "sent":
            click.echo(f"{message.id:>5}  sent")
        else:
            click.echo(f"{message.id:>5}  {state}: {reason}", err=True)


def tell_counts(counts: dict[State, int], sent: Sent, whose: str = "") -> bool:
    """Sum up what became of messages, and ``whose`` they are; return whether nobody has to look."""
    said = _in_numbers(counts)
    click.echo(f"{whose}{said}." if said else "Nothing was waiting.", err=True)
    if sent.stopped:
        mend = " Somebody has to mend this; then `outbox send`." if sent.needs_person else ""
        click.echo(f"Stopped: {sent.stopped}. What waits, waits; nothing is lost.{mend}", err=True)
    return not (sent.stopped or any(counts.get(_state(name)) for name in ("failed", "unknown")))


def tell_open(ledger: Ledger) -> bool:
    """Say that messages need somebody, whichever run has left them; return whether there are any."""
    from handoutpress.delivery.outbox import counts

    found = counts(ledger)
    parts = [f"{count:,} {name}" for name in ("failed", "unknown") if (count := found.get(_state(name)))]
    if parts:
        click.echo(f"Somebody has to look: {' and '.join(parts)}; `outbox` says how to go on.", err=True)
    return bool(parts)


def _state(name: str) -> State:
    from handoutpress.delivery.outbox import State

    return State(name)


@outbox.command()
@clinic_option
@click.argument("number", type=int)
@click.pass_context
def show(context: click.Context, clinic: Path | None, number: int) -> None:
    """Show one message with its full address, to call the patient or correct it."""
    from handoutpress.delivery.ledger import Ledger
    from handoutpress.delivery.outbox import get
    from handoutpress.delivery.records import by_message

    with Ledger.open(_places(context, clinic).clinic) as ledger:
        message = get(ledger, number)
        records = by_message(ledger, [number]).get(number, [])
    click.echo(_line(message, records))
    click.echo(f"       to {message.recipient or '(purged)'}")


@outbox.command()
@clinic_option
@numbers_argument
@click.option("--all-failed", is_flag=True, help="Every message that failed.")
@click.pass_context
def again(context: click.Context, clinic: Path | None, numbers: tuple[int, ...], all_failed: bool) -> None:
    """Let messages that failed, or that may not have arrived, be sent once more."""
    from handoutpress.delivery.ledger import Ledger
    from handoutpress.delivery.outbox import messages

    places = _places(context, clinic)
    with Ledger.open(places.clinic) as ledger:
        failed = [one.id for one in messages(ledger, _state("failed"))] if all_failed else []
        _decide(ledger, (*numbers, *failed), "waiting", "will be sent with the next `outbox send`")


@outbox.command()
@clinic_option
@numbers_argument
@click.pass_context
def arrived(context: click.Context, clinic: Path | None, numbers: tuple[int, ...]) -> None:
    """Note that messages whose fate was unknown have arrived."""
    from handoutpress.delivery.ledger import Ledger

    with Ledger.open(_places(context, clinic).clinic) as ledger:
        _decide(ledger, numbers, "sent", "is noted as sent")


@outbox.command()
@clinic_option
@numbers_argument
@click.option("--text-hash", metavar="HASH", help="Every waiting one with this text: it is recalled.")
@click.pass_context
def cancel(
    context: click.Context, clinic: Path | None, numbers: tuple[int, ...], text_hash: str | None
) -> None:
    """Do not send messages any more."""
    from handoutpress.delivery.deciding import with_text
    from handoutpress.delivery.ledger import Ledger

    with Ledger.open(_places(context, clinic).clinic) as ledger:
        recalled = with_text(ledger, text_hash) if text_hash else []
        _decide(ledger, (*numbers, *recalled), "cancelled", "is cancelled")


def _decide(ledger: Ledger, numbers: tuple[int, ...], state: str, said: str) -> None:
    from handoutpress.delivery.deciding import decide

    if not numbers:
        raise click.UsageError("Which message? `outbox` lists their numbers.")
    decide(ledger, numbers, _state(state))
    for number in numbers:
        click.echo(f"Message {number} {said}.")


COMMANDS = {"outbox": outbox}
