"""Rendering: an administrator's text may go wrong, a stranger's name may be anything; no mail is harmed by either."""

from __future__ import annotations

import random
import string
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import TemplateError

from templates import context as context_module
from templates.context import Context, MailWords, Neighbour, PersonWords
from templates.filters import FILTERS
from templates.names import greeting_name
from templates.plain import ENDED, GLUE, GONE, JOIN, KEEP, KEPT, KEPT_BYTES, VALUE, kept, one_line, wrapped
from templates.renderer import Renderer, TemplateProblem
from templates.samples import SAMPLE_NOW, sample_context, sample_contexts
from templates.sandbox import OUTPUT_BYTES, Sandbox

BUILT_IN = (
    "acknowledgement", "closed", "held_sender", "notice_assigned", "notice_bounced_before", "notice_command",
    "notice_held", "notice_lost", "notice_moved", "notice_new", "notice_reply", "notice_unconfirmed",
    "notice_undeliverable", "operator_source_silent", "operator_source_well", "reply",
)  # fmt: skip


def write(folder: Path, name: str, source: str, language: str = "en") -> Renderer:
    """A renderer with one template of an administrator's own."""
    path = folder / "mail" / language / f"{name}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, "utf-8")
    return Renderer(str(folder))


def rendered(folder: Path, body: str, context: Context | None = None) -> str:
    """The text of a template whose body is given."""
    return write(folder, "own", f"Subject: x\n\n{body}\n").render("own", "en", context or sample_context()).text


# --- finding templates


def test_the_built_in_templates_are_all_there_and_without_problems() -> None:
    renderer = Renderer()
    assert renderer.names() == BUILT_IN
    assert [renderer.check(name) for name in BUILT_IN] == [()] * len(BUILT_IN)


def test_a_language_without_a_text_gets_english() -> None:
    words = Renderer().render("reply", "fi", sample_context())
    assert words.language == "en"
    assert "To answer, reply to this message" in words.text


def test_an_administrators_text_overrides_the_built_in_one_by_name(tmp_path: Path) -> None:
    renderer = write(tmp_path, "reply", "Subject: Mine {{ ticket.ref }}\n\n{{ note | verbatim }}\nBye\n")
    words = renderer.render("reply", "en", sample_context())
    assert (words.subject, words.text.split("\n")[-2]) == ("Mine ACME-1042", "Bye")
    assert renderer.names() == BUILT_IN


def test_an_administrator_can_add_a_language_and_a_template(tmp_path: Path) -> None:
    write(tmp_path, "reply", "Subject: Hei\n\nHei\n", "fi")
    renderer = write(tmp_path, "extra", "Subject: E\n\nE\n")
    assert renderer.render("reply", "fi", sample_context()).text == "Hei\n"
    assert renderer.names() == tuple(sorted((*BUILT_IN, "extra")))


def test_a_template_that_does_not_exist_is_a_problem_that_names_the_others() -> None:
    with pytest.raises(
        TemplateProblem, match="no template is called 'acknowledgment'; there are acknowledgement, closed"
    ):
        Renderer().render("acknowledgment", "en", sample_context())
    assert Renderer().check("acknowledgment") == ("no template is called 'acknowledgment'",)


@pytest.mark.parametrize("name", ["../en/reply", "reply.txt", "", "_message", "/etc/passwd", "reply\0", "REPLY"])
def test_a_name_is_only_looked_up_and_never_a_path(name: str) -> None:
    with pytest.raises(TemplateProblem):
        Renderer().render(name, "../en", sample_context())


@pytest.mark.parametrize("name", ["Reply", "x-y", "1st"])
def test_a_file_with_a_name_that_nothing_would_find_is_a_problem(tmp_path: Path, name: str) -> None:
    with pytest.raises(TemplateProblem, match="in small letters"):
        write(tmp_path, name, "Subject: x\n\nx\n")


def test_a_file_that_is_no_text_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "mail" / "en" / "reply.txt"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"Subject: \xff\n\n")
    with pytest.raises(TemplateProblem, match="cannot be read"):
        Renderer(str(tmp_path))


def test_files_written_on_windows_are_read_alike(tmp_path: Path) -> None:
    path = tmp_path / "mail" / "en" / "reply.txt"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\xef\xbb\xbfSubject: x\r\n\r\n{% if note %}\r\nyes\r\n{% endif %}\r\n")
    assert Renderer(str(tmp_path)).render("reply", "en", sample_context()).text == "yes\n"


