# SPDX-License-Identifier: Apache-2.0
"""The keys of headquarters for a supervisor: which count, since when, and changing them with a second person."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo
from pathlib import Path

from station.access.approvals import ApprovalService, Request
from station.domain.words import Text, say
from station.exporting.headquarters import Change, CountingKey, HeadquartersService, KeyChange
from station.exporting.headquarters_keys import KEY_USES, KeyUse
from station.ports.tasks import TaskRunner
from ui.presenters.agreeing import BACK, GO_ON, AgreeingPresenter, first_of
from ui.presenters.asking import Asked, Question
from ui.presenters.keymap import Key
from ui.presenters.showing import Trouble

ADD = Key("F2", "F2", say("Add a key"))
DROP = Key("F7", "F7", say("Drop this key"))
DO = Key("F5", "F5", say("Do what was approved"))
HEADQUARTERS_KEYS: tuple[Key, ...] = (DO, ADD, DROP, GO_ON, BACK)

_HAPPENED: dict[Change, Trouble] = {
    Change.ADD: Trouble(
        cause=say("The key counts from now on, beside those that counted before."),
        next_step=say("When headquarters opened something with it, drop the old one."),
    ),
    Change.DROP: Trouble(
        cause=say("The key counts no more."),
        next_step=say("What was made before stays as it is: headquarters keep their old secret key for it."),
    ),
}


_Seen = tuple[tuple[CountingKey, ...], tuple[Request, ...]]


class HeadquartersPresenter(AgreeingPresenter[_Seen]):
    """One supervisor's page. ``sticks`` names what is plugged in."""

    heading = say("Keys of headquarters")
    meaning = say(
        "Whoever has the secret part of a key that counts can open every export and backup made from then on. Compare "
        "a new key with headquarters, by telephone or on paper, before two people agree."
    )
    keys = HEADQUARTERS_KEYS

    def __init__(
        self,
        headquarters: HeadquartersService,
        approvals: ApprovalService,
        runner: TaskRunner,
        *,
        sticks: Callable[[], Sequence[str]],
        zone: tzinfo,
        left: Callable[[], None],
    ) -> None:
        super().__init__(approvals, runner, left=left)
        self._headquarters = headquarters
        self._sticks = sticks
        self._zone = zone
        self._counting: tuple[CountingKey, ...] = ()

    def _look(self) -> _Seen:
        return self._headquarters.keys(), tuple(self._headquarters.approved())

    def _saw(self, seen: _Seen) -> None:
        self._counting, approved = seen
        rows = [self._row(one) for one in self._counting]
        if all(one.key.use is KeyUse.SEALING for one in self._counting):
            rows.append(say("▲ No key signs receipts: they are typed, and prove nothing."))
        self._list(approved, rows)

    def _row(self, one: CountingKey) -> Text:
        return say(
            "{use}\n{fingerprint}\nsince {day}",
            use=KEY_USES[one.key.use],
            fingerprint=f"\u2066{one.key.fingerprint}\u2069",  # left to right also inside Arabic
            day=f"\u2066{one.since.astimezone(self._zone):%Y-%m-%d %H:%M}\u2069",
        )

    def _acts(self) -> tuple[Key, ...]:
        if self._chosen_request() is not None:
            return (DO, ADD)
        return (ADD, DROP) if self._place() < len(self._counting) else (ADD,)

    def _place(self) -> int:
        """Of the chosen row among the keys."""
        return self.state.chosen - len(self._approved)

    def _begin(self, key: Key) -> None:
        if key is ADD:
            question = Question(
                title=say("Add a key"),
                says=say("A stick of headquarters with their public key: age1… for exports, minisign for receipts."),
                fields=(Asked(name="file", label=say("File"), value=first_of(self._sticks(), "headquarters.txt")),),
                does=say("Read the key"),
            )
            self._ask(question, self._read)
        elif key is DROP:
            key_of = self._counting[self._place()].key
            self._request(KeyChange(change=Change.DROP, key=key_of))
        elif key is DO and (request := self._chosen_request()) is not None:
            self._change(request, KeyChange.of(request))

    def _read(self, answers: Mapping[str, str]) -> None:
        path = Path(answers["file"].strip())
        self._start(
            say("The key is being read…"),
            lambda _cancel: self._headquarters.read(path),
            lambda key: self._request(KeyChange(change=Change.ADD, key=key)),
        )

    def _request(self, change: KeyChange) -> None:
        self._start(
            say("The request is being made…"),
            lambda _cancel: self._headquarters.ask(change),
            lambda request: self._agree(request, lambda: self._change(request, change)),
        )

    def _change(self, request: Request, change: KeyChange) -> None:
        happened = self._happened(change)
        self._start(
            say("Writing…"),
            lambda _cancel: self._headquarters.change(request.request_id, change),
            lambda _none: self._done(happened),
        )

    def _happened(self, change: KeyChange) -> Trouble:
        """What to say once it is done. The first key that signs receipts stands beside no other."""
        beside = any(one.key.use is change.key.use for one in self._counting)
        if change.change is Change.ADD and change.key.use is KeyUse.SIGNING and not beside:
            return Trouble(
                cause=say(
                    "Receipts signed with this key will be believed: {fingerprint}",
                    fingerprint=f"\u2066{change.key.fingerprint}\u2069",
                ),
                next_step=say("Take the signed receipt in on the page Export."),
            )
        return _HAPPENED[change.change]
