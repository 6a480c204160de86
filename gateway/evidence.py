"""Which mails we check the sender of ourselves, and with what they go to the readers.

A mail is judged by what was found out when it first came, also when a person releases it weeks later: keys change.  Only
where the DNS did not answer then is it asked again.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.auth.asking import author_of
from gateway.auth.checking import given_up
from gateway.auth.senders import Asked, SenderChecks
from gateway.filing import envelope_of
from gateway.reading import Unread
from routing.proving import wants_check
from routing.teams import Trust
from store.inbox import ClaimedRow, InboxRow


class SenderEvidence:
    """For the filer: what is known about the senders of the mails it has claimed."""

    def __init__(self, checks: SenderChecks, trust: Trust) -> None:
        self._checks, self._trust = checks, trust

    def gathered(self, items: Sequence[ClaimedRow]) -> list[Unread | None]:
        """Each mail with its evidence; None where the DNS has not answered yet.  Waits a second at most."""
        mails = {item.row.id: Asked(item.row.id, item.raw, envelope_of(item.row)) for item in items}
        wanted = [mails[item.row.id] for item in items if self._wanted(item.row)]
        known = self._checks.begin(wanted) if wanted else {}
        asked = {mail.row_id for mail in wanted}
        found: list[Unread | None] = []
        for item in items:
            number, envelope = item.row.id, mails[item.row.id].envelope
            if number not in asked:
                found.append(Unread(item.raw, envelope, checked=item.row.checked or ""))
            elif number in known:
                answers = known[number]
                checked = "" if answers is not None else given_up(author_of(item.raw))
                found.append(Unread(item.raw, envelope, answers, checked))
            else:
                found.append(None)
        return found

    def _wanted(self, row: InboxRow) -> bool:
        kept = row.checked or ""
        return wants_check(self._trust, envelope_of(row)) and (not kept or ("=temperror" in kept and not row.released))