# --- a text that fails


def test_a_broken_text_of_an_administrator_never_stops_a_mail(tmp_path: Path) -> None:
    for source in ("Subject: x\n\n{{ tikcet.ref }}\n", "Subject: x\n\n{% if %}\n", "no subject\n"):
        words = write(tmp_path, "reply", source).render("reply", "en", sample_context())
        assert words.text == Renderer().render("reply", "en", sample_context()).text
        assert "reply.txt:" in words.defect


def test_a_broken_part_of_an_administrator_never_stops_a_mail(tmp_path: Path) -> None:
    renderer = write(tmp_path, "_footer", "{{ nothing }}\n")
    words = renderer.render("notice_new", "en", sample_context())
    assert words.text == Renderer().render("notice_new", "en", sample_context()).text
    assert f"{Path('mail') / 'en' / '_footer.txt'}:1: 'nothing' is undefined" in words.defect
    assert renderer.check("notice_new") == (words.defect,)


def test_a_part_of_an_administrator_is_used_in_every_built_in_text(tmp_path: Path) -> None:
    renderer = write(tmp_path, "_footer", "Our own end of {{ site.name }}.\n")
    for name in BUILT_IN:
        if name.startswith("notice_"):
            assert renderer.render(name, "en", sample_context()).text.endswith("Our own end of Acme.\n")


@pytest.mark.parametrize(
    ("body", "line", "problem"),
    [
        ("{{ ticket.reference }}", 3, "no attribute 'reference'"),
        ("a\n\nb {{ nobody }}", 5, "'nobody' is undefined"),
        ("{% if ticket.ref %}", 3, "Unexpected end of template"),
        ("{{ ticket.ref | shout }}", 3, "No filter named 'shout'"),
        ("{{ first_reply }}", 3, "PromiseWords cannot be written as it is"),
        ("{{ first_reply.due }}", 3, "datetime cannot be written as it is"),
        ("{{ team.not_here }}", 3, "tuple cannot be written"),
        ("{{ measured }}", 3, "NoneType cannot be written"),
        ('{% include "_nothing" %}', 3, "no such part"),
        ('x {% include "_footer" %}', 3, "no such part"),
    ],
)
def test_a_problem_names_the_file_the_line_and_the_mistake(tmp_path: Path, body: str, line: int, problem: str) -> None:
    found, *_ = write(tmp_path, "own", f"Subject: x\n\n{body}\n").check("own")
    assert found.startswith(f"{tmp_path / 'mail' / 'en' / 'own.txt'}:{line}: ")
    assert problem in found


def test_a_problem_inside_a_part_names_the_part(tmp_path: Path) -> None:
    write(tmp_path, "_end", "one\ntwo\n{{ three }}\n")
    [found] = write(tmp_path, "own", 'Subject: x\n\n\n{% include "_end" %}\n').check("own")
    assert found.startswith(f"{tmp_path / 'mail' / 'en' / '_end.txt'}:3: ")


@pytest.mark.parametrize(
    "source", ["Hello\n", "Subject: x\nHello\n", "\n\nHello\n", "", "Subject: {{ note | verbatim }}\n\nx\n"]
)
def test_a_template_needs_a_subject_and_a_blank_line(tmp_path: Path, source: str) -> None:
    assert any("begins with 'Subject: ...'" in problem for problem in write(tmp_path, "own", source).check("own"))


# --- values of strangers

SAM = PersonWords("Sam", "sam@example.org")
EVIL = "Sam\n\nIf it is urgent\r\nSend money\u2028to\x85me {{ 7*7 }} {% x %} \x02\x03\x01\x04 \\"


def text_of_usual(name: str) -> str:
    """The same text with ordinary values."""
    context = replace(sample_context(), note="note", mail=MailWords("text", SAM, SAMPLE_NOW, ("a",)))
    return Renderer().render(name, "en", context).text


