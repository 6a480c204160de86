"""The files of a configuration, read and put together, with the way back from every value to its file and line.

Promise: whatever stands in the files, reading ends with a Document or with problems; nothing is raised for bad content.
"""

from __future__ import annotations

import hashlib
import itertools
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath

from gateway.config.locate import Path, Places, Position, locate
from gateway.config.problems import ConfigProblems, Problem, dotted, listed, nearest, quoted
from gateway.config.syntax import explain

LARGEST = 10 * 1024 * 1024
"""Bytes of one file.  Thousands of rules fit into one megabyte."""
MOST_FILES = 1000

SHARED = ("hours", "teams", "rules")
"""What an included file may hold."""

Table = dict[str, object]


@dataclass(frozen=True, slots=True)
class Source:
    """One file: how it is shown to people, what it holds, and where in it."""

    path: FilePath
    shown: str
    raw: bytes
    data: Table
    places: Places


@dataclass(frozen=True, slots=True)
class Document:
    """All files as one configuration; paths into `data` lead back to a file by `problem` and `place`."""

    sources: tuple[Source, ...]
    data: Table
    _origin: Mapping[Path, tuple[Source, Path]] = field(repr=False)

    @property
    def main(self) -> Source:
        """The file that was asked for."""
        return self.sources[0]

    @property
    def revision(self) -> str:
        """SHA-256 over the names and bytes of all files."""
        digest = hashlib.sha256()
        for source in self.sources:
            digest.update(f"{source.shown}\0{len(source.raw)}\0".encode())
            digest.update(source.raw)
        return digest.hexdigest()

    def problem(self, path: Path, message: str, suggestion: str | None = None, *, at_name: bool = False) -> Problem:
        """A problem of the value at `path`; `at_name` points at its name instead."""
        source, local, position = self.place(path, at_name=at_name)
        return Problem(source.shown, position.line, position.column, dotted(local), message, suggestion)

    def place(self, path: Path, *, at_name: bool = False) -> tuple[Source, Path, Position]:
        """The file a path lies in, the path inside it, and the position."""
        source, local = self._origin.get(path[:2]) or (self.main, path[:2])
        local += path[2:]
        return source, local, source.places.key(local) if at_name else source.places.value(local)


def read(path: FilePath) -> tuple[Document, tuple[Problem, ...]]:
    """Read a configuration and what it includes.  Raises ConfigProblems if a file cannot be read or is not TOML.

    The problems that come with the document are those of putting the files together.
    """
    main = _source(path, str(path))
    problems: list[Problem] = []
    broken: list[Problem] = []
    sources = [main]
    for name, shown in _included(main, problems):
        try:
            sources.append(_source(name, shown))
        except ConfigProblems as error:
            broken.extend(error.problems)
    if broken:
        raise ConfigProblems([*problems, *broken])
    merge = _Merge(main, problems)
    for source in sources:
        merge.add(source)
    return Document(tuple(sources), merge.data, merge.origin), tuple(problems)


def _source(path: FilePath, shown: str) -> Source:
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except FileNotFoundError as error:
        raise ConfigProblems([Problem(shown, 0, 0, "", "there is no such file")]) from error
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        raise ConfigProblems([Problem(shown, 0, 0, "", f"cannot be read: {reason}")]) from error
    if len(raw) > LARGEST:
        raise ConfigProblems(
            [Problem(shown, 0, 0, "", f"is larger than {LARGEST // 1024**2} MB; is it the right file?")]
        )
    text = _text(raw, shown)
    try:
        data = tomllib.loads(text)
        return Source(path.absolute(), shown, raw, data, locate(text))
    except tomllib.TOMLDecodeError as error:
        mistake = explain(text, error)
        problem = Problem(shown, mistake.position.line, mistake.position.column, "", mistake.message)
        raise ConfigProblems([problem]) from error
    except RecursionError as error:
        raise ConfigProblems([Problem(shown, 0, 0, "", "brackets are nested too deeply")]) from error


def _text(raw: bytes, shown: str) -> str:
    try:
        return raw.decode("utf-8-sig")  # editors on Windows put a mark before the text
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        message = "this character is not written in UTF-8; save the file as UTF-8 in your editor"
        raise ConfigProblems([Problem(shown, line, column, "", message)]) from error


