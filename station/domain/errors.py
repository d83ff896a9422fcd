# SPDX-License-Identifier: Apache-2.0
"""One tree of errors: what is not our fault names its cause and the next step.

::

    StationError                 not our fault: a presenter shows cause and next step
    ├── DeviceError              a device cannot do what was asked
    │   ├── NoDevice             nothing attached fills the role
    │   ├── DeviceBusy           somebody else holds it
    │   ├── DeviceRemoved        it was unplugged or vanished
    │   ├── DeviceSilent         it did not answer in time
    │   ├── DeviceFault          it answered with a fault (jam, cover open, garbage)
    │   ├── LineRefused          what a reader sent is no whole line of its kind; the reader is well
    │   └── ChipRemoved          the document left the chip reader; the reader is well
    ├── FileRefused              what was brought in is no ordinary file, too large, or of another name
    ├── ImageRefused             bytes that are not a picture we accept
    ├── EngineUnavailable        a recognition engine cannot run here
    ├── StoreError               the encrypted store
    │   ├── StoreMissing         there is none at this place
    │   ├── StoreInUse           another process holds it
    │   ├── StoreDamaged         it does not pass its integrity checks
    │   ├── StoreTooNew          a newer program wrote it
    │   ├── StoreFull            the disk is full or cannot be written
    │   └── StoreReadOnly        it does not fit what was noted outside of it: it is read, not written
    ├── AccessError
    │   ├── SignInRefused        wrong password, unknown or suspended person, delay after wrong tries
    │   ├── NotPermitted         the role may not do this
    │   └── ShareRefused         recovery words that are not right
    ├── RecordConflict           somebody else changed the record in between
    ├── IncompleteRecord         mandatory fields are missing
    ├── ExportError              the sealed export could not be written
    │   ├── RecipientRefused     a recipient key that is not one
    │   └── TargetUnusable       stick vanished, full or read-only
    ├── RetentionRefused         a time to keep, a legal hold or a receipt that is not accepted
    ├── PictureErased            it was let go; its record stays
    ├── ReceiptRefused           a receipt of headquarters that does not verify or fit
    ├── BundleRefused            a bundle that does not verify
    └── SettingsError            a setting names file, line and cure

    Cancelled                    a stop by the officer: neither fault nor error
    └── PrintStopped             it may have come too late: the sheet may be out

Everything else is a bug: logged without personal data, and the work in hand is kept.
"""

from __future__ import annotations

from typing import ClassVar

from station.domain.words import Text


class StationError(Exception):
    """Something went wrong that is not a bug. Shows its cause and the next step; holds no secret."""

    def __init__(self, cause: Text, next_step: Text) -> None:
        super().__init__(cause.source)  # the source only: values may be personal data
        self.cause = cause
        self.next_step = next_step


class DeviceError(StationError):
    """A device cannot do what was asked of it."""

    #: Whether the device itself is in trouble; False when what lay on it was.
    troubles_the_device: ClassVar[bool] = True


class NoDevice(DeviceError):
    """Nothing attached fills the role."""


class DeviceBusy(DeviceError):
    """Somebody else holds the device: exclusive use was refused."""


class DeviceRemoved(DeviceError):
    """The device was unplugged, or its file or connection vanished."""


class DeviceSilent(DeviceError):
    """The device did not answer within its time limit."""


class DeviceFault(DeviceError):
    """The device answered, and its answer was a fault or garbage."""


class LineRefused(DeviceError):
    """What a reader sent is no MRZ or code, or it was damaged on the way: swipe again.

    ``raw``: all that came over the wire, for the technician's bench; it never reaches a log.
    """

    troubles_the_device = False

    def __init__(self, cause: Text, next_step: Text, *, raw: bytes) -> None:
        super().__init__(cause, next_step)
        self.raw = raw


class ChipRemoved(DeviceError):
    """The document was taken off the chip reader, or the chip lost its field: lay it down again."""

    troubles_the_device = False


class FileRefused(StationError):
    """What somebody brought in is not an ordinary file, is too large, or has a name that is not read."""


class ImageRefused(StationError):
    """Bytes that are not a picture the station accepts (kind, size, damage, hostile)."""


class EngineUnavailable(StationError):
    """A recognition engine cannot run on this machine."""


class StoreError(StationError):
    """The encrypted store cannot be used as asked."""


class StoreMissing(StoreError):
    """There is no store at this place."""


class StoreInUse(StoreError):
    """Another process holds the store."""


class StoreDamaged(StoreError):
    """The store does not pass its integrity checks."""


class StoreTooNew(StoreError):
    """A newer program wrote the store; this one must not touch it."""


class StoreFull(StoreError):
    """The disk is full, or refuses to be written."""


class StoreReadOnly(StoreError):
    """The store does not fit what was noted outside of it; nothing is written until two people accept that."""


class AccessError(StationError):
    """Who may do what."""


class SignInRefused(AccessError):
    """Wrong password, unknown or suspended person, or the delay after wrong tries still runs."""


class NotPermitted(AccessError):
    """The role of the signed-in person does not allow this act."""


class ShareRefused(AccessError):
    """Recovery words that were typed wrong, or do not go together.

    ``sheet``: which of the typed sheets, from 1; ``word``: which word of it, from 1; 0 where none can be named.
    """

    def __init__(self, cause: Text, next_step: Text, *, sheet: int = 0, word: int = 0) -> None:
        super().__init__(cause, next_step)
        self.sheet = sheet
        self.word = word


class RecordConflict(StationError):
    """Somebody else changed the record in between; nothing was overwritten."""


class IncompleteRecord(StationError):
    """Mandatory fields of this post are missing."""


class PictureErased(StationError):
    """A picture was let go when its time was over; its record stays."""


class RetentionRefused(StationError):
    """A time to keep, a legal hold or a receipt that the station does not accept."""


class ExportError(StationError):
    """The sealed export could not be written; nothing half-written was left."""


class RecipientRefused(ExportError):
    """A recipient key that is not one."""


class TargetUnusable(ExportError):
    """The place to export to vanished, is full or is read-only."""


class ReceiptRefused(StationError):
    """A receipt of headquarters that is not signed by them, or not for an export of this station."""


class BundleRefused(StationError):
    """A bundle whose signature, seal or manifest does not hold."""


class SettingsError(StationError):
    """A setting that cannot be used: names file, line and cure."""


class Cancelled(Exception):
    """A stop by the officer: neither a fault nor an error."""


class PrintStopped(Cancelled):
    """A stop that may have come too late: somebody has to look at the printer. Holds no secret."""

    def __init__(self, cause: Text, next_step: Text) -> None:
        super().__init__(cause.source)
        self.cause = cause
        self.next_step = next_step
