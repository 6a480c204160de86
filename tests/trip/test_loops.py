"""Programs that answer each other: whatever they do to the mail on its way, few acknowledgements go out and it ends.

Real daemons, each with the limits of a fresh configuration.  Between them a post office carries every mail on, and may take
away all that marks it as automatic, as the worst of forwarders and robots do.
"""

from __future__ import annotations

import email
import email.policy
import itertools
import re
import smtplib
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.helpers.desk import Desk, mail
from tests.helpers.smarthost import RecordingSmarthost, Taken

MOST_ACKS = 3
DOMAIN_LIMIT = 100
"""Of a fresh configuration, in an hour, whatever the people of a domain call themselves."""
QUIET_SECONDS = 3.0
MOST_LETTERS = 400
"""Far more than any exchange may take; a loop that does not end by itself fails here."""
_MARKS = ("Auto-Submitted", "X-Auto-Response-Suppress", "X-Deskgate-Instance", "In-Reply-To", "References", "Reply-To")
_LIMITS = re.compile(r"^acks_per_.*\n", re.MULTILINE)


@dataclass(frozen=True)
class Letter:
    """On its way: the envelope and the mail."""

    sender: str
    recipient: str
    message: EmailMessage


Carry = Callable[[Letter], Letter | None]
"""What the post office does with a mail to an address: hand on what it returns, if anything."""


@dataclass
class Post:
    """Carries mail between sites until nobody writes any more."""

    sites: dict[str, tuple[Desk, RecordingSmarthost]]
    routes: dict[str, Carry] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)
    carried: int = 0

    def run(self) -> None:
        """Until it has been quiet for a while; fails when it goes on and on."""
        read, quiet_since = dict.fromkeys(self.sites, 0), time.monotonic()
        while time.monotonic() - quiet_since < QUIET_SECONDS:
            for domain, (_, smarthost) in self.sites.items():
                new = smarthost.taken[read[domain] :]
                read[domain] += len(new)
                for taken in new:
                    quiet_since = time.monotonic()
                    self.taken.append(taken)
                    self._carry(taken)
            assert self.carried <= MOST_LETTERS, f"the exchange does not end: {self.acks().most_common(3)}"
            time.sleep(0.02)

    def _carry(self, taken: Taken) -> None:
        message = email.message_from_bytes(taken.raw, policy=email.policy.SMTP)
        assert isinstance(message, EmailMessage)
        letter: Letter | None = Letter(taken.sender, taken.recipient, message)
        local, _, domain = taken.recipient.rpartition("@")
        carry = self.routes.get(f"{local.partition('+')[0]}@{domain}") or self.routes.get(f"@{domain}")
        letter = carry(letter) if carry is not None and letter is not None else letter
        if letter is not None and letter.recipient.rpartition("@")[2] in self.sites:
            self.hand_over(letter)

    def hand_over(self, letter: Letter) -> None:
        """To the site whose address it is."""
        desk, _ = self.sites[letter.recipient.rpartition("@")[2]]
        self.carried += 1
        with smtplib.SMTP("127.0.0.1", desk.smtp, timeout=20) as client:
            client.sendmail(letter.sender, [letter.recipient], letter.message.as_bytes(policy=email.policy.SMTP))

    def acks(self) -> Counter[tuple[str, str]]:
        """How many acknowledgements each site sent to each address."""
        return Counter(
            (str(parsed["From"].addresses[0].domain), taken.recipient)
            for taken in self.taken
            if (parsed := email.message_from_bytes(taken.raw, policy=email.policy.default))["Auto-Submitted"]
            == "auto-replied"
        )


@contextmanager
def sites(folder: Path, *names: str, members: dict[str, str] | None = None) -> Iterator[Post]:
    """Within: sites ``it@NAME.example`` run; `members` are who answers there, if not a person at another place."""
    with ExitStack() as stack:
        found = {}
        for name in names:
            smarthost = RecordingSmarthost()
            stack.callback(smarthost.stop)
            desk = Desk(folder / name, send=f'[send.smtp]\nhost = "127.0.0.1"\nport = {smarthost.port}\ntls = "none"')
            staff = (members or {}).get(name, f"staff@people-of-{name}.example")
            text = _LIMITS.sub("", desk.config.read_text()).replace("acme.example", f"{name}.example")
            text = re.sub(r"^members = .*$", f'members = ["{staff}"]', text, flags=re.MULTILINE)
            text = re.sub(r"^lead = .*\n", "", text, flags=re.MULTILINE).replace('"ACME"', f'"{name.upper()}"')
            desk.config.write_text(text)
            stack.callback(desk.stop)
            desk.start()
            found[f"{name}.example"] = (desk, smarthost)
        yield Post(found)


_numbers = itertools.count()


def stripped(letter: Letter, sender: str, to: str, **changed: str) -> Letter:
    """As a thoughtless program passes it on: as its own mail, without a mark of where it came from."""
    for name in (*_MARKS, "Message-ID", "Subject", *changed):
        del letter.message[name]
    number = next(_numbers)
    letter.message["Message-ID"] = f"<{number}.{time.time_ns()}@robots.example>"
    letter.message["Subject"] = f"Something new, {number}"
    for name, value in changed.items():
        letter.message[name] = value
    return Letter(sender, to, letter.message)


