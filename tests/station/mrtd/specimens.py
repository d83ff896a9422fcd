# SPDX-License-Identifier: Apache-2.0
"""The machine readable zones that Doc 9303 prints as examples, and a short way to read one."""

from __future__ import annotations

from datetime import date

from station.mrtd.mrz import MrzFormat, MrzProblemKind, MrzReading, parse

TODAY = date(2026, 11, 22)

# Specimens of Doc 9303: Part 4 Appendix B, Part 5 Appendix B, Part 6 Appendix B, Part 7 Appendix B.
TD3 = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
TD1 = ("I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<")
TD2 = ("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6")
MRV_A = ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L8988901C4XXX4009078F96121096ZE184226B<<<<<<")
MRV_B = ("V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "L8988901C4XXX4009078F9612109<<<<<<<<")
SPECIMENS = {
    MrzFormat.TD3: TD3,
    MrzFormat.TD1: TD1,
    MrzFormat.TD2: TD2,
    MrzFormat.MRV_A: MRV_A,
    MrzFormat.MRV_B: MRV_B,
}


def read(*lines: str) -> MrzReading:
    return parse(lines, today=TODAY)


def kinds(reading: MrzReading) -> list[MrzProblemKind]:
    return [problem.kind for problem in reading.problems]
