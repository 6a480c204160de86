"""``deskgate parse``: show how a mail is understood, to a person or as JSON; a whole folder on all cores."""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import click

from gateway.cli.common import EX_FAILED, EX_USAGE, Complaint, visible
from parsers.as_json import as_json as message_json
from parsers.attachments import Outlined, outline
from parsers.bouncewords import SENTENCES
from parsers.message import Message, Party
from parsers.parse import parse as parse_mail

LARGEST = 256 * 1024 * 1024
_CHUNK = 8
"""Mails that a process takes at a time."""
_MBOX = re.compile(rb"From [^\n]*\n(?s:.*?)\n\r?\nFrom [^\n]* \d\d:\d\d:\d\d")
"""An archive of several mails (RFC 4155)."""


CUTS: dict[str, str] = {
    "attribution": "the introduction of a quote",
    "quote": "what is quoted",
    "header": "an older mail, from its header on",
    "signature": "the signature",
    "footer": "what a device, a list or a company adds",
}
"""Why something was left out, in words, by `Cut.why`."""


@click.command()
@click.argument("files", metavar="[FILE]...", nargs=-1, type=click.Path(path_type=Path, readable=False))
@click.option("--json", "as_json", is_flag=True, help="One JSON object per mail, one per line.")
@click.option(
    "--batch",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="Every regular file below DIR, on all cores, one line of JSON each (with --json).",
)
@click.pass_context
def parse(ctx: click.Context, files: tuple[Path, ...], as_json: bool, batch: Path | None) -> None:
    """Show how a mail is understood: headers, text, what the reply adds, attachments, its kind and why.

    FILE - reads one mail from standard input.  Needs no configuration.  What each line and each key of the JSON means
    stands in docs/reading.md.  Exits 1 when a file cannot be read; the others are read all the same.

    \b
      deskgate parse mail.eml
      deskgate parse --json mail.eml | jq .reply
      deskgate parse --json --batch maildir/cur > mails.jsonl
    """
    if batch is not None:
        if files or not as_json:
            raise Complaint("--batch needs --json and no FILE: deskgate parse --json --batch DIR", EX_USAGE)
        if unread := _batch(batch):
            click.echo(f"deskgate: {unread} could not be read", err=True)
            ctx.exit(EX_FAILED)
        return
    if not files:
        raise Complaint("name a file with a mail in it, or - for standard input", EX_USAGE)
    failed = False
    for position, file in enumerate(files):
        try:
            raw = _read(file)
        except Complaint as problem:
            click.echo(f"deskgate: {visible(str(problem))}", err=True)
            failed = True
            continue
        if _MBOX.match(raw):
            click.echo(
                f"deskgate: {file} looks like an archive of several mails; deskgate import reads those", err=True
            )
        if as_json:
            _write(json.dumps({"file": str(file), **message_json(parse_mail(raw))}, ensure_ascii=False))
        else:
            if position:
                click.echo()
            _print("(standard input)" if str(file) == "-" else str(file), parse_mail(raw), outline(raw))
    if failed:
        ctx.exit(EX_FAILED)


def _write(line: str) -> None:
    """One line of JSON; file names need not be UTF-8."""
    sys.stdout.buffer.write(line.encode("utf-8", "backslashreplace") + b"\n")


def _read(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read(LARGEST)
    try:
        return file.read_bytes()
    except IsADirectoryError as problem:
        raise Complaint(f"{file} is a folder; for all mails in it: deskgate parse --json --batch {file}") from problem
    except OSError as problem:
        raise Complaint(f"{file}: {problem.strerror}") from problem


def _line(job: tuple[str, str]) -> tuple[str, bool]:
    """One mail of a batch, and whether it failed; runs in a process of its own.  A failure is a line with an error."""
    root, name = job
    try:
        raw = Path(root, name).read_bytes()
        return json.dumps({"file": name, **message_json(parse_mail(raw))}, ensure_ascii=False), False
    except OSError as problem:
        return _error(name, problem.strerror or str(problem)), True
    except (MemoryError, RecursionError) as problem:
        return _error(name, f"it takes too much memory to read ({type(problem).__name__})"), True


def _error(name: str, why: str) -> str:
    return json.dumps({"file": name, "error": why})


def _lines(jobs: list[tuple[str, str]]) -> Iterator[tuple[str, bool]]:
    """One line for each mail, in order.

    Should a process end (out of memory), the mails it may have had are read by one process, one after another; a mail
    that ends a process which reads nothing else gets a line with an error.
    """
    done, several = 0, os.cpu_count() or 1
    while done < len(jobs):
        try:
            for result in _pooled(jobs[done:], several, _CHUNK):
                yield result
                done += 1
        except BrokenProcessPool:
            doubtful = jobs[done : done + 2 * _CHUNK * several]
            yield from _one_after_another(doubtful)
            done += len(doubtful)


def _one_after_another(jobs: list[tuple[str, str]]) -> Iterator[tuple[str, bool]]:
    done = 0
    while done < len(jobs):
        try:
            for result in _pooled(jobs[done:], 1, 1):
                yield result
                done += 1
        except BrokenProcessPool:
            try:
                yield from _pooled([jobs[done]], 1, 1)
            except BrokenProcessPool:
                yield _error(jobs[done][1], "the process that read it ended, perhaps for want of memory"), True
            done += 1


def _pooled(jobs: list[tuple[str, str]], several: int, chunk: int) -> Iterator[tuple[str, bool]]:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=several, mp_context=context) as pool:
        yield from pool.map(_line, jobs, chunksize=chunk)


