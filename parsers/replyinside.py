"""Whether a sender says that the answers stand inside the older mail ("see my comments in red"): then that mail stays.

Programs that mark no quotes, and people who type into what is quoted, leave no other sign of it.  What is looked at are the
few own words above the older mail; the words of the languages are data.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from parsers.replykinds import lowered
from parsers.replywords import GREETINGS

LONGEST: Final = 400
"""Characters; a note that the answers stand inside is short."""

PLACES: Final[tuple[str, ...]] = (
    "inline", "in-line", "in line with your", "in red", "in blue", "in green", "in purple", "in orange", "in bold",
    "in italics", "in capitals", "in caps", "in colour", "in color", "in brackets", "in another colour", "highlighted",
    "inside your", "inside the", "in your mail", "in your e-mail", "in your email", "in your message", "in your text",
    "in your list", "in your table", "in the table", "in the text", "within your", "within the", "into your", "embedded",
    "after each", "under each", "below each", "next to each", "beside each", "beneath each", "behind each", "to each of",
    "between the lines", "between your", "column", "my answers below", "my comments below", "my replies below",
    "answers below", "comments below", "replies below", "answered below", "responses below", "remarks below",
    "notes below", "commented below", "marked with", "after the //", "after the >>", "after the ->",
    "im text", "in rot", "in blau", "in grün", "in fett", "in großbuchstaben", "in deiner mail", "in deiner e-mail",
    "in ihrer mail", "in ihrer e-mail", "in deinem text", "in ihrem text", "in der tabelle", "in deiner liste",
    "in ihrer liste", "zwischen den zeilen", "unter jeder", "unter jede", "hinter jeder", "nach jeder", "spalte",
    "farbig", "kursiv", "unten in", "antworten unten", "anmerkungen unten", "kommentare unten", "direkt darunter",
    "en rouge", "en bleu", "en vert", "en gras", "en majuscules", "en italique", "dans le texte", "dans le corps",
    "dans ton mail", "dans votre mail", "dans ton message", "dans votre message", "dans le tableau", "dans ton texte",
    "dans votre texte", "après chaque", "sous chaque", "entre les lignes", "réponses ci-dessous", "colonne",
    "commentaires ci-dessous", "en rojo", "en azul", "en verde", "en negrita", "en mayúsculas", "en el texto",
    "en tu correo", "en su correo", "en tu mensaje", "en su mensaje", "en la tabla", "entre líneas", "después de cada",
    "debajo de cada", "respuestas abajo", "comentarios abajo", "respuestas más abajo", "columna",
    "em vermelho", "em azul", "em verde", "em negrito", "em maiúsculas", "no texto", "no seu e-mail", "no teu e-mail",
    "no seu email", "no teu email", "na tabela", "nas entrelinhas", "depois de cada", "abaixo de cada",
    "respostas abaixo", "comentários abaixo", "coluna", "in rosso", "in blu", "in verde", "in grassetto",
    "in maiuscolo", "nel testo", "nella tua mail", "nella sua mail", "nel tuo messaggio", "nella tabella",
    "tra le righe", "dopo ogni", "sotto ogni", "risposte sotto", "risposte qui sotto", "commenti sotto", "colonna",
    "in het rood", "in het blauw", "in het groen", "vetgedrukt", "in hoofdletters", "in de tekst", "in je mail",
    "in uw mail", "in de tabel", "tussen de regels", "tussen je", "onder elke", "na elke", "antwoorden hieronder",
    "opmerkingen hieronder", "kolom", "i rødt", "i blåt", "i grønt", "i rød", "i blå", "i grøn", "i teksten",
    "i din mail", "i tabellen", "mellem linjerne", "under hvert", "svar nedenfor", "svar herunder", "kolonne",
    "i rött", "i blått", "i grönt", "i fetstil", "i texten", "i ditt mejl", "i ditt mail", "mellan raderna",
    "under varje", "efter varje", "svar nedan", "svaren nedan", "kommentarer nedan", "kolumn", "mellom linjene",
    "i e-posten", "punaisella", "sinisellä", "vihreällä", "lihavoituna", "tekstin sekaan", "viestisi sekaan",
    "rivien väliin", "jokaisen kysymyksen", "vastaukset alla", "kommentit alla", "sarakkee",
    "na czerwono", "na niebiesko", "na zielono", "w tekście", "w treści", "w tabeli", "w twoim mailu", "między wierszami",
    "pod każdym", "odpowiedzi poniżej", "komentarze poniżej", "kolumn", "červeně", "modře", "zeleně", "v textu",
    "v tabulce", "ve vašem mailu", "v tvém mailu", "mezi řádky", "pod každou", "odpovědi níže", "sloupc",
    "červeno", "červenou", "modrou", "v tabuľke", "medzi riadkami", "odpovede nižšie", "stĺpc",
    "pirossal", "kékkel", "zölddel", "a szövegben", "a táblázatban", "a leveledben", "a sorok között", "minden kérdés",
    "válaszok lent", "válaszaim lent", "oszlop", "în roșu", "cu roșu", "cu albastru", "în text", "în tabel",
    "printre rânduri", "sub fiecare", "după fiecare", "răspunsurile mai jos", "coloan",
    "красным", "синим", "зелёным", "зеленым", "жирным", "заглавными", "в тексте", "в вашем письме", "в твоём письме",
    "в таблице", "между строк", "под каждым", "после каждого", "ответы ниже", "комментарии ниже", "столбц",
    "червоним", "синім", "зеленим", "в тексті", "у тексті", "у вашому листі", "в таблиці", "у таблиці", "між рядками",
    "під кожним", "відповіді нижче", "стовпц", "с червено", "в червено", "в синьо", "в текста", "в таблицата",
    "между редовете", "под всеки", "отговорите по-долу", "колона", "crvenom", "crveno", "plavom", "u tekstu", "u tablici",
    "između redaka", "između redova", "ispod svakog", "odgovori ispod", "stupc", "црвеном", "плавом", "у тексту",
    "у табели", "између редова", "rdečo", "rdeče", "z modro", "v besedilu", "v tabeli", "med vrsticami", "pod vsakim",
    "με κόκκινο", "με μπλε", "με πράσινο", "στο κείμενο", "στο μήνυμά", "στον πίνακα", "κάτω από κάθε", "στήλη",
    "ανάμεσα στις γραμμές", "kırmızı", "mavi renk", "yeşil renk", "metnin içinde", "mailinizin içinde", "tabloda",
    "satır aralarında", "her sorunun", "aşağıda cevap", "cevaplarım aşağıda", "sütun", "באדום", "בכחול", "בירוק",
    "בגוף", "בתוך", "בטבלה", "בין השורות", "מתחת לכל", "אחרי כל", "بالأحمر", "بالأزرق", "بالأخضر", "في النص", "داخل",
    "في الجدول", "بين السطور", "تحت كل", "بعد كل", "با قرمز", "با آبی", "در متن", "در جدول", "بین خطوط", "زیر هر",
    "赤字", "青字", "太字", "緑字", "本文中", "文中", "表中", "行間", "下記に回答", "以下に回答", "各質問", "インライン",
    "红色", "红字", "蓝色", "蓝字", "绿色", "邮件中", "原文中", "正文中", "文中", "表格", "每个问题", "每条", "下面逐条",
    "紅色", "紅字", "藍色", "藍字", "信中", "內文中", "每個問題", "빨간", "파란", "본문에", "본문 중", "표에", "질문 아래",
    "각 질문", "bằng chữ đỏ", "màu đỏ", "màu xanh", "trong bài", "trong email", "trong bảng", "dưới mỗi", "sau mỗi",
    "ตัวแดง", "สีแดง", "สีน้ำเงิน", "ในเนื้อ", "ในตาราง", "ใต้แต่ละ", "merah", "biru", "di dalam teks", "di dalam email",
    "di tabel", "di bawah setiap", "setelah setiap", "punase", "sinise", "teksti sees", "tabelis", "iga küsimuse",
    "sarkan", "zilā krāsā", "tekstā", "tabulā", "zem katra", "raudona", "mėlyna", "tekste", "lentelėje", "po kiekvien",
    "do textu", "do vašeho textu", "do tvého textu", "do vašeho mailu", "tučně", "tučným", "fettgedruckt", "pogrubien",
    "pogrubion", "vastagon", "halvfet", "fed skrift", "med fed", "fet stil", "kalın",
    "en vermell", "en blau", "dins del text", "al teu correu", "a la taula", "sota cada",
)  # fmt: skip
"""Where answers stand that are written into the older mail."""

BELOW: Final[tuple[str, ...]] = (
    "below", "beneath", "unten", "ci-dessous", "plus bas", "abajo", "abaixo", "sotto", "hieronder", "onderstaand",
    "nedenfor", "nedenunder", "herunder", "nedan", "alla", "alempana", "poniżej", "níže", "nižšie", "lent", "lejjebb",
    "alább", "mai jos", "ниже", "нижче", "по-долу", "ispod", "niže", "испод", "spodaj", "παρακάτω", "aşağıda", "למטה",
    "להלן", "أدناه", "در زیر", "以下", "下記", "下面", "아래", "dưới đây", "bên dưới", "ด้านล่าง", "di bawah", "allpool",
    "zemāk", "žemiau", "a sota", "inside",
)  # fmt: skip
"""Where older mails stand, which everybody mentions: it counts only beside what is surely an answer."""

SURELY: Final[tuple[str, ...]] = (
    "my answer", "our answer", "my comment", "our comment", "my remark", "my repl", "my response", "my notes", "filled",
    "completed the", "answered", "commented", "meine antwort", "unsere antwort", "meine anmerk", "meine kommentar",
    "ausgefüllt", "beantwortet", "ergänzt", "eingetragen", "mes réponses", "nos réponses", "mes commentaires",
    "mes remarques", "rempli", "complété", "répondu", "mis respuestas", "nuestras respuestas", "mis comentarios",
    "rellen", "completado", "contestado", "respondido", "minhas respostas", "meus comentários", "preench",
    "mie risposte", "miei commenti", "compilat", "risposto", "mijn antwoord", "mijn opmerk", "ingevuld", "beantwoord",
    "mine svar", "mine kommentar", "udfyldt", "besvaret", "mina svar", "mina kommentar", "ifyllt", "fyllt i", "besvarat",
    "utfylt", "fylt ut", "besvart", "vastaukseni", "kommenttini", "täyt", "vastasin", "moje odpowiedzi", "moje uwagi",
    "wypełni", "uzupełni", "moje odpovědi", "vyplni", "doplni", "odpověděl", "moje odpovede", "válaszaim", "kitölt",
    "megválaszol", "răspunsurile mele", "completat", "мои ответы", "мои комментарии", "заполн", "ответил", "мої відповіді",
    "заповн", "відповів", "отговорите ми", "попълн", "moji odgovori", "ispuni", "popuni", "моји одговори", "попуни",
    "izpolni", "οι απαντήσεις μου", "συμπλήρ", "cevaplarım", "yanıtlarım", "doldur", "תשובותיי", "תשובותי", "מילאתי",
    "عليها أدناه", "إجاباتي", "ملأت", "پاسخ‌های", "回答しました", "記入しました", "我的回答", "已填", "填好", "我的回覆",
    "제 답변", "기입", "tôi trả lời", "đã điền", "กรอกแล้ว", "jawaban saya", "sudah diisi", "minu vastus", "täitsin",
    "manas atbildes", "aizpildīj", "mano atsakymai", "užpild", "les meves respostes",
)  # fmt: skip
"""What somebody writes who has written into an older mail, and hardly anybody else."""

ANSWERS: Final[tuple[str, ...]] = (
    "answer", "comment", "repl", "respon", "remark", "note", "feedback", "see ", "filled", "fill in", "added", "inserted",
    "wrote my", "written", "typed", "marked", "put my", "input", "colou", "color",
    "antwort", "komment", "anmerk", "bemerk", "siehe", "ergänz", "ausgefüllt", "eingetragen", "geschrieben", "farb",
    "répon", "comment", "remarque", "voir", "complété", "rempli", "ajouté", "noté",
    "respuesta", "coment", "respond", "contest", "ver ", "rellen", "complet", "añad", "escrib", "anot",
    "respost", "preench", "acrescent", "escrev", "rispos", "rispond", "comment", "vedi", "compilat", "aggiunt", "scritt",
    "antwoord", "opmerk", "reactie", "gereageerd", "zie ", "ingevuld", "toegevoegd",
    "svar", "se ", "kommentar", "udfyldt", "tilføj", "skrev", "fyllt i", "lagt till", "skrivit", "fylt ut", "lagt inn",
    "vastau", "vastas", "kommen", "täyt", "lisäs", "kirjoit",
    "odpow", "komentarz", "uwag", "wypełni", "dopisa", "odpov", "komentář", "poznám", "vyplni", "doplni", "dopsa",
    "válasz", "megjegyz", "kitölt", "beír", "răspuns", "comentari", "complet", "scris",
    "ответ", "комментар", "замечан", "заполн", "дописа", "отметил", "відпов", "комент", "зауваж", "заповн", "вписа",
    "отговор", "попълн", "odgovor", "komentar", "ispuni", "dopisa", "одговор", "коментар", "izpolni", "pripomb",
    "απαντ", "σχόλι", "σχολί", "συμπλήρ", "yanıt", "cevap", "yorum", "doldur", "ekled", "yazd",
    "תשוב", "עני", "הער", "מילא", "כתב", "إجاب", "أجب", "رد", "تعليق", "ملاحظ", "كتب", "پاسخ", "جواب", "نظر", "نوشت",
    "回答", "返答", "返信", "コメント", "記入", "追記", "回复", "答复", "批注", "标注", "标出", "填", "答案", "注明",
    "回覆", "答覆", "標註", "標示", "註明", "답", "의견", "기입", "표시", "trả lời", "góp ý", "ghi chú", "điền",
    "ตอบ", "คำตอบ", "ความเห็น", "กรอก", "jawab", "balas", "komentar", "tulis", "isi ", "vastus", "vasta", "kommentaar",
    "märku", "atbild", "komentār", "piezīm", "aizpild", "atsaky", "atsak", "pastab", "užpild", "respost", "comentari",
)  # fmt: skip
"""What people call them, or do when they write them."""

_MARK: Final = re.compile(r"\[[^\W\d_]{1,5}\]")
MOST_LINES: Final = 2000
_SENTENCE: Final = re.compile(r"[.!?。！？]+(?=\s|\Z)|[。！？]|\n\s*\n")


def says_inside(words: str) -> bool:
    """Whether one sentence of some few words names both the answers and their place inside."""
    said = lowered(words[: LONGEST + 1])
    if len(said) > LONGEST:
        return False
    places, below = [one for one in PLACES if one in said], [one for one in BELOW if one in said]
    if not places and not below:
        return False
    return any(
        (_names(sentence, places) and any(one in sentence for one in ANSWERS))
        or (_names(sentence, below) and any(one in sentence for one in SURELY))
        for sentence in _SENTENCE.split(said)
    )


def marked_inside(words: str, history: Sequence[str]) -> bool:
    """Whether some few words name a mark in brackets ("see [AB] below") with which lines of the older mail begin."""
    marks = tuple(_MARK.findall(words[:LONGEST]))
    return bool(marks) and any(line.lstrip().startswith(marks) for line in history[:MOST_LINES])


def only_greets(lines: Sequence[str]) -> bool:
    """Whether some lines greet somebody by name, and say nothing more: then what is said stands in the older mail."""
    filled = [one.strip() for one in lines if one.strip()]
    words = filled[0].split() if len(filled) == 1 else []
    return 1 < len(words) < 6 and words[0].lower().strip(",!") in GREETINGS and filled[0][-1] in ",!:，："


def _names(sentence: str, places: list[str]) -> bool:
    """Whether one of the places stands there as words of its own, not as the end of another word."""
    for one in places:
        at = sentence.find(one)
        if at == 0 or (at > 0 and not (sentence[at - 1].isalpha() and one[0].isalpha() and _spaced(one))):
            return True
    return False


def _spaced(word: str) -> bool:
    """Whether the language of a word puts blanks between its words."""
    return word[0] < "\u0590" or "\u0621" <= word[0] < "\u0e00"
