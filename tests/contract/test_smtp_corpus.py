"""The dialogues of the attack corpus, where it is at hand."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from gateway.sources.base import Recipients
from tests.contract.talk import Serving, Talk

GOOD, BAD = "support+good@desk.example", "support+bad@desk.example"


def dialogues() -> list[object]:
    shared = Path(os.environ.get("DESKGATE_SHARED", Path(__file__).parents[3] / "shared"))
    file = shared / "corpus-attacks" / "cases.jsonl"
    if not file.exists():
        return [pytest.param(None, marks=pytest.mark.skip(reason=f"{file} is not there"))]
    cases = [json.loads(line) for line in file.read_text().splitlines()]
    chosen = [case for case in cases if case["category"] == "smtp" and "kill" not in case["id"]]
    return [pytest.param(case, id=case["id"]) for case in chosen]


@pytest.mark.parametrize("case", dialogues())
def test_the_dialogues_of_the_attack_corpus_come_out_right(case):
    ours = Recipients(
        accepts=lambda address: address in ("support@desk.example", GOOD, BAD),
        domains=frozenset({"desk.example"}),
    )
    with Serving(recipients=ours) as server:
        client = Talk(server.port, greeting=False)
        assert client.reply().startswith("220")
        for step in case["dialogue"]:
            client = _play(server, client, step)
        client.close()
        server.stop()
        assert len(server.shelf.mails) <= case["expect"]["checks"].get("mails_stored_max", 2)


def _play(server: Serving, client: Talk, step: dict[str, str]) -> Talk:
    wanted = step["reply"].split("|")
    if step["send"] == "@@CLOSE@@":
        client.close()
        return client
    if step["send"] == "@@CONNECT@@":
        client = Talk(server.port, greeting=False)
        assert client.reply()[:3] in wanted
        return client
    times, what = 1, step["send"]
    if what.startswith("@@REPEAT:"):
        number, _, what = what.removeprefix("@@REPEAT:").removesuffix("@@").partition(":")
        times = int(number)
    for _ in range(times):
        try:
            client.say(what.replace("@@REPLY-BAD:T1@@", BAD).replace("@@REPLY:T1@@", GOOD).encode())
        except ConnectionError:
            assert "close" in wanted
            break
        if wanted != [""]:
            assert (client.reply()[:3] or "close") in wanted, step
    return client
