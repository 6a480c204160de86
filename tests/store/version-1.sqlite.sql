-- The tables as version 1 made them.

CREATE TABLE raws (
    sha256 TEXT NOT NULL,
    bytes BLOB NOT NULL,
    size BIGINT NOT NULL,
    PRIMARY KEY (sha256)
);

CREATE TABLE tickets (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    tag TEXT NOT NULL,
    team TEXT NOT NULL,
    helpers TEXT NOT NULL,
    status TEXT DEFAULT 'open' NOT NULL,
    priority TEXT NOT NULL,
    subject TEXT NOT NULL,
    alias TEXT NOT NULL,
    assignee TEXT,
    opened_at BIGINT NOT NULL,
    closed_at BIGINT,
    tags TEXT NOT NULL,
    hand_offs INTEGER DEFAULT '0' NOT NULL,
    reopened INTEGER DEFAULT '0' NOT NULL,
    language TEXT NOT NULL,
    related_to BIGINT,
    token_epoch_day INTEGER DEFAULT '0' NOT NULL,
    first_reply_at BIGINT,
    last_message_ids TEXT DEFAULT '[]' NOT NULL,
    FOREIGN KEY(related_to) REFERENCES tickets (id)
);

CREATE INDEX tickets_unclosed ON tickets (team, status, id) WHERE status <> 'closed';

CREATE INDEX tickets_team ON tickets (team, id);

CREATE TABLE rates (
    counter TEXT NOT NULL,
    window_start BIGINT NOT NULL,
    window_end BIGINT NOT NULL,
    hits BIGINT NOT NULL,
    PRIMARY KEY (counter, window_start)
)
 WITHOUT ROWID;

CREATE TABLE meta (
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE inbox (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    sender TEXT NOT NULL,
    recipients TEXT NOT NULL,
    peer TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    raw_sha256 TEXT NOT NULL,
    size BIGINT NOT NULL,
    message_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    from_address TEXT NOT NULL,
    state TEXT DEFAULT 'waiting' NOT NULL,
    tries INTEGER DEFAULT '0' NOT NULL,
    claim_token TEXT,
    not_before BIGINT DEFAULT '0' NOT NULL,
    outcome TEXT,
    ticket_id BIGINT,
    kind TEXT,
    reason TEXT,
    content_key TEXT,
    released BOOLEAN DEFAULT false NOT NULL,
    FOREIGN KEY(raw_sha256) REFERENCES raws (sha256),
    FOREIGN KEY(ticket_id) REFERENCES tickets (id)
);

CREATE INDEX inbox_waiting ON inbox (id) WHERE state = 'waiting';

CREATE INDEX inbox_outcome ON inbox (outcome, id) WHERE outcome IS NOT NULL;

CREATE INDEX inbox_waiting_message_id ON inbox (message_id, id) WHERE state = 'waiting';

CREATE INDEX inbox_content_key ON inbox (content_key) WHERE content_key IS NOT NULL;

CREATE INDEX inbox_held ON inbox (id) WHERE state = 'held';

CREATE TABLE ticket_parties (
    ticket_id BIGINT NOT NULL,
    number INTEGER NOT NULL,
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    address_key TEXT NOT NULL,
    role TEXT NOT NULL,
    revoked BOOLEAN DEFAULT false NOT NULL,
    PRIMARY KEY (ticket_id, number),
    UNIQUE (ticket_id, address_key),
    FOREIGN KEY(ticket_id) REFERENCES tickets (id)
)
 WITHOUT ROWID;

CREATE TABLE promises (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    ticket_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    basis TEXT NOT NULL,
    level FLOAT,
    due BIGINT,
    shown TEXT NOT NULL,
    stated_at BIGINT NOT NULL,
    stated_to TEXT NOT NULL,
    outcome TEXT DEFAULT 'open' NOT NULL,
    settled_at BIGINT,
    FOREIGN KEY(ticket_id) REFERENCES tickets (id)
);

CREATE INDEX promises_open ON promises (due, id) WHERE outcome = 'open';

CREATE INDEX promises_ticket ON promises (ticket_id, id);

CREATE TABLE entries (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    ticket_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    direction TEXT NOT NULL,
    visibility TEXT NOT NULL,
    author_name TEXT NOT NULL,
    author_address TEXT NOT NULL,
    text TEXT NOT NULL,
    message_id TEXT NOT NULL,
    attachments TEXT DEFAULT '[]' NOT NULL,
    inbox_id BIGINT,
    data TEXT DEFAULT '{}' NOT NULL,
    FOREIGN KEY(ticket_id) REFERENCES tickets (id),
    UNIQUE (inbox_id),
    FOREIGN KEY(inbox_id) REFERENCES inbox (id)
);

CREATE INDEX entries_ticket ON entries (ticket_id, id);

CREATE TABLE message_ids (
    message_id TEXT NOT NULL,
    entry_id BIGINT NOT NULL,
    ticket_id BIGINT NOT NULL,
    PRIMARY KEY (message_id, entry_id),
    FOREIGN KEY(entry_id) REFERENCES entries (id),
    FOREIGN KEY(ticket_id) REFERENCES tickets (id)
)
 WITHOUT ROWID;

CREATE TABLE outbox (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    ticket_id BIGINT,
    entry_id BIGINT,
    kind TEXT NOT NULL,
    recipient TEXT NOT NULL,
    envelope_from TEXT NOT NULL,
    message_id TEXT NOT NULL,
    literal BLOB NOT NULL,
    splices TEXT DEFAULT '' NOT NULL,
    size BIGINT NOT NULL,
    state TEXT DEFAULT 'waiting' NOT NULL,
    tries INTEGER DEFAULT '0' NOT NULL,
    claim_token TEXT,
    not_before BIGINT DEFAULT '0' NOT NULL,
    last_reply TEXT,
    created_at BIGINT NOT NULL,
    sent_at BIGINT,
    UNIQUE (entry_id, recipient, kind),
    FOREIGN KEY(ticket_id) REFERENCES tickets (id),
    FOREIGN KEY(entry_id) REFERENCES entries (id)
);

CREATE INDEX outbox_waiting_order ON outbox (ticket_id, recipient, id) WHERE state = 'waiting';

CREATE INDEX outbox_failed ON outbox (id) WHERE state = 'failed';

CREATE INDEX outbox_waiting ON outbox (not_before, id) WHERE state = 'waiting';

INSERT INTO sqlite_sequence (name, seq) VALUES ('tickets', 1000);

INSERT INTO meta (name, value) VALUES ('schema_version', '1');
