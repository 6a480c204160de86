"""Logs that tell a mail's story: one event a line, JSON unless a person watches, never a body, a token or a password.

Every event about an accepted mail carries its `inbox_id` (and its `message_id`), so that one search shows its whole trip:
accepted, filed, sent.  Other libraries log through the standard library and come out in the same form.  Writing a line
never fails the work it tells about: when nobody can read the log any more, lines are lost and mail goes on.
"""

from __future__ import annotations

import json as jsonlib
import logging
import sys
from collections.abc import Callable
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

LONGEST_VALUE = 500
_KEEP_THEIR_LINES = ("exception", "stack")


class _Lines:
    """Writes our own events, a line each.  They come here finished, since the standard library's logger would take as
    long again; its handler, which other libraries use, lends the stream and the lock, so that no line lands in another.
    """

    def __init__(self, handler: logging.StreamHandler[TextIO], name: str = "deskgate") -> None:
        self._handler = handler
        self.name = name

    def _write(self, line: str) -> None:
        handler = self._handler
        handler.acquire()
        try:
            handler.stream.write(f"{line}\n")
            handler.stream.flush()
        except (OSError, ValueError):  # a pipe without a reader, a full disk, a closed stream
            return
        finally:
            handler.release()

    debug = info = warning = error = critical = _write


def configure(*, json: bool | None = None, level: int = logging.INFO) -> None:
    """Set up logging to standard error; `json` None means JSON unless standard error is a terminal."""
    as_json = not sys.stderr.isatty() if json is None else json
    shared: list[Processor] = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _one_line,
    ]
    last: list[Processor] = (
        [structlog.processors.format_exc_info, _json_line()]
        if as_json
        else [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    )
    handler = logging.StreamHandler(sys.stderr)
    structlog.configure(
        processors=[*shared, *last],
        logger_factory=lambda *name: _Lines(handler, *name),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("mail.log", "mail.debug", "mailparser", "aiosmtplib", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.ERROR)


def _json_line() -> Callable[[WrappedLogger, str, EventDict], str]:
    encode = jsonlib.JSONEncoder(ensure_ascii=False, default=repr).encode  # once: json.dumps makes an encoder a line

    def line(_logger: WrappedLogger, _name: str, event: EventDict) -> str:
        return encode(event)

    return line


def _one_line(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Values that came from outside stay on one line and short: nobody forges a second log line (mail-safety 2.5)."""
    for key, value in event.items():
        if isinstance(value, str) and key not in _KEEP_THEIR_LINES:
            short = value[:LONGEST_VALUE]
            event[key] = short if short.isprintable() else "".join(map(_visible, short))
    return event


def _visible(character: str) -> str:
    return character if character.isprintable() else f"\\x{ord(character):02x}"
