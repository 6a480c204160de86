"""Every table, on one page.

Ids grow and are never used twice.  Moments are microseconds since 1970 (`Moment`), lists are JSON text, addresses are
looked up by their comparable form in a `…key` column.  A row that waits for somebody (inbox, outbox) has the columns of
`waiting_columns`; `store.queue` is their only writer.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
    text,
)

from store.columns import Key, Moment, Pairs, Strings, Words

VERSION = 2
"""Of these tables; kept in `meta`.  A database with a lower one gets what it lacks (`store.setup`), with a higher one is
not touched."""
FIRST_TICKET = 1001

metadata = MetaData()
Id = BigInteger().with_variant(Integer(), "sqlite")  # only INTEGER PRIMARY KEY counts up on SQLite


def id_column(first: int = 1) -> Column[int]:
    """A number the database gives, from `first` up, never used twice."""
    return Column("id", Id, Identity(start=first), primary_key=True)


def waiting_columns() -> tuple[Column[str], Column[int], Column[str], Column[object]]:
    """What a row needs to be claimed, settled, postponed and held."""
    return (
        Column("state", Text, nullable=False, server_default="waiting", comment="waiting, or one of the ends"),
        Column("tries", Integer, nullable=False, server_default="0", comment="how often it was claimed"),
        Column("claim_token", Text, comment="who is at work on it"),
        Column("not_before", Moment, nullable=False, server_default="0",
               comment="when it may be claimed; of a claimed one: when the lease ends; 0: at once, whatever the clock"),
    )  # fmt: skip


raws = Table(
    "raws",
    metadata,
    Column("sha256", Text, primary_key=True, comment="hex, of the bytes"),
    Column("bytes", LargeBinary, nullable=False, comment="a mail as it came, unchanged"),
    Column("size", BigInteger, nullable=False, comment="in bytes"),
)

inbox = Table(
    "inbox",
    metadata,
    id_column(),
    Column("source", Text, nullable=False, comment="smtp, lmtp, imap:…, pipe, import…"),
    Column("sender", Words, nullable=False, comment="MAIL FROM; empty: the null sender"),
    Column("recipients", Strings, nullable=False, comment="RCPT TO, those accepted"),
    Column("peer", Words, nullable=False, comment="who spoke to us"),
    Column("received_at", Moment, nullable=False),
    Column("raw_sha256", Text, ForeignKey("raws.sha256"), nullable=False),
    Column("size", BigInteger, nullable=False, comment="of the raw, in bytes"),
    Column("message_id", Key, nullable=False, comment="as peeked at; empty: none"),
    Column("subject", Words, nullable=False, comment="as peeked at"),
    Column("from_address", Words, nullable=False, comment="as peeked at"),
    *waiting_columns(),  # ends: filed, held
    Column("outcome", Text, comment="ticket, attach, quarantine, bounce-record, duplicate; null: not decided"),
    Column("ticket_id", BigInteger, ForeignKey("tickets.id"), comment="where it went, or would go"),
    Column("kind", Text, comment="what sort of mail"),
    Column("reason", Words, comment="why this outcome, or why it waits"),
    Column("content_key", Key, comment="the same for the same content; set when read"),
    Column("released", Boolean, nullable=False, server_default=text("false"), comment="a human let it pass"),
    Column("proof", Text, comment="of the sender: proven, unproven, false; set when read"),
    Column("proof_reason", Words, comment="why"),
    Column("checked", Words, comment="what our own check of the sender found; null: there was none"),
    Column("decided_by", Words, comment="who released or dropped it"),
    Column("decided_at", Moment, comment="when"),
    sqlite_autoincrement=True,
)

tickets = Table(
    "tickets",
    metadata,
    id_column(FIRST_TICKET),
    Column("tag", Text, nullable=False, comment="of the site when opened; reference = tag-id"),
    Column("team", Text, nullable=False, comment="who leads"),
    Column("helpers", Strings, nullable=False, comment="other teams that see it"),
    Column("status", Text, nullable=False, server_default="open", comment="open, waiting (on the requester), closed"),
    Column("priority", Text, nullable=False),
    Column("subject", Words, nullable=False),
    Column("alias", Words, nullable=False, comment="the address it came to"),
    Column("assignee", Words, comment="address of a staff member"),
    Column("opened_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Column("tags", Strings, nullable=False),
    Column("hand_offs", Integer, nullable=False, server_default="0", comment="how often it changed team"),
    Column("reopened", Integer, nullable=False, server_default="0", comment="how often"),
    Column("language", Text, nullable=False),
    Column("related_to", BigInteger, ForeignKey("tickets.id"), comment="the ticket this one was split from or cites"),
    Column("token_epoch_day", Integer, nullable=False, server_default="0", comment="older reply tokens are revoked"),
    Column("first_reply_at", Moment, comment="first answer by a person"),
    Column("last_message_ids", Strings, nullable=False, server_default="[]",
           comment="newest 10 public ids, in and out, oldest first: References of the next mail"),
    Column("merged_into", BigInteger, comment="the ticket to which goes what comes to this one"),
    sqlite_autoincrement=True,
)  # fmt: skip

ticket_parties = Table(
    "ticket_parties",
    metadata,
    Column("ticket_id", BigInteger, ForeignKey("tickets.id"), nullable=False),
    Column("number", Integer, nullable=False, comment="from 1, within the ticket; stands in reply tokens"),
    Column("name", Words, nullable=False),
    Column("address", Words, nullable=False, comment="as written"),
    Column("address_key", Key, nullable=False, comment="as compared"),
    Column("role", Text, nullable=False, comment="requester, cc, watcher, staff, outsider"),
    Column("revoked", Boolean, nullable=False, server_default=text("false"), comment="this party's tokens are void"),
    Column("bouncing_since", Moment, comment="a mail to it did not arrive for good then; null: it lives"),
    Column("bounce_reason", Words, comment="what was said about it"),
    PrimaryKeyConstraint("ticket_id", "number"),
    UniqueConstraint("ticket_id", "address_key"),
    sqlite_with_rowid=False,
)

same_person = Table(
    "same_person",
    metadata,
    Column("address_key", Key, primary_key=True, comment="an address, as compared"),
    Column("person", Key, nullable=False, index=True, comment="the address by which the person is known"),
    Column("joined_at", Moment, nullable=False),
    Column("joined_by", Words, nullable=False, comment="address of the staff member who said so"),
)

entries = Table(
    "entries",
    metadata,
    id_column(),
    Column("ticket_id", BigInteger, ForeignKey("tickets.id"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("kind", Text, nullable=False, comment="mail, note, change"),
    Column("direction", Text, nullable=False, comment="in, out, internal"),
    Column("visibility", Text, nullable=False, comment="public (all parties) or staff"),
    Column("author_name", Words, nullable=False),
    Column("author_address", Words, nullable=False),
    Column("text", Words, nullable=False),
    Column("message_id", Words, nullable=False, comment="empty: none"),
    Column("attachments", Text, nullable=False, server_default="[]", comment="JSON: what is cut out of raw on demand"),
    Column("inbox_id", BigInteger, ForeignKey("inbox.id"), unique=True, comment="unique: filed once, ever"),
    Column("data", Pairs, nullable=False, server_default="{}", comment="details of a change"),
    sqlite_autoincrement=True,
)

message_ids = Table(
    "message_ids",
    metadata,
    Column("message_id", Key, nullable=False, comment="of a mail that came in, or that it cites"),
    Column("entry_id", BigInteger, ForeignKey("entries.id"), nullable=False),
    Column("ticket_id", BigInteger, ForeignKey("tickets.id"), nullable=False),
    Column("awaited", Boolean, nullable=False, server_default=text("false"), comment="of a mail that did not come yet"),
    PrimaryKeyConstraint("message_id", "entry_id"),  # not unique by id alone: equal ids with other content happen
    sqlite_with_rowid=False,
)

promises = Table(
    "promises",
    metadata,
    id_column(),
    Column("ticket_id", BigInteger, ForeignKey("tickets.id"), nullable=False),
    Column("kind", Text, nullable=False, comment="first_reply, resolve"),
    Column("basis", Text, nullable=False, comment="declared, measured"),
    Column("level", Float, comment="of a measured one: how often such a statement holds"),
    Column("due", Moment, comment="null: no moment could be named"),
    Column("shown", Words, nullable=False, comment="the words the person read"),
    Column("stated_at", Moment, nullable=False),
    Column("stated_to", Words, nullable=False, comment="address"),
    Column("outcome", Text, nullable=False, server_default="open", comment="open, kept, missed, withdrawn"),
    Column("settled_at", Moment),
    sqlite_autoincrement=True,
)

outbox = Table(
    "outbox",
    metadata,
    id_column(),
    Column("ticket_id", BigInteger, ForeignKey("tickets.id")),
    Column("entry_id", BigInteger, ForeignKey("entries.id")),
    Column("kind", Text, nullable=False, comment="ack, notice, reply, digest …"),
    Column("recipient", Words, nullable=False, comment="the one RCPT TO"),
    Column("envelope_from", Words, nullable=False, comment="MAIL FROM; empty: the null sender"),
    Column("message_id", Words, nullable=False, comment="the same at every try"),
    Column("literal", LargeBinary, nullable=False, comment="the mail's bytes, apart from the splices"),
    Column("splices", Text, nullable=False, server_default="", comment="JSON [[at, sha256, start, end]] of raws"),
    Column("size", BigInteger, nullable=False, comment="of the whole mail, in bytes"),
    *waiting_columns(),  # ends: sent, failed
    Column("last_reply", Words, comment="what the smarthost said last"),
    Column("waits_for", Text, comment="why postponed: mail, or server (its own trouble); null: neither"),
    Column("lost_replies", Integer, nullable=False, server_default="0", comment="final replies that never came"),
    Column("created_at", Moment, nullable=False),
    Column("sent_at", Moment),
    UniqueConstraint("entry_id", "recipient", "kind"),  # nobody gets the same news twice
    sqlite_autoincrement=True,
)

rates = Table(
    "rates",
    metadata,
    Column("counter", Key, nullable=False, comment="seconds of the window : what is counted"),
    Column("window_start", BigInteger, nullable=False, comment="seconds since 1970"),
    Column("window_end", BigInteger, nullable=False, comment="seconds since 1970"),
    Column("hits", BigInteger, nullable=False),
    PrimaryKeyConstraint("counter", "window_start"),
    sqlite_with_rowid=False,
)

groups = Table(
    "groups",
    metadata,
    Column("name", Key, primary_key=True, comment="what is counted, of whom"),
    Column("hits", BigInteger, nullable=False, comment="how often since the first"),
    Column("until", Moment, nullable=False, comment="counted from the first up to here; later it begins anew"),
    Column("ticket_id", BigInteger, ForeignKey("tickets.id"), comment="where further ones of the kind are gathered"),
    sqlite_with_rowid=False,
)

habits = Table(
    "habits",
    metadata,
    Column("address", Key, primary_key=True),
    Column("quick", Integer, nullable=False, comment="answers within seconds of a mail of ours, without a break"),
    Column("machine_until", Moment, comment="taken for a machine up to here; null: not"),
    Column("seen_at", Moment, nullable=False, comment="of the last such answer"),
    sqlite_with_rowid=False,
)

mutes = Table(
    "mutes",
    metadata,
    Column("ticket_id", BigInteger, ForeignKey("tickets.id"), primary_key=True, autoincrement=False),
    Column("entry_id", BigInteger, ForeignKey("entries.id"), nullable=False, comment="what staff write later ends it"),
    Column("since", Moment, nullable=False),
    sqlite_with_rowid=False,
)

held_news = Table(
    "held_news",
    metadata,
    Column("inbox_id", BigInteger, ForeignKey("inbox.id"), primary_key=True, autoincrement=False),
    Column("team", Text, nullable=False, comment="who is still to be told of this held mail; empty: the admins"),
    sqlite_with_rowid=False,
)

held_told = Table(
    "held_told",
    metadata,
    Column("team", Text, primary_key=True),
    Column("told_at", Moment, nullable=False, comment="when it was last told of held mail"),
    sqlite_with_rowid=False,
)

tallies = Table(
    "tallies",
    metadata,
    Column("name", Text, primary_key=True, comment="refused at the door, and why"),
    Column("hits", BigInteger, nullable=False, comment="ever"),
    sqlite_with_rowid=False,
)

mailboxes = Table(
    "mailboxes",
    metadata,
    Column("mailbox", Key, nullable=False, comment="its name in the configuration"),
    Column("folder", Key, nullable=False),
    Column("uidvalidity", BigInteger, comment="of the server, for the numbers below; null: never read"),
    Column("last_uid", BigInteger, nullable=False, server_default="0", comment="dealt with up to here"),
    Column("rescan_to", BigInteger, nullable=False, server_default="0", comment="up to here mail may be known"),
    Column("started_at", Moment, comment="what came before was left; null: nothing was"),
    Column("left", BigInteger, nullable=False, server_default="0", comment="how many mails were left as old"),
    Column("taken", BigInteger, nullable=False, server_default="0", comment="how many mails were stored"),
    Column("last_read_at", Moment, comment="when it was last looked through"),
    Column("last_mail_at", Moment),
    Column("error", Words, comment="why it is not read, or what could not be done"),
    Column("told_at", Moment, comment="the operator knows since then that it is not read"),
    Column("lease_owner", Text, comment="the node that reads it"),
    Column("lease_until", Moment, nullable=False, server_default="0"),
    Column("fence", BigInteger, nullable=False, server_default="0", comment="grows with each lease"),
    PrimaryKeyConstraint("mailbox", "folder"),
    sqlite_with_rowid=False,
)

mailbox_uids = Table(
    "mailbox_uids",
    metadata,
    Column("mailbox", Key, nullable=False),
    Column("folder", Key, nullable=False),
    Column("uid", BigInteger, nullable=False, comment="of the server, under the folder's uidvalidity"),
    Column("state", Text, nullable=False, comment="stored, flagged, copied, again, stays"),
    Column("not_before", Moment, nullable=False, comment="when there is something to do"),
    Column("inbox_id", BigInteger, ForeignKey("inbox.id"), comment="null: not on our disk"),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("reason", Words, nullable=False, server_default=""),
    PrimaryKeyConstraint("mailbox", "folder", "uid"),
    sqlite_with_rowid=False,
)

meta = Table("meta", metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))


def _partial(name: str, condition: str, *columns: Column[object]) -> None:
    """An index of only those rows that somebody still looks for: it stays small however long the history is."""
    Index(name, *columns, sqlite_where=text(condition), postgresql_where=text(condition))


WAITING, HELD, FAILED, OPEN, UNCLOSED, DECIDED, KEYED, OUTSIDE = (
    "state = 'waiting'", "state = 'held'", "state = 'failed'", "outcome = 'open'", "status <> 'closed'",
    "outcome IS NOT NULL", "content_key IS NOT NULL", "kind IN ('ack', 'reply')",
)  # fmt: skip

_partial("inbox_waiting", WAITING, inbox.c.id)
_partial("inbox_waiting_message_id", WAITING, inbox.c.message_id, inbox.c.id)
_partial("inbox_held", HELD, inbox.c.id)
_partial("inbox_outcome", DECIDED, inbox.c.outcome, inbox.c.id)
_partial("inbox_content_key", KEYED, inbox.c.content_key)
Index("tickets_team", tickets.c.team, tickets.c.id)
_partial("tickets_unclosed", UNCLOSED, tickets.c.team, tickets.c.status, tickets.c.id)
Index("entries_ticket", entries.c.ticket_id, entries.c.id)
Index("promises_ticket", promises.c.ticket_id, promises.c.id)
_partial("promises_open", OPEN, promises.c.due, promises.c.id)
Index("mailbox_uids_due", mailbox_uids.c.mailbox, mailbox_uids.c.folder, mailbox_uids.c.not_before)
_partial("outbox_waiting", WAITING, outbox.c.not_before, outbox.c.id)
_partial("outbox_waiting_order", WAITING, outbox.c.ticket_id, outbox.c.recipient, outbox.c.id)
_partial("outbox_failed", FAILED, outbox.c.id)
Index("outbox_ticket", outbox.c.ticket_id, outbox.c.id)
_partial("outbox_outside", OUTSIDE, outbox.c.recipient, outbox.c.id)
Index("held_news_team", held_news.c.team, held_news.c.inbox_id)
_partial("parties_bouncing", "bouncing_since IS NOT NULL", ticket_parties.c.address_key)

is_waiting_inbox = inbox.c.state == literal_column("'waiting'")  # literal, so that the partial indexes are used
is_waiting_outbox = outbox.c.state == literal_column("'waiting'")
reference = tickets.c.tag + "-" + tickets.c.id.cast(Text)
"""A ticket's reference (``ACME-1042``) as an SQL expression."""
