# SPDX-License-Identifier: Apache-2.0
"""What is recorded of a border crossing: what the law asks, and what UN migration and tourism statistics need."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import date

from station.domain.words import Text, say


class Direction(enum.Enum):
    """Which way the traveller crosses."""

    ENTRY = "entry"  # into the territory
    EXIT = "exit"  # out of the territory


class Transport(enum.Enum):
    """Means of transport, coarse groups of IRTS 2008 refined for land posts."""

    AIR_SCHEDULED = "AIR_S"  # scheduled flight
    AIR_UNSCHEDULED = "AIR_U"  # unscheduled or private flight
    FERRY = "SEA_F"  # passenger line or ferry
    CRUISE = "SEA_C"  # cruise ship
    BOAT = "SEA_Y"  # yacht, fishing or other boat
    RESCUED_AT_SEA = "SEA_R"  # rescued at sea, disembarked
    RIVER = "RIV"  # river or lake boat
    RAIL = "RAIL"  # train
    BUS = "BUS"  # bus, motor coach
    CAR = "CAR"  # private car
    TRUCK = "TRK"  # goods vehicle
    MOTORCYCLE = "MOT"  # motorcycle, moped
    TAXI = "TAX"  # taxi, minibus
    BICYCLE = "BIC"  # bicycle
    FOOT = "FOOT"  # on foot
    ANIMAL = "ANI"  # animal or cart
    OTHER = "OTH"  # anything else


class Purpose(enum.Enum):
    """Purpose of travel (IRTS 2008, with the humanitarian and migration purposes beside it)."""

    HOLIDAY = "HOL"  # holiday, leisure, recreation
    FAMILY_VISIT = "VFR"  # visit to friends or relatives
    EDUCATION = "EDU"  # education, training
    MEDICAL = "MED"  # health, medical treatment
    RELIGION = "REL"  # religion, pilgrimage
    SHOPPING = "SHP"  # shopping, petty cross-border trade
    TRANSIT = "TRA"  # transit
    OTHER = "OTH"  # other personal purpose
    BUSINESS = "BUS"  # business, not paid in the country
    EMPLOYMENT = "EMP"  # employment, seasonal work
    BORDER_WORK = "BOR"  # frontier or border worker
    FAMILY_REUNION = "FAM"  # family formation or reunification
    SETTLEMENT = "SET"  # permanent settlement
    RETURN = "RET"  # return to the country of nationality or residence
    OFFICIAL = "DIP"  # diplomatic, consular, UN, military
    CREW = "CRW"  # transport crew
    NOMAD = "NOM"  # nomad, pastoralist
    PROTECTION = "PRO"  # seeking international protection
    FLEEING = "DIS"  # fleeing disaster or conflict
    EVACUATED = "EVA"  # evacuee or rescued person
    RETURNED = "RDM"  # readmitted, returned or deported person
    NOT_STATED = "UNK"  # not stated


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """The details of one crossing. Countries are ISO 3166 alpha-3 codes; stays are whole days, the first day counted.

    ``None`` or empty means not asked; which fields must be there is a setting of the post.
    """

    direction: Direction
    transport: Transport | None = None
    transport_detail: str = field(default="", repr=False)  # plate, flight, vessel
    coming_from: str = ""
    destination: str = ""
    purpose: Purpose | None = None
    intended_stay_days: int | None = None
    permitted_stay_days: int | None = None
    permitted_until: date | None = None
    address: str = field(default="", repr=False)


#: Every field of a crossing that a post may make mandatory, with the words an officer sees.
CROSSING_FIELDS: dict[str, Text] = {
    "transport": say("Transport"),
    "transport_detail": say("Plate, flight or vessel"),
    "coming_from": say("Coming from"),
    "destination": say("Destination"),
    "purpose": say("Purpose"),
    "intended_stay_days": say("Intended stay"),
    "permitted_stay_days": say("Permitted stay"),
    "address": say("Address in the country"),
}


def missing_fields(crossing: Crossing, mandatory: frozenset[str]) -> tuple[str, ...]:
    """Names of mandatory fields that are empty, in the order of ``CROSSING_FIELDS``."""
    return tuple(name for name in CROSSING_FIELDS if name in mandatory and getattr(crossing, name) in (None, ""))
