# SPDX-License-Identifier: Apache-2.0
"""From a value in a settings file to the type that a setting has, or the cure when it cannot be one; and back."""

from __future__ import annotations

import enum
import math
import types
import typing
from pathlib import Path
from typing import Any, Final

from station.domain.words import Text, say

_CURES: Final[dict[type, Text]] = {
    str: say("Write a text in quotes."),
    Path: say("Write the name of a file or folder in quotes."),
    int: say("Write a whole number."),
    float: say("Write a number."),
    bool: say("Write true or false."),
}


_NO_SUCH_HOME = say("Write the whole path: this computer has no account of the name after ~.")


class NotThisType(ValueError):
    """A value that the setting's type cannot take; ``cure`` says what to write instead."""

    def __init__(self, cure: Text) -> None:
        super().__init__(cure.source)
        self.cure = cure


def as_type(value: object, wanted: Any) -> object:
    """``value`` as read from TOML or typed on the bench, as the annotation ``wanted`` asks. Raises NotThisType."""
    if isinstance(wanted, types.UnionType) or typing.get_origin(wanted) is typing.Union:
        return _one_of(value, typing.get_args(wanted))
    if typing.get_origin(wanted) is tuple:
        return _tuple(value, typing.get_args(wanted))
    if isinstance(wanted, type) and issubclass(wanted, enum.Enum):
        return _member(value, wanted)
    if wanted is Path and isinstance(value, str | Path):
        try:
            return Path(value).expanduser()
        except RuntimeError:  # ~name of an account that this computer does not have
            raise NotThisType(_NO_SUCH_HOME) from None
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            raise NotThisType(_CURES[float]) from None
    if type(value) is wanted and not (isinstance(value, float) and not math.isfinite(value)):
        return value
    raise NotThisType(_CURES[wanted])


def as_toml(value: object) -> str | int | float | bool | list[Any]:
    """A setting's value as TOML can hold it. None, which TOML cannot, is the empty text."""
    if value is None:
        return ""
    if isinstance(value, enum.Enum):
        return str(value.value)
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, tuple):
        return [as_toml(part) for part in value]
    if isinstance(value, str | int | float | bool):
        return value
    raise TypeError(f"no setting can be a {type(value).__name__}")


def choices(wanted: Any) -> tuple[str, ...]:
    """The words a setting of this type must be one of; empty when it is free."""
    if isinstance(wanted, type) and issubclass(wanted, enum.Enum):
        return tuple(str(member.value) for member in wanted)
    return ()


def _one_of(value: object, wanted: tuple[Any, ...]) -> object:
    """Of ``X | None`` the X; None and the empty text, which stands for it in a file, are None."""
    if value is None or value in ("", []):
        return None
    (inner,) = (kind for kind in wanted if kind is not type(None))
    return as_type(value, inner)


def _tuple(value: object, wanted: tuple[Any, ...]) -> object:
    inner = wanted[0]
    free = len(wanted) == 2 and wanted[1] is Ellipsis
    cure = _tuple_cure(inner, None if free else len(wanted))
    if not isinstance(value, list | tuple) or (not free and len(value) != len(wanted)):
        raise NotThisType(cure)
    try:
        return tuple(as_type(part, inner) for part in value)
    except NotThisType:
        raise NotThisType(cure) from None


def _tuple_cure(inner: Any, count: int | None) -> Text:
    if count is not None:
        return say("Write {count} values in brackets, such as {example}.", count=count, example=str([100] * count))
    if inner in (int, float):
        return say("Write a list of numbers, such as {example}.", example="[100, 200]")
    return say("Write a list of texts, such as {example}.", example='["a", "b"]')


def _member(value: object, wanted: type[enum.Enum]) -> enum.Enum:
    for member in wanted:
        if value is member or (isinstance(value, str) and value == member.value):
            return member
    names = ", ".join(str(member.value) for member in wanted)
    raise NotThisType(say("Write one of these: {names}.", names=names))
