"""Positions in TOML: every path that tomllib finds has one, and it points at the right characters."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.config.locate import Lines, Path, Position, locate


def paths(value: object, at: Path = ()) -> Iterator[tuple[Path, object]]:
    """Every path of a document, with what stands there."""
    if at:
        yield at, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths(inner, (*at, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from paths(inner, (*at, number))


# The document, a path in it, and where its name and its value begin (line, column).
CASES = [
    ("a = 1", ("a",), (1, 1), (1, 5)),
    ("\n\n  a  =  'x'\n", ("a",), (3, 3), (3, 9)),
    ("[t]\na = 1", ("t", "a"), (2, 1), (2, 5)),
    ("[t]\na = 1", ("t",), (1, 1), (1, 1)),
    ("[t.u]\na = 1\n[t]\nb = 2", ("t",), (3, 1), (3, 1)),
    ("a.b.c = 1", ("a", "b", "c"), (1, 5), (1, 9)),
    ("a.b.c = 1", ("a", "b"), (1, 3), (1, 3)),
    ("a . 'b.c' . \"d\\u0065\" = 1", ("a", "b.c", "de"), (1, 13), (1, 25)),
    ("a = { b = 1, c = [2, 3] }", ("a", "b"), (1, 7), (1, 11)),
    ("a = { b = 1, c = [2, 3] }", ("a", "c", 1), (1, 22), (1, 22)),
    ("a = { b.c = { d = 1 } }", ("a", "b", "c", "d"), (1, 15), (1, 19)),
    ("[[r]]\nn = 1\n[[r]]\nn = 2", ("r", 1, "n"), (4, 1), (4, 5)),
    ("[[r]]\n[r.w]\nx = 1\n[[r]]\n[r.w]\nx = 2", ("r", 1, "w", "x"), (6, 1), (6, 5)),
    ("[[r]]\n[[r.e]]\nx = 1\n[[r.e]]\nx = 2\n[[r]]\n[[r.e]]\nx = 3", ("r", 0, "e", 1, "x"), (5, 1), (5, 5)),
    ("[[r]]\n[[r.e]]\nx = 1\n[[r.e]]\nx = 2\n[[r]]\n[[r.e]]\nx = 3", ("r", 1, "e", 0, "x"), (8, 1), (8, 5)),
    ('s = """one\ntwo # no comment\n[x]\n"""\nb = 2', ("b",), (5, 1), (5, 5)),
    ('s = """two quotes at the end"""""\nb = 2', ("b",), (2, 1), (2, 5)),
    ('s = """a \\""" b"""\nb = 2', ("b",), (2, 1), (2, 5)),
    ("s = '''it''s\n'''''\nb = 2", ("b",), (3, 1), (3, 5)),
    ("a = [ # one\n  1,\n  [2, 3], # two\n]\nb = 2", ("a", 1, 1), (3, 7), (3, 7)),
    ("a = [ # one ]\n  1,\n]\nb = 2", ("b",), (4, 1), (4, 5)),
    ("d = 2026-12-24 09:00:00\nb = 2", ("b",), (2, 1), (2, 5)),
    ("a = 1 # b = 3\r\nb = 2\r\n", ("b",), (2, 1), (2, 5)),
    ("ä = 1".replace("ä", '"ä"') + "\nb = 'üü'", ("b",), (2, 1), (2, 5)),
]


@pytest.mark.parametrize(("text", "path", "key", "value"), CASES)
def test_a_name_and_its_value_are_found(text: str, path: Path, key: tuple[int, int], value: tuple[int, int]) -> None:
    assert path in dict(paths(tomllib.loads(text)))
    places = locate(text)
    assert places.key(path) == Position(*key)
    assert places.value(path) == Position(*value)


def test_what_is_not_there_is_looked_for_in_the_table_around_it() -> None:
    places = locate("[site]\nname = 'A'\n[teams.it]\n")
    assert places.key(("teams", "it", "hours")) == Position(3, 1)
    assert places.key(("store", "url")) == Position(1, 1)


def test_offsets_and_positions_are_the_same_both_ways() -> None:
    text = "one\n\ntwo\n"
    lines = Lines(text)
    assert [lines.position(offset) for offset in (0, 3, 4, 5)] == [
        Position(1, 1),
        Position(1, 4),
        Position(2, 1),
        Position(3, 1),
    ]
    assert all(lines.offset(lines.position(offset)) == offset for offset in range(len(text)))


@given(st.text(alphabet="[]{}=.,'\"\\ab1 #\n", max_size=60))
@settings(max_examples=500, deadline=None)
def test_a_text_that_is_not_toml_is_walked_to_an_end_all_the_same(text: str) -> None:
    for position in locate(text).keys.values():
        assert position >= Position(1, 1)


# Generated documents: every style TOML has of writing the same thing, and a comment wherever one may stand.

