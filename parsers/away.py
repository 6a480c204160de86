"""How out-of-office answers begin their subject, in the languages that mail programs speak: data.

Used only together with a second sign (null sender, a request not to be answered, a reference to our mail), because
people write such subjects too.  Compared in lower case, after reply prefixes and brackets are taken off.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PHRASES: Final[Mapping[str, tuple[str, ...]]] = {
    "bg": ("автоматичен отговор", "извън офиса", "отсъствие от офиса"),
    "ca": ("resposta automàtica", "fora de l'oficina", "absent de l'oficina"),
    "cs": ("automatická odpověď", "mimo kancelář", "nepřítomnost"),
    "da": ("autosvar", "automatisk svar", "ikke til stede", "fraværende", "ikke på kontoret"),
    "de": ("automatische antwort", "abwesenheitsnotiz", "abwesenheitsbenachrichtigung", "automatische abwesenheit",
           "abwesend", "abwesenheit", "außer haus", "bin im urlaub", "autoreply", "automatische rückantwort"),
    "el": ("αυτόματη απάντηση", "εκτός γραφείου", "απουσία από το γραφείο"),
    "en": ("automatic reply", "out of office", "out of the office", "auto reply", "auto-reply", "autoreply",
    "auto response",
           "auto-response", "autoresponse", "automatic response", "automated reply", "automated response",
           "away from my mail",
           "away from the office", "on vacation", "vacation reply", "on leave", "on holiday", "i am away", "i'm away",
           "out-of-office", "ooo:", "annual leave", "auto:"),
    "es": ("respuesta automática", "fuera de la oficina", "fuera de oficina", "ausente de la oficina",
    "autorespuesta"),
    "et": ("automaatvastus", "automaatne vastus", "kontorist väljas", "puhkusel"),
    "fi": ("automaattinen vastaus", "poissa", "en ole paikalla", "lomalla"),
    "fr": ("réponse automatique", "absence du bureau", "absent du bureau", "message d'absence", "réponse d'absence",
           "hors du bureau", "en congé", "absence :"),
    "he": ("תשובה אוטומטית", "מחוץ למשרד"),
    "hr": ("automatski odgovor", "izvan ureda", "odsutan"),
    "hu": ("automatikus válasz", "házon kívül", "irodán kívül", "szabadságon"),
    "id": ("balasan otomatis", "di luar kantor"),
    "it": ("risposta automatica", "fuori ufficio", "assente dall'ufficio", "fuori sede", "in ferie",
    "assenza dall'ufficio"),
    "ja": ("自動応答", "自動返信", "不在通知", "不在", "休暇"),
    "ko": ("자동 회신", "자동 응답", "부재 중", "부재중"),
    "lt": ("automatinis atsakymas", "nesu biure", "ne biure"),
    "lv": ("automātiska atbilde", "automātiskā atbilde", "prombūtnē", "ārpus biroja"),
    "nl": ("automatisch antwoord", "afwezigheidsbericht", "afwezig", "niet aanwezig", "buiten kantoor",
    "niet op kantoor"),
    "no": ("automatisk svar", "autosvar", "ikke tilstede", "ikke til stede", "fraværsmelding", "fravær"),
    "pl": ("automatyczna odpowiedź", "autoodpowiedź", "poza biurem", "nieobecność", "odpowiedź automatyczna"),
    "pt": ("resposta automática", "fora do escritório", "ausência do escritório", "ausente do escritório",
           "ausência temporária", "em férias"),
    "ro": ("răspuns automat", "în afara biroului", "absent de la birou"),
    "ru": ("автоматический ответ", "автоответ", "вне офиса", "нет на месте", "отсутствую", "в отпуске"),
    "sk": ("automatická odpoveď", "mimo kancelárie", "neprítomnosť"),
    "sl": ("samodejni odgovor", "odsoten", "odsotnost"),
    "sr": ("аутоматски одговор", "ван канцеларије", "van kancelarije"),
    "sv": ("autosvar", "automatiskt svar", "frånvaro", "ej på plats", "ej på kontoret", "inte på kontoret"),
    "th": ("ตอบกลับอัตโนมัติ", "ไม่อยู่ที่สำนักงาน"),
    "tr": ("otomatik yanıt", "ofis dışında", "otomatik cevap", "izindeyim"),
    "uk": ("автоматична відповідь", "автовідповідь", "поза офісом", "відсутній"),
    "vi": ("trả lời tự động", "vắng mặt", "tự động trả lời"),
    "zh": ("自动答复", "自动回复", "自動回覆", "自動答覆", "不在办公室", "不在辦公室", "外出"),
}  # fmt: skip

ALL: Final[tuple[str, ...]] = tuple(
    sorted({phrase for phrases in PHRASES.values() for phrase in phrases}, key=len, reverse=True)
)


def says_away(subject: str) -> bool:
    """Whether a subject begins like an out-of-office answer."""
    start = bare(subject)
    return start.startswith(ALL) if start else False


def begins_away(subject: str) -> bool:
    """The same for the subject as written: a person who answers our mail about "Annual leave" has ``Re:`` before it."""
    return subject[:300].lower().replace("\u2019", "'").strip(" *!-–").startswith(ALL)


def bare(subject: str) -> str:
    """A subject in lower case without leading ``Re:``, ``AW:`` and bracketed tags; looks at 300 characters."""
    rest = subject[:300].lower().replace("\u2019", "'").strip(" *!-–")
    for _ in range(10):
        if rest.startswith("["):
            head, bracket, tail = rest.partition("]")
            if not bracket or len(head) > 60:
                break
            rest = head[1:] + " " + tail if not tail.strip() else tail.strip()
            continue
        prefix, colon, tail = rest.partition(":")
        if not colon or prefix.strip() not in REPLY_PREFIXES:
            break
        rest = tail.strip(" *!-–")
    return rest


REPLY_PREFIXES: Final = frozenset({
    "re", "aw", "wg", "fw", "fwd", "sv", "vs", "antw", "odp", "ynt", "res", "rif", "r", "tr", "rv", "enc", "doorst",
    "vl", "i", "vá", "továbbítás", "ref", "na", "pd", "ang", "atb", "回复", "答复", "回覆", "答覆", "转发", "轉寄",
    "返信", "отв",
})  # fmt: skip


def answers(subject: str, cites: bool = False) -> bool:
    """Whether a mail answers another: by the first prefix of its subject (``Re:``, ``AW:``), else by `cites`.

    ``Fwd:`` and its like say that it does not, although some programs cite what they forward.
    """
    word = _first_prefix(subject)
    if word not in REPLY_PREFIXES:
        return cites
    return word not in FORWARD_PREFIXES


def forwards(subject: str) -> bool:
    """Whether the first prefix of a subject says that the mail forwards another (``Fwd:``, ``WG:``)."""
    return _first_prefix(subject) in FORWARD_PREFIXES


def _first_prefix(subject: str) -> str:
    prefix, colon, _ = subject.lstrip()[:20].replace("\uff1a", ":").partition(":")
    return prefix.strip().lower().partition("[")[0].partition("(")[0] if colon else ""


FORWARD_PREFIXES: Final = frozenset(
    ["fw", "fwd", "wg", "tr", "rv", "enc", "doorst", "vl", "i", "továbbítás", "pd", "转发", "轉寄", "转寄", "fs"]
)
