"""Mails of every tongue in every shape: what the sender adds, put together with what programs write around it.

Each case is (its name, the text, what the reply must be).  `tongues` has the words, `replyforms.toml` the HTML; nothing
here comes from a real mail.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from html import escape
from pathlib import Path

from tests.helpers.tongues import Tongue

Case = tuple[str, str, str]
SIGNATURE = "-- \nBob Baker\nExample Ltd"
ANN, BOB = "Ann Archer <ann@example.org>", "Bob Baker <bob@example.org>"
FORMS: dict[str, dict[str, str]] = tomllib.loads((Path(__file__).parent / "replyforms.toml").read_text("utf-8"))
DIVIDERS = (
    "-----{}-----", "-------- {} --------", "----- {} -----", "--- {} ---", "--------------- {} ---------------",
    "******** {} ********", "-------- {} -------- ", ">-------- {} --------", "_____ {} _____", "====== {} ======",
    "‐‐‐‐‐‐‐ {} ‐‐‐‐‐‐‐", "-----{}-----:",
)  # fmt: skip
NAMES = (
    "Bob Baker",
    "Bob",
    "Bob Baker\nHead of Rooms\nExample Ltd\nTel. +44 20 7946 0000\nbob@example.org",
    "\nBob Baker\n\nExample Ltd | 7 High Street | Leeds\nwww.example.org",
    "*Bob Baker*\n*Example Ltd*",
)


def quoted(text: str, mark: str = "> ") -> str:
    return "\n".join((mark + line).rstrip() for line in text.split("\n"))


def halves(text: str) -> tuple[str, str]:
    first, _, second = text.partition("\n")
    return first, second


def folded(line: str, width: int) -> str:
    """Broken at the last blank before `width`, as programs break lines; again where still too long."""
    lines = []
    while len(line) > width and " " in line[1:width].strip():
        at = line.rindex(" ", 1, width)
        lines.append(line[:at])
        line = line[at + 1 :]
    return "\n".join([*lines, line])


def attribution_cases(tongue: Tongue) -> Iterator[Case]:
    """Replies above, below and between quotes that are introduced."""
    for line in tongue.attributions:
        for shape, text, reply in (*_around(tongue, line), *_broken(tongue, line), *_unmarked(tongue, line)):
            yield f"{tongue.code} {line} {shape}", text, reply


def _around(tongue: Tongue, line: str) -> Iterator[Case]:
    said, quote = tongue.said, quoted(tongue.asked)
    (q1, q2), (s1, s2) = halves(tongue.asked), halves(said)
    between = f"> {q1}\n\n{s1}\n\n> {q2}\n\n{s2}"
    yield "above", f"{said}\n\n{line}\n\n{quote}\n", said
    yield "above, close", f"{said}\n{line}\n{quote}\n", said
    yield "above, bare marks", f"{said}\n\n{line}\n{quoted(tongue.asked, '>')}\n", said
    yield "below", f"{line}\n{quote}\n\n{said}\n", said
    yield "below a greeting", f"Hi Ann,\n\n{line}\n{quote}\n\n{said}\n", f"Hi Ann,\n\n{said}"
    yield "between", f"{line}\n{between}\n", between
    yield "signed", f"{said}\n\n{SIGNATURE}\n\n{line}\n\n{quote}\n", said
    yield "signed below", f"{line}\n{quote}\n\n{said}\n\n{SIGNATURE}\n", said
    yield "quoted itself", f"{said}\n\n{quoted(line)}\n{quoted(quote)}\n", said
    yield "nested", f"{said}\n\n{line}\n\n{quote}\n>\n{quoted(line)}\n{quoted(quote, '>')}\n", said
    yield "device", f"{said}\n\n{tongue.devices[0]}\n\n{line}\n\n{quote}\n", said
    if not line.startswith((">", "-")):
        yield "starred", f"{said}\n\n*{line}*\n\n{quote}\n", said


def _broken(tongue: Tongue, line: str) -> Iterator[Case]:
    said, quote = tongue.said, quoted(tongue.asked)
    if line.startswith((">", "-")):
        return
    for width in (78, 72, 60):
        if len(line) > width:
            yield f"folded {width}", f"{said}\n\n{folded(line, width)}\n\n{quote}\n", said
            yield f"folded {width}, below", f"{folded(line, width)}\n{quote}\n\n{said}\n", said
    if "<ann@" in line:
        broken = line.replace("<ann@", "<\nann@")
        yield "folded in the address", f"{said}\n\n{broken}\n\n{quote}\n", said
        yield "folded in the address, unmarked", f"{said}\n\n{broken}\n\n{tongue.asked}\n", said
        linked = line.replace("ann@example.org", "ann@example.org<mailto:ann@example.org>")
        yield "linked", f"{said}\n\n{linked}\n{quote}\n", said


def _unmarked(tongue: Tongue, line: str) -> Iterator[Case]:
    """Without quote marks only what tells a day and a time can be told from a sentence."""
    if len(re.findall(r"\d", line)) >= 6 and not line.startswith((">", "*")):
        yield "unmarked", f"{tongue.said}\n\n{line}\n\n{tongue.asked}\n", tongue.said
        yield "unmarked, close", f"{tongue.said}\n\n{line}\n{tongue.asked}\n", tongue.said


def header_cases(tongue: Tongue) -> Iterator[Case]:
    """Replies above the header of an older mail, in the forms of Outlook and its like."""
    said, asked, device = tongue.said, tongue.asked, tongue.devices[0]
    rulers = ("", "_" * 32 + "\n", f"-----{tongue.dividers[0]}-----\n")
    for fields in tongue.fields:
        for form, block in _blocks(tongue, fields):
            name = f"{tongue.code} {fields[0]}/{fields[1]} {form}"
            for at, above in enumerate(rulers):
                yield f"{name}, ruler {at}", f"{said}\n\n{above}{block}\n\n{asked}\n", said
            yield f"{name}, close", f"{said}\n{block}\n{asked}\n", said
            yield f"{name}, device", f"{said}\n\n{device}\n\n{block}\n\n{asked}\n", said
            yield f"{name}, quoted", f"{said}\n\n{quoted(block)}\n>\n{quoted(asked)}\n", said


def _blocks(tongue: Tongue, fields: tuple[str, str, str, str]) -> Iterator[tuple[str, str]]:
    colon = " :" if tongue.code == "fr" else ":"
    values = (ANN, tongue.when, BOB, "Lamp 7: blinks")
    pairs = list(zip(fields, values, strict=True))
    lines = [f"{field}{colon} {value}" for field, value in pairs]
    bare = zip(fields, ("Ann Archer", tongue.when, "Bob Baker", "Lamp 7"), strict=True)
    linked = zip(fields, (f"{ANN[:-1]}<mailto:ann@example.org>>", tongue.when, "IT", "RE: Lamp"), strict=True)
    yield "plain", "\n".join(lines)
    yield "without addresses", "\n".join(f"{field}{colon} {value}" for field, value in bare)
    yield "linked", "\n".join(f"{field}{colon} {value}" for field, value in linked)
    yield "starred", "\n".join(f"*{field}{colon}* {value}" for field, value in pairs)
    yield "starred twice", "\n".join(f"**{field}{colon}** {value}" for field, value in pairs)
    yield "star before colon", "\n".join(f"*{field}*{colon} {value}" for field, value in pairs)
    yield "tabs", "\n".join(f"{field}{colon}\t{value}" for field, value in pairs)
    yield "indented", "\n".join(f"    {line}" for line in lines)
    yield (
        "with copy",
        "\n".join([*lines[:3], f"Cc{colon} Cy Cole <cy@example.org>; Di Dale <di@example.org>", lines[3]]),
    )
    yield "without subject", "\n".join(lines[:3])
    yield "subject first", "\n".join([lines[3], lines[1], lines[0], lines[2]])
    yield "no space", "\n".join(f"{field}{colon}{value}" for field, value in pairs)
    yield "spaced lines", "\n\n".join(lines)
    yield "wide colon", "\n".join(f"{field}：{value}" for field, value in pairs)
    yield (
        "long list",
        "\n".join([*lines[:2], f"{lines[2]}; Cy <cy@example.org>;", "Ed East", "<ed@example.org>", lines[3]]),
    )
    yield "empty subject", "\n".join([*lines[:3], f"{fields[3]}{colon}"])


def divider_cases(tongue: Tongue) -> Iterator[Case]:
    """Replies above "Original message", and above what came along under "Forwarded message"."""
    said, asked = tongue.said, tongue.asked
    for line in (form.format(word) for word in tongue.dividers for form in DIVIDERS):
        yield f"{tongue.code} {line}", f"{said}\n\n{line}\n\n{asked}\n", said
        yield f"{tongue.code} {line} quoted", f"{said}\n\n{line}\n{quoted(asked)}\n", said
    for word in tongue.forwards:
        for line in (word,) if word.endswith(":") else (f"---------- {word} ----------", f"-------- {word} --------"):
            block = _forwarded(tongue, tongue.fields[0])
            yield f"{tongue.code} {line}", f"{said}\n\n{line}\n{block}\n\n{asked}\n", said
            yield f"{tongue.code} {line} quoted", f"{said}\n\n{line}\n\n{quoted(block)}\n>\n{quoted(asked)}\n", said


def forward_cases(tongue: Tongue) -> Iterator[Case]:
    """Forwarded mails that answer none: everything stays."""
    for word in tongue.forwards:
        line = word if word.endswith(":") else f"---------- {word} ----------"
        for fields in tongue.fields:
            text = f"{tongue.said}\n\n{line}\n{_forwarded(tongue, fields)}\n\n{tongue.asked}"
            yield f"{tongue.code} {line} {fields[0]}", text, text


def _forwarded(tongue: Tongue, fields: tuple[str, str, str, str]) -> str:
    values = (ANN, tongue.when, "IT", "Lamp")
    return "\n".join(f"{field}: {value}" for field, value in zip(fields, values, strict=True))


def ending_cases(tongue: Tongue) -> Iterator[Case]:
    """Lines of devices, and farewells with a name."""
    said, line, quote = tongue.said, tongue.attributions[0], quoted(tongue.asked)
    for device in tongue.devices:
        name = f"{tongue.code} {device}"
        yield f"{name}, last", f"{said}\n\n{device}\n", said
        yield f"{name}, close", f"{said}\n{device}", said
        yield f"{name}, over the quote", f"{said}\n\n{device}\n\n{line}\n\n{quote}\n", said
        yield f"{name}, after dashes", f"{said}\n\n-- \n{device}\n", said
        yield f"{name}, under the quote", f"{line}\n{quote}\n\n{said}\n\n{device}\n", said
        yield f"{name}, linked", f"{said}\n\n{device}<https://example.org/app>\n", said
        yield f"{name}, after history", f"{said}\n\n{line}\n\n{quote}\n\n{device}\n", said
    for farewell in tongue.farewells:
        comma = farewell if farewell.endswith((",", ".", "。", ":")) else f"{farewell},"
        for at, under in enumerate(NAMES):
            name = f"{tongue.code} {farewell} {at}"
            yield name, f"{said}\n\n{farewell}\n{under}\n", said
            yield f"{name}, comma", f"{said}\n\n{comma}\n{under}\n", said
            yield f"{name}, quote", f"{said}\n\n{comma}\n{under}\n\n{line}\n\n{quote}\n", said
            yield f"{name}, device", f"{said}\n\n{comma}\n{under}\n\n{tongue.devices[0]}\n", said


def html_cases(tongue: Tongue) -> Iterator[Case]:
    """The bodies of HTML mails, in the containers of the programs."""
    (q1, q2), (s1, s2) = halves(tongue.asked), halves(tongue.said)
    words = {
        "said": escape(tongue.said).replace("\n", "<br>"), "asked": escape(tongue.asked).replace("\n", "<br>"),
        "line": escape(tongue.attributions[0]), "device": escape(tongue.devices[0]),
        "divider": escape(tongue.dividers[0]),
        "q1": escape(q1), "q2": escape(q2), "s1": escape(s1), "s2": escape(s2),
    }  # fmt: skip
    for program, form in FORMS["cited"].items():
        yield f"{tongue.code} {program}", _filled(form, words), tongue.said
    for program, form in FORMS["between"].items():
        yield f"{tongue.code} {program}", _filled(form, words), f"> {q1}\n{s1}\n> {q2}\n{s2}"
    for fields in tongue.fields:
        pairs = list(zip(fields, (escape(ANN), tongue.when, escape(BOB), "Lamp 7"), strict=True))
        words["rows"] = "<br>".join(f"<b>{field}:</b> {value}" for field, value in pairs)
        words["blocks"] = "".join(f"<div><b>{field}: </b>{value}</div>" for field, value in pairs)
        cells = "".join(f"<tr><th align=right>{field}: </th><td>{value}</td></tr>" for field, value in pairs)
        words["table"] = f"<table>{cells}</table>"
        for program, form in FORMS["headed"].items():
            yield f"{tongue.code} {fields[0]}/{fields[1]} {program}", _filled(form, words), tongue.said


def _filled(form: str, words: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: words[match[1]], form)
