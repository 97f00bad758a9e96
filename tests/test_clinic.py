"""A clinic's facts: numbers that can be dialled, and everything that is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from handoutpress.errors import ProblemsFound
from handoutpress.places import Places, shipped_folder
from handoutpress.reading.clinic import read_clinic

if TYPE_CHECKING:
    from pathlib import Path


class TestClinic:
    @pytest.mark.parametrize(
        "phone",
        [
            "call us",
            "TBD",
            "12",
            "0000000000",
            "555-555-5555",
            "123456",
            "1234567",
            "123456789",
            "(555) 555-01OO",
            "01632 960123; rm",
            "<b>911</b>",
            "{clinic.phone}",
            "01632 960123 or 960124",
            "-1632 960123",
            "(((",
        ],
    )
    def test_numbers_nobody_can_dial_are_refused(self, clinic: Path, phone: str) -> None:
        path = clinic / "clinic.yaml"
        path.write_text(path.read_text("utf-8").replace("(555) 555-0100", phone), "utf-8")
        with pytest.raises(ProblemsFound) as found:
            read_clinic(Places(clinic, shipped_folder()))
        (problem,) = found.value.problems
        assert problem.message.startswith('"phone": `')
        assert problem.place
        assert problem.place.line == 2

    @pytest.mark.parametrize(
        "phone",
        [
            "+44 20 7946 0000",
            "01632 960123",
            "(555) 555-0100",
            "911",
            "112",
            "030/123 45-67",
            "5550100 ext. 12",
        ],
    )
    def test_numbers_that_can_be_dialled(self, clinic: Path, phone: str) -> None:
        path = clinic / "clinic.yaml"
        path.write_text(path.read_text("utf-8").replace("(555) 555-0100", phone), "utf-8")
        assert read_clinic(Places(clinic, shipped_folder())).facts.phone == phone

    def test_a_leading_nought_survives_without_quotes(self, clinic: Path) -> None:
        path = clinic / "clinic.yaml"
        path.write_text(path.read_text("utf-8").replace('"(555) 555-0100"', "01632960123"), "utf-8")
        assert read_clinic(Places(clinic, shipped_folder())).facts.phone == "01632960123"

    def test_problems_of_both_files_at_once(self, clinic: Path) -> None:
        (clinic / "clinic.yaml").write_text("name: A\nfone: 911\n", "utf-8")
        (clinic / "_brand.yml").write_text("colour: {}\n", "utf-8")
        with pytest.raises(ProblemsFound) as found:
            read_clinic(Places(clinic, shipped_folder()))
        assert [problem.hint for problem in found.value.problems] == [
            'did you mean "color"?',
            'did you mean "phone"?',
        ]

    @pytest.mark.parametrize(
        "line",
        [
            "email: nobody",
            "website: http://example.org",
            "handout_page: http://example.org/{name}",
            "handout_page: https://example.org/{other}",
            "paper: a5",
            "clock: 13",
            "letterhead: maybe",
        ],
    )
    def test_refuses(self, clinic: Path, line: str) -> None:
        path = clinic / "clinic.yaml"
        path.write_text(f"{line}\n{path.read_text('utf-8')}", "utf-8")
        with pytest.raises(ProblemsFound) as found:
            read_clinic(Places(clinic, shipped_folder()))
        (problem,) = found.value.problems
        assert problem.place
        assert problem.place.line == 1
