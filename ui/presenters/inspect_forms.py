# SPDX-License-Identifier: Apache-2.0
"""The two forms of an inspection: the details of the crossing, and a document that has no MRZ."""

from __future__ import annotations

from typing import cast

from station.domain.crossing import CROSSING_FIELDS, Crossing, Direction, Purpose, Transport
from station.domain.dates import PartialDate
from station.domain.document import TravelDocument
from station.domain.person import PersonName, Sex
from station.domain.words import say
from station.inspection.rules import PostRules
from ui.presenters.code_search import CodeList, countries, issuers, purposes, sexes, transports
from ui.presenters.forms import CodeField, DateField, DaysField, Field, Form
from ui.translation import Translator


class CrossingForm(Form):
    """Direction and details of a crossing. The direction is switched, never typed."""

    def __init__(self, rules: PostRules, translator: Translator) -> None:
        self._rules = rules
        self.direction = Direction.ENTRY
        lists = {"transport": transports(translator), "purpose": purposes(translator)}
        lists["coming_from"] = lists["destination"] = countries(translator)
        super().__init__([self._field(name, lists) for name in _ORDER])

    def _field(self, name: str, lists: dict[str, CodeList]) -> Field:
        label, mandatory = CROSSING_FIELDS[name], name in self._rules.mandatory_fields
        if name in lists:
            return CodeField(name, label, lists[name], mandatory=mandatory)
        kind = DaysField if name.endswith("_days") else Field
        return kind(name, label, mandatory=mandatory)

    def turn(self) -> None:
        """Entry becomes exit, and back; an entry has a permitted stay."""
        self.direction = Direction.EXIT if self.direction is Direction.ENTRY else Direction.ENTRY
        self._permit_default()

    def begin_anew(self) -> None:
        """For the next traveller: direction and transport stay, a queue often comes off one bus."""
        for name, made in self.fields.items():
            if name != "transport":
                made.type("")
        self._permit_default()

    def _permit_default(self) -> None:
        stay = self.fields["permitted_stay_days"]
        if self.direction is Direction.ENTRY and not stay.typed.strip():
            stay.type(str(self._rules.default_permitted_days))

    def crossing(self) -> Crossing:
        """What is known so far."""

        def days(name: str) -> int | None:
            return cast("DaysField", self.fields[name]).days

        def code(name: str) -> str:
            return cast("CodeField", self.fields[name]).code

        transport, purpose = code("transport"), code("purpose")
        return Crossing(
            direction=self.direction,
            transport=Transport(transport) if transport else None,
            transport_detail=self.fields["transport_detail"].typed.strip(),
            coming_from=code("coming_from"),
            destination=code("destination"),
            purpose=Purpose(purpose) if purpose else None,
            intended_stay_days=days("intended_stay_days"),
            permitted_stay_days=days("permitted_stay_days") if self.direction is Direction.ENTRY else None,
            address=self.fields["address"].typed.strip(),
        )

    def fill(self, crossing: Crossing) -> None:
        """Show what an inspection that is taken up knows already."""
        self.direction = crossing.direction
        codes = {
            "transport": crossing.transport.value if crossing.transport else "",
            "purpose": crossing.purpose.value if crossing.purpose else "",
            "coming_from": crossing.coming_from,
            "destination": crossing.destination,
        }
        for name, code in codes.items():
            cast("CodeField", self.fields[name]).put(code)
        for name in ("intended_stay_days", "permitted_stay_days"):
            value = getattr(crossing, name)
            self.fields[name].type("" if value is None else str(value))
        self.fields["transport_detail"].type(crossing.transport_detail)
        self.fields["address"].type(crossing.address)


_ORDER = (
    "transport",
    "transport_detail",
    "coming_from",
    "destination",
    "purpose",
    "intended_stay_days",
    "permitted_stay_days",
    "address",
)


class DocumentForm(Form):
    """The printed values of a document without an MRZ, or what a person without any document says."""

    def __init__(self, translator: Translator) -> None:
        codes = issuers(translator)
        super().__init__(
            [
                Field("primary", say("Surname, or the only name"), mandatory=True),
                DateField("birth_date", say("Date of birth")),
                Field("secondary", say("Given names")),
                CodeField("sex", say("Sex"), sexes(translator)),
                CodeField("nationality", say("Nationality"), codes),
                CodeField("issuing_state", say("Issued by"), codes),
                Field("document_code", say("Kind: P, I, V …")),
                Field("document_number", say("Document number")),
                DateField("expiry_date", say("Valid until")),
            ]
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed at all."""
        return not any(made.typed.strip() for made in self.fields.values())

    @property
    def first_wrong(self) -> str | None:
        """The first field that cannot be taken as it stands."""
        return next((view.name for view in self.view() if view.problem or view.missing), None)

    def document(self) -> TravelDocument:
        """The values, unknown where nothing was typed."""

        def text(name: str) -> str:
            return self.fields[name].typed.strip()

        def code(name: str) -> str:
            return cast("CodeField", self.fields[name]).code

        def date(name: str) -> PartialDate:
            return cast("DateField", self.fields[name]).date or PartialDate()

        sex = code("sex")
        return TravelDocument(
            document_code=text("document_code").upper(),
            issuing_state=code("issuing_state"),
            document_number=text("document_number").upper(),
            name=PersonName(primary=text("primary"), secondary=text("secondary")),
            nationality=code("nationality"),
            birth_date=date("birth_date"),
            sex=Sex(sex) if sex else Sex.UNSPECIFIED,
            expiry_date=date("expiry_date"),
        )