def test_no_value_can_add_a_line_of_its_own() -> None:
    sam = PersonWords(EVIL, "sam@example.org")
    usual = sample_context()
    team = replace(
        usual.team, helps_with="laptops", name=EVIL, not_here=(Neighbour(EVIL, EVIL, EVIL),), next_opening_after=EVIL,
    )  # fmt: skip
    ticket = replace(usual.ticket, subject=EVIL, assignee_name=EVIL, requester=sam, team_name=EVIL, related_ref=EVIL)
    context = replace(
        usual, team=team, ticket=ticket, person=sam, actor=sam, recipient=sam, from_team=EVIL, reason=EVIL,
        mail=MailWords("text", sam, SAMPLE_NOW, (EVIL,)), note="note",
    )  # fmt: skip
    for name in BUILT_IN:
        words = Renderer().render(name, "en", context)
        assert "49" not in words.text
        assert not any(
            mark in words.text for mark in (KEEP, KEPT, GLUE, JOIN, GONE, VALUE, ENDED, "\r", "\x85", "\u2028")
        )
        assert len(words.subject.splitlines()) == 1
        lines = words.text.split("\n")
        assert lines.count("If it is urgent") == (name == "acknowledgement")
        assert len([line for line in lines if not line]) == text_of_usual(name).count("\n\n") + 1


def test_template_code_in_a_value_stays_text() -> None:
    context = replace(sample_context(), note="{{ 7*7 }} {% for x in y %} {# z #}")
    assert "{{ 7*7 }} {% for x in y %} {# z #}" in Renderer().render("reply", "en", context).text


@given(st.text(max_size=2000))
def test_kept_text_has_only_lf_line_ends_and_keeps_its_words(text: str) -> None:
    shown = kept(text)
    assert set(shown.splitlines()) <= {*shown.split("\n"), ""}
    assert [word for word in shown.split() if word.isalnum()] == [
        word for word in kept(shown).split() if word.isalnum()
    ]
    assert not shown.startswith("\n")
    assert not shown.endswith("\n")


@given(st.text(max_size=300))
def test_a_value_on_one_line_has_no_line_end(text: str) -> None:
    shown = one_line(text)
    assert len(shown.splitlines()) <= 1
    assert shown == one_line(shown)
    assert not any(mark in shown for mark in (KEEP, KEPT, GLUE, JOIN, GONE, VALUE, ENDED))


@pytest.mark.parametrize(("size", "character"), [(KEPT_BYTES + 1, "x"), (KEPT_BYTES, "日"), (10_000_000, "x")])
def test_a_text_too_long_for_a_mail_is_cut_and_says_so(size: int, character: str) -> None:
    mail = MailWords(character * size, PersonWords("", "x@example.net"), SAMPLE_NOW)
    text = Renderer().render("notice_new", "en", sample_context(mail=mail)).text
    assert len(text.encode()) < OUTPUT_BYTES
    assert "\n[The message is longer. All of it is kept with the request.]\n" in text


def test_two_texts_of_the_longest_kind_fit_into_one_mail() -> None:
    mail = MailWords("日" * 100_000, PersonWords("", "x@example.net"), SAMPLE_NOW)
    context = replace(sample_context(mail=mail), note="日" * 100_000)
    assert Renderer().render("notice_new", "en", context).text.count("\u65e5") > 70_000


# --- names to greet


@pytest.mark.parametrize(
    ("name", "hello"),
    [
        ("Sam Field", "Sam"),
        ("Field, Sam", "Sam"),
        ("Field, Sam (IT)", "Sam"),
        ("Dr. Zoë Brontë", "Zoë"),
        ("SAM FIELD", "Sam"),
        ("sam", "Sam"),
        ("Jean-Luc Picard", "Jean-Luc"),
        ("O'Neil", "O'Neil"),
        ("McAdam", "McAdam"),
        ("Прасковья Иванова", "Прасковья"),
        ("山田 太郎", "山田"),
        ('"Sam Field"', "Sam"),
        ("", ""),
        ("sam@example.org", ""),
        ("IT Support", ""),
        ("Win $1000 now", ""),
        ("S. Field", ""),
        ("www.evil.example/x", ""),
        ("evil.example", ""),
        ("Sаm", ""),  # a Cyrillic letter in a Latin name
        ("Free Pills For Every Body Here", ""),
        ("no-reply", ""),
        ("x" * 40, ""),
        ("X", ""),
        (", ", ""),
        ("\u202esam", "Sam"),
    ],
)
def test_people_are_greeted_by_a_first_name_that_is_one(name: str, hello: str) -> None:
    assert greeting_name(name) == hello


@given(st.text(max_size=400))
def test_whatever_the_name_the_greeting_is_one_word_of_letters(name: str) -> None:
    hello = greeting_name(name)
    assert len(hello) <= 30
    assert all(character.isalpha() or character in "'\u2019-" or not character.isascii() for character in hello)
    assert not any(character.isspace() for character in hello)


# --- breaking lines


