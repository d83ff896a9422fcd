# SPDX-License-Identifier: Apache-2.0
"""The words an officer sees for transports, purposes, directions and grounds: short, and to be typed ahead."""

from __future__ import annotations

from collections.abc import Mapping

from station.domain.crossing import Direction, Purpose, Transport
from station.domain.decision import RefusalGround
from station.domain.person import Sex
from station.domain.words import Text, say

DIRECTIONS: Mapping[Direction, Text] = {Direction.ENTRY: say("Entry"), Direction.EXIT: say("Exit")}

TRANSPORTS: Mapping[Transport, Text] = {
    Transport.AIR_SCHEDULED: say("Scheduled flight"),
    Transport.AIR_UNSCHEDULED: say("Private flight"),
    Transport.FERRY: say("Ferry"),
    Transport.CRUISE: say("Cruise ship"),
    Transport.BOAT: say("Yacht or boat"),
    Transport.RESCUED_AT_SEA: say("Rescued at sea"),
    Transport.RIVER: say("River or lake boat"),
    Transport.RAIL: say("Train"),
    Transport.BUS: say("Bus"),
    Transport.CAR: say("Car"),
    Transport.TRUCK: say("Truck"),
    Transport.MOTORCYCLE: say("Motorcycle"),
    Transport.TAXI: say("Taxi or minibus"),
    Transport.BICYCLE: say("Bicycle"),
    Transport.FOOT: say("On foot"),
    Transport.ANIMAL: say("Animal or cart"),
    Transport.OTHER: say("Other transport"),
}

PURPOSES: Mapping[Purpose, Text] = {
    Purpose.HOLIDAY: say("Holiday"),
    Purpose.FAMILY_VISIT: say("Visit to family or friends"),
    Purpose.EDUCATION: say("Education"),
    Purpose.MEDICAL: say("Medical treatment"),
    Purpose.RELIGION: say("Religion or pilgrimage"),
    Purpose.SHOPPING: say("Shopping or small trade"),
    Purpose.TRANSIT: say("Transit"),
    Purpose.OTHER: say("Other purpose"),
    Purpose.BUSINESS: say("Business"),
    Purpose.EMPLOYMENT: say("Employment"),
    Purpose.BORDER_WORK: say("Work across the border"),
    Purpose.FAMILY_REUNION: say("Family reunion"),
    Purpose.SETTLEMENT: say("Settlement"),
    Purpose.RETURN: say("Return home"),
    Purpose.OFFICIAL: say("Official or diplomatic"),
    Purpose.CREW: say("Crew"),
    Purpose.NOMAD: say("Nomad or herder"),
    Purpose.PROTECTION: say("Seeking protection"),
    Purpose.FLEEING: say("Fleeing disaster or conflict"),
    Purpose.EVACUATED: say("Evacuated or rescued"),
    Purpose.RETURNED: say("Readmitted or deported"),
    Purpose.NOT_STATED: say("Not stated"),
}

#: What the officer chooses from; the notice says it to the traveller in the words of the standard form.
GROUNDS: Mapping[RefusalGround, Text] = {
    RefusalGround.NO_VALID_DOCUMENT: say("No valid travel document"),
    RefusalGround.FALSE_DOCUMENT: say("False or forged travel document"),
    RefusalGround.NO_VALID_VISA: say("No valid visa or residence permit"),
    RefusalGround.FALSE_VISA: say("False or forged visa or residence permit"),
    RefusalGround.PURPOSE_NOT_JUSTIFIED: say("Purpose or conditions of stay not justified"),
    RefusalGround.STAY_EXHAUSTED: say("Permitted stay used up"),
    RefusalGround.NO_MEANS: say("No sufficient means"),
    RefusalGround.ALERT: say("Alert for refusing entry"),
    RefusalGround.THREAT: say("Threat to policy, security or health"),
}

SEXES: Mapping[Sex, Text] = {
    Sex.FEMALE: say("Female"),
    Sex.MALE: say("Male"),
    Sex.UNSPECIFIED: say("Not specified"),
}

#: Why there is no portrait. The source text is kept with the record.
NO_PORTRAIT: tuple[Text, ...] = (
    say("The camera does not work"),
    say("The face is covered for religious or medical reasons"),
    say("A small child or a sick person"),
    say("The traveller declines"),
    say("Another reason"),
)
