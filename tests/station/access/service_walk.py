# SPDX-License-Identifier: Apache-2.0
"""Finds every service of the station that works for a signed-in person, and asks each method what it needs first."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any, NoReturn, get_type_hints

import station
from station.access.roles import Permission
from station.access.sign_in import Session
from station.domain.errors import NotPermitted
from station.domain.identifiers import OfficerId
from station.ports.keys import Opened
from station.ports.storage import Officer, RoleName, Store

#: How the session is reached by itself: these modules are what others ask.
_NOT_SERVICES = frozenset({"station.access.sign_in"})


class Allowed(Exception):
    """The permission was asked for and granted: what the method would do next is no matter of the walk."""


class Anything:
    """Stands for any argument: the walk ends before a method gets to use it."""

    def __getattr__(self, name: str) -> Anything:
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything()

    def __call__(self, *_: object, **__: object) -> Anything:
        return Anything()


class WatchedSession(Session):
    """A real session whose first question for a permission ends the call, and whose store nobody may touch before."""

    __slots__ = ("asked",)

    def __init__(self, role: RoleName) -> None:
        officer = Officer(officer_id=OfficerId("walker"), name="walker", display_name="Walker", role=role)
        super().__init__(Opened(officer=officer, store=Anything(), further={}))  # type: ignore[arg-type]  # never used
        self.asked: list[Permission] = []

    def require(self, permission: Permission) -> NoReturn:
        """Note what was asked; refuse as the real session does, or end the walk."""
        self.asked.append(permission)
        super().require(permission)
        raise Allowed

    @property
    def store(self) -> Store:
        """Nobody's before a permission was asked for."""
        raise AssertionError("the store was touched before a permission was asked for")


@dataclass(frozen=True, slots=True)
class Service:
    """A public class, or a public function, that works for a session."""

    name: str  # module and name
    made: Callable[..., Any]

    def methods(self) -> tuple[str, ...]:
        """Public methods and properties, inherited ones too; a function is its own only method."""
        if not inspect.isclass(self.made):
            return ("()",)
        members = inspect.getmembers(self.made, lambda one: inspect.isfunction(one) or isinstance(one, property))
        return tuple(name for name, _ in members if not name.startswith("_"))

    def first_question(self, method: str, role: RoleName) -> tuple[Permission | None, bool]:
        """Which permission a call by this role asks for first, and whether the call was refused for it.

        ``(None, False)``: it asked for nothing.
        """
        session = WatchedSession(role)
        try:
            if method == "()":
                _called(self.made, session)
            else:
                made = _called(self.made, session)
                one = getattr(made, method)
                answer = _called(one, session) if callable(one) else one
                if inspect.isgenerator(answer):
                    next(answer)
        except Allowed:
            return session.asked[0], False
        except NotPermitted:
            return session.asked[0], True
        return None, False


def services() -> Iterator[Service]:
    """Every public class and function in the station whose making or call takes a Session."""
    for module in _modules(station):
        if module.__name__ in _NOT_SERVICES:
            continue
        for name, value in vars(module).items():
            if name.startswith("_") or getattr(value, "__module__", None) != module.__name__:
                continue
            maker = value.__init__ if inspect.isclass(value) else value
            if inspect.isfunction(maker) and Session in _hints(maker).values():
                yield Service(f"{module.__name__}.{name}", value)


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(found.name)


def _hints(function: Callable[..., object]) -> dict[str, object]:
    hints = get_type_hints(function)
    hints.pop("return", None)
    return hints


def _called(function: Callable[..., Any], session: Session) -> Any:
    """Call with the session where one is asked for, and anything elsewhere."""
    hints = _hints(function.__init__ if inspect.isclass(function) else function)
    required = [
        one
        for one in inspect.signature(function).parameters.values()
        if one.default is one.empty and one.kind not in {one.VAR_POSITIONAL, one.VAR_KEYWORD}
    ]
    given = {one.name: session if hints.get(one.name) is Session else Anything() for one in required}
    return function(**given)