names = st.one_of(
    st.from_regex(r"\A[a-z0-9_-]{1,5}\Z"),
    st.text(st.characters(codec="utf-8", exclude_characters="\x7f", exclude_categories=["Cc", "Cs"]), max_size=5),
)


def written(name: str) -> st.SearchStrategy[str]:
    """A key in each way it may be written."""
    ways = [json.dumps(name, ensure_ascii=False), json.dumps(name)] if ord(max(name, default="a")) < 0x10000 else []
    ways = ways or [json.dumps(name, ensure_ascii=False)]
    if name and all(c in "abcdefghijklmnopqrstuvwxyz0123456789_-" for c in name):
        ways.append(name)
    if "'" not in name:
        ways.append(f"'{name}'")
    return st.sampled_from(ways)


plain = st.text(
    st.characters(codec="utf-8", exclude_characters="\x7f\"\\'", exclude_categories=["Cc", "Cs"]), max_size=6
)
scalars = st.one_of(
    st.integers(-999, 999).map(str),
    st.sampled_from(
        [
            "true",
            "1.5",
            "-inf",
            "1979-05-27",
            "1979-05-27 07:32:00",
            "1979-05-27T07:32:00Z",
            "07:32:00",
            "0xff",
            "1_000",
        ]
    ),
    plain.map(lambda t: f'"{t}"'),
    plain.map(lambda t: f"'{t}'"),
    plain.map(lambda t: f'"{t}\\"\\\\ # ] }} ,"'),
    plain.map(lambda t: f'"""{t}\n[no.table]\n"" \\""" {t}"""'),
    plain.map(lambda t: f'"""\n{t}x"""""'),
    plain.map(lambda t: f"'''\n# {t}\n'' k = 1\n{t}x'''''"),
)
gaps = st.sampled_from(["", " ", "\n", " # note ] } = '\n", "\t"])


@st.composite
def arrays(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    items = draw(st.lists(st.tuples(gaps, inner, gaps), max_size=4))
    body = ",".join("".join(item) for item in items)
    return f"[{body}{draw(st.sampled_from(['', ',']) if items else st.just(''))}{draw(gaps)}]"


@st.composite
def inline_tables(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    keys = draw(st.lists(names, max_size=3, unique=True))
    return "{" + ", ".join(f"{draw(written(key))} = {draw(inner)}" for key in keys) + " }"


values = st.recursive(scalars, lambda inner: st.one_of(arrays(inner), inline_tables(inner)), max_leaves=6)


@st.composite
def bodies(draw: st.DrawFn) -> str:
    keys = draw(st.lists(st.lists(names, min_size=1, max_size=3).map(tuple), max_size=4))
    lines = []
    for key in keys:
        dotted = draw(st.sampled_from([".", " . "])).join(draw(written(part)) for part in key)
        lines.append(
            f"{draw(st.sampled_from(['', '  ']))}{dotted} = {draw(values)}{draw(st.sampled_from(['', ' # end']))}\n"
        )
    return "".join(lines)


@st.composite
def documents(draw: st.DrawFn) -> str:
    parts = [draw(bodies())]
    headers = draw(st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=3), max_size=6))
    for header in headers:
        name = draw(st.sampled_from([".", " . "])).join([draw(written(part)) for part in header])
        parts.append(draw(st.sampled_from([f"[{name}]", f"[[{name}]]"])) + "\n" + draw(bodies()))
    return "".join(parts)


def accepted(text: str) -> dict[str, object] | None:
    """What tomllib makes of it; None where the generator wrote a name twice."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        assert "twice" in str(error) or "Cannot" in str(error) or "Duplicate" in str(error), text
        return None


@given(documents())
@settings(max_examples=300, deadline=None)
def test_every_path_that_tomllib_finds_has_a_position(text: str) -> None:
    document = accepted(text)
    if document is None:
        return
    places = locate(text)
    lines = Lines(text)
    found = dict(paths(document))
    assert set(places.values) == set(found)
    assert set(places.keys) == set(found)
    for path, value in found.items():
        rest = text[lines.offset(places.values[path]) :]
        if isinstance(value, str):
            assert rest[0] in "\"'"
        elif isinstance(value, bool):
            assert rest.startswith(str(value).lower())
        elif not isinstance(value, dict | list):
            assert rest[0] in "+-0123456789"
        name = path[-1]
        if isinstance(name, str):
            written_here = text[lines.offset(places.keys[path]) :]
            assert written_here[0] in "[\"'" or written_here.startswith(name)


def test_a_large_file_is_located_in_linear_time_and_without_deep_recursion() -> None:
    rows = "".join(f"[[rules]]\nname = 'rule {n}'\n[rules.when]\nsubject.word = ['a', 'b']\n" for n in range(5000))
    assert locate(rows).value(("rules", 4999, "when", "subject", "word", 1)) == Position(20000, 22)
    long = "a line of text\n" * 50_000
    assert locate(f'text = """{long}"""\nend = 1').key(("end",)) == Position(50002, 1)