def check(post: Post) -> None:
    """Nobody got more acknowledgements than allowed, and every book balances."""
    assert all(count <= MOST_ACKS for count in post.acks().values()), post.acks()
    for desk, _ in post.sites.values():
        assert desk.idle()["balanced"]


@pytest.mark.timeout(120)
def test_two_desks_that_answer_each_other_come_to_an_end(tmp_path: Path) -> None:
    """A mail in the name of the one comes to the other: its acknowledgement is known as automatic at once."""
    with sites(tmp_path, "alpha", "beta") as post:
        first = mail(sender="it@beta.example", to="it@alpha.example")
        post.hand_over(Letter("it@beta.example", "it@alpha.example", first))
        post.run()
        check(post)
        assert sum(post.acks().values()) == 1


@pytest.mark.timeout(120)
def test_two_desks_whose_marks_are_all_taken_away_come_to_an_end(tmp_path: Path) -> None:
    with sites(tmp_path, "alpha", "beta") as post:
        post.routes["it@alpha.example"] = lambda one: stripped(one, "it@beta.example", "it@alpha.example")
        post.routes["it@beta.example"] = lambda one: stripped(one, "it@alpha.example", "it@beta.example")
        first = mail(sender="it@beta.example", to="it@alpha.example")
        post.hand_over(Letter("it@beta.example", "it@alpha.example", first))
        post.run()
        check(post)
        assert 2 <= sum(post.acks().values()) <= 2 * MOST_ACKS


@pytest.mark.timeout(180)
@pytest.mark.parametrize("keeps_marks", [True, False])
def test_two_desks_that_are_each_other_s_staff_come_to_an_end(tmp_path: Path, keeps_marks: bool) -> None:
    """Notices are no acknowledgements: here each desk's notice is news to the other."""
    with sites(tmp_path, "alpha", "beta", members={"alpha": "it@beta.example", "beta": "it@alpha.example"}) as post:
        if not keeps_marks:
            post.routes["it@alpha.example"] = lambda one: stripped(one, "it@beta.example", "it@alpha.example")
            post.routes["it@beta.example"] = lambda one: stripped(one, "it@alpha.example", "it@beta.example")
        post.hand_over(Letter("sam@cust.example", "it@alpha.example", mail(to="it@alpha.example")))
        post.run()
        check(post)


SAME, OTHER = "robot@robots.example", "robot{}@robots.example"


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("robot", "to_reply_address", "text"),
    [
        (SAME, False, "Your request is number {}.\n"),
        (SAME, True, "Your request is number {}.\n"),
        (OTHER, False, "We got your mail, somebody will look at it as soon as there is time.\n"),
        (OTHER, False, "Your request is number {}, and we look at it.\n"),
        (OTHER, True, "Your request is number {}.\n"),
    ],
)
def test_a_robot_without_any_mark_that_answers_everything_is_not_answered_for_long(
    tmp_path: Path, robot: str, to_reply_address: bool, text: str
) -> None:
    """It has another name each time, perhaps another address, and gives back nothing of what it got."""

    def answer(letter: Letter) -> Letter | None:
        number = next(_numbers)
        header = letter.message["Reply-To"] if to_reply_address else None
        to = header.addresses[0].addr_spec if header else "it@alpha.example"
        address, words = robot.format(number), text.format(number_in_words(number))
        reply = mail(sender=f"Robot the {number}th <{address}>", to=to, subject=f"Got it {number}", text=words)
        return Letter(address, to, reply)

    with sites(tmp_path, "alpha") as post:
        post.routes["@robots.example"] = answer
        first = mail(sender=robot.format(0), to="it@alpha.example")
        post.hand_over(Letter(robot.format(0), "it@alpha.example", first))
        post.run()
        check(post)
        assert 1 <= sum(post.acks().values()) <= DOMAIN_LIMIT


def number_in_words(number: int) -> str:
    """In letters, since digits are nothing new to whoever compares two texts."""
    return "".join("abcdefghij"[int(digit)] for digit in str(number))


@pytest.mark.timeout(180)
@pytest.mark.parametrize("rewriting", [False, True])
def test_a_ring_of_three_with_forwarding_comes_to_an_end(tmp_path: Path, rewriting: bool) -> None:
    """Each acknowledgement goes to an address that forwards to the next desk, in its own name if it rewrites senders."""
    names = ["alpha", "beta", "gamma"]
    with sites(tmp_path, *names) as post:
        for here, there in zip(names, [*names[1:], names[0]], strict=True):

            def forward(letter: Letter, to: str = f"it@{there}.example", own: str = f"{there}@ring.example") -> Letter:
                if rewriting:
                    return stripped(letter, own, to, From=own, To=to)
                return Letter(letter.sender, to, letter.message)

            post.routes[f"{here}@ring.example"] = forward
        first = mail(sender="alpha@ring.example", to="it@alpha.example")
        post.hand_over(Letter("alpha@ring.example", "it@alpha.example", first))
        post.run()
        check(post)
        assert sum(post.acks().values()) <= MOST_ACKS * len(names)
