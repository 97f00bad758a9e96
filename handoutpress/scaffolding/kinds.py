"""What a new sheet can be for; nothing else, as the command line offers these before it loads the rest."""

from __future__ import annotations

KINDS = {
    "about": "What a treatment is: a sheet for the talk, given before the patient decides.",
    "before": "Getting ready: given when a visit is booked.",
    "after": "Aftercare: given on the day of treatment.",
    "consent-talk": "The points of the talk before a patient decides. It is not the consent form.",
    "one-page": "The few things to know, on one page.",
}
"""What a sheet can be for, and what its file says of it."""
