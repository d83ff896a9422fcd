# SPDX-License-Identifier: Apache-2.0
"""What headquarters sees when it holds a bundle beside the one before: whether the station was put back in between.

Whoever puts all local files of a station back together is not found there. Headquarters holds the bundle before; the
next one must continue it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from station.access import checkpoint_text
from station.access.checkpoint_text import Checkpoint, CountState, NotACheckpoint
from station.domain.words import Text, say
from station.exporting.manifest import Manifest
from station.ports.anchors import SignedCheckpoint
from station.ports.storage import StoreName


def breaks(
    before: Manifest, before_sha256: str, after: Manifest, signed: Callable[[SignedCheckpoint], bool]
) -> Iterator[Text]:
    """What does not follow, in words; nothing when ``after`` continues ``before``.

    ``before_sha256``: hex, of the sealed file; ``signed`` tells whether the station's key signed a checkpoint.
    """
    if before.outside is not None or after.outside is not None:
        yield say("A bundle outside the plan follows no other one, and none follows it.")
        return
    if (before.post, before.station, before.kind) != (after.post, after.station, after.kind):
        yield say("The two bundles are not of the same station.")
        return
    if after.sequence <= before.sequence:
        yield say(
            "Bundle {after} came after bundle {before}: the station used a number again, so it was put back to an "
            "older state.",
            after=after.sequence,
            before=before.sequence,
        )
        return
    between = tuple(range(before.sequence + 1, after.sequence))
    if after.unfinished_sequences == between:
        if after.previous_bundle_sha256 != before_sha256:
            yield say("This bundle does not name the one before it: the station does not know that it sent it.")
        if after.audit_follows != before.audit_head:
            yield say("The audit trail of this bundle does not continue the one before it.")
    else:
        yield say("Bundles between {before} and {after} are missing.", before=before.sequence, after=after.sequence)
    if before.audit_head is not None and (
        after.audit_head is None or after.audit_head.sequence < before.audit_head.sequence
    ):
        yield say("The audit trail is shorter than it was.")
    yield from _checkpoints(before, after, signed)


def _checkpoints(before: Manifest, after: Manifest, signed: Callable[[SignedCheckpoint], bool]) -> Iterator[Text]:
    for one in after.checkpoints:
        if not signed(one):
            yield say("A checkpoint in this bundle is not signed by the station.")
            return
    then, now = _by_store(before), _by_store(after)
    for name, old in then.items():
        new = now.get(name)
        if new is None:
            continue  # who exported had no key of this store
        if new.generation > old.generation:
            yield say(
                "The station went on from an older or restored state: generation {after} after {before} of the store "
                "{store}. Ask the station why.",
                after=new.generation,
                before=old.generation,
                store=name.value,
            )
        elif (new.generation, new.number, new.size, new.slots) < (old.generation, old.number, old.size, old.slots):
            yield say("The checkpoint of the store {store} is older than the one before.", store=name.value)
        elif new.size < old.size or new.slots < old.slots:
            yield say("The checkpoint of the store {store} knows less than the one before.", store=name.value)
        yield from counter_remarks(old, new)


def counter_remarks(old: Checkpoint, new: Checkpoint) -> Iterator[Text]:
    """What a counter in the station's computer says of two checkpoints (docs/decisions/0021-token-counter.md)."""
    then, now = old.count, new.count
    if then is None:
        return
    if now is None or now.state is CountState.SILENT:
        yield say("The counter in the station's computer did not answer. Ask the station why.")
    elif now.counter != then.counter:
        yield say("The station's computer has another counter than before. Ask the station why.")
    elif now.value < then.value:
        yield say("The counter in the station's computer stands lower than before. No TPM counts down.")


def _by_store(manifest: Manifest) -> dict[StoreName, Checkpoint]:
    found = {}
    for one in manifest.checkpoints:
        try:
            checkpoint = checkpoint_text.read(one.text)
        except NotACheckpoint:
            continue
        found[checkpoint.store] = checkpoint
    return found
