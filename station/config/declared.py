# SPDX-License-Identifier: Apache-2.0
"""How a setting is declared: beside its type and default, what it means and which values are possible.

A group of settings is a frozen dataclass whose fields come from ``setting``. Whoever owns the group declares it (a
driver its own); the loader, the settings file's comments and the technician's bench read the declaration.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import Field, dataclass, field
from typing import Any, Final, TypeVar

from station.domain.words import Text, say

V = TypeVar("V")

_KEY: Final = "declared"


@dataclass(frozen=True, slots=True)
class Declared:
    """What is known of a setting. ``possible`` judges a value of the right type; ``cure`` says which ones are."""

    says: Text
    possible: Callable[[Any], bool] | None = None
    cure: Text | None = None
    shown: bool = True  # False: for tests and tuning; not in the written file, not on the bench
    bench: bool = True  # False: an administrator's; in the file, but neither on the bench nor in a device profile


def setting(
    default: V,
    says: Text,
    *,
    possible: Callable[[V], bool] | None = None,
    cure: Text | None = None,
    shown: bool = True,
    bench: bool = True,
) -> V:
    """A field of a group of settings, for the body of a frozen dataclass. ``possible`` needs its ``cure``.

    With ``bench`` False it is an administrator's: whom the post trusts, and where papers and pages of travellers go.

    Types that a settings file can hold: bool, int, float, str, Path (or None), an enum of str values, and tuples of
    them. The default is immutable and possible.
    """
    if (possible is None) is not (cure is None):
        raise ValueError("a rule and its cure come together")
    declared = Declared(says, possible, cure, shown, bench)
    result: V = field(default=default, metadata={_KEY: declared})
    return result


def seconds(default: float, says: Text, *, least: float = 0.05, most: float = 3600.0, shown: bool = True) -> float:
    """A setting that is a length of time. Nothing in a station looks more often, or waits longer."""
    return setting(
        default,
        says,
        possible=lambda value: least <= value <= most,
        cure=say("Write a number of seconds from {least} to {most}.", least=f"{least:g}", most=f"{most:g}"),
        shown=shown,
    )


def declaration(member: Field[Any]) -> Declared | None:
    """What was declared of a dataclass field; None for one that is no setting."""
    found = member.metadata.get(_KEY)
    return found if isinstance(found, Declared) else None
