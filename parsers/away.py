"""How out-of-office answers begin their subject, and what they say, in the languages that mail programs speak: data.

A subject counts only together with a second sign (null sender, a request not to be answered, a reference to our mail, or
the words of an absence below a program's own prefix), because people write such subjects too.  Compared in lower case,
after reply prefixes and brackets are taken off.
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


PREFIXES: Final[tuple[str, ...]] = (
    "automatic reply", "auto reply", "auto-reply", "autoreply", "auto", "out of office", "out of office autoreply",
    "out of office reply", "automatic response", "auto response", "automatische antwort", "abwesenheitsnotiz",
    "automatische abwesenheitsbenachrichtigung", "abwesenheitsbenachrichtigung", "réponse automatique",
    "réponse d'absence", "message d'absence", "absence du bureau", "respuesta automática", "fuera de la oficina",
    "fuera de oficina", "respuesta de ausencia", "risposta automatica", "fuori ufficio", "fuori sede",
    "resposta automática", "ausência do escritório", "fora do escritório", "automatisch antwoord", "afwezigheidsbericht",
    "niet aanwezig", "automatisk svar", "autosvar", "ikke til stede", "automatiskt svar", "frånvaromeddelande",
    "automaattinen vastaus", "poissaoloilmoitus", "odpowiedź automatyczna", "automatyczna odpowiedź", "poza biurem",
    "automatická odpověď", "mimo kancelář", "automatická odpoveď", "mimo kancelárie", "automatikus válasz",
    "házon kívül", "răspuns automat", "автоматичен отговор", "автоматический ответ", "автоответ",
    "автоматична відповідь", "автовідповідь", "аутоматски одговор", "automatski odgovor", "samodejni odgovor",
    "αυτόματη απάντηση", "otomatik yanıt", "otomatik cevap", "תשובה אוטומטית", "מענה אוטומטי", "رد تلقائي",
    "الرد التلقائي", "پاسخ خودکار", "自動応答", "自動返信", "不在通知", "자동 회신", "자동 응답", "부재중 자동 응답",
    "自动答复", "自动回复", "自動回覆", "自動答覆", "自動回復", "ตอบกลับอัตโนมัติ", "การตอบกลับอัตโนมัติ",
    "trả lời tự động", "tự động trả lời", "balasan otomatis", "balasan automatik", "automaatvastus",
    "automātiskā atbilde", "automātiska atbilde", "automatinis atsakymas", "resposta automàtica", "sjálfvirkt svar",
    "स्वचालित उत्तर", "autoresponse", "automated reply", "automated response", "automated message", "autoresponder",
    "vacation reply", "out-of-office reply", "out-of-office", "automatische rückantwort", "automatische abwesenheit",
    "abwesenheit", "réponse auto", "réponse automatique d'absence", "avis d'absence", "autorespuesta", "autorrespuesta",
    "respuesta automatica", "mensaje automático", "risposta automatica di assenza", "autorisposta", "mensagem automática",
    "resposta automatica", "auto-antwoord", "autoantwoord", "automatische reactie", "automatisch bericht",
    "fraværsmelding",
    "fraværsbesked", "autosvar ved fravær", "frånvaro", "autovastaus", "automaattivastaus", "lomavastaus",
    "autoodpowiedź", "automat. odpowiedź", "autoodpověď", "autom. odpověď", "autoodpoveď", "automata válasz",
    "autoválasz", "răspuns automatizat", "mesaj automat", "автоответчик", "автоматический ответчик", "автовідповідач",
    "автоматска порука", "automatska poruka", "avtomatski odgovor", "αυτόματο μήνυμα", "otomatik mesaj", "自動応答メール",
    "自動送信", "不在返信", "자동회신", "자동응답", "自动应答", "自動回復郵件", "自動應答", "phản hồi tự động",
    "jawaban otomatis", "automātiskais atbildētājs", "automatinis laiškas",
)  # fmt: skip
"""What programs put before the subject of the mail they answer, with a colon behind it."""
ABSENT: Final[tuple[str, ...]] = (
    "out of the office", "out of office", "on vacation", "on holiday", "on leave", "annual leave", "away from",
    "i am away", "i'm away", "i will be away", "limited access", "no access to", "will return", "return to the office",
    "be back", "back in the office", "back on", "currently not", "automatic reply", "automated re", "automatically",
    "nicht im büro", "nicht im haus", "im urlaub", "abwesen", "außer haus", "nicht erreichbar", "wieder erreichbar",
    "wieder im", "wieder da", "wieder für sie", "nicht gelesen", "geschlossen", "automatisch", "elternzeit",
    "nicht weitergeleitet", "absent", "en congé", "en vacances", "de retour", "hors du bureau", "automatique", "fermé",
    "fuera de la oficina", "fuera de oficina", "vacaciones", "ausente", "de regreso", "vuelvo", "volveré", "automátic",
    "baja médica", "fuori ufficio", "fuori sede", "in ferie", "assente", "rientr", "automatic", "fora do escritório",
    "férias", "regresso", "retorno", "voltarei", "niet op kantoor", "afwezig", "vakantie", "weer aanwezig", "terug op",
    "niet aanwezig", "verlof", "ikke på kontoret", "ferie", "fraværende", "tilbage", "tilbake", "inte på kontoret",
    "semester", "frånvarande", "tillbaka", "föräldraledig", "lomalla", "lomal", "poissa", "palaan", "takaisin",
    "nieobecn", "urlop", "poza biurem", "wracam", "wrócę", "powrót", "automatyczn", "mimo kancelář", "dovolené",
    "nepřítom", "vrátím", "automatick", "dovolenke", "mimo kancelárie", "nie som v", "vrátim", "neprítom", "szabadság",
    "nem vagyok", "házon kívül", "visszaté", "automatikus", "concediu", "nu sunt la birou", "în afara biroului", "revin",
    "mă întorc", "automat", "отпуск", "отсъств", "извън офиса", "ще се върна", "отсутств", "вне офиса", "вернусь",
    "не будет в", "не буде в",
    "автоматич", "автоответ", "відпустц", "відсутн", "повернусь", "godišnjem", "odsut", "nisam u", "vraćam se",
    "vratit ću", "аутоматск", "одмору", "одсут", "dopustu", "odsoten", "odsotna", "vrnem", "samodejn", "εκτός γραφείου",
    "άδεια", "διακοπές", "απουσιάζω", "επιστρέφω", "επιστρέψω", "αυτόματ", "izinde", "izne", "ofis dışında",
    "döneceğim", "döndüğümde", "otomatik", "מחוץ למשרד", "בחופשה", "אחזור", "אשוב", "אוטומטי", "خارج المكتب", "إجازة",
    "سأعود", "تلقائي", "مرخصی", "خارج از دفتر", "خودکار", "不在", "休暇", "休業", "出張", "自動", "부재", "휴가", "출장",
    "자동", "복귀", "休假", "外出", "出差", "自动", "度假", "尽快回复", "儘快回覆", "ไม่อยู่", "ลาพัก", "พักร้อน",
    "อัตโนมัติ",
    "nghỉ phép", "vắng mặt", "trở lại", "tự động", "cuti", "di luar kantor", "kembali", "otomatis", "automatik",
    "puhkus", "väljas", "tagasi", "automaat", "atvaļinājum", "prombūtn", "atgriez", "automātisk", "atostog", "nesu biure",
    "grįšiu", "automatin", "vacances", "tornaré", "automàtic", "fríi", "sjálfvirk", "अवकाश", "छुट्टी", "कार्यालय से बाहर",
    "स्वचालित",
)  # fmt: skip
"""What the text below such a prefix says about absence, return or itself."""
PEOPLES: Final[frozenset[str]] = frozenset({
    "auto", "out of office", "absence du bureau", "fuera de la oficina", "fuera de oficina", "fuori ufficio",
    "fuori sede",
    "ausência do escritório", "fora do escritório", "niet aanwezig", "ikke til stede", "poza biurem", "mimo kancelář",
    "mimo kancelárie", "házon kívül",
})  # fmt: skip
"""Those that people write, too ("Out of office: drinks on Friday"): below them two such words are needed."""
NOTE_CHARS: Final = 2000
_QUESTIONS: Final = ("?", "\uff1f", "\u061f", "\u037e")


def absence_note(subject: str, text: str) -> bool:
    """Whether subject and text together are an absence note, though no field says so: a program's prefix with its colon
    (GroupWise: in brackets at the end), words of an absence below it, and not a question (people ask how such notes are
    switched on)."""
    shown = subject[:300].lower().replace("\u2019", "'").replace("\uff1a", ":").strip()
    head, colon, _ = shown.partition(":")
    prefix = head.strip(" *!\u2013-") if colon else ""
    if prefix not in PREFIXES:
        prefix = shown[:-1].rpartition("(")[2].strip() if colon and shown.endswith(")") else ""
    if prefix not in PREFIXES or len(text) > NOTE_CHARS:
        return False
    said = text.lower().replace("\u2019", "'")
    signs = sum(one in said for one in ABSENT)
    return signs > (prefix in PEOPLES) and not any(one in said for one in _QUESTIONS)


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
