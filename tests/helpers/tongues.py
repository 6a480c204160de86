"""What mail programs write around a reply in the languages people write in: one file of data for each language.

Each has words of ours (an answer and what it answers), and the forms that programs are known to put around them: lines
that introduce a quote, fields above an older mail, rulers, lines of devices, formulas of farewell.  A language is added
by adding its file.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "tongues"


@dataclass(frozen=True, slots=True)
class Tongue:
    code: str
    said: str
    """What the sender adds."""
    asked: str
    """What is quoted."""
    when: str
    """A date as it stands in fields."""
    attributions: tuple[str, ...]
    fields: tuple[tuple[str, str, str, str], ...]
    """From, Sent, To, Subject, one tuple for each program."""
    dividers: tuple[str, ...]
    """Above an older mail."""
    forwards: tuple[str, ...]
    """Above a forwarded one."""
    devices: tuple[str, ...]
    farewells: tuple[str, ...]


def _tongue(path: Path) -> Tongue:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return Tongue(
        code=path.stem,
        said=data["said"],
        asked=data["asked"],
        when=data["when"],
        attributions=tuple(data["attributions"]),
        fields=tuple((sender, sent, to, subject) for sender, sent, to, subject in data["fields"]),
        dividers=tuple(data["dividers"]),
        forwards=tuple(data["forwards"]),
        devices=tuple(data["devices"]),
        farewells=tuple(data["farewells"]),
    )


TONGUES = tuple(_tongue(path) for path in sorted(FOLDER.glob("*.toml")))
