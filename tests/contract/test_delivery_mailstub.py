"""Every answer at every step, dropped lines and silence, from a smarthost outside this process: the right class each time,
and never a mail twice.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.delivery.base import Result
from gateway.delivery.opening import SmarthostSettings
from gateway.delivery.smarthost import Smarthost
from tests.contract.test_delivery_smarthost import mail
from tests.helpers.servers import Server, server

CODES = ("421 4.3.2", "450 4.2.1", "451 4.3.0", "452 4.3.1", "552 5.3.4", "554 5.7.1")
BEFORE = ("banner", "ehlo")
ABOUT = ("mail", "rcpt", "data", "eom")
BREAKS = ("drop", "close", "hang")


@pytest.fixture(scope="module")
def stub() -> Iterator[Server]:
    """A receiver that does what it is told; it announces PIPELINING."""
    with server("mailstub", "proto=smtp") as running:
        yield running


def kept(stub: Server) -> list[dict[str, object]]:
    """The envelopes of what it kept."""
    folder = Path(stub.folder) / "mail"
    return [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]


def send(stub: Server, rule: str) -> tuple[Result, Result, int]:
    """A mail under this fault, one after it, and how many more the receiver has kept."""

    async def run() -> tuple[Result, Result]:
        settings = SmarthostSettings(
            "127.0.0.1", stub.number("port"), tls="none", command_timeout=0.5, data_timeout=0.5, total_timeout=5.0
        )
        out = Smarthost(settings)
        first = await out.send(mail(1))
        stub.tell("fault", "clear")
        second = await out.send(mail(2))
        await out.close()
        return first, second

    before = len(kept(stub))
    stub.tell("fault", rule)
    first, second = asyncio.run(run())
    return first, second, len(kept(stub)) - before


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("step", [*BEFORE, *ABOUT])
def test_every_answer_at_every_step(stub: Server, step: str, code: str) -> None:
    first, second, more = send(stub, f"{step}:{code} so it is")
    final = code.startswith("5") and step in ABOUT
    assert first.kind == ("failed" if final else "retry")
    assert first.reply.startswith(f"{code} so it is")
    if step in BEFORE:
        assert first.cause == "access"
    elif not final:
        assert first.cause == ("mail" if code == "450 4.2.1" else "server")
    assert (second.kind, more) == ("sent", 1)


@pytest.mark.parametrize("how", BREAKS)
@pytest.mark.parametrize("step", [*BEFORE, *ABOUT])
def test_every_way_to_fall_silent_at_every_step(stub: Server, step: str, how: str) -> None:
    first, second, more = send(stub, f"{step}:{how}")
    assert first.kind == ("unknown" if step == "eom" else "retry")
    assert (second.kind, more) == ("sent", 1)


def test_a_mail_that_was_kept_while_its_reply_was_lost_is_unknown(stub: Server) -> None:
    first, second, more = send(stub, "eom:store-drop")
    assert (first.kind, second.kind, more) == ("unknown", "sent", 2)