def _batch(folder: Path) -> int:
    """Stream one line per file, as they are done, with a progress bar on standard error; how many could not be read."""
    from rich.console import Console
    from rich.progress import Progress

    closed: list[OSError] = []
    jobs = [(str(folder), name) for name in _names(folder, closed.append)]
    for problem in closed:
        click.echo(f"deskgate: {problem.filename}: {problem.strerror}", err=True)
    unread = len(closed)
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal or sys.stdout.isatty(), transient=True) as progress:
        bar = progress.add_task("reading", total=len(jobs))
        for line, failed in _lines(jobs):
            _write(line)
            unread += failed
            progress.advance(bar)
    return unread


def _names(folder: Path, unread: Callable[[OSError], None]) -> Iterator[str]:
    """Every regular file below the folder, by relative name, in order; links are not followed."""
    for root, folders, files in os.walk(folder, onerror=unread):
        folders.sort()
        for name in sorted(files):
            path = Path(root, name)
            if path.is_file() and not path.is_symlink():
                yield str(path.relative_to(folder))


def _party(party: Party) -> str:
    return f"{party.name} <{party.address}>" if party.name else party.address


def _print(name: str, message: Message, parts: tuple[Outlined, ...]) -> None:
    """For a person at a terminal."""

    def field(label: str, value: str) -> None:
        if value:
            click.echo(f"{click.style(f'{label:<12}', bold=True)} {_in_line(value)}")

    click.secho(_in_line(name), bold=True, underline=True)
    field("from", _party(message.from_) if message.from_ else "(none)")
    if message.anonymous:
        field("identity", "none: From names nobody; such a mail counts as its envelope sender's, and proves nothing")
    elif message.identity is None:
        stated = "; ".join(value for key, value in message.headers if key.lower() == "from")
        field("identity", f"none: From can be read in more than one way ({stated[:400]}); such a mail is held")
    for label, parties in (("to", message.to), ("cc", message.cc), ("reply-to", message.reply_to)):
        field(label, ", ".join(_party(one) for one in parties))
    field("subject", message.subject)
    field("date", message.date.isoformat() if message.date else "")
    field("message-id", message.message_id or "")
    field("cites", ", ".join(message.citations.message_ids))
    field("kind", f"{message.kind}, because {message.kind_reason}")
    if message.bounce:
        bounce = message.bounce
        field("bounce", f"{', '.join(bounce.recipients)}: {bounce.status} {bounce.reason} ({SENTENCES[bounce.reason]})")
        field("the server", bounce.diagnostic)
    for attachment in message.attachments:
        where = "inline" if attachment.inline else "attached"
        field(where, f"{attachment.filename} ({attachment.content_type}, {attachment.size} bytes)")
    for part in parts:
        shown = f"{'  ' * part.depth}{part.content_type}"
        size = "" if part.content_type.startswith("multipart/") else f"{part.size:>9} bytes as sent"
        field("parts" if part.depth == 0 else "·", f"{shown:<40} {size}  {part.name}".rstrip())
    field("defects", "; ".join(message.defects))
    if not message.complete:
        field("complete", "no: a limit was crossed, only part was read")
    click.secho("\nwhat it says", bold=True)
    click.echo(visible(message.shown(whole=False)).strip("\n") or "(no text)")
    for cut in message.cut:
        click.secho(f"\nleft out: {CUTS.get(cut.why, cut.why)}", dim=True)
        if cut.text:
            click.secho(visible(cut.text).strip("\n"), dim=True)


def _in_line(text: str) -> str:
    """Text from strangers, on one line."""
    return visible(" ".join(text.split()) if "\n" in text or "\t" in text else text)