def test_paragraphs_are_broken_at_72_columns_and_links_stand_alone() -> None:
    text = wrapped("word " * 40 + "see https://example.org/" + "x" * 90 + ". More " + "word " * 20)
    lines = text.rstrip("\n").split("\n")
    assert [line for line in lines if len(line) > 72] == ["https://example.org/" + "x" * 90]
    assert lines[-2].startswith("More word")


@pytest.mark.parametrize("line", ["> quoted " * 20, "- entry " * 20, "* entry " * 20, "-- "])
def test_quoted_lines_list_lines_and_the_signature_mark_stay_as_they_are(line: str) -> None:
    assert wrapped(f"a\n{line}\nb") == f"a\n{line}\nb\n"


def test_blank_lines_are_single_and_none_stand_at_the_ends() -> None:
    assert wrapped("\n\na\n\n\n\nb\n \n\n") == "a\n\nb\n"


def test_a_backslash_lets_a_paragraph_go_on(tmp_path: Path) -> None:
    body = "One. \\\n{% if ticket %}\nTwo. \\\n{% endif %}\nThree.\nFour."
    assert rendered(tmp_path, body) == "One. Two. Three.\nFour.\n"
    assert rendered(tmp_path, "One. \\\n\nTwo.") == "One.\n\nTwo.\n"


def test_only_a_line_of_nothing_but_tags_leaves_no_line(tmp_path: Path) -> None:
    body = (
        "a{% if ticket %}\nb{% endif %}\n"
        "{# a comment\n   of two lines #}\n"
        "  {% if ticket %}{% if mail %}\nc\n{% endif %} {% endif %}\nd"
    )
    assert rendered(tmp_path, body) == "a\nb\nc\nd\n"


def test_a_backslash_at_the_end_of_a_value_does_nothing(tmp_path: Path) -> None:
    context = replace(sample_context(), reason="x\\")
    assert rendered(tmp_path, "{{ reason }}\nnext", context) == "x\\\nnext\n"


@given(st.text(st.sampled_from("ab .\n"), max_size=400))
def test_breaking_lines_changes_blanks_and_line_ends_only(text: str) -> None:
    once = wrapped(text)
    assert once.split() == text.split()
    assert all(len(line) <= 72 or " " not in line for line in once.split("\n"))
    assert wrapped(once) == once


def test_times_are_not_torn_apart(tmp_path: Path) -> None:
    for width in range(40, 72):
        text = rendered(tmp_path, f"{'x' * width} {{{{ first_reply.shown | when }}}} and then some more words")
        assert "23 November" in text
        assert "4 pm" in text


# --- the fences round the template language

