"""Copies into one patient's inbox: checked, put into one message, and into the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from handoutpress.composing.letter import Enclosed, compose_letter, preference_wording
from handoutpress.delivery import outbox, preferences
from handoutpress.delivery.mail import Parts, Sender, build
from handoutpress.dispatch.recording import delivery_of
from handoutpress.errors import Problem, ProblemsFound
from handoutpress.places import CLINIC_FILE
from handoutpress.reading.addresses import read_address
from handoutpress.reading.clinic import read_clinic
from handoutpress.reading.patient import WrongText
from handoutpress.wish import SheetText

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    example = SheetText("example", "Example", "1.0", "2026-01-01", language, "0" * 64)
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
) -> None:
    """Raise ``ProblemsFound`` where this patient has not agreed to this email; no address is repeated.

    ``now`` is what the patient says today: it goes before what is recorded.
    """
    said = now or preferences.standing(ledger, to.spec)
    ask = "ask the patient (`preference --wording`), then add --accepts-plain-email --taken-by WHO"
    if not now and reference and preferences.is_for_another_address(ledger, reference, to.spec):
        problem = Problem("the preference recorded for this patient is for another address", hint=ask)
    elif said and said.accepts == "none":
        problem = Problem(f"this patient said no to email on {said.asked_on.isoformat()}", hint=ask)
    elif protected or (said and said.accepts == "plain"):
        return
    elif said:
        when = said.asked_on.isoformat()
        message = f"this patient accepts only email protected by a password, as of {when}"
        problem = Problem(message, hint="--password-file FILE puts a password on the PDF")
    elif post.mail.preference == "required":
        message = "no preference of this patient for plain email is recorded"
        problem = Problem(message, hint=f"{ask}; or protect the PDF with --password-file")
    else:
        return
    raise ProblemsFound([problem])


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
    once: bytes | None = None,
    staged: bool = False,
) -> int | None:
    """Put a message into the outbox, and its sheets into the records; more in ``outbox.put``."""
    new = outbox.NewMessage(
        built.message_id,
        post.sender.address,
        to.spec,
        built.content,
        needs_utf8=not to.local_is_ascii,
    )
    sheets = [sheet for copy in copies for sheet in copy.sheets]
    return outbox.put(ledger, new, sheets, delivery_of(wish, "email"), once=once, staged=staged)
