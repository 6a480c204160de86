"""Bytes of a mail to its meaning: the front door of this room.

`parse` never raises, reads each byte a bounded number of times, and says in `defects` what it had to guess.  A mail
over a structure limit comes back with ``complete=False``, its header read as far as the limits allow.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from parsers import away, body, bounce, charset, citations, kind, prescan, tree
from parsers.author import author_of
from parsers.body import Body
from parsers.dates import moment
from parsers.fields import Block
from parsers.fingerprint import key_of
from parsers.head import Head
from parsers.head import of as head_of
from parsers.htmltext import Rendered
from parsers.kind import Clues
from parsers.limits import BOUNDS, LIMITS, Limits
from parsers.lineends import is_crlf, readable
from parsers.message import Attachment, Bounce, Circumstances, Citations, Cut, Kind, Message, Party
from parsers.mimefield import Typed
from parsers.prescan import Outline
from parsers.reply import Mark, Setting, reply_of
from parsers.replynamed import NOBODY, Signer
from parsers.tree import Part

ALONE: Final = Circumstances()
"""A mail about which nothing is known but its bytes."""

FEW_LEAVES: Final = 20

LONG_TEXT: Final = "quotes are looked for in the first part of the text only"

OWN_FIELDS: Final = "x-deskgate-"
"""Fields that only we write, into mail we send: in mail that comes in they prove nothing and are not shown."""


def parse(raw: bytes, seen: Circumstances = ALONE, limits: Limits = LIMITS) -> Message:
    """What `raw` says.  Never raises; `kind` is final for these circumstances."""
    try:
        return _parse(raw, seen, limits)
    except Exception as error:  # noqa: BLE001 - the promise of this room: no mail stops another
        return _unread(raw, f"internal: {type(error).__name__}")


def _parse(raw: bytes, seen: Circumstances, limits: Limits) -> Message:
    whole = readable(raw)
    outline = prescan.scan(whole, limits)
    head = head_of(outline.root.block, _hint(outline, whole), limits)
    if outline.excess:
        return _message(
            raw, head, seen, Understood(defects=(*outline.defects, f"limit: {outline.excess}"), complete=False)
        )
    crlf = is_crlf(whole)
    found = tree.build(whole, outline)
    walked = body.read(found.root, limits)
    piece = body.joined(walked.pieces)
    shown = body.rendered(piece)
    text = shown.text
    said = bool(text.strip())
    if not said:
        shown = Rendered(body.words_of_files(walked) or text)
        text = shown.text
    text = text[: limits.text_chars]
    looked = len(text) <= limits.strip_chars and text.count("\n") < limits.strip_lines
    attachments, flaws = _attachments(walked, whole, crlf and whole is raw)
    understood = Understood(
        root=found.root,
        date=found.date,
        text=text,
        marks=shown.marks,
        calendar=_invitations(walked, text) if said else text if walked.calendars else "",
        html=piece.html,
        attachments=attachments,
        defects=(
            *_nothing(whole, outline),
            *outline.defects,
            *found.defects,
            *walked.defects,
            *flaws,
            *(() if looked else (LONG_TEXT,)),
        ),
        raw=whole,
        crlf=crlf,
    )
    return _message(raw, head, seen, understood)


def _invitations(walked: Body, text: str) -> str:
    """What stands beside the text: with the description, unless the text says it already."""
    if not walked.calendars:
        return ""
    brief, told = (body.calendar_words(walked, whole) for whole in (False, True))
    known, said = set(brief.split("\n")), "".join(text.split())
    more = "".join("".join(line.split()) for line in told.split("\n") if line not in known)
    return brief if more in said else told


REPORTS: Final = frozenset({Kind.BOUNCE, Kind.RECEIPT, Kind.COMPLAINT})
"""What machines report is all they say: nobody's answer is looked for in it."""


