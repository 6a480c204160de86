"""Logs that tell a mail's story: one event a line, JSON unless a person watches, never a body, a token or a password.

Every event about an accepted mail carries its `inbox_id` (and its `message_id`), so that one search shows its whole trip:
accepted, filed, sent.  Other libraries log through the standard library and come out in the same form.
"""

from __future__ import annotations

import logging
import sys

import structlog
from structlog.typing import EventDict, WrappedLogger

LONGEST_VALUE = 500


def configure(*, json: bool | None = None, level: int = logging.INFO) -> None:
    """Set up logging to standard error; `json` None means JSON unless standard error is a terminal."""
    as_json = not sys.stderr.isatty() if json is None else json
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _one_line,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    last = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *([structlog.processors.format_exc_info] if as_json else []),
                last,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("mail.log", "mail.debug", "mailparser", "aiosmtplib", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.ERROR)


def _one_line(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Values that came from outside stay on one line and short: nobody forges a second log line (mail-safety 2.5)."""
    for key, value in event.items():
        if isinstance(value, str) and key not in ("exception", "stack"):
            cleaned = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in value[:LONGEST_VALUE])
            event[key] = cleaned
    return event
