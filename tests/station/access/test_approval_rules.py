# SPDX-License-Identifier: Apache-2.0
"""The table of four eyes: one of two people is a supervisor, and no single person can be both of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from station.access.approval_rules import (
    APPROVALS,
    ApprovalKind,
    independent,
    objection_to_asking,
    objection_to_decider,
    stands_for,
)
from station.access.roles import Permission, allowed
from station.domain.errors import NotPermitted
from station.ports.storage import Officer, RoleName
from tests.station.access.one_person_graph import Accounts, approvals_of_one, founders, reachable

SUPERVISOR, OFFICER, FOCAL = RoleName.SUPERVISOR, RoleName.OFFICER, RoleName.FOCAL_POINT
SMALL = ((SUPERVISOR, OFFICER), (SUPERVISOR, SUPERVISOR), (SUPERVISOR, FOCAL))
LARGER = ((SUPERVISOR, OFFICER), (SUPERVISOR, SUPERVISOR, OFFICER, FOCAL))


def test_every_kind_has_a_row() -> None:
    assert set(APPROVALS) == set(ApprovalKind)


@pytest.mark.parametrize("kind", ApprovalKind)
def test_one_of_the_two_is_always_a_supervisor_and_both_may_take_part(kind: ApprovalKind) -> None:
    for asker, deciders in APPROVALS[kind].pairs.items():
        assert deciders, "somebody can decide"
        assert Permission.ASK_APPROVAL in allowed(asker)
        for decider in deciders:
            assert SUPERVISOR in {asker, decider}
            assert Permission.APPROVE in allowed(decider)


@pytest.mark.parametrize("kind", ApprovalKind)
def test_the_smallest_post_of_a_supervisor_and_an_officer_can_do_everything(kind: ApprovalKind) -> None:
    supervisor, officer = founders(SUPERVISOR, OFFICER)
    assert objection_to_asking(kind, supervisor) is None
    assert objection_to_decider(kind, supervisor, officer) is None


def _post_states(roles: tuple[RoleName, ...], *, most_added: int = 1, only_passwords: bool = False) -> list[Accounts]:
    rows = founders(*roles)
    return [
        state
        for founder in rows
        for state in reachable(
            Accounts(rows, frozenset({founder.officer_id})), most_added=most_added, only_passwords=only_passwords
        )
    ]


@pytest.mark.parametrize("roles", SMALL, ids=str)
def test_no_path_of_one_person_leads_to_an_approval(roles: tuple[RoleName, ...]) -> None:
    states = _post_states(roles)
    assert len(states) > 5_000
    for state in states:
        assert not list(approvals_of_one(state))


@pytest.mark.parametrize("roles", LARGER, ids=str)
def test_nor_do_two_new_accounts_and_reset_passwords(roles: tuple[RoleName, ...]) -> None:
    states = _post_states(roles, most_added=2, only_passwords=True)
    assert len(states) > 200
    for state in states:
        assert not list(approvals_of_one(state))


def test_the_search_finds_the_path_when_a_second_account_counts_as_a_second_person() -> None:
    """Negative control: the rule that is left out here is what the search above rests on."""

    def careless(kind: ApprovalKind, asker: Officer, decider: Officer) -> NotPermitted | None:
        return objection_to_decider(kind, asker, replace(decider, given_by=None))

    states = _post_states((SUPERVISOR, OFFICER))
    found = {kind for state in states for kind, _, _ in approvals_of_one(state, careless)}
    assert found == {kind.value for kind in ApprovalKind}


@pytest.mark.parametrize("kind", ApprovalKind)
def test_two_people_suffice_for_every_kind(kind: ApprovalKind) -> None:
    rows = founders(SUPERVISOR, OFFICER)
    held = Accounts(rows, frozenset(row.officer_id for row in rows))
    assert kind.value in {found for found, _, _ in approvals_of_one(held)}


def test_an_account_stands_for_whoever_gave_out_its_password_until_it_is_vouched_for() -> None:
    irina, omar = founders(SUPERVISOR, OFFICER)
    reset = replace(omar, given_by=irina.officer_id)
    assert stands_for(reset) == irina.officer_id
    assert not independent(irina, reset)
    assert not independent(reset, irina)
    assert not independent(reset, replace(omar, officer_id=omar.officer_id, name="another", given_by=None))
    assert independent(irina, omar)


@pytest.mark.parametrize(
    ("closed", "cause"),
    [
        (lambda row: replace(row, suspended=True), "suspended"),
        (lambda row: replace(row, removed=True), "removed"),
        (lambda row: replace(row, one_time=True), "one-time"),
    ],
)
def test_an_account_that_is_not_in_use_neither_asks_nor_decides(
    closed: Callable[[Officer], Officer], cause: str
) -> None:
    irina, omar = founders(SUPERVISOR, OFFICER)
    for objection in (
        objection_to_asking(ApprovalKind.ERASURE, closed(irina)),
        objection_to_decider(ApprovalKind.ERASURE, irina, closed(omar)),
    ):
        assert objection is not None
        assert cause in objection.cause.in_english()
        assert objection.next_step.in_english()


def test_whoever_asks_cannot_decide_and_the_role_must_fit() -> None:
    irina, omar, auditor = founders(SUPERVISOR, OFFICER, RoleName.AUDITOR)
    refused = objection_to_decider(ApprovalKind.ERASURE, irina, irina)
    assert refused is not None
    assert refused.cause.in_english() == "Whoever asks cannot approve."
    assert objection_to_asking(ApprovalKind.ERASURE, omar) is not None
    assert objection_to_decider(ApprovalKind.ERASURE, irina, auditor) is not None
    other = replace(omar, officer_id=auditor.officer_id)
    assert objection_to_decider(ApprovalKind.OVERRIDE, omar, other) is not None
