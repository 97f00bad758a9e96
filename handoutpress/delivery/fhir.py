"""A copy for a hospital system to file: an HL7 FHIR R4 (4.0.1) DocumentReference with the PDF in it.

Decisions, by the pages of http://hl7.org/fhir/R4 that rule them:

* ``type`` is LOINC 69730-0, "Instructions": by loinc.org an active term of scale Doc, for "instructions given
  to a patient". R4 prefers the LOINC terms of that scale (valueset-c80-doc-typecodes). ``category`` is left
  to who files it: no published code for a leaflet was found.
* ``docStatus`` is ``final`` only for text that a clinician has signed off: R4 means by it "complete and
  verified by an appropriate person" (valueset-composition-status).
* The sheets' own codes say what a leaflet is about, and R4 has no element for that: ``context.event`` is for
  "the main clinical acts [...] being documented", and a leaflet on a treatment is no record that it was done;
  several codings of ``type`` would have to mean one and the same. So they are tags (``meta.tag``, resource):
  one can search by them, and nobody has to heed them when reading what the resource means.
* ``masterIdentifier`` is made from the PDF alone, so that the same file is known again wherever it turns up.
  Two patients' blank copies are one file: search for it together with the subject.

LOINC is copyright Regenstrief Institute, Inc. and the LOINC Committee: https://loinc.org/license
"""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from typing import TYPE_CHECKING, Any

from handoutpress.errors import HandoutError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from handoutpress.reading.patient import PatientDetails
    from handoutpress.wish import Copy

TYPE: dict[str, Any] = {
    "coding": [{"system": "http://loinc.org", "code": "69730-0", "display": "Instructions"}],
    "text": "Patient handout",
}


def document_reference(
    copy: Copy,
    patient: PatientDetails,
    organisation: str,
    created: dt.datetime,
    file_name: str,
    draft: bool = False,
) -> dict[str, Any]:
    """Return the DocumentReference of a copy, as plain values for JSON; nothing in it is empty or null.

    ``created`` must know its time zone: it is the resource's ``date``, an instant, and the PDF's
    ``creation``. Of the patient it says name and reference only. Raises ``HandoutError`` for a draft.
    """
    if draft or copy.waived:
        raise HandoutError(
            f"{copy.name} is a draft and not for patients, so it is not written as a document to file"
        )
    if created.utcoffset() is None:
        raise ValueError("a FHIR instant needs a time zone")
    publisher = {"type": "Organization", "display": organisation}
    signed_off = bool(copy.sheets) and all(sheet.signed_off for sheet in copy.sheets)
    when = created.isoformat(timespec="seconds")
    reference: dict[str, Any] = {"resourceType": "DocumentReference"}
    if tags := _tags(copy):
        reference["meta"] = {"tag": tags}
    reference |= {
        "masterIdentifier": {"system": "urn:ietf:rfc:3986", "value": document_uuid(copy.pdf).urn},
        "identifier": list(_identifiers(copy)),
        "status": "current",
        "docStatus": "final" if signed_off else "preliminary",
        "type": TYPE,
    }
    if subject := _subject(patient):
        reference["subject"] = subject
    return reference | {
        "date": when,
        "author": [publisher],
        "custodian": publisher,
        "description": "; ".join(sheet.title for sheet in copy.sheets),
        "content": [{"attachment": _attachment(copy, when, file_name)}],
    }


def written(reference: dict[str, Any]) -> bytes:
    """Return a resource as a file of JSON in UTF-8 (media type ``application/fhir+json``)."""
    return (json.dumps(reference, ensure_ascii=False, indent=2) + "\n").encode()


def document_uuid(pdf: bytes) -> uuid.UUID:
    """Return the UUID (version 5, RFC 9562, 5.5) that is always the same for the same bytes.

    Its name is the PDF's address by content, ``ni:///sha-256;...`` (RFC 6920, 3), in the namespace for such
    addresses that the RFC itself defines: anybody can compute it again, and there is no namespace of our own
    to keep.
    """
    digest = base64.urlsafe_b64encode(hashlib.sha256(pdf).digest()).rstrip(b"=").decode()
    return uuid.uuid5(uuid.NAMESPACE_URL, f"ni:///sha-256;{digest}")


def _attachment(copy: Copy, when: str, file_name: str) -> dict[str, Any]:
    """Return the PDF itself (datatypes, Attachment).

    ``hash`` is "the calculated hash of the data using SHA-1. Represented using base64", of the bytes as they
    are before they are written in base64; ``size`` is the number of those bytes.
    """
    attachment: dict[str, Any] = {"contentType": "application/pdf"}
    languages = {sheet.language for sheet in copy.sheets}
    if len(languages) == 1:
        (attachment["language"],) = languages
    # By the same page no protection against malice: it tells whether the bytes arrived whole.
    digest = hashlib.sha1(copy.pdf, usedforsecurity=False).digest()
    return attachment | {
        "data": base64.b64encode(copy.pdf).decode(),
        "size": len(copy.pdf),
        "hash": base64.b64encode(digest).decode(),
        "title": file_name,
        "creation": when,
    }


def _identifiers(copy: Copy) -> Iterator[dict[str, Any]]:
    """Yield what names the text: each sheet with its version and its hash, and a packet's own hash.

    They have no ``system``: no address has been registered for any of them.
    """
    for sheet in copy.sheets:
        yield _identifier("Handout and version", f"{sheet.name} {sheet.version}")
        yield _identifier(f"SHA-256 of the text of {sheet.name}", sheet.text_hash)
    if copy.text_hash not in {sheet.text_hash for sheet in copy.sheets}:
        yield _identifier("SHA-256 of the text of the whole document", copy.text_hash)


def _identifier(says: str, value: str) -> dict[str, Any]:
    return {"type": {"text": says}, "value": value}


def _subject(patient: PatientDetails) -> dict[str, Any] | None:
    """Return whom it was made for, as far as that is known; None for a blank copy.

    The reference has no ``system``: it may be the clinic's number or a date of birth, and nobody has said
    which. A system that files this must match the patient itself (references, Reference.identifier).
    """
    subject: dict[str, Any] = {"type": "Patient"}
    if patient.reference:
        subject["identifier"] = {"value": patient.reference}
    if patient.name:
        subject["display"] = patient.name
    return subject if len(subject) > 1 else None


def _tags(copy: Copy) -> list[dict[str, str]]:
    """Return the sheets' codes, each once: tags are a set, told apart by system and code."""
    tags = {
        (system, code): {"system": system, "code": code, "display": display}
        for sheet in reversed(copy.sheets)
        for system, code, display in reversed(sheet.codes)
    }
    return list(reversed(tags.values()))
