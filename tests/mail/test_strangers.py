"""Mails in the manner of many programs, each with what was expected of it before it was read (tests/mail/strangers).

What is missed stands in `MISSED`, with the reason; a case that comes to fit has to be taken off the list.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from parsers.as_json import as_json
from parsers.parse import parse
from tests.helpers.expected import Case, cases

STRANGERS = Path(__file__).resolve().parent / "strangers"

MISSED: dict[str, tuple[set[str], str]] = {
    "a030-qmail-nomailbox.eml": ({"bounce_reason"}, "the precise status (5.7.17) counts more than the words"),
    "addr-23-long-list.eml": ({"to"}, "100 addresses are shown"),
    "b40-courier.eml": ({"bounce_reason"}, "`filtered`: no step of the conversation is named, as Sisimai has it"),
    "bm-nest-multipart.eml": (
        {"text_contains"},
        "300 levels of parts: such a mail is held, its words are shown to nobody",
    ),
    "c08-utf7.eml": ({"from_name", "subject", "text_equals"}, "UTF-7 is not decoded: it can hide markup"),
    "courier-r5.eml": ({"bounce_reason"}, "`filtered`: no step of the conversation is named, as Sisimai has it"),
    "cyrus-sieve-reject.eml": ({"bounce_reason"}, "the script's own words are about spam"),
    "docomo-550-filtered.eml": ({"bounce_reason"}, "`rejected`, as Sisimai has it for this provider"),
    "docomo-ja.eml": ({"bounce_reason"}, "`rejected`, as Sisimai has it for this provider"),
    "docomo-unknown-user.eml": ({"bounce_reason"}, "`rejected`, as Sisimai has it for this provider"),
    "hdr_subj_utf7.eml": ({"subject"}, "UTF-7 is not decoded: it can hide markup"),
    "id-09-long.eml": ({"references"}, "the first 2 and the last 48 are what threading asks for"),
    "leak-see-below-other-sense-en.eml": ({"reply_absent"}, '"see below" is taken to announce answers inside'),
    "m004-outlook-winmail.eml": ({"attachment_count"}, "winmail.dat itself is kept beside what is in it"),
    "mf-leading-blank.eml": (
        {"from_address", "subject"},
        "an empty line ends the header, also for whoever checks senders",
    ),
    "mime-20-yenc.eml": ({"attachments"}, "yEnc, which mail programs do not write, stays among the words"),
    "multi-delayed-delivered.eml": ({"bounce_reason"}, "`notaccept`, as Sisimai has it for 4.3.2"),
    "netease-zh.eml": ({"bounce_reason"}, "`filtered`: no step of the conversation is named, as Sisimai has it"),
    "pf-old-11.eml": ({"bounce_reason"}, "`filtered`: no step of the conversation is named, as Sisimai has it"),
    "qq-zh-r5.eml": ({"bounce_reason"}, "`filtered`: no step of the conversation is named, as Sisimai has it"),
    "undefined-bare-550.eml": ({"bounce_reason"}, "`onhold`, the word for a refusal without a reason"),
    "utf7_body.eml": ({"text_equals"}, "UTF-7 is not decoded: it can hide markup"),
    "yahoo-old.eml": ({"bounce_reason"}, "`filtered`: no step of the conversation is named, as Sisimai has it"),
    "yandex-ru.eml": ({"bounce_reason"}, "`filtered`: refused at the end of DATA, as Sisimai has it"),
}
"""What is not read as expected."""

ALL = [case for folder in sorted(STRANGERS.iterdir()) if folder.is_dir() for case in cases(folder)]


def test_each_mail_is_expected_once() -> None:
    kept = sorted(path.relative_to(STRANGERS) for path in STRANGERS.rglob("*.eml"))
    assert sorted(case.path.relative_to(STRANGERS) for case in ALL) == kept
    assert MISSED.keys() <= {path.name for path in kept}


@pytest.mark.parametrize("case", ALL, ids=lambda case: f"{case.path.parent.name}-{case.path.stem}")
def test_a_mail_is_read_as_its_writer_meant_it(case: Case) -> None:
    missed, _ = MISSED.get(case.path.name, (set(), ""))
    assert set(case.missed(as_json(parse(case.path.read_bytes())))) == missed, case.note
