"""Reply text in the languages people write in, in the shapes and forms of the programs they write with."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from parsers import html, htmltext
from parsers.reply import Setting, reply_of
from tests.helpers import replymails as mails
from tests.helpers.tongues import TONGUES, Tongue

every_tongue = pytest.mark.parametrize("tongue", TONGUES, ids=[tongue.code for tongue in TONGUES])


def wrong(cases: Iterable[mails.Case], answers: bool = True) -> list[str]:
    """The names of the cases whose reply is another."""
    return [name for name, text, reply in cases if reply_of(text, setting=Setting(answers=answers))[0] != reply]


def test_the_commonest_languages_are_there() -> None:
    codes = " ".join(sorted(tongue.code for tongue in TONGUES))
    assert codes == (
        "ar bg bn ca cs da de el en es et eu fa fi fil fr gl he hi hr hu id is it ja ko lt lv ms nb nl pl pt ro ru sk sl "
        "sr sv th tr uk vi zh zh-TW"
    )


@every_tongue
def test_what_stands_around_an_introduced_quote_is_the_reply(tongue: Tongue) -> None:
    assert wrong(mails.attribution_cases(tongue)) == []


@every_tongue
def test_what_stands_above_the_header_of_an_older_mail_is_the_reply(tongue: Tongue) -> None:
    assert wrong(mails.header_cases(tongue)) == []


@every_tongue
def test_what_stands_above_the_words_original_message_is_the_reply(tongue: Tongue) -> None:
    assert wrong(mails.divider_cases(tongue)) == []


@every_tongue
def test_a_mail_that_only_forwards_keeps_what_it_forwards(tongue: Tongue) -> None:
    assert wrong(mails.forward_cases(tongue), answers=False) == []


@every_tongue
def test_lines_of_devices_and_farewells_are_no_part_of_the_reply(tongue: Tongue) -> None:
    assert wrong(mails.ending_cases(tongue)) == []


@every_tongue
def test_the_reply_of_an_html_mail_is_what_was_added_to_it(tongue: Tongue) -> None:
    wrong = []
    for name, markup, reply in mails.html_cases(tongue):
        rendered = htmltext.render(html.sanitised(markup))
        found = reply_of(rendered.text, rendered.marks)[0]
        if "\n".join(line for line in found.split("\n") if line.strip()) != reply:
            wrong.append(name)
    assert wrong == []


@every_tongue
def test_nothing_is_lost_between_the_reply_and_what_was_cut(tongue: Tongue) -> None:
    for name, text, _ in [*mails.attribution_cases(tongue), *mails.header_cases(tongue)][::5]:
        reply, cut = reply_of(text)
        shown = f"{reply}\n" + "\n".join(one.text for one in cut)
        assert sorted("".join(shown.split())) == sorted("".join(text.split())), name