ESCAPES = [
    "{{ ''.__class__ }}",
    "{{ ''.__class__.__mro__ }}",
    "{{ ''['__class__'] }}",
    "{{ ''|attr('__class__') }}",
    "{{ ticket.__class__ }}",
    "{{ ticket['__class__'] }}",
    "{{ ticket.__init__.__globals__ }}",
    "{{ ticket.__dataclass_fields__ }}",
    "{{ ticket['__dataclass' ~ '_fields__'] }}",
    "{{ ticket['__dataclass' + '_fields__'] }}",
    "{{ person.hello.__doc__ }}",
    "{{ ''.join }}",
    "{{ ''.join(['a']) }}",
    "{{ '{0.__class__}'.format(ticket) }}",
    "{{ '{x.__class__}'.format_map({'x': ticket}) }}",
    "{{ ticket.ref.format }}",
    "{{ ticket.ref['format'] }}",
    "{{ ticket.ref.upper() }}",
    "{{ '%s' % ticket }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '%1000000000d'|format(1) }}",
    "{{ range.__self__ }}",
    "{{ range.__call__(3) }}",
    "{{ range(10**9) }}",
    "{{ range(1000000)|length }}",
    "{{ range(*[1]) }}",
    "{{ lipsum(n=100) }}",
    "{{ lipsum.__globals__['os'] }}",
    "{{ cycler('a').__init__ }}",
    "{{ joiner().__init__ }}",
    "{{ namespace(a=1) }}",
    "{{ dict(a=1) }}",
    "{{ self }}",
    "{{ self.__init__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ config }}",
    "{{ request }}",
    "{{ _budget }}",
    "{{ _budget.steps }}",
    "{% set _budget = 1 %}",
    "{% for _x in range(3) %}{% endfor %}",
    "{{ [].append(1) }}",
    "{{ [1] }}",
    "{{ {'a': 1} }}",
    "{{ team.week.clear() }}",
    "{{ team.week.items() }}",
    "{{ team.week['x'].y.z }}",
    "{{ first_reply.due.strftime('%s') }}",
    "{{ first_reply.due.replace(year=1) }}",
    "{{ first_reply.due.tzinfo }}",
    "{{ promises.__getitem__(0) }}",
    "{{ promises.count }}",
    "{% macro m() %}x{% endmacro %}{{ m() }}",
    "{% call ticket() %}x{% endcall %}",
    "{% filter upper %}x{% endfilter %}",
    "{% set x %}a{% endset %}",
    "{% block x %}{% endblock %}",
    '{% extends "reply" %}',
    '{% import "reply" as r %}',
    '{% from "reply" import x %}',
    '{% include "../../reply" %}',
    '{% include ["_footer"] %}',
    "{% with x = 1 %}{{ x }}{% endwith %}",
    "{% for x in promises recursive %}{{ loop(promises) }}{% endfor %}",
    "{% for x in promises %}{{ loop.cycle('a') }}{% endfor %}",
    "{% for x in promises %}{{ loop._iterator }}{% endfor %}",
    "{% for x in promises %}{{ loop.__init__ }}{% endfor %}",
    "{{ 'a' * 10**9 }}",
    "{{ 'a' * 1000 }}",
    "{{ 2 ** 2 }}",
    "{{ (1000000 * 1000000) * (1000000 * 1000000) }}",
    "{{ 'a' ~ 'b' }}",
    "{{ 7 // 2 }}",
    "{{ promises + promises }}",
    "{{ 'x'|center(1000000000) }}",
    "{{ 'x'|indent(1000000000) }}",
    "{{ 'x'|replace('', 'y') }}",
    "{{ 'x'|wordwrap(1) }}",
    "{{ promises|map('attr', '__class__')|list }}",
    "{{ promises|map(attribute='__class__')|first }}",
    "{{ ticket|tojson }}",
    "{{ ticket|pprint }}",
    "{{ ticket|string }}",
    "{{ 'a'|join }}{{ ticket|safe }}",
    "{% autoescape true %}{% endautoescape %}",
    "{{ caller }}",
    "{{ varargs }}",
    "{{ ticket is callable }}",
    "{{ 'a' is filter('b') }}",
    "{% do 1 %}",
    "{% debug %}",
    "{% break %}",
    "{% set a, b = 1, 2 %}{{ c }}",
    "{{ note | verbatim(cut=ticket) }}",
    "{{ " + "(" * 300 + "1" + ")" * 300 + " }}",
    "{{ " + "not " * 2000 + "1 }}",
]


@pytest.mark.parametrize("body", ESCAPES)
def test_no_template_reaches_out_of_the_sandbox(tmp_path: Path, body: str) -> None:
    renderer = write(tmp_path, "own", f"Subject: x\n\n{body}\n")
    with pytest.raises(TemplateProblem):
        renderer.render("own", "en", sample_context())


@pytest.mark.parametrize("body", [body for body in ESCAPES if "__" in body and "namespace" not in body])
def test_the_second_fence_holds_without_the_first(body: str) -> None:
    """Even if the check of the syntax let everything through, no hidden name can be reached at run time."""
    usual = sample_context()
    with pytest.raises(TemplateError):
        Sandbox(FILTERS).from_string(body).render(
            ticket=usual.ticket, person=usual.person, team=usual.team, promises=usual.promises
        )


@pytest.mark.parametrize(
    "body",
    [
        # sums that double
        "{% set a = 'x' %}" + "{% set a = a + a %}" * 60 + "{{ a }}",
        "{% set a = 2 %}" + "{% set a = a * a %}" * 60 + "{{ a }}",
        # loops in loops
        "{% for a in range(1000) %}" * 4 + "{% endfor %}" * 4,
        "{% for a in mail.text %}{% for b in mail.text %}{% endfor %}{% endfor %}",
        # output without end
        "{% for a in range(1000) %}" + "x" * 300 + "{% endfor %}",
        "{% for a in range(900) %}{{ mail.text }}{% endfor %}",
        "{% for a in range(9) %}{{ mail.text | verbatim }}{% endfor %}",
    ],
)
def test_no_template_takes_much_time_or_memory(tmp_path: Path, body: str) -> None:
    mail = MailWords("x" * 100_000, PersonWords("", "x@example.net"), SAMPLE_NOW)
    renderer = write(tmp_path, "own", f"Subject: x\n\n{body}\n")
    with pytest.raises(TemplateProblem):
        renderer.render("own", "en", sample_context(mail=mail))


