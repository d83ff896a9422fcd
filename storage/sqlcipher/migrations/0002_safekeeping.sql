-- SPDX-License-Identifier: Apache-2.0
-- What keeps the records safe beside them: who approved what, what one store owes another, what may not be erased
-- yet, and the shifts. Moments and dates as in the first step.

-- Under which the audit trail vouches for personal data: made with the store, and read by nothing that reads records.
CREATE TABLE trail_key (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    key BLOB NOT NULL
) STRICT;

-- How many rows each table has, and the sum of their keyed hashes (storage/sqlcipher/row_sums.py). All in one page.
CREATE TABLE row_sum (
    name TEXT PRIMARY KEY,
    rows INTEGER NOT NULL,
    sum BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- The public half of the signing key that only this person's password makes.
ALTER TABLE officer ADD COLUMN public_key TEXT NOT NULL DEFAULT '';
-- A removed person keeps the row: old records name them. Somebody else knows a one-time password.
ALTER TABLE officer ADD COLUMN removed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE officer ADD COLUMN one_time INTEGER NOT NULL DEFAULT 0;
-- The one person whose word alone stands behind an account.
ALTER TABLE officer ADD COLUMN given_by TEXT;

CREATE TABLE approval (
    serial INTEGER PRIMARY KEY,
    approval_id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    shown BLOB NOT NULL,
    shown_sha256 TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    verdict TEXT NOT NULL DEFAULT '',
    decided_by TEXT,
    decided_at INTEGER,
    signature TEXT NOT NULL DEFAULT '',
    used_at INTEGER,
    CHECK (decided_by IS NULL OR decided_by <> asked_by),
    CHECK ((verdict = '') = (decided_by IS NULL) AND (verdict = '') = (decided_at IS NULL)),
    CHECK (used_at IS NULL OR verdict = 'approved')
) STRICT;

CREATE INDEX approval_undecided ON approval (serial) WHERE verdict = '';

-- What was asked and shown never changes, but may be erased (its hash stays); a decision is made once, and used once.
CREATE TRIGGER approval_stays BEFORE UPDATE ON approval
WHEN OLD.approval_id <> NEW.approval_id OR OLD.kind <> NEW.kind OR OLD.subject <> NEW.subject
    OR (OLD.shown <> NEW.shown AND NEW.shown <> x'') OR OLD.shown_sha256 <> NEW.shown_sha256 OR OLD.asked_by <> NEW.asked_by
    OR OLD.asked_at <> NEW.asked_at OR OLD.expires_at <> NEW.expires_at
    OR (OLD.verdict <> '' AND (OLD.verdict <> NEW.verdict OR OLD.decided_by IS NOT NEW.decided_by
        OR OLD.decided_at IS NOT NEW.decided_at OR OLD.signature <> NEW.signature))
    OR (OLD.used_at IS NOT NULL AND OLD.used_at IS NOT NEW.used_at)
BEGIN SELECT RAISE(ABORT, 'a request for approval is never changed'); END;
CREATE TRIGGER approval_kept BEFORE DELETE ON approval
BEGIN SELECT RAISE(ABORT, 'a request for approval is never deleted'); END;

-- Write-ahead logs of two databases do not commit together: what an act owes another store waits here, committed
-- with the act, until the other store has taken it. `inbox` makes taking it twice harmless.
CREATE TABLE outbox (
    serial INTEGER PRIMARY KEY,
    message_id TEXT NOT NULL UNIQUE,
    target TEXT NOT NULL,
    kind TEXT NOT NULL,
    body BLOB NOT NULL,
    made_at INTEGER NOT NULL,
    delivered_at INTEGER
) STRICT;

CREATE INDEX outbox_waiting ON outbox (target, serial) WHERE delivered_at IS NULL;

CREATE TABLE inbox (
    message_id TEXT PRIMARY KEY,
    taken_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE legal_hold (
    serial INTEGER PRIMARY KEY,
    hold_id TEXT NOT NULL UNIQUE,
    encounter_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    placed_by TEXT NOT NULL,
    placed_at INTEGER NOT NULL,
    lifted_by TEXT,
    lifted_at INTEGER,
    CHECK ((lifted_by IS NULL) = (lifted_at IS NULL))
) STRICT;

CREATE INDEX legal_hold_in_force ON legal_hold (encounter_id) WHERE lifted_at IS NULL;

CREATE TABLE shift (
    number INTEGER PRIMARY KEY CHECK (number >= 1),
    opened_by TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    closed_at INTEGER,
    body BLOB NOT NULL
) STRICT;

-- One shift is open at a time; a closed one stays as it was signed.
CREATE UNIQUE INDEX shift_open ON shift (closed_at IS NULL) WHERE closed_at IS NULL;
CREATE TRIGGER shift_stays BEFORE UPDATE ON shift WHEN OLD.closed_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a closed shift is never changed'); END;
CREATE TRIGGER shift_kept BEFORE DELETE ON shift
BEGIN SELECT RAISE(ABORT, 'a shift is never deleted'); END;

-- The key of the day a picture was taken, NULL for one that was kept before there were such keys; and the encounter
-- with which it is let go.
ALTER TABLE image ADD COLUMN day_key TEXT;
ALTER TABLE image ADD COLUMN encounter_id TEXT;
CREATE INDEX image_day_key ON image (day_key) WHERE day_key IS NOT NULL;
CREATE INDEX image_encounter ON image (encounter_id) WHERE encounter_id IS NOT NULL;
CREATE TRIGGER image_kept BEFORE DELETE ON image
BEGIN SELECT RAISE(ABORT, 'a picture is never deleted'); END;

-- Pictures whose time was over while their record stays: they are gone rightly, and not damaged. Identifiers only.
CREATE TABLE erased_image (
    image_id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Headquarters have said that they hold this bundle: only then may records that were in it be let go.
ALTER TABLE export_record ADD COLUMN received_at INTEGER;
ALTER TABLE export_record ADD COLUMN received_by TEXT;
-- Their receipt as it came, with its signature; NULL where a person typed that they said so.
ALTER TABLE export_record ADD COLUMN receipt TEXT;
ALTER TABLE export_record ADD COLUMN receipt_signature TEXT;

-- One approved act of letting go: exactly what was listed, and how far it has come. `body` is JSON of the list,
-- identifiers only. What was begun is finished, also after a crash, before the next one is asked for.
CREATE TABLE erasure (
    serial INTEGER PRIMARY KEY,
    erasure_id TEXT NOT NULL UNIQUE,
    approval_id TEXT NOT NULL UNIQUE,
    asked_by TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    body BLOB NOT NULL,
    begun_at INTEGER,
    ended_at INTEGER,
    erased INTEGER NOT NULL DEFAULT 0,
    held INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX erasure_under_way ON erasure (begun_at IS NOT NULL) WHERE begun_at IS NOT NULL AND ended_at IS NULL;
