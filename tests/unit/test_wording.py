"""Our own words: what the design asks of every text holds for whatever team, hours, names and subjects come along."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from templates.context import (
    ClosedDay,
    Context,
    MailWords,
    Neighbour,
    PersonWords,
    PromiseWords,
    SiteWords,
    SourceWords,
    TeamWords,
    TicketWords,
)
from templates.renderer import Renderer, Words
from templates.samples import SAMPLE_NOW, sample_context, sample_contexts
from templates.times import in_words, to_the_minute
from templates.wording import problems

RENDERER = Renderer()
NAMES = RENDERER.names()


@pytest.mark.parametrize("name", NAMES)
def test_every_built_in_text_keeps_the_rules_with_every_sample(name: str) -> None:
    for context in sample_contexts():
        assert problems(RENDERER.render(name, "en", context), context) == ()


ZONES = st.sampled_from(["Europe/London", "America/Port_of_Spain", "Asia/Kathmandu", "UTC", "Australia/Lord_Howe"])
MOMENTS = st.integers(1_704_067_200, 1_956_528_000).map(lambda at: datetime.fromtimestamp(at, UTC))
ANYTHING = st.text(max_size=40)
ADDRESSES = st.sampled_from(["sam@example.org", "x@example.net", "o.neil+tag@mail.example.com"])
PEOPLE = st.builds(PersonWords, ANYTHING, ADDRESSES)
TOPICS = st.sampled_from(["payroll", "keys and doors", "rooms", "travel", "passwords and laptops"])
STATEMENTS = st.sampled_from(
    ["", "laptops, passwords, video calls", "Call 1234.", "Reply, or book: https://x.example/a?b=c."]
)
HOLIDAYS = st.sampled_from(["", "Boxing Day", "Good Friday", "Substitute for the Day of the Republic (observed)"])
SHIFTS = st.lists(st.tuples(st.integers(0, 1439), st.integers(0, 1440)), max_size=3).map(tuple)


@st.composite
def contexts(draw: st.DrawFn) -> Context:
    """Any desk, any moment, any stranger."""
    now, zone = draw(MOMENTS), draw(ZONES)
    ahead = st.timedeltas(timedelta(), timedelta(days=400))
    opening = draw(st.none() | ahead.map(lambda wait: now + wait))
    team = TeamWords(
        key="it",
        name=draw(st.sampled_from(["IT Service Desk", "Rooms", "IT"])),
        address="it@acme.example",
        helps_with=draw(STATEMENTS),
        meet=draw(STATEMENTS),
        urgent=draw(STATEMENTS),
        zone=zone,
        week=draw(st.dictionaries(st.integers(0, 6), SHIFTS)),
        closed_days=tuple(
            ClosedDay(now.date() + timedelta(days=day), draw(HOLIDAYS), draw(SHIFTS))
            for day in sorted(draw(st.sets(st.integers(1, 13), max_size=3)))
        ),
        open_now=draw(st.booleans()),
        next_opening=opening,
        next_opening_after=draw(HOLIDAYS),
        not_here=tuple(draw(st.lists(st.builds(Neighbour, TOPICS, TOPICS, ADDRESSES), max_size=3))),
    )
    promises = []
    for kind in draw(st.sets(st.sampled_from(["first_reply", "resolve"]))):
        due = now + draw(ahead)
        promises.append(PromiseWords(kind, due, to_the_minute(due)))
    return Context(
        site=SiteWords("Acme", "ACME", "Europe/London", draw(st.sampled_from(["", "https://desk.example/"]))),
        team=team,
        ticket=TicketWords("ACME-1042", draw(ANYTHING), "open", "Rooms", draw(st.sampled_from(["", "Maria"])),
                           draw(st.sampled_from(["", "ACME-7"])), now, draw(st.none() | PEOPLE)),
        person=draw(PEOPLE),
        mail=draw(st.none() | st.builds(MailWords, st.text(max_size=60), PEOPLE, st.just(now),
                                        st.lists(ANYTHING, max_size=3).map(tuple), st.just("person"), st.booleans())),
        promises=tuple(promises),
        note=draw(st.text(max_size=60)),
        reason=draw(st.sampled_from(["", "mailbox full", "it is about a projector"])),
        actor=draw(st.none() | PEOPLE),
        recipient=draw(st.none() | PEOPLE),
        from_team=draw(st.sampled_from(["", "Rooms"])),
        source=SourceWords("helpdesk/INBOX", draw(st.sampled_from(["", "imap.acme.example"])), now,
                           draw(st.sampled_from(["", "renew its password"]))),
        now=now,
    )  # fmt: skip


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(contexts())
def test_the_acknowledgement_keeps_the_rules_whatever_comes_along(context: Context) -> None:
    words = RENDERER.render("acknowledgement", "en", context)
    assert problems(words, context) == ()
    assert not words.defect


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(contexts())
def test_texts_for_staff_and_replies_keep_the_rules_whatever_comes_along(context: Context) -> None:
    for name in NAMES:
        assert problems(RENDERER.render(name, "en", context), context) == (), name


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(contexts())
def test_an_automatic_answer_quotes_nothing_but_a_short_subject(context: Context) -> None:
    secret = "Buy QZXV pills at www.qzxv.example and https://qzxv.example/now"
    mail = MailWords(secret, PersonWords(secret, "x@qzxv.example"), SAMPLE_NOW, (secret,))
    ticket = replace(context.ticket, subject=f"{secret} {'long ' * 60}")
    context = replace(context, mail=mail, ticket=ticket, note="", person=mail.author)
    words = RENDERER.render("acknowledgement", "en", context)
    assert "qzxv" not in words.text.lower()
    assert len(words.subject) <= len("We have your request [ACME-1042] ") + 80
    assert "qzxv.example" not in words.subject


def test_an_answer_out_of_hours_says_when_we_open_and_after_which_holiday() -> None:
    text = " ".join(RENDERER.render("acknowledgement", "en", sample_contexts()[2]).text.split())
    assert (
        "We have your request. We are closed now. We open again on Tuesday 29 December, 9 am (London time), "
        "after Boxing Day. A person will answer by Tuesday 29 December, 3 pm." in text
    )
    assert "Closed Friday 25 December (Christmas Day)." in text
    assert "Thursday 24 December: open 9 am to noon." in text


def test_an_answer_in_hours_does_not_speak_of_opening_again() -> None:
    text = " ".join(RENDERER.render("acknowledgement", "en", sample_context()).text.split())
    assert "We have your request. A person will answer by Monday 23 November, 4 pm (London time)." in text
    assert "We open again" not in text
    assert "closed now" not in text


def test_the_requester_is_told_about_no_other_matter() -> None:
    context = sample_context()
    for name in ("acknowledgement", "reply", "closed"):
        words = RENDERER.render(name, "en", context)
        assert context.ticket.related_ref not in words.subject + words.text


def test_staff_are_told_when_the_writer_has_no_part_in_the_request() -> None:
    context = sample_contexts()[5]
    assert context.mail
    assert not context.mail.participant
    text = " ".join(RENDERER.render("notice_reply", "en", context).text.split())
    assert "x@example.net has no part in this request." in text
    assert "your text goes to Sam Field <sam@example.org>" in text


def test_staff_see_the_whole_mail_as_it_was_written() -> None:
    body = "    indented\n" + "x" * 300 + "\n> quoted\n\n\n\nfar below   with   blanks\n- list\n" + "word " * 60 + "."
    context = sample_context(
        mail=MailWords(body, PersonWords("Sam", "sam@example.org"), SAMPLE_NOW, ("a.pdf", "b c.txt"))
    )
    words = RENDERER.render("notice_new", "en", context)
    assert body in words.text
    assert "\n- a.pdf\n- b c.txt\n" in words.text


def test_a_reply_is_just_the_words_and_a_short_footer() -> None:
    context = replace(sample_context(), note="Dear Sam,\n\nplease try again.\n\nMaria\n\n")
    assert RENDERER.render("reply", "en", context).text == (
        "Dear Sam,\n\nplease try again.\n\nMaria\n\n-- \nIT Service Desk, Acme\n"
        "To answer, reply to this message and keep [ACME-1042] in the subject.\n"
    )


# --- the checks themselves: each sees what it is for


def changed(text: str) -> Words:
    """The good text with something else in it."""
    return replace(GOOD, text=text, marked=text)


GOOD = RENDERER.render("acknowledgement", "en", sample_context())


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("Monday 23 November, 4 pm", "Tuesday 23 November, 4 pm", "the weekday does not belong"),
        ("Monday 23 November, 4 pm", "Monday 30 November, 4 pm", "not the stored one"),
        ("Monday 23 November, 4 pm", "23 November, 4 pm", "whole weekday"),
        ("Monday 23 November, 4 pm", "Mon 23 November, 4 pm", "whole weekday"),
        ("Monday 23 November, 4 pm", "24/11, 4 pm", "whole weekday"),
        ("4 pm", "16:00", "without am or pm"),
        ("4 pm", "12 am", "noon or midnight"),
        ("call 1234.", "wait 24 hours.", "not a number of hours"),
        ("call 1234.", "we answer as soon as possible.", "not a number of hours"),
        ("(London time)", "", "not in which zone"),
        ("4 pm\n(London time)", "4 pm\n(London time) (London time)", "named twice"),
        ("call 1234.", "80% have an answer.", "say how many"),
        ("call 1234.", "8 of 10 have an answer.", "nothing was measured"),
        ("call 1234.", "you are 5th in line.", "place in line"),
        ("call 1234.", "open a ticket.", "insiders"),
        ("call 1234.", "CALL NOW please.", "in capitals"),
        ("call 1234.", "we smile \u263a.", "not plain text"),
        ("call 1234.", "\u2500\u2500\u2500\u2500.", "not plain text"),
        ("call 1234.", "and then " * 7 + ".", "a sentence of 21"),
        ("call 1234.", "x" * 40 + " " + "y" * 40, "longer than 72"),
        ("book:\nhttps://", "book: https://", "stand alone"),
        ("To arrange a meeting", "Meetings", "missing or out of order: To arrange"),
        ("This is about our first answer.", "", "missing or out of order: This is about"),
    ],
)
def test_the_checks_see_a_breach_of_the_rules(old: str, new: str, problem: str) -> None:
    context = sample_context()
    assert old in GOOD.text
    found = problems(changed(GOOD.text.replace(old, new)), context)
    assert any(problem in line for line in found), found


def test_the_checks_see_sections_in_another_order() -> None:
    first, second = "What we can help with", "If it is urgent"
    text = GOOD.text.replace(first, "@").replace(second, first).replace("@", second)
    assert any("out of order" in line for line in problems(changed(text), sample_context()))


def test_the_checks_see_a_time_that_is_stated_too_early() -> None:
    due = SAMPLE_NOW + timedelta(hours=1)
    context = sample_context(promises=(PromiseWords("first_reply", due, due - timedelta(minutes=1)),))
    found = problems(RENDERER.render("acknowledgement", "en", context), context)
    assert any("earlier than the promise" in line for line in found)


def test_the_checks_see_a_time_that_nobody_promised() -> None:
    assert any("nobody promised" in line for line in problems(GOOD, sample_context(promises=())))


def test_the_checks_see_a_subject_without_the_reference() -> None:
    words = replace(GOOD, subject="Hello")
    assert problems(words, sample_context()) == ("the subject does not name ACME-1042",)


def test_a_date_far_away_needs_its_year() -> None:
    context = sample_context()
    now = context.moment
    assert in_words(now + timedelta(days=350), "Europe/London", now).count("2027") == 1
    text = GOOD.text.replace("call 1234.", "come on Wednesday 22 September.")
    assert any("may be mistaken" in line for line in problems(changed(text), context))
    assert date(2027, 9, 22).strftime("%A") == "Wednesday"
