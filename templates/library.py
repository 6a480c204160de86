"""Where template texts come from: the built-in files, and an administrator's folder that overrides them by name.

A template may take in a part, a file whose name begins with ``_``, by a line ``{% include "_message" %}``; parts take
in no further parts.  Every line remembers its file, so that a problem names the line that a person can correct.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from templates.plain import GONE, JOIN

FALLBACK = "en"
FILE_BYTES = 64 * 1024
_FILES = 2_000
_NAME = re.compile(r"_?[a-z][a-z0-9_]{0,60}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_][A-Za-z0-9]{1,8}){0,3}")
_INCLUDE = re.compile(r"""\{%-?\s*include\s+["']([^"']*)["']\s*-?%\}\s*""")
_GOES_ON = re.compile(r"[ \t]*\\$")
_ONLY_TAGS = re.compile(r"(?:\{%(?:[^%]|%(?!\}))*%\}[ \t]*|\{#(?:[^#]|#(?!\}))*#\}[ \t]*)+")
_BUILT_IN = Path(__file__).parent

_Texts = Mapping[tuple[str, str], tuple[str, str]]
"""(language, name) to (path, text)."""


class TemplateProblem(Exception):
    """A template cannot be used; the message names its file, where known the line, and what to change."""


@dataclass(frozen=True, slots=True)
class Source:
    """A template with its parts taken in.  `origins` gives file and line of each line."""

    path: str
    language: str
    text: str
    origins: tuple[tuple[str, int], ...]

    def place(self, line: int | None) -> str:
        """``file:line`` for a line of `text`; the file alone where the line is not known."""
        if line is None or not 1 <= line <= len(self.origins):
            return self.path
        path, number = self.origins[line - 1]
        return f"{path}:{number}"


class Library:
    """All template texts, read once."""

    def __init__(self, folder: str | None) -> None:
        """Raises TemplateProblem for a folder or file that cannot be read."""
        self._built_in = _read(_BUILT_IN)
        self._own: _Texts = _read(Path(folder)) if folder else {}

    def names(self, language: str) -> tuple[str, ...]:
        """Every template (parts are none) that this language or English has, sorted."""
        found = {name for tongue, name in {**self._built_in, **self._own} if tongue in {language, FALLBACK}}
        return tuple(sorted(name for name in found if not name.startswith("_")))

    def sources(self, name: str, language: str) -> Iterator[Source]:
        """The texts for a template, the one to prefer first: the administrator's, then the built-in, then English."""
        both = {**self._built_in, **self._own}
        for tongue in dict.fromkeys((language, FALLBACK)):
            key = (tongue, name)
            seen: set[str] = set()
            for files, texts in ((self._own, both), (self._built_in, both), (self._built_in, self._built_in)):
                if key in files and not name.startswith("_"):
                    source = _taken_together(files[key], tongue, texts)
                    if source.text not in seen:
                        yield source
                    seen.add(source.text)


def _taken_together(file: tuple[str, str], language: str, texts: _Texts) -> Source:
    path, text = file
    lines: list[str] = []
    origins: list[tuple[str, int]] = []
    for number, line in enumerate(text.split("\n"), 1):
        found = _INCLUDE.fullmatch(line)
        part = texts.get((language, found[1])) or texts.get((FALLBACK, found[1])) if found else None
        if part and found and found[1].startswith("_"):
            part_lines = part[1].removesuffix("\n").split("\n")
            lines += part_lines
            origins += [(part[0], part_number) for part_number in range(1, len(part_lines) + 1)]
        else:
            lines.append(line)
            origins.append((path, number))
    whole = "\n".join(map(_marked, lines))
    return Source(path, language, whole, tuple(origins))


def _marked(line: str) -> str:
    """A line with the marks that tell how it goes on; one that holds nothing but tags leaves no line in the text."""
    bare = line.strip(" \t")
    if _ONLY_TAGS.fullmatch(bare) or (bare.endswith("#}") and "{#" not in bare):
        return bare + GONE
    return _GOES_ON.sub(JOIN, line)


def _read(folder: Path) -> _Texts:
    try:
        return dict(_files(folder))
    except (OSError, UnicodeError) as error:
        raise TemplateProblem(f"{folder}: the templates cannot be read: {error}") from error


def _files(folder: Path) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    for number, path in enumerate(sorted((folder / "mail").glob("*/*.txt"))):
        language, name = path.parent.name, path.stem
        if number >= _FILES:
            raise TemplateProblem(f"{folder}: more than {_FILES} templates")
        if not _NAME.fullmatch(name) or not _LANGUAGE.fullmatch(language):
            raise TemplateProblem(f"{path}: a template is called mail/<language>/<name>.txt, in small letters")
        if path.stat().st_size > FILE_BYTES:
            raise TemplateProblem(f"{path}: a template has at most {FILE_BYTES // 1024} KiB")
        text = path.read_text("utf-8").removeprefix("\ufeff").replace("\r\n", "\n")
        yield (language, name), (str(path), text)
