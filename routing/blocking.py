"""The site's block list: senders and domains whose mail is set aside or refused, and never answered.

The envelope sender is looked at as well as the author in From: a list that only knew one of them would be walked round.
"""

from __future__ import annotations

from dataclasses import dataclass

from parsers.message import Message, comparable


@dataclass(frozen=True)
class Block:
    """`senders` are comparable addresses; `domains` are A-labels in lower case: each means itself and all below it, with a
    leading dot only what is below.  `refuse`: an envelope sender of the list is refused at the door already.
    """

    senders: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    refuse: bool = False

    def named(self, address: str) -> str | None:
        """The entry that this address falls under, or None.  The null sender is on no list."""
        if not address or not (self.senders or self.domains):
            return None
        key = comparable(address)
        if key in self.senders:
            return key
        return self._domain(key.rpartition("@")[2])

    def refuses(self, sender: str) -> bool:
        """Whether this envelope sender is refused at the door."""
        return self.refuse and self.named(sender) is not None

    def reason(self, message: Message, sender: str) -> str | None:
        """Why this mail is set aside, in words for staff, or None; `sender` is that of the envelope."""
        author = message.from_.address if message.from_ else ""
        for address in (sender, message.identity or author):
            if (entry := self.named(address)) is not None:
                return f"blocked: {entry} stands on the block list"
        return None

    def _domain(self, domain: str) -> str | None:
        if domain in self.domains:
            return domain
        labels = domain.split(".")[:128]  # a name has at most 127 (RFC 1035 2.3.4)
        for start in range(1, len(labels)):
            above = ".".join(labels[start:])
            for entry in (above, f".{above}"):
                if entry in self.domains:
                    return entry
        return None


NOBODY = Block()
