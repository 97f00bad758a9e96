"""A copy as a FHIR DocumentReference: a hospital's model takes it, and it says no more than is known."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import shutil
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from fhir.resources.R4B.documentreference import DocumentReference

from handoutpress.delivery.fhir import document_reference, document_uuid, written
from handoutpress.errors import HandoutError, Problem
from handoutpress.packets import make_packet
from handoutpress.places import Places, shipped_folder
from handoutpress.press import make_copy
from handoutpress.reading.patient import PatientDetails
from handoutpress.signing import sign_sheets
from handoutpress.wish import Wish

from .conftest import ROOT, TODAY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from handoutpress.wish import Copy

SHEET = "microneedling-aftercare"
ORGANISATION = "Example Skin Clinic"
CREATED = dt.datetime(2026, 11, 24, 9, 30, 15, 250_000, tzinfo=dt.timezone(dt.timedelta(hours=-5)))
NOBODY = PatientDetails()
PATIENT = PatientDetails(
    name="Example Patiént",
    reference="EX-0042",
    clinician="Example Clinician",
    visit=dt.date(2026, 11, 24),
    note="Use the gel twice a day.",
)
MICRONEEDLING = ("http://example.org/codes", "m-1", "Microneedling")
SCARS = ("http://example.org/codes", "s-1", "Acne scars")


def reference_of(copy: Copy, patient: PatientDetails = NOBODY, **more: Any) -> dict[str, Any]:
    return document_reference(copy, patient, ORGANISATION, CREATED, "information.pdf", **more)


def accepted(reference: dict[str, Any]) -> DocumentReference:
    """Return what the model of R4B makes of the file, which must give back just the same."""
    file = written(reference)
    model = DocumentReference.model_validate_json(file)
    assert json.loads(model.model_dump_json()) == json.loads(file) == reference
    return model


def identifiers(reference: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["type"]["text"], each["value"]) for each in reference["identifier"]]


def values(thing: Any) -> list[Any]:
    """Return every value in a resource, and each list and mapping too."""
    inner: list[Any] = []
    if isinstance(thing, dict):
        inner = list(thing.values())
    elif isinstance(thing, list):
        inner = thing
    return [thing, *(value for each in inner for value in values(each))]


@pytest.fixture(scope="module")
def packet() -> Copy:
    """Return two sheets in one PDF."""
    places = Places(shipped_folder() / "clinics" / "example", shipped_folder())
    return make_packet(["microneedling-about", SHEET], places, Wish(today=TODAY))


@pytest.mark.parametrize("patient", [NOBODY, PATIENT], ids=["blank", "patient"])
@pytest.mark.parametrize("kind", ["en", "es", "packet"])
def test_the_model_takes_it_and_gives_it_back(
    shipped: Callable[..., Copy], packet: Copy, kind: str, patient: PatientDetails
) -> None:
    copy = packet if kind == "packet" else shipped(SHEET, language=kind)
    reference = reference_of(copy, patient)
    model = accepted(reference)
    assert model.status == "current"
    attachment = model.content[0].attachment
    assert attachment.contentType == "application/pdf"
    assert attachment.language == ("es" if kind == "es" else "en")
    assert attachment.title == "information.pdf"
    assert model.date == attachment.creation == CREATED.replace(microsecond=0)
    assert reference["date"] == "2026-11-24T09:30:15-05:00"
    for who in (reference["custodian"], *reference["author"]):
        assert who == {"type": "Organization", "display": ORGANISATION}
    assert [value for value in values(reference) if value in (None, "", [], {})] == []


def test_the_pdf_is_in_it_whole(shipped: Callable[..., Copy]) -> None:
    copy = shipped(SHEET)
    attachment = reference_of(copy)["content"][0]["attachment"]
    assert base64.b64decode(attachment["data"], validate=True) == copy.pdf
    assert attachment["size"] == len(copy.pdf)
    assert base64.b64decode(attachment["hash"], validate=True) == hashlib.sha1(copy.pdf).digest()


def test_it_is_a_file_of_json_for_people_too(shipped: Callable[..., Copy]) -> None:
    file = written(reference_of(shipped(SHEET), PATIENT))
    assert file.startswith(b'{\n  "resourceType": "DocumentReference",\n')
    assert file.endswith(b"\n}\n")
    assert '"display": "Example Patiént"'.encode() in file


def test_the_type_is_a_published_code(shipped: Callable[..., Copy]) -> None:
    reference = reference_of(shipped(SHEET))
    assert reference["type"]["coding"] == [
        {"system": "http://loinc.org", "code": "69730-0", "display": "Instructions"}
    ]
    assert {"category", "context", "meta"} & set(reference) == set()


def test_a_sheet_is_named_by_its_version_and_its_text(shipped: Callable[..., Copy]) -> None:
    english, spanish = (reference_of(shipped(SHEET, language=language)) for language in ("en", "es"))
    assert identifiers(english) == [
        ("Handout and version", f"{SHEET} 1.0"),
        (f"SHA-256 of the text of {SHEET}", shipped(SHEET).text_hash),
    ]
    assert identifiers(spanish)[1][1] == shipped(SHEET, language="es").text_hash
    assert identifiers(spanish)[1] != identifiers(english)[1]
    assert english["description"] == "After your microneedling"
    assert not any("system" in each for each in english["identifier"])


def test_a_packet_names_each_of_its_sheets(packet: Copy) -> None:
    reference = reference_of(packet)
    first, second = packet.sheets
    assert identifiers(reference) == [
        ("Handout and version", "microneedling-about 1.0"),
        ("SHA-256 of the text of microneedling-about", first.text_hash),
        ("Handout and version", f"{SHEET} 1.0"),
        (f"SHA-256 of the text of {SHEET}", second.text_hash),
        ("SHA-256 of the text of the whole document", packet.text_hash),
    ]
    assert reference["description"] == f"{first.title}; After your microneedling"


def test_the_same_pdf_is_known_again(shipped: Callable[..., Copy], packet: Copy) -> None:
    copy = shipped(SHEET)
    first, again, other = (
        reference_of(each)["masterIdentifier"] for each in (copy, replace(copy, name="again"), packet)
    )
    assert first == again != other
    assert first["system"] == "urn:ietf:rfc:3986"
    assert first["value"].startswith("urn:uuid:")
    made = uuid.UUID(first["value"])
    assert (made.version, made.variant) == (5, uuid.RFC_4122)
    # The SHA-256 of "Hello World!" as RFC 6920 writes it in its section 8.1.
    named = "ni:///sha-256;f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGk"
    assert document_uuid(b"Hello World!") == uuid.uuid5(uuid.NAMESPACE_URL, named)


@pytest.mark.parametrize(
    ("patient", "subject"),
    [
        (NOBODY, None),
        (PatientDetails(visit=dt.date(2026, 11, 24), note="A note"), None),
        (PatientDetails(name="Example Patient"), {"type": "Patient", "display": "Example Patient"}),
        (PatientDetails(reference="EX-1"), {"type": "Patient", "identifier": {"value": "EX-1"}}),
        (
            PATIENT,
            {"type": "Patient", "identifier": {"value": "EX-0042"}, "display": "Example Patiént"},
        ),
    ],
)
def test_it_says_whose_it_is_as_far_as_that_is_known(
    shipped: Callable[..., Copy], patient: PatientDetails, subject: dict[str, Any] | None
) -> None:
    reference = reference_of(shipped(SHEET), patient)
    assert reference.get("subject") == subject
    accepted(reference)
    without = json.dumps({**reference, "content": None}, ensure_ascii=False)
    assert not any(word in without for word in ("Clinician", "gel", "A note"))


def test_it_is_final_when_a_clinician_has_signed_off(tmp_path: Path) -> None:
    own = tmp_path / "own"
    shutil.copytree(ROOT / "clinics" / "harbor", own)
    places, wish = Places(own, shipped_folder()), Wish(today=TODAY)
    assert reference_of(make_copy(SHEET, places, wish))["docStatus"] == "preliminary"
    sign_sheets([SHEET], places, wish, "Example Clinician (example)", dt.date(2027, 5, 31))
    signed = reference_of(make_copy(SHEET, places, wish))
    assert signed["docStatus"] == "final"
    assert accepted(signed).docStatus == "final"
    # One sheet that nobody has read, and the whole is not final.
    both = make_packet([SHEET, "microneedling-about"], places, wish)
    assert [sheet.signed_off for sheet in both.sheets] == [True, False]
    assert reference_of(both)["docStatus"] == "preliminary"


def test_the_sheets_codes_are_tags_and_no_clinical_facts(packet: Copy) -> None:
    first, second = packet.sheets
    coded = replace(
        packet,
        sheets=(
            replace(first, codes=(SCARS, MICRONEEDLING)),
            replace(second, codes=(MICRONEEDLING, ("http://example.org/codes", "c-1", "Aftercare"))),
        ),
    )
    reference = reference_of(coded)
    accepted(reference)
    assert [tuple(tag.values()) for tag in reference["meta"]["tag"]] == [
        SCARS,
        MICRONEEDLING,
        ("http://example.org/codes", "c-1", "Aftercare"),
    ]
    assert reference["type"] == reference_of(packet)["type"]
    assert "context" not in reference


@pytest.mark.parametrize(
    ("waived", "draft"), [((Problem("had to be reviewed", rule="review-date"),), False), ((), True)]
)
def test_a_draft_is_not_filed(shipped: Callable[..., Copy], waived: tuple[Problem, ...], draft: bool) -> None:
    with pytest.raises(HandoutError, match="a draft and not for patients"):
        reference_of(replace(shipped(SHEET), waived=waived), draft=draft)


def test_a_time_without_a_zone_is_no_instant(shipped: Callable[..., Copy]) -> None:
    with pytest.raises(ValueError, match="time zone"):
        document_reference(shipped(SHEET), NOBODY, ORGANISATION, CREATED.replace(tzinfo=None), "a.pdf")