def test_a_template_file_has_a_longest_length(tmp_path: Path) -> None:
    with pytest.raises(TemplateProblem, match="64 KiB"):
        write(tmp_path, "own", "Subject: x\n\n" + "x" * 70_000)


def test_random_template_code_gives_words_or_a_problem_and_nothing_else(tmp_path: Path) -> None:
    pieces = [
        "{{", "}}", "{%", "%}", "{#", "#}", "|", ".", "(", ")", "[", "]", "'", "if", "for", "in", "endif", "endfor", "set",
        "ticket", "mail", "ref", "text", "when", "verbatim", "range", "loop", "+", "*", "=", "1", " ", "\n", "~", "not",
        "include", "_footer", "\\", "first_reply", "shown", "else", "is", "defined", ",", ":", "-",
    ]  # fmt: skip
    chance = random.Random(20261123)
    for _ in range(300):
        body = "".join(
            chance.choice([*pieces, chance.choice(string.printable)]) for _ in range(chance.randrange(1, 25))
        )
        renderer = write(tmp_path, "own", f"Subject: x\n\n{body}\n")
        try:
            assert renderer.render("own", "en", sample_context()).subject == "x"
        except TemplateProblem as problem:
            assert str(problem).startswith(str(tmp_path))


def test_what_a_template_is_meant_to_do_works(tmp_path: Path) -> None:
    body = (
        "{% for other in team.not_here %}{{ loop.index }} of {{ loop.length }}: {{ other.topic | upper }}{% endfor %}\n"
        "{% set name = person.hello or 'you' %}{{ name | lower }} {{ 'yes' if mail is not none else 'no' }}\n"
        "{{ mail.attachments | join }} {{ mail.attachments | length }} {{ (mail.attachments | first)[:5] }}\n"
        "{{ 2 * 3 + 1 }} {{ -1 }} {{ 'a' + 'b' }}"
        "{% if ticket.status in ('open', 'waiting') and not measured %} on{% endif %}"
    )
    assert rendered(tmp_path, body) == "1 of 1: PAYROLL\nsam yes\ngreen.jpg 1 green\n7 -1 ab on\n"


def test_the_values_of_a_template_have_no_methods_to_call() -> None:
    values = [value for context in sample_contexts() for value in vars_of(context)]
    for value in {type(value): value for value in values}.values():
        public = [name for name in dir(value) if not name.startswith("_")]
        assert not any(callable(getattr(value, name)) for name in public), type(value)


def vars_of(context: Context) -> list[object]:
    """Every value of ours that a template can come by."""
    found: list[object] = []
    for field in fields(context):
        value = getattr(context, field.name)
        for item in value if isinstance(value, tuple) else (value,):
            if type(item).__module__ == context_module.__name__:
                found.append(item)
    return found


# --- subjects


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        ("Projector in room 3.14", "Projector in room 3.14"),
        ("Re: RE: Fwd: AW: [ACME-7] Re: Projector", "Projector"),
        ("[OTHER-7] Projector", "[OTHER-7] Projector"),
        ("", ""),
        ("Re:", ""),
        ("Re[2]: x", "x"),
    ],
)
def test_a_subject_loses_its_prefixes_and_our_tag(tmp_path: Path, subject: str, shown: str) -> None:
    renderer = write(tmp_path, "own", "Subject: <{{ ticket.subject | subject }}>\n\nx\n")
    context = sample_context()
    context = replace(context, ticket=replace(context.ticket, subject=subject))
    assert renderer.render("own", "en", context).subject == f"<{shown}>"


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        ("See https://evil.example/x now", "See now"),
        ("See www.evil.example", "See"),
        ("go to evil.example/win today", "go to today"),
        ("ftp://x javascript:/y mailto:a@b", "mailto:a@b"),
        ("word " * 40, "word " * 15 + "wo..."),
        ("Room 3.14 and file.docx", "Room 3.14 and file.docx"),
    ],
)
def test_a_subject_in_automatic_mail_is_short_and_without_links(tmp_path: Path, subject: str, shown: str) -> None:
    renderer = write(tmp_path, "own", "Subject: <{{ ticket.subject | short_subject }}>\n\nx\n")
    context = sample_context()
    context = replace(context, ticket=replace(context.ticket, subject=subject))
    found = renderer.render("own", "en", context).subject
    assert found == f"<{shown}>"
    assert len(found) <= 82
