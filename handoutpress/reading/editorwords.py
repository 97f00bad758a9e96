"""What an editor says of values: what each choice means, and how a text has to be written.

Keyed by the choices and by the patterns that the models have; a test finds what is missing or left over.
"""

from __future__ import annotations

from typing import Final

YES_OR_NO: Final = "^(?:[Tt]rue|TRUE|[Ff]alse|FALSE|[Yy]es|YES|[Nn]o|NO|[Oo]n|ON|[Oo]ff|OFF)$"
TONE: Final = r"^(?:#(?:[0-9A-Fa-f]{3,4}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})|[^#].*)$"
_HASH = "This is a hash that the program prints: copy it, do not write it yourself."
_LINK = "An address in full, such as https://example.org/page, without spaces."
_EMAIL = "Only the address itself, such as handouts@example.org."

FORMS: Final[dict[str, str]] = {
    YES_OR_NO: "true or false (yes and no will do).",
    "date": "A date is written as 2026-11-23: year, month, day.",
    r"^[a-z][a-z0-9-]*$": "Small letters, digits and hyphens, a letter first, such as call-us.",
    r"^[a-z0-9][a-z0-9-]*$": "The name of a sheet, as `list` shows it, such as microneedling-aftercare.",
    r"^https?://\S+$": _LINK,
    r"^https://[^\s<>\"'{}]+$": _LINK,
    r"^https://(?:[^\s{}<>\"']|\{name\}|\{language\})+$": "Such as https://example.org/handouts/{name}; "
    "{name} and {language} are the only words in braces.",
    r"^[A-Z][0-9]{2,3}$": "The name of an entry in evidence.yaml: a capital letter and two or three digits, "
    "such as C26, G01 or P01.",
    r"^[0-9a-f]{8}$": _HASH,
    r"^[0-9a-f]{16}$": _HASH,
    r"^[0-9a-f]{64}$": _HASH,
    r"^[a-z]{2}(-[A-Z]{2})?$": "A language is two small letters, such as en or es; with a country, en-GB.",
    r"^[0-9]+(\.[0-9]+){0,2}$": "A version is one to three numbers with dots between, such as 1.0 or 1.2.3.",
    r"^[^\s/#?'\"\\-][^\s/#?'\"\\]*$": "A printer's name has no spaces, quotes, slashes, # or ?, and does "
    "not begin with a hyphen.",
    r"^[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+$": _EMAIL,
    r"^[^\"'\\;{}<>]+$": "The plain name of a typeface, such as Source Sans 3, without inner quotes.",
    r"^\+?[0-9(][0-9 ().\-–/]*(?:\s*(?:ext\.?|x)\s*[0-9]+)?$": "A phone number: digits, spaces and + ( ) - . "
    'only, such as "(555) 555-0100" or "+44 20 7946 0000".',
    r"^[^@\s<>,;:\"()\[\]\\]+@[^@\s<>,;:\"()\[\]\\]+\.[^@\s<>,;:\"()\[\]\\]+$": _EMAIL,
    r"^(?:[A-Za-z0-9.-]{1,253}|[0-9A-Fa-f:]+:[0-9A-Fa-f:.]+)$": "Only the server's name, such as "
    "smtp.example.org; the port has a key of its own.",
    TONE: 'A colour after # has 6 digits from 0 to 9 and a to f (or 3), and stands in quotes: "#1f5c66".',
    r"^(ltr|rtl)$": "ltr for scripts from left to right, rtl for those from right to left.",
}
"""What is said where a text does not fit its pattern, or its format."""

CHOICES: Final[dict[tuple[object, ...], tuple[str, ...]]] = {
    ("a4", "letter"): ("A4, 210 x 297 mm.", "US Letter, 8.5 x 11 in."),
    ("day-month", "month-day"): ("23 November.", "November 23."),
    ("12", "24", 12, 24): ("2:30 pm.", "14:30.", "2:30 pm.", "14:30."),
    ("starttls", "tls", "none"): (
        "Begins plain and turns encryption on, usually on port 587.",
        "Encrypted from the start, usually on port 465.",
        "Not encrypted: only for a server on this very machine.",
    ),
    ("required", "not-required"): (
        "Only a patient whose preference for email is recorded gets one without a password.",
        "No recorded preference is asked for.",
    ),
    ("tick", "yes-no"): ("One box an item.", "A box for yes and a box for no."),
    ("wide", "small"): ("Over the full width.", "Small, with its words beside it."),
    ("name", "reference", "clinician", "visit"): (
        "The patient's name.",
        "A date of birth or a record number.",
        "Who treats the patient.",
        "The date of this visit.",
    ),
    ("normal", "italic"): ("Upright.", "Slanted: hard to read, and not used on sheets."),
    ("file", "google", "bunny", "system"): (
        "Files in the clinic's folder.",
        "Not fetched: only for a typeface that comes with the program.",
        "Not fetched: only for a typeface that comes with the program.",
        "Not looked for: only for a typeface that comes with the program.",
    ),
    ("text", "days"): ("A few words.", "A whole number of days."),
    ("write-in", "stop"): ("A line for a pen is printed.", "The sheet is not printed."),
    ("short", "medium", "long"): ("For a time or a number.", "For a name or a date.", "For a sentence."),
    (
        "mechanism", "benefit", "expectations", "risk", "procedure", "who-should-wait", "prepare",
        "choose-provider", "aftercare", "follow-up", "when-to-ask",
    ): (
        "How it works.",
        "What good it may do; a risk has to be named with it.",
        "What somebody can expect.",
        "What may go wrong.",
        "What is done at the visit.",
        "For whom it is not right, or not yet.",
        "What to do before the visit.",
        "How to choose who does it.",
        "What to do afterwards.",
        "Which visits follow.",
        "When to ask a clinician.",
    ),
    ("fact", "hedged", "urged", "implied", "mixed"): (
        "It is said as a fact.",
        "It is said with a may or a might.",
        "The reader is told to do it.",
        "It follows from what is said.",
        "Its passages differ in how firmly they say it.",
    ),
    ("seen", "second-hand", "background"): (
        "It was read in the source itself.",
        "It was read in somebody's report of the source.",
        "It was not read; never printed as a fact.",
    ),
    ("original", "repost", "secondary"): (
        "The publisher's own page was read.",
        "A copy of it elsewhere was read.",
        "Somebody's report of it was read.",
    ),
    ("met", "not met", "n/a"): ("The sheet does it.", "The sheet does not.", "It does not apply here."),
    ("by machine", "by reading"): ("The tests decide it on every run.", "A person's reading decides it."),
}  # fmt: skip
"""What each of several values means, in their order."""
