"""``deskgate doctor``: tries everything the configuration names, and says in plain words what to fix."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from gateway.cli.common import EX_FAILED, config_option, json_option, now, print_json, settings_of, visible
from gateway.doctor.examination import examine, worst
from gateway.doctor.findings import Finding, Patient, State

SIGNS = {State.OK: ("ok", "green"), State.WARNING: ("warning", "yellow"), State.FAILED: ("FAILED", "red"),
         State.SKIPPED: ("skipped", "cyan")}  # fmt: skip


class ServerType(click.ParamType[tuple[str, int]]):
    """An address, or address:port, of a name server."""

    name = "address"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int]:
        """``9.9.9.9``, ``127.0.0.1:5353`` or ``[2620:fe::fe]:53``."""
        host, colon, port = str(value).rpartition(":")
        if not colon or (":" in host and not host.startswith("[")):
            host, port = str(value), "53"
        if not port.isdigit() or not 0 < int(port) < 65536:
            self.fail(f"{value} is not an address of a name server, such as 9.9.9.9 or 127.0.0.1:5353", param, ctx)
        return host.strip("[]"), int(port)


@click.command()
@click.option("--offline", is_flag=True, help="Only what needs no other machine: files, database, doors, clock.")
@click.option(
    "--wait",
    "seconds",
    default=60.0,
    show_default=True,
    type=click.FloatRange(0, 3600),
    metavar="SECONDS",
    help="How long a mail to ourselves may take; 0 sends none.",
)
@click.option("--resolver", type=ServerType(), metavar="ADDRESS", help="Ask this name server, as the outside would.")
@config_option
@json_option
@click.pass_context
def doctor(
    ctx: click.Context,
    offline: bool,
    seconds: float,
    resolver: tuple[str, int] | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Try every connection, login, folder, name and setting, and say what to fix.

    Sends a mail to each alias (ten at most) and looks whether it comes back, with its reply address whole; it makes no
    ticket and is answered by nobody.  Ends with 1 if anything failed.

    \b
      deskgate doctor
      deskgate doctor --offline        before the network is there
      deskgate doctor --wait 0         sends no mail
    """
    patient = Patient(settings_of(config, try_examples=True), now, seconds, resolver)
    found = examine(patient, offline, (lambda _group, _findings: None) if as_json else _tell)
    if as_json:
        print_json(_as_json(found))
    else:
        _sum_up(found, offline)
    if worst(found) is State.FAILED:
        ctx.exit(EX_FAILED)


def _tell(group: str, findings: Sequence[Finding]) -> None:
    if not findings:
        return
    click.secho(group, bold=True)
    for one in findings:
        sign, colour = SIGNS[one.state]
        click.echo(f"  {click.style(f'{sign:<8}', fg=colour)} {visible(one.about)}: {visible(one.found)}")
        if one.advice:
            click.echo(f"           {click.style('do:', bold=True)} {visible(one.advice)}")


def _sum_up(found: dict[str, list[Finding]], offline: bool) -> None:
    states = [finding.state for findings in found.values() for finding in findings]
    bad, odd = states.count(State.FAILED), states.count(State.WARNING)
    click.echo()
    if bad or odd:
        colour = "red" if bad else "yellow"
        click.secho(f"{bad} failed, {odd} to look at, {states.count(State.OK)} in order", fg=colour, bold=True)
    else:
        click.secho(f"all {states.count(State.OK)} in order", fg="green", bold=True)
    if offline:
        click.echo("mailboxes, smarthost and names were not tried (--offline)")


def _as_json(found: dict[str, list[Finding]]) -> dict[str, object]:
    checks = [
        {"group": group, "about": one.about, "state": str(one.state), "found": one.found, "advice": one.advice or None}
        for group, findings in found.items()
        for one in findings
    ]
    return {"ok": worst(found) is not State.FAILED, "checks": checks}
