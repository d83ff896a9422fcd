# SPDX-License-Identifier: Apache-2.0
"""Making signed checkpoints: at sign-in and -out, with each print and export, and at the end of a shift.

A checkpoint goes into the anchors first, durably, and is remembered by the database afterwards: anchors may
know more than the database remembers of them, never less. The border store's is the last: it remembers where the
others stood, and where there is a token's counter, it is raised for the border store.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace

from station.access import checkpoint_text, store_settings
from station.access.checkpoint_text import Checkpoint, CheckpointReason
from station.access.counting import CounterKeeping, CounterMemory, after, counter_memory, remember_counter
from station.domain.secrets import Secret
from station.domain.wire import NotThisShape, from_json, to_json
from station.ports.anchors import AnchorLog, Memory, SignedCheckpoint, TokenCounter
from station.ports.clock import Clock
from station.ports.sealing import TextSigner
from station.ports.setting_rows import SettingRepository
from station.ports.storage import Store, StoreName

#: The setting of a store that holds its Memory.
MEMORY_SETTING = "anchors.memory"

#: The setting of the border store that says where the other stores stood at its newest checkpoint.
OTHERS_SETTING = "anchors.others"

#: A store's generation and the number of its newest checkpoint: an older copy of it has less.
Standing = tuple[int, int]


def memory_of(settings: SettingRepository) -> Memory:
    """What a store remembers of its anchors; a new store remembers nothing. Raises StoreDamaged."""
    value = settings.get(MEMORY_SETTING)
    if value is None:
        return Memory()
    try:
        return from_json(Memory, value)
    except NotThisShape:
        raise store_settings.damaged(MEMORY_SETTING) from None


def remember(settings: SettingRepository, memory: Memory) -> None:
    """Keep what is known of the anchors, in the running transaction."""
    settings.put(MEMORY_SETTING, to_json(memory))


def others_of(settings: SettingRepository) -> Mapping[str, Standing]:
    """Where the border store saw the other stores, by their names. Raises StoreDamaged."""
    value = settings.get(OTHERS_SETTING)
    if value is None:
        return {}
    try:
        return from_json(dict[str, Standing], value)
    except NotThisShape:
        raise store_settings.damaged(OTHERS_SETTING) from None


def begin_generation(settings: SettingRepository, *, slots: int = 0) -> Memory:
    """The next generation of a store that was restored, or whose state was accepted, in the running transaction.

    The anchors of the generation before say nothing about it any more; its own begin with its first checkpoint. So
    does a token's counter: a post that was restored has nobody yet who could accept how it stands.
    ``slots``: the generation of the key file that is accepted with it.
    """
    before = memory_of(settings)
    memory = replace(before, generation=before.generation + 1, begun=False, slots=slots)
    remember(settings, memory)
    remember_counter(settings, CounterMemory(anew=True))
    return memory


class CheckpointService:
    """Makes checkpoints for the stores of a session. Any thread; blocks on the disk for some milliseconds."""

    def __init__(self, signer: TextSigner, clock: Clock, *, counter: TokenCounter | None = None) -> None:
        self._signer = signer
        self._clock = clock
        #: The counter behind the border store.
        self.counter = CounterKeeping(counter, clock)
        # One at a time: two that see the same state would sign the same number, and a kill then looks like a fraud.
        self._making = threading.Lock()

    def make(self, stores: Mapping[StoreName, Store], reason: CheckpointReason) -> Mapping[StoreName, SignedCheckpoint]:
        """Sign where each trail stands now and keep it outside; what was made, by store.

        A store that is read only, or has no anchors, gets none. Raises StoreFull, StoreDamaged.
        """
        made: dict[StoreName, SignedCheckpoint | None] = {}
        with stores[StoreName.BORDER].reading() as unit:
            signing_key = store_settings.signing_key(unit.settings)
        try:
            with self._making:
                others: dict[str, Standing] = {}
                for name, store in sorted(stores.items(), key=lambda one: one[0] is StoreName.BORDER):
                    if store.anchors is not None and store.read_only is None:
                        made[name] = self._made(store, store.anchors, reason, signing_key, others)
                        with store.reading() as unit:
                            memory = memory_of(unit.settings)
                        others[name.value] = (memory.generation, memory.number)
        finally:
            signing_key.forget()
        return {name: signed for name in stores if (signed := made.get(name)) is not None}

    def _made(
        self,
        store: Store,
        anchors: AnchorLog,
        reason: CheckpointReason,
        signing_key: Secret,
        others: Mapping[str, Standing],
    ) -> SignedCheckpoint | None:
        home = store.name is StoreName.BORDER
        count = self.counter.counted(store, reason) if home else None
        with store.reading() as unit:
            head = unit.audit.head()
            memory = memory_of(unit.settings)
        if head is None:
            return None
        checkpoint = Checkpoint(
            station=store.identity.station,
            store=store.name,
            size=head.sequence,
            head=head.hash,
            at=self._clock.now(),
            generation=memory.generation,
            slots=max(memory.slots, anchors.slots()),
            number=max(memory.number, anchors.newest_number()) + 1,
            reason=reason,
            count=count,
        )
        text = checkpoint_text.written(checkpoint)
        signature = self._signer.sign_text(
            text, signing_key=signing_key, trusted_comment=checkpoint_text.comment(checkpoint)
        )
        signed = SignedCheckpoint(text=text, signature=signature)
        anchors.append(signed, checkpoint.number, checkpoint.generation, checkpoint.size)
        with store.unit_of_work() as unit:
            kept = memory_of(unit.settings)  # seen again: somebody else may have made a checkpoint meanwhile
            if kept.number < checkpoint.number:
                now = replace(kept, begun=True, number=checkpoint.number, sha256=checkpoint_text.text_hash(text))
                remember(unit.settings, replace(now, slots=max(kept.slots, checkpoint.slots)))
            if home:
                unit.settings.put(OTHERS_SETTING, to_json({**others_of(unit.settings), **others}))
                if count is not None:
                    remember_counter(unit.settings, after(counter_memory(unit.settings), count))
            unit.commit()
        return signed
