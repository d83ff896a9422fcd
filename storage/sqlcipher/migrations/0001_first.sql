-- SPDX-License-Identifier: Apache-2.0
-- The store of a walking station. Moments are microseconds since 1970 UTC, days and dates ISO 8601 text:
-- both sort. Tables are STRICT, so that a column holds what it says.

CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;

CREATE TABLE officer (
    officer_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    folded_name TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    role TEXT NOT NULL,
    suspended INTEGER NOT NULL CHECK (suspended IN (0, 1))
) STRICT;

-- What lists and searches show of the newest version of an encounter. Everything in it can be made again from
-- encounter_version and export_member. `serial` is the order of arrival: it holds when the clock does not.
CREATE TABLE encounter (
    serial INTEGER PRIMARY KEY AUTOINCREMENT,
    encounter_id TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL CHECK (version >= 1),
    status TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    recorded_at INTEGER,
    direction TEXT NOT NULL,
    decision TEXT,
    person_id TEXT,
    primary_identifier TEXT NOT NULL,
    secondary_identifier TEXT NOT NULL,
    document_number TEXT NOT NULL,
    issuing_state TEXT NOT NULL,
    nationality TEXT NOT NULL,
    birth_date TEXT NOT NULL,
    permitted_until TEXT,
    exported_version INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX encounter_status ON encounter (status, opened_at);
CREATE INDEX encounter_waiting ON encounter (serial) WHERE status = 'recorded' AND exported_version < version;
CREATE INDEX encounter_document ON encounter (document_number, issuing_state) WHERE document_number <> '';
CREATE INDEX encounter_name_birth ON encounter (primary_identifier, secondary_identifier, birth_date)
    WHERE primary_identifier <> '';
CREATE INDEX encounter_person ON encounter (person_id) WHERE person_id IS NOT NULL;

-- The words an encounter is found by (storage/sqlcipher/search_words.py makes them, all plain ASCII). No content
-- is kept twice, and a row can be deleted. One index holds names, numbers and days, so that any combination is
-- answered newest first without looking at what does not match.
CREATE VIRTUAL TABLE encounter_words USING fts5 (
    name, document_number, birth, day,
    content = '', contentless_delete = 1, detail = column, prefix = '1 2 3 4 6', tokenize = 'ascii'
);

CREATE TABLE encounter_version (
    serial INTEGER PRIMARY KEY,
    encounter_id TEXT NOT NULL REFERENCES encounter (encounter_id),
    version INTEGER NOT NULL CHECK (version >= 1),
    body BLOB NOT NULL,
    UNIQUE (encounter_id, version)
) STRICT;

CREATE TABLE journal_entry (
    serial INTEGER PRIMARY KEY,
    encounter_id TEXT NOT NULL,
    sequence INTEGER NOT NULL CHECK (sequence >= 1),
    kind TEXT NOT NULL,
    body BLOB NOT NULL,
    at INTEGER NOT NULL,
    by TEXT NOT NULL,
    UNIQUE (encounter_id, sequence)
) STRICT;

-- `data` stands last: its pages are read only when it is asked for.
CREATE TABLE image (
    serial INTEGER PRIMARY KEY,
    image_id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    media_type TEXT NOT NULL,
    provenance BLOB NOT NULL,
    data BLOB NOT NULL
) STRICT;

CREATE TABLE audit_entry (
    sequence INTEGER PRIMARY KEY CHECK (sequence >= 1),
    at INTEGER NOT NULL,
    by TEXT NOT NULL,
    act TEXT NOT NULL,
    subject TEXT NOT NULL,
    details BLOB NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;

CREATE TABLE export_record (
    sequence INTEGER PRIMARY KEY CHECK (sequence >= 1),
    name TEXT NOT NULL UNIQUE,
    made_at INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    bundle_sha256 TEXT NOT NULL,
    encounters INTEGER NOT NULL
) STRICT;

CREATE TABLE export_member (
    sequence INTEGER NOT NULL REFERENCES export_record (sequence),
    encounter_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (encounter_id, sequence),
    FOREIGN KEY (encounter_id, version) REFERENCES encounter_version (encounter_id, version)
) STRICT, WITHOUT ROWID;

-- What was recorded is never changed: a correction is a new version, a step is a new entry. Later retention of
-- data that expired drops these rules and makes them again in the transaction that also records the act.
CREATE TRIGGER encounter_version_stays BEFORE UPDATE ON encounter_version
BEGIN SELECT RAISE(ABORT, 'a version of an encounter is never changed'); END;
CREATE TRIGGER encounter_version_kept BEFORE DELETE ON encounter_version
BEGIN SELECT RAISE(ABORT, 'a version of an encounter is never deleted'); END;
CREATE TRIGGER journal_entry_stays BEFORE UPDATE ON journal_entry
BEGIN SELECT RAISE(ABORT, 'a step of a journal is never changed'); END;
CREATE TRIGGER journal_entry_kept BEFORE DELETE ON journal_entry
BEGIN SELECT RAISE(ABORT, 'a step of a journal is never deleted'); END;
CREATE TRIGGER audit_entry_stays BEFORE UPDATE ON audit_entry
BEGIN SELECT RAISE(ABORT, 'an entry of the audit trail is never changed'); END;
CREATE TRIGGER audit_entry_kept BEFORE DELETE ON audit_entry
BEGIN SELECT RAISE(ABORT, 'an entry of the audit trail is never deleted'); END;
CREATE TRIGGER image_stays BEFORE UPDATE ON image
BEGIN SELECT RAISE(ABORT, 'a picture is never changed'); END;