def _included(main: Source, problems: list[Problem]) -> Iterator[tuple[FilePath, str]]:
    """The files that the main file names, each once, in name order for each pattern."""
    patterns = main.data.get("include", [])
    seen = {main.path.resolve()}
    for number, pattern in enumerate(patterns if isinstance(patterns, list) else []):
        if not isinstance(pattern, str):
            continue
        folder = main.path.parent
        files = _matches(folder, pattern)
        if message := _include_mistake(pattern, files):
            position = main.places.value(("include", number))
            problems.append(Problem(main.shown, position.line, position.column, f"include[{number}]", message))
        for file in sorted(files)[:MOST_FILES]:
            if file.resolve() in seen:
                continue
            seen.add(file.resolve())
            inside = file.relative_to(folder) if file.is_relative_to(folder) else file
            yield file, str(FilePath(main.shown).parent / inside)


def _matches(folder: FilePath, pattern: str) -> list[FilePath]:
    """The files a pattern names, at most one more than allowed; none for what is no pattern at all."""
    absolute = FilePath(pattern)
    try:
        if absolute.is_absolute():
            folder, pattern = FilePath(absolute.anchor), str(absolute.relative_to(absolute.anchor))
        return [file for file in itertools.islice(folder.glob(pattern), MOST_FILES + 1) if file.is_file()]
    except (ValueError, OSError):
        return []


def _include_mistake(pattern: str, files: list[FilePath]) -> str | None:
    if len(files) > MOST_FILES:
        return f"{quoted(pattern)} names more than {MOST_FILES} files"
    if files:
        return None
    if any(sign in pattern for sign in "*?["):
        return f"no file is called like {quoted(pattern)}; names are relative to the folder of this file"
    return f"there is no file {quoted(pattern)}; names are relative to the folder of this file"


class _Merge:
    """Puts files together: everything of the main file, and of the others hours, teams and rules."""

    def __init__(self, main: Source, problems: list[Problem]) -> None:
        self.main = main
        self.problems = problems
        self.data: Table = dict(main.data)
        self.origin: dict[Path, tuple[Source, Path]] = {}

    def add(self, source: Source) -> None:
        """Add one file."""
        if source is not self.main:
            self._refuse_others(source)
        for section in SHARED:
            content = source.data.get(section)
            if source is not self.main and not isinstance(content, list if section == "rules" else dict):
                if content is not None:
                    self._say(
                        source,
                        (section,),
                        f"must be written {'[[rules]]' if section == 'rules' else f'[{section}.NAME]'}",
                    )
                continue
            if isinstance(content, dict) and section != "rules":
                self._add_tables(source, section, content)
            elif isinstance(content, list) and section == "rules":
                self._add_rules(source, content)

    def _refuse_others(self, source: Source) -> None:
        for name in source.data:
            if name in SHARED:
                continue
            if name == "include":
                self._say(
                    source, (name,), f"an included file may not include others; name the file in {self.main.shown}"
                )
                continue
            known = name in ("site", "store", "receive", "send", "trust", "limits", "keys", "templates")
            message = f"[{name}] belongs into {self.main.shown}" if known else f"there is no section {quoted(name)}"
            tail = f"; an included file holds only {listed(SHARED)}"
            self._say(source, (name,), message + tail, None if known else nearest(name, SHARED))

    def _add_tables(self, source: Source, section: str, content: Table) -> None:
        mine = {} if source is self.main else dict(_as_table(self.data.get(section)))
        for name, table in content.items():
            if first := self.origin.get((section, name)):
                line = first[0].places.key(first[1]).line
                self._say(source, (section, name), f"{quoted(name)} stands already in {first[0].shown}, line {line}")
                continue
            mine[name] = table
            self.origin[section, name] = (source, (section, name))
        self.data[section] = mine

    def _add_rules(self, source: Source, content: list[object]) -> None:
        known = self.data.get("rules")
        rules: list[object] = [] if source is self.main or not isinstance(known, list) else list(known)
        for number, rule in enumerate(content):
            self.origin["rules", len(rules)] = (source, ("rules", number))
            rules.append(rule)
        self.data["rules"] = rules

    def _say(self, source: Source, path: Path, message: str, suggestion: str | None = None) -> None:
        position = source.places.key(path)
        self.problems.append(Problem(source.shown, position.line, position.column, dotted(path), message, suggestion))


def _as_table(value: object) -> Table:
    return value if isinstance(value, dict) else {}
