"""What came of a case, held against what must come of it: every fault as a sentence, none if all is well."""

from __future__ import annotations

import json
from collections.abc import Iterator

from store.inbox import InboxRow
from tests.attacks.checks import CHECKS
from tests.attacks.outcome import Outcome
from tests.attacks.world import STAFF

FIELDS = {
    "from", "to", "cc", "reply-to", "subject", "date", "message-id", "in-reply-to", "references", "auto-submitted",
    "x-auto-response-suppress", "x-deskgate-instance", "content-language", "mime-version", "content-type",
    "content-transfer-encoding",
}  # fmt: skip
"""What a mail of ours may have at its top, each once."""


def faults(found: Outcome) -> list[str]:
    """Everything that is not as it must be."""
    expect = found.expect
    said = [*_end(found), *_told(found), *_always(found)]
    for name, wanted in expect.checks.items():
        check = CHECKS.get(name)
        said += check(found, wanted) if check else []
    return [f"{found.case.id}: {one}" for one in said]


def _end(found: Outcome) -> Iterator[str]:
    """The reply, the outcome and the ticket."""
    expect, checks = found.expect, found.expect.checks
    last = found.last
    outcome = (last.outcome or last.state) if last else "reject"
    rejected = expect.outcome == "reject" or (outcome == "reject" and "reject" in checks.get("accept_outcomes", ()))
    codes = set(checks.get("smtp_any", ())) | {expect.smtp}
    if found.code not in codes and not (rejected and found.code[:1] == "5" and expect.outcome != "reject"):
        yield f"the last reply was {found.code}, not {expect.smtp}"
    if outcome not in {expect.outcome, *checks.get("accept_outcomes", ())}:
        yield f"{outcome} ({last.reason if last else 'nothing stored'}), not {expect.outcome}"
    elif outcome == expect.outcome and outcome in ("ticket", "attach", "bounce-record") and last is not None:
        yield from _ticket(found, last, expect.ticket)
    reopened = [n for n, t in found.before.tickets.items() if t.status == "closed" != found.after.tickets[n].status]
    if bool(reopened) != expect.reopen:
        yield f"tickets opened again: {[found.marks.name(n) for n in reopened]}"


def _ticket(found: Outcome, last: InboxRow, wanted: str | None) -> Iterator[str]:
    if wanted == "same":
        earlier = found.before.inbox[-1].ticket_id
        if last.ticket_id != earlier:
            yield f"ticket {last.ticket_id}, not the same as before ({earlier})"
    elif wanted == "new":
        if last.ticket_id not in found.opened:
            yield f"ticket {found.marks.name(last.ticket_id)}, not a new one"
    elif wanted is not None and found.marks.name(last.ticket_id) != wanted:
        yield f"ticket {found.marks.name(last.ticket_id)}, not {wanted}"


def _told(found: Outcome) -> Iterator[str]:
    """Who was written to: the sender automatically, staff, and nobody else."""
    expect = found.expect
    acks = [row.recipient for row in found.mails if row.kind == "ack"]
    notices = [row for row in found.mails if row.recipient in STAFF]
    if expect.auto_response is not None and bool(acks) != expect.auto_response:
        yield f"acknowledgements: {acks or 'none'} ({found.rows[-1].reason if found.rows else ''})"
    if expect.notify is not None and bool(notices) != expect.notify:
        yield "staff were told" if notices else "staff were not told"
    mine = {found.case.sender}
    if found.case.sender in STAFF:  # an answer goes to those who take part
        mine |= {p.key for n in found.before.tickets.values() for p in n.parties}
    strangers = sorted({row.recipient for row in found.outside} - mine)
    if strangers and not found.case.dialogue:
        yield f"mail to {strangers}"


def _always(found: Outcome) -> Iterator[str]:
    """What holds for every case: raw bytes unchanged, log lines of one form, mails of ours well-formed."""
    for row, sent in zip(found.rows, found.sent, strict=False):
        if found.world.stored(row.id) != sent:
            yield f"the stored bytes of mail {row.id} are not those that were sent"
    for line in found.world.log.splitlines():
        if line in found.world.banner:
            continue
        try:
            json.loads(line)
        except ValueError:
            yield f"a log line that is none: {line[:100]!r}"
    for mail in found.mails:
        names = [name.lower() for name in found.letter(mail)]
        odd = sorted({name for name in names if name not in FIELDS or names.count(name) > 1})
        if odd:
            yield f"fields {odd} in a mail of ours"
