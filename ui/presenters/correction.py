# SPDX-License-Identifier: Apache-2.0
"""The form of a correction: the values of a record, to be typed anew, with the reason that stands beside them."""

from __future__ import annotations

from dataclasses import replace

from station.domain.crossing import Crossing, Purpose, Transport
from station.domain.document import TravelDocument
from station.domain.encounter import Encounter
from station.domain.person import PersonName, Sex
from station.domain.words import Text, say
from ui.presenters import code_search
from ui.presenters.forms import CodeField, DateField, Field, Form
from ui.translation import Translator

REASON = "reason"


def correction_form(encounter: Encounter, translator: Translator) -> Form:
    """A form filled with what the newest version says."""
    issuers = code_search.issuers(translator)
    countries = code_search.countries(translator)
    fields: list[Field] = []
    document = encounter.document
    if document is not None:
        fields += [
            _filled(Field("primary", say("Name"), mandatory=True), document.name.primary),
            _filled(Field("secondary", say("Given names")), document.name.secondary),
            _filled(Field("number", say("Number")), document.document_number),
            _code("nationality", issuers, document.nationality),
            _filled(DateField("birth_date", say("Born")), _typed(document.birth_date.iso())),
            _code("sex", code_search.sexes(translator), document.sex.value),
            _filled(DateField("expiry_date", say("Valid until")), _typed(document.expiry_date.iso())),
        ]
    crossing = encounter.crossing
    fields += [
        _code("transport", code_search.transports(translator), crossing.transport.value if crossing.transport else ""),
        _code("coming_from", countries, crossing.coming_from),
        _code("destination", countries, crossing.destination),
        _code("purpose", code_search.purposes(translator), crossing.purpose.value if crossing.purpose else ""),
        Field(REASON, say("Reason"), mandatory=True),
    ]
    return Form(fields)


def corrected_document(form: Form, original: TravelDocument | None) -> TravelDocument | None:
    """The document as corrected, or None when nothing of it changed."""
    if original is None:
        return None
    birth, expiry = form.fields["birth_date"], form.fields["expiry_date"]
    corrected = replace(
        original,
        name=PersonName(primary=form.fields["primary"].typed, secondary=form.fields["secondary"].typed),
        document_number=form.fields["number"].typed,
        nationality=_taken(form, "nationality"),
        birth_date=(birth.date if isinstance(birth, DateField) else None) or original.birth_date,
        sex=Sex(_taken(form, "sex")),
        expiry_date=(expiry.date if isinstance(expiry, DateField) else None) or original.expiry_date,
    )
    return None if corrected == original else corrected


def corrected_crossing(form: Form, original: Crossing) -> Crossing | None:
    """The crossing as corrected, or None when nothing of it changed."""
    transport = _taken(form, "transport")
    purpose = _taken(form, "purpose")
    corrected = replace(
        original,
        transport=Transport(transport) if transport else None,
        coming_from=_taken(form, "coming_from"),
        destination=_taken(form, "destination"),
        purpose=Purpose(purpose) if purpose else None,
    )
    return None if corrected == original else corrected


def wrongly_typed(form: Form) -> str | None:
    """The first field with something that is not what it asks for."""
    return next((view.name for view in form.view() if view.problem is not None), None)


_CODE_LABELS = {
    "nationality": say("Nationality"),
    "sex": say("Sex"),
    "transport": say("Transport"),
    "coming_from": say("Coming from"),
    "destination": say("Destination"),
    "purpose": say("Purpose"),
}


class _KeptCode(CodeField):
    """A code that stays as it was until somebody types: also one that no list knows."""

    def __init__(self, name: str, label: Text, codes: code_search.CodeList, original: str) -> None:
        super().__init__(name, label, codes)
        self.put(original)
        self._original: str | None = original

    def type(self, typed: str) -> None:
        """A change of the text lets go of the original."""
        if typed != self.typed:
            self._original = None
        super().type(typed)

    @property
    def value(self) -> str:
        """The code that holds now."""
        return self.code if self._original is None else self._original


def _code(name: str, codes: code_search.CodeList, value: str) -> CodeField:
    return _KeptCode(name, _CODE_LABELS[name], codes, value)


def _filled(made: Field, value: str) -> Field:
    made.typed = value
    return made


def _typed(iso: str) -> str:
    """A date as the field understands it: day, month, year where all are there."""
    parts = iso.replace("XXXX", "XX").split("-")
    return ".".join(reversed(parts)) if len(parts) == 3 else iso


def _taken(form: Form, name: str) -> str:
    made = form.fields[name]
    assert isinstance(made, _KeptCode)
    return made.value
