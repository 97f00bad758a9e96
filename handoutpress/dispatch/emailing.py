"""Copies into one patient's inbox: checked, put into one message, and into the outbox."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from handoutpress.composing.letter import Enclosed, compose_letter, preference_wording
from handoutpress.delivery import outbox, preferences
from handoutpress.delivery.mail import Parts, Sender, build
from handoutpress.delivery.outbox import State
from handoutpress.delivery.records import by_message
from handoutpress.dispatch.recording import delivery_of
from handoutpress.errors import Problem, Problems, ProblemsFound
from handoutpress.places import CLINIC_FILE
from handoutpress.reading.addresses import read_address
from handoutpress.reading.clinic import read_clinic
from handoutpress.reading.patient import WrongText
from handoutpress.wish import SheetText

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from handoutpress.delivery.ledger import Ledger
    from handoutpress.delivery.mail import Built
    from handoutpress.places import Places
    from handoutpress.reading.addresses import EmailAddress
    from handoutpress.reading.channels import Mail
    from handoutpress.reading.clinic import Clinic
    from handoutpress.wish import Copy, Wish

NO_MAIL = "add `mail:` with host, from and preference; README says what each means"


@dataclass(frozen=True)
class Post:
    """How a clinic writes to patients in one language."""

    places: Places
    clinic: Clinic
    mail: Mail
    sender: Sender
    language: str


@dataclass(frozen=True)
class Errand:
    """One email as somebody asks for it."""

    to: EmailAddress
    wish: Wish
    password: str | None = field(default=None, repr=False)
    """For its files; None leaves them in the clear."""
    said: preferences.Preference | None = None
    """What the patient says about email now."""
    again: bool = False
    """Even if the same just went, or waits."""


def read_post(places: Places, language: str | None) -> Post:
    """Read how a clinic writes to its patients; raises ``ProblemsFound`` with all that is wrong."""
    clinic = read_clinic(places, language)
    mail = clinic.facts.mail
    if mail is None:
        place = clinic.facts_yaml.place((), key=True)
        raise ProblemsFound([Problem(f"{CLINIC_FILE} does not say how to send email", place, NO_MAIL)])
    problems: list[Problem] = []

    def ascii_address(text: str, *loc: str) -> str:
        try:
            address = read_address(text)
        except WrongText as error:
            problems.append(Problem(error.message, clinic.facts_yaml.place(loc), error.hint))
            return text
        if not address.local_is_ascii:
            said = "the clinic's own address needs plain letters before the @: not every server takes others"
            problems.append(Problem(said, clinic.facts_yaml.place(loc)))
        return address.spec

    sender = ascii_address(mail.from_, "mail", "from")
    if mail.reply_to:
        reply_to = ascii_address(mail.reply_to, "mail", "reply_to")
    else:
        reply_to = ascii_address(clinic.facts.email, "email") if clinic.facts.email else sender
    if problems:
        raise ProblemsFound(problems)
    return Post(
        places, clinic, mail, Sender(clinic.facts.name, sender, reply_to), language or clinic.facts.language
    )


def try_message(places: Places, language: str) -> None:
    """Write a message with an example in it and send it nowhere; raises ``ProblemsFound``.

    A clinic that sends no email has nothing to try.
    """
    if read_clinic(places, language).facts.mail is None:
        return
    post = read_post(places, language)
    example = SheetText("example", "Example", "1.0", "2026-01-01", language, "0" * 64, "2026-12-31")
    for protected in (False, True):
        compose_letter([Enclosed((example,), 1)], post.clinic, places, language, protected=protected)
    preference_wording(places, language)


def check_preference(
    ledger: Ledger,
    post: Post,
    to: EmailAddress,
    reference: str | None,
    *,
    protected: bool,
    now: preferences.Preference | None = None,
    in_batch: bool = False,
) -> None:
    """Raise ``ProblemsFound`` where this patient has not agreed to this email; no address is repeated.

    ``now`` is what the patient says with this very message.
    """
    before = preferences.standing(ledger, to.spec)
    if now and before and before.asked_on > now.asked_on and before.accepts != now.accepts:
        message = f"what is recorded for this address was said later, on {before.asked_on.isoformat()}"
        raise ProblemsFound([Problem(message, hint="`preference` shows it; ask the patient again")])
    said = now or before
    ask = "ask the patient (`preference --wording`), then add --accepts-plain-email --taken-by WHO"
    protect = "--password-file FILE puts a password on the PDF"
    if in_batch:
        ask = "ask the patient (`preference --wording`), then `preference --to ADDRESS --accepts plain`"
        protect = "`email` can put a password on the PDF"
    message, hint = "", ask
    if not now and reference and preferences.is_for_another_address(ledger, reference, to.spec):
        message = "the preference recorded for this patient is for another address"
    elif not now and reference and before and before.reference not in (None, reference):
        message = "the preference recorded for this address is another patient's"
    elif said and said.accepts == "none":
        message = f"this patient said no to email on {said.asked_on.isoformat()}"
    elif protected or (said and said.accepts == "plain"):
        return
    elif said:
        when = said.asked_on.isoformat()
        message = f"this patient accepts only email protected by a password, as of {when}"
        hint = protect
    elif post.mail.preference == "required":
        message = "no preference of this patient for plain email is recorded"
        hint = f"{ask}; or {protect}"
    if message:
        raise ProblemsFound([Problem(message, hint=hint)])


def make_allowed(ledger: Ledger, post: Post, errand: Errand, make: Callable[[], list[Copy]]) -> list[Copy]:
    """Make the copies of an email; raises ``ProblemsFound`` with all that stops it, and then none is sent."""
    problems = Problems()
    copies: list[Copy] = []
    protected, reference = errand.password is not None, errand.wish.patient.reference
    try:
        check_preference(ledger, post, errand.to, reference, protected=protected, now=errand.said)
    except ProblemsFound as found:
        problems.extend(found.problems)
    try:
        copies = make()
    except ProblemsFound as found:
        problems.extend(found.problems)
    if not errand.again:
        sheets = [sheet for copy in copies for sheet in copy.sheets]
        try:
            twin = twin_mark(ledger, errand.to, [sheet.name for sheet in sheets], errand.wish)
            check_not_again(ledger, twin, sheets)
        except ProblemsFound as found:
            problems.extend(found.problems)
    problems.raise_if_any()
    return copies


def twin_mark(ledger: Ledger, to: EmailAddress, names: Sequence[str], wish: Wish) -> bytes:
    """Return what two messages share that bring the same sheets, for the same patient, to one address."""
    address = to.spec.casefold()  # no server in use tells capitals apart
    return ledger.mark("message", address, sorted(names), wish.language, wish.edition, wish.patient)


def has_texts(ledger: Ledger, message: outbox.Message, sheets: Sequence[SheetText]) -> bool:
    """Whether a message brought just these texts."""
    brought = {record.text_hash for record in by_message(ledger, [message.id]).get(message.id, [])}
    return brought == {sheet.text_hash for sheet in sheets}


def check_not_again(ledger: Ledger, twin: bytes, sheets: Sequence[SheetText]) -> None:
    """Raise ``ProblemsFound`` where the same message waits already, or went within a day."""
    yesterday = (dt.datetime.now(dt.UTC) - dt.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    for message in outbox.twins(ledger, twin):
        just_went = message.state is State.SENT and message.changed > yesterday
        if message.is_open:
            said = f"the same sheets for this patient are in the outbox already: message {message.id}"
        elif just_went and has_texts(ledger, message, sheets):
            said = f"the same sheets for this patient just went to this address: message {message.id}"
        else:
            continue
        raise ProblemsFound([Problem(said, hint="`outbox --all` shows it; --again sends one more")])


def write_message(
    copies: Sequence[Copy], post: Post, to: EmailAddress, password: str | None = None, *, draft: bool = False
) -> Built:
    """Return one message with all copies; with a password, each PDF is encrypted."""
    enclosed = [Enclosed(copy.sheets, copy.pages) for copy in copies]
    letter = compose_letter(enclosed, post.clinic, post.places, post.language, protected=password is not None)
    pdfs = [copy.pdf for copy in copies]
    if password is not None:
        from handoutpress.typesetting.protecting import protect

        pdfs = [protect(pdf, password) for pdf in pdfs]
    files = list(zip(letter.file_names, pdfs, strict=True))
    parts = Parts(letter.subject, letter.text, letter.html, post.language, files)
    return build(parts, post.sender, to.spec, needs_utf8=not to.local_is_ascii, draft=draft)


def queue_message(
    ledger: Ledger,
    built: Built,
    copies: Sequence[Copy],
    post: Post,
    to: EmailAddress,
    wish: Wish,
    *,
    protected: bool = False,
    staged: bool = False,
    hold: float = 0.0,
) -> int:
    """Put a message into the outbox, and its sheets into the records; more in ``outbox.put``."""
    sheets = [sheet for copy in copies for sheet in copy.sheets]
    new = outbox.NewMessage(
        built.message_id,
        post.sender.address,
        to.spec,
        built.content,
        min(sheet.good_until for sheet in sheets),
        needs_utf8=not to.local_is_ascii,
        protected=protected,
    )
    twin = twin_mark(ledger, to, [sheet.name for sheet in sheets], wish)
    return outbox.put(ledger, new, sheets, delivery_of(wish, "email"), twin=twin, staged=staged, hold=hold)
