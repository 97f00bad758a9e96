"""The form's part about email: whom to, what the patient said, a password; into the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handoutpress.delivery.ledger import Ledger
from handoutpress.desk.forms import Wrong, WrongFields
from handoutpress.desk.outcomes import Outcome, titles_of
from handoutpress.desk.sending import HOLD_SECONDS
from handoutpress.desk.showing import remarks_on, tell_stopped
from handoutpress.dispatch.emailing import Errand, make_allowed, queue_message, read_post, write_message
from handoutpress.dispatch.preferring import keep_said, what_was_said
from handoutpress.dispatch.sending import server_of
from handoutpress.errors import HandoutError, ProblemsFound
from handoutpress.reading.addresses import read_address
from handoutpress.reading.patient import WrongText
from handoutpress.typesetting.protecting import check_password

if TYPE_CHECKING:
    from handoutpress.desk.app import Desk
    from handoutpress.desk.forms import Given, Order
    from handoutpress.desk.pages import Visit
    from handoutpress.desk.showing import Shown
    from handoutpress.reading.addresses import EmailAddress
    from handoutpress.wish import Copy


def send_email(desk: Desk, visit: Visit, order: Order, shown: Shown) -> Outcome | None:
    """Put a message with all copies into the outbox, to be sent once it cannot be taken back any more.

    None where a sheet is stopped, which ``shown`` then says; raises ``WrongFields`` or ``HandoutError``.
    """
    places, given, wish = desk.places, order.given, order.wish
    post = read_post(places, wish.language)
    server_of(post.mail, places.clinic)  # a password that is missing is told before anything is made
    address, password = _address_and_password(given)
    said = None
    if given.ticked("accepts"):
        said = what_was_said("plain", wish.by, None, places, wish.language, wish.patient.reference)
    errand = Errand(address, wish, password, said, given.ticked("again"))
    stopped = False

    def make() -> list[Copy]:
        nonlocal stopped
        made = desk.maker.make(order.sheets, wish, order.packet)
        tell_stopped(shown, visit, made, wish)
        stopped = bool(made.stopped)
        return made.copies

    with Ledger.open(places.clinic) as ledger:
        copies = make_allowed(ledger, post, errand, make)
        if stopped:
            return None
        built = write_message(copies, post, address, password)
        if said:
            keep_said(ledger, address, said, places, wish.language, wish.by)
        number = queue_message(
            ledger,
            built,
            copies,
            post,
            address,
            wish,
            protected=password is not None,
            hold=HOLD_SECONDS + 60,
        )
    desk.sender.send(number)
    return Outcome("email", titles_of(copies), remarks_on(visit, copies), message=number)


def _address_and_password(given: Given) -> tuple[EmailAddress, str | None]:
    """Return the address, typed twice, and the password for the files; raises ``WrongFields`` with all."""
    wrong, read = [], {}
    for name in ("to", "again_to"):
        try:
            read[name] = read_address(given[name].strip())
        except WrongText as error:
            wrong.append(Wrong(name, error.message, error.hint))
    if len(read) == 2 and read["to"].spec.casefold() != read["again_to"].spec.casefold():
        wrong.append(Wrong("again_to", "the two addresses are not the same", "type it twice again"))
    password = given["password"] or None
    if password is not None:
        try:
            check_password(password)
        except ProblemsFound as found:
            wrong += [Wrong("password", problem.message, problem.hint) for problem in found.problems]
        except HandoutError as error:
            wrong.append(Wrong("password", str(error)))
    if wrong:
        raise WrongFields(wrong)
    return read["to"], password
