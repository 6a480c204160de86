"""The checks, run beside each other and within a time: a host that does not answer holds up nobody but itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from gateway.doctor import clock, configuration, database, doors, mailboxes, names, roundtrip, smarthost
from gateway.doctor.findings import Check, Finding, Patient, State, failed, skipped

QUICK_SECONDS = 20.0
"""How long a group may take; only the mail to ourselves may take longer."""

Told = Callable[[str, Sequence[Finding]], None]
"""A group is done: its name and findings."""


def checks_for(patient: Patient) -> list[Check]:
    """Everything there is to try, in the order in which it is told."""
    return [
        Check("configuration", configuration.findings, QUICK_SECONDS, network=False),
        Check("database", database.findings, QUICK_SECONDS, network=False),
        Check("doors", doors.findings, QUICK_SECONDS, network=False),
        *(
            Check(f"mailbox {box.name}", mailboxes.findings_of(box), QUICK_SECONDS)
            for box in patient.settings.mailboxes
        ),
        Check("outgoing mail", smarthost.findings, QUICK_SECONDS),
        Check("names", names.findings, QUICK_SECONDS),
        Check("clock", clock.findings, QUICK_SECONDS, network=False),
        Check("a mail to ourselves", roundtrip.findings, QUICK_SECONDS + patient.mail_seconds),
    ]


def examine(patient: Patient, offline: bool, told: Told) -> dict[str, list[Finding]]:
    """Run all checks, by group.  Never raises, and ends in time whatever the hosts do."""
    found: dict[str, list[Finding]] = {}
    under_way = []
    for check in checks_for(patient):
        if offline and check.network:
            found[check.group] = [skipped("all of it", "not tried (--offline)")]
        else:
            under_way.append(_UnderWay(check))
            found[check.group] = []
    began = time.monotonic()
    for one in under_way:
        one.start(patient)
    for one in under_way:
        one.wait(began)
        found[one.check.group] = one.result()
        told(one.check.group, found[one.check.group])
    return found


def worst(found: dict[str, list[Finding]]) -> State:
    """The state of the whole."""
    states = {finding.state for findings in found.values() for finding in findings}
    return next((state for state in (State.FAILED, State.WARNING) if state in states), State.OK)


@dataclass
class _UnderWay:
    """A check in a thread of its own, which nobody waits for when it hangs (a name that is looked up, say)."""

    check: Check
    findings: list[Finding] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)

    def start(self, patient: Patient) -> None:
        threading.Thread(target=self._run, args=(patient,), name=self.check.group, daemon=True).start()

    def _run(self, patient: Patient) -> None:
        try:
            for finding in _guarded(self.check.run, patient):
                self.findings.append(finding)
        finally:
            self.done.set()

    def wait(self, began: float) -> None:
        self.done.wait(max(0.0, began + self.check.seconds - time.monotonic()))

    def result(self) -> list[Finding]:
        findings = list(self.findings)
        if not self.done.is_set():
            words = f"there was no end to it within {self.check.seconds:.0f} seconds"
            findings.append(failed("the rest", words, "Look whether the host answers at all, then try again."))
        return findings


def _guarded(run: Callable[[Patient], Iterator[Finding]], patient: Patient) -> Iterator[Finding]:
    try:
        yield from run(patient)
    except Exception as problem:  # noqa: BLE001 - the doctor tells of every trouble, its own included
        words = f"{type(problem).__name__}: {problem}"
        yield failed("the rest", words, "This is a fault of the check itself; the lines above still hold.")
