# SPDX-License-Identifier: Apache-2.0
"""The first start of a station: whose it is, who may sign in, and for whom its exports are sealed."""

from __future__ import annotations

from dataclasses import dataclass, field

from station.access.recovery import RecoverySet
from station.access.store_settings import first_settings
from station.domain.errors import SettingsError
from station.domain.sign_in_name import comparable
from station.domain.words import Text, say
from station.ports.clock import Clock
from station.ports.keys import NewOfficer, StoreDoor
from station.ports.sealing import BundleSealer
from station.ports.storage import RoleName, StoreIdentity, StoreKind

MIN_PASSWORD_CHARACTERS = 12
MAX_NAME_CHARACTERS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstStart:
    """What the first start asks. ``recipient`` is headquarters' age X25519 recipient."""

    post: str
    station: str
    lane: str
    kind: StoreKind
    recipient: str
    people: tuple[NewOfficer, ...] = field(repr=False)


def set_up(
    first: FirstStart, *, door: StoreDoor, sealer: BundleSealer, clock: Clock, recovery: RecoverySet | None = None
) -> str:
    """Create the store, whole or not at all, and return the text of the station's public minisign key.

    ``recovery``: the set whose sheets were printed and typed back. Without it nothing brings the post back when its
    people are gone: for demonstrations only.

    The store keeps the same text in the open beside the database (``station.pub``). Takes about a second a
    person. Raises SettingsError or RecipientRefused for what was filled in, and StoreError kinds.
    """
    check(first, sealer=sealer)
    signing_key = sealer.new_signing_key()
    public_key = sealer.public_key(signing_key)
    identity = StoreIdentity(
        kind=first.kind,
        post=first.post.strip(),
        station=first.station.strip(),
        lane=first.lane.strip(),
        created_at=clock.now(),
    )
    settings = first_settings(recipient=first.recipient.strip(), signing_key=signing_key, public_key=public_key)
    master = None if recovery is None else recovery.master
    try:
        door.create(
            identity, first.people, {**settings, **({} if recovery is None else recovery.settings())}, recovery=master
        )
    finally:
        signing_key.forget()
    return public_key


def check(first: FirstStart, *, sealer: BundleSealer) -> None:
    """Raise SettingsError or RecipientRefused for the first thing that cannot stay as it was filled in."""
    for title, value in (
        (say("Post"), first.post),
        (say("Station"), first.station),
        (say("Lane"), first.lane),
    ):
        if not is_name(value):
            raise _not_good(
                say("{title} is empty, too long or not plain text.", title=title),
                say("Give it a name of 1 to {most} characters.", most=MAX_NAME_CHARACTERS),
            )
    sealer.check_recipient(first.recipient.strip())
    _check_people(first.people)


def is_name(text: str) -> bool:
    """Whether a text can name something: not blank, printable, not too long."""
    return bool(text.strip()) and text.isprintable() and len(text) <= MAX_NAME_CHARACTERS


def _check_people(people: tuple[NewOfficer, ...]) -> None:
    if len(people) < 2:
        raise _not_good(
            say("A station needs at least two people."),
            say("Add a second person: if one is away, the other can still open the station."),
        )
    if all(person.role is not RoleName.SUPERVISOR for person in people):
        raise _not_good(say("Nobody here is a supervisor."), say("Give the role supervisor to one of them."))
    names: set[str] = set()
    passwords: set[bytes] = set()
    for number, person in enumerate(people, start=1):
        if not is_name(person.name) or not is_name(person.display_name):
            raise _not_good(
                say("Person {number} has no name, or one that is not plain text.", number=number),
                say(
                    "Fill in the sign-in name and the name shown, each with 1 to {most} characters.",
                    most=MAX_NAME_CHARACTERS,
                ),
            )
        _check_password(number, person)
        names.add(comparable(person.name))
        passwords.add(person.password.reveal())
    if len(names) < len(people):
        raise _not_good(
            say("Two people have the same sign-in name."), say("Large and small letters count as the same. Change one.")
        )
    if len(passwords) < len(people):
        raise _not_good(
            say("Two people have the same password."), say("Let each person choose a password that nobody else knows.")
        )


def _check_password(number: int, person: NewOfficer) -> None:
    characters = len(person.password.reveal().decode("utf-8", "replace"))
    if characters < MIN_PASSWORD_CHARACTERS:
        raise _not_good(
            say(
                "The password of person {number} has {characters} characters; it needs at least {least}.",
                number=number,
                characters=characters,
                least=MIN_PASSWORD_CHARACTERS,
            ),
            say("Choose a longer one. Four words that do not belong together are easy to keep in mind."),
        )


def _not_good(cause: Text, next_step: Text) -> SettingsError:
    return SettingsError(cause, next_step)
