"""One mail to several reply addresses: where it counts, and what the other tickets keep of it.

It counts once, where its writer takes part.  Every other ticket named in the envelope records the mail by the rights its
writer has there, so nothing that was addressed to a ticket is missing from it; nobody is answered or commanded twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from routing.steps import (
    AddEntry,
    Audience,
    Notify,
    Outcome,
    Plan,
    Reopen,
    StaffReply,
    StaffTasks,
    Step,
)

NOT_HERE = "a colleague wrote this to several requests at once: it was acted on in one of them, not in this one"


def united(plans: Sequence[Plan]) -> Plan:
    """One plan of those that each reply address would give alone, in the envelope's order; at least one."""
    first, *others = sorted(plans, key=_rank)  # stable: among equals the envelope's order decides
    if first.outcome is Outcome.QUARANTINE:
        return first
    return replace(first, also=tuple(_elsewhere(others, first)))


def _rank(plan: Plan) -> int:
    """What the writer takes part in comes first; what must be held somewhere is held before strangers' rights count."""
    if plan.outcome is Outcome.ATTACH and any(_counts(step) for step in plan.steps):
        return 0
    return {Outcome.QUARANTINE: 1, Outcome.TICKET: 2}.get(plan.outcome, 3)


def _counts(step: Step) -> bool:
    return isinstance(step, StaffReply | StaffTasks) or (isinstance(step, AddEntry) and step.visibility == "public")


def _elsewhere(plans: Sequence[Plan], first: Plan) -> Iterator[Plan]:
    seen = {first.ticket.id} if first.ticket else set()
    for plan in plans:
        if plan.outcome is not Outcome.ATTACH or plan.ticket is None or plan.ticket.id in seen:
            continue
        seen.add(plan.ticket.id)
        if any(isinstance(step, AddEntry) for step in plan.steps):
            kept = tuple(step for step in plan.steps if _is_record(step))
        else:
            kept = (AddEntry("staff", NOT_HERE), Notify(Audience.OWNER, "notice_reply"))
        yield replace(plan, steps=kept)


def _is_record(step: Step) -> bool:
    """Whether a step belongs to the record; teams that join by an alias in the envelope join once, where it counts."""
    return isinstance(step, AddEntry | Reopen) or (isinstance(step, Notify) and not step.teams)