def _added(head: Head, understood: Understood, from_: Party | None, kind_: Kind) -> tuple[str, tuple[Cut, ...]]:
    """The reply, and what was cut."""
    if kind_ in REPORTS:
        return understood.text.strip(), ()
    subject = head.first("subject")
    setting = Setting(
        answers=away.answers(subject, _cites(head)),
        forwards=away.forwards(subject),
        subject=away.bare(subject),
        signer=Signer.of(from_.name, from_.address) if from_ else NOBODY,
    )
    return reply_of(understood.text, understood.marks, setting, head.limits)


def _cites(head: Head) -> bool:
    return any(head.first(name).strip() for name in ("in-reply-to", "references"))


def _hint(outline: Outline, raw: bytes) -> str:
    """The charset for raw 8-bit in the header: what the mail's text states, else what both look like together.

    That a part is Western says nothing: programs put such a part round everything.
    """
    odd = [one.value for one in outline.root.block.fields if not one.value.isascii() or b"\x1b" in one.value]
    if not odd:
        return outline.root.type.get("charset")
    stated = (node.type.get("charset") for node in (outline.root, *outline.leaves[:FEW_LEAVES]))
    name = next((one for one in stated if one), "")
    codec = charset.codec(name) if name else ""
    if codec and not codec.startswith(("utf-16", "utf-32")):
        return name if codec != "cp1252" or outline.root.type.get("charset") else ""
    text = next((leaf for leaf in outline.leaves if leaf.type.value.startswith("text/")), outline.root)
    sample = (
        b"\n".join(odd)[: BOUNDS.detect_bytes // 2] + b"\n" + raw[text.start : text.start + BOUNDS.detect_bytes // 2]
    )
    return charset.detect(sample)


@dataclass(frozen=True, slots=True)
class Understood:
    """What came out of the body."""

    root: Part | None = None
    date: datetime | None = None
    text: str = ""
    marks: tuple[Mark, ...] = ()
    calendar: str = ""
    html: str | None = None
    attachments: tuple[Attachment, ...] = ()
    defects: tuple[str, ...] = ()
    complete: bool = True
    raw: bytes = b""
    crlf: bool = False


def _nothing(raw: bytes, outline: Outline) -> tuple[str, ...]:
    """What makes it doubtful that these bytes are a mail at all."""
    if not raw.strip():
        return ("empty: there is nothing in it",)
    return () if outline.root.block.fields else ("header: there is none; this may be no mail",)


def _attachments(walked: Body, raw: bytes, crlf: bool) -> tuple[tuple[Attachment, ...], list[str]]:
    found, flaws = [], []
    for index, part in enumerate(walked.files[: walked.limits.attachments]):
        attachment, flaw = body.file(part, index, raw, crlf)
        found.append(attachment)
        if flaw:
            flaws.append(flaw)
    if len(walked.files) > walked.limits.attachments:
        flaws.append(f"{len(walked.files) - walked.limits.attachments} more attachments")
    return tuple(found), flaws


def _message(raw: bytes, head: Head, seen: Circumstances, understood: Understood) -> Message:
    limits = head.limits
    author = author_of(head.block.all("from"), limits, head.hint)
    from_ = author.party or next(iter(head.parties("from")), None)
    in_reply_to, references = _ids(head, "in-reply-to"), _ids(head, "references")
    message_id = citations.message_id(head.first("message-id"))
    subject = head.first("subject")
    cited = citations.citations(in_reply_to, references, limits)
    to = head.parties("to")
    decision, reason, report = _decide(head, seen, understood, message_id, from_, to, cited)
    reply, cut = _added(head, understood, from_, decision)
    return Message(
        message_id=message_id,
        in_reply_to=in_reply_to,
        references=references,
        from_=from_,
        identity=author.identity,
        to=to,
        cc=head.parties("cc"),
        reply_to=head.parties("reply-to"),
        subject=subject,
        date=moment(head.first("date"), understood.date),
        text=understood.text,
        reply=reply,
        calendar=understood.calendar,
        html=understood.html,
        cut=cut,
        attachments=understood.attachments,
        kind=decision,
        kind_reason=reason,
        bounce=report,
        citations=cited,
        headers=tuple(one for one in head.decoded if not one[0].lower().startswith(OWN_FIELDS)),
        content_key=key_of(understood.raw or raw, head.block, understood.crlf),
        size=len(raw),
        defects=tuple(dict.fromkeys(one.replace("\0", "\ufffd") for one in (*understood.defects, *head.flaws()))),
        complete=understood.complete,
        anonymous=author.absent,
    )


def _ids(head: Head, name: str) -> tuple[str, ...]:
    """The ids in all fields of a name, each once."""
    found = (one for value in head.by_name.get(name, ()) for one in citations.ids(value, head.limits))
    return citations.bounded(tuple(dict.fromkeys(found)), head.limits)


def _decide(
    head: Head,
    seen: Circumstances,
    understood: Understood,
    message_id: str | None,
    from_: Party | None,
    to: tuple[Party, ...],
    cited: Citations,
) -> tuple[Kind, str, Bounce | None]:
    root = understood.root
    suspect = _suspect(head, seen, understood, from_, to) if root else None
    clues = Clues(
        fields=head.by_name,
        content_type=root.type.value if root else "",
        report_type=_report_type(root) if root else "",
        message_id=message_id,
        from_address=from_.address if from_ else "",
        subject=head.first("subject"),
        cited=cited.message_ids,
        reads_as_bounce=bool(suspect and bounce.looks_like(suspect)),
        seen=seen,
        absence_note=away.absence_note(head.first("subject"), understood.text),
    )
    decision, reason = kind.decide(clues)
    return decision, reason, bounce.read(suspect) if decision is Kind.BOUNCE and suspect else None


def _suspect(
    head: Head, seen: Circumstances, understood: Understood, from_: Party | None, to: tuple[Party, ...]
) -> bounce.Suspect | None:
    if understood.root is None:
        return None
    path = seen.envelope_from if seen.envelope_from is not None else head.first("return-path")
    null_sender = path.strip() in ("", "<>") and (seen.envelope_from is not None or "return-path" in head.by_name)
    automatic = head.first("auto-submitted").strip().lower()
    return bounce.Suspect(
        raw=understood.raw,
        root=understood.root,
        text=understood.text,
        subject=head.first("subject"),
        from_name=from_.name if from_ else "",
        from_address=from_.address if from_ else "",
        recipients=tuple(one.address.lower() for one in to),
        failed_recipients=head.first("x-failed-recipients"),
        automatic=null_sender or (bool(automatic) and not automatic.startswith("no")),
        from_somebody=seen.envelope_from is not None and not null_sender,
        from_client="accept-language" in head.by_name
        or bounce.names_client(f"{head.first('user-agent')} {head.first('x-mailer')}"),
    )


REPORT_TYPES: Final = frozenset({"delivery-status", "disposition-notification", "feedback-report"})


def _report_type(root: Part) -> str:
    """What a multipart/report reports (RFC 6522): by its parts, which are more reliable than its parameter.

    Only parts of a report count, and a mail that is nothing else: a person may attach somebody's report to a question.
    """
    reports = [one for one in root.walk() if one.type.value == "multipart/report"]
    for part in (root, *(child for report in reports for child in report.children)):
        sort, _, subtype = part.type.value.partition("/")
        subtype = subtype.removeprefix("global-")
        if sort == "message" and subtype in REPORT_TYPES:
            return subtype
    return root.type.get("report-type").lower() if root.type.value == "multipart/report" else ""


def _unread(raw: bytes, defect: str) -> Message:
    """The value for a mail on which this room failed: kept whole, with its header if that can be read."""
    block, typed = Block((), 0), Typed("")
    try:
        node = prescan.node_of(raw, 0, "text/plain")
        block, typed = node.block, node.type
        head = head_of(block, typed.get("charset"))
    except Exception:  # noqa: BLE001 - the failure may lie in the header itself
        block = Block((), 0)
        head = head_of(block, typed.get("charset"))
    return _message(raw, head, ALONE, Understood(defects=(f"limit: {defect}",), complete=False))
