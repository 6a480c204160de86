"""A mail that says thank you and nothing else: recognised so carefully that a question never passes for one.

The words of the mail, apart from quotes and signature, must be made up of known phrases from one table and of names; at
least one phrase must thank.  Anything else, a digit, a question mark, an attachment or one unknown word, and it is a mail
like any other.  So "Thanks, but it is broken again" is no thanks: no phrase knows "but".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from parsers.message import Kind, Message

LONGEST: Final = 240
"""Characters; whoever writes more says more."""
MOST_WORDS: Final = 40
_EMOJI: Final = frozenset("👍🙏😊🙂😀😃😄😁🤗👏🎉✅❤♥☺⭐🌟💐🏻🏼🏽🏾🏿\ufe0f\u200d")
_SMILEY: Final = re.compile(r"(?<!\S)[:;]-?[)D](?!\S)")
_QUESTION: Final = frozenset("?？؟\u037e⸮")
_LINKS: Final = re.compile(r"@|://|www\.")
_UNSPACED: Final = re.compile("([\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff])")
"""Scripts that put no blanks between words: each sign counts as a word."""

THANKS: Final[Mapping[str, tuple[str, ...]]] = {
    "bg": ("благодаря", "благодаря ви", "много благодаря", "благодаря много", "мерси"),
    "ca": ("gràcies", "moltes gràcies", "moltíssimes gràcies", "gràcies per l'ajuda"),
    "cs": ("děkuji", "děkuju", "díky", "moc děkuji", "děkuji moc", "mockrát děkuji", "děkuji za pomoc",
           "díky za pomoc", "velmi děkuji", "děkuji mnohokrát"),
    "da": ("mange tak", "tusind tak", "tak for hjælpen", "mange tak for hjælpen", "tak skal du have"),
    "de": ("danke", "danke schön", "dankeschön", "vielen dank", "besten dank", "herzlichen dank", "danke sehr",
           "tausend dank", "danke dir", "danke euch", "danke ihnen", "danke für die hilfe",
           "danke für die schnelle hilfe", "danke vielmals", "vielen dank für die hilfe",
           "vielen dank für ihre hilfe", "vielen dank für die schnelle hilfe", "merci", "vielen lieben dank",
           "danke für ihre hilfe", "danke für deine hilfe", "vielen dank für die rückmeldung"),
    "el": ("ευχαριστώ", "ευχαριστώ πολύ", "σας ευχαριστώ", "σας ευχαριστώ πολύ", "σε ευχαριστώ", "ευχαριστούμε"),
    "en": ("thanks", "thank you", "thank you very much", "thank you so much", "thanks a lot", "many thanks",
           "thanks so much", "thanks very much", "thanks again", "thank you again", "thanks a million",
           "thanks a bunch", "much appreciated", "thanks for your help", "thank you for your help",
           "thanks for the help", "thank you for the help", "cheers", "thanks for the quick help",
           "thank you for the quick help", "thanks for your quick help", "thx", "thanks for the quick reply",
           "thank you for the quick reply", "thanks for the quick response", "i appreciate it",
           "thank you for your quick response", "thank you for your support", "thanks for your support",
           "appreciate it"),
    "es": ("gracias", "muchas gracias", "mil gracias", "muchísimas gracias", "gracias por la ayuda",
           "gracias por su ayuda", "gracias por tu ayuda", "muchas gracias por su ayuda",
           "muchas gracias por la ayuda"),
    "et": ("aitäh", "tänan", "suur tänu", "suur aitäh", "tänan abi eest"),
    "fi": ("kiitos", "kiitos paljon", "paljon kiitoksia", "kiitos avusta", "suuri kiitos", "iso kiitos",
           "suurkiitos"),
    "fr": ("merci", "merci beaucoup", "un grand merci", "grand merci", "merci bien", "mille mercis",
           "merci pour votre aide", "merci pour ton aide", "merci de votre aide", "merci beaucoup pour votre aide",
           "je vous remercie", "merci à vous", "merci infiniment"),
    "hr": ("hvala", "hvala puno", "puno hvala", "hvala vam", "hvala lijepa", "hvala na pomoći"),
    "hu": ("köszönöm", "köszi", "köszönöm szépen", "nagyon köszönöm", "köszönöm a segítséget", "köszönjük"),
    "it": ("grazie", "grazie mille", "molte grazie", "tante grazie", "grazie tante", "mille grazie", "la ringrazio",
           "grazie per l'aiuto", "grazie dell'aiuto", "grazie infinite", "vi ringrazio", "ti ringrazio",
           "grazie ancora"),
    "ja": ("ありがとう", "ありがとうございます", "ありがとうございました", "どうもありがとうございました",
           "感謝します", "助かりました", "どうもありがとうございます", "誠にありがとうございました"),
    "ko": ("감사합니다", "고맙습니다", "감사드립니다", "정말 감사합니다", "대단히 감사합니다"),
    "lt": ("ačiū", "labai ačiū", "dėkoju", "labai dėkoju", "ačiū už pagalbą"),
    "lv": ("paldies", "liels paldies", "paldies par palīdzību"),
    "nl": ("bedankt", "dank je", "dank u", "dank je wel", "dank u wel", "hartelijk dank", "heel erg bedankt",
           "dankjewel", "bedankt voor de hulp", "bedankt voor je hulp", "bedankt voor uw hulp", "hartelijk bedankt",
           "veel dank"),
    "no": ("takk", "tusen takk", "mange takk", "takk skal du ha", "takk for hjelpen", "tusen takk for hjelpen"),
    "pl": ("dziękuję", "dzięki", "dziękuję bardzo", "bardzo dziękuję", "dziękuję za pomoc", "wielkie dzięki",
           "serdecznie dziękuję", "dziękujemy"),
    "pt": ("obrigado", "obrigada", "muito obrigado", "muito obrigada", "obrigado pela ajuda", "obrigada pela ajuda",
           "obrigado pela sua ajuda", "agradeço", "valeu"),
    "ro": ("mulțumesc", "mulţumesc", "vă mulțumesc", "mulțumesc mult", "mulțumesc frumos", "mersi"),
    "ru": ("спасибо", "большое спасибо", "спасибо большое", "благодарю", "благодарю вас", "спасибо за помощь",
           "огромное спасибо"),
    "sk": ("ďakujem", "vďaka", "veľmi pekne ďakujem", "ďakujem pekne", "ďakujem za pomoc", "veľká vďaka"),
    "sl": ("hvala", "najlepša hvala", "hvala lepa", "hvala za pomoč"),
    "sv": ("tack", "tack så mycket", "tusen tack", "stort tack", "tack för hjälpen", "tack för din hjälp",
           "många tack"),
    "tr": ("teşekkürler", "teşekkür ederim", "çok teşekkürler", "çok teşekkür ederim", "sağ olun",
           "yardımınız için teşekkürler"),
    "uk": ("дякую", "щиро дякую", "дуже дякую", "велике дякую", "дякую за допомогу"),
    "vi": ("cảm ơn", "cám ơn", "xin cảm ơn", "cảm ơn bạn", "cảm ơn rất nhiều"),
    "zh": ("谢谢", "谢谢你", "谢谢您", "非常感谢", "多谢", "感谢", "謝謝", "謝謝您", "非常感謝", "感謝您的幫助",
           "感谢您的帮助"),
}  # fmt: skip
"""What thanks, by language.  Compared in lower case, without punctuation.  Danish "tak" alone is missing: it is Polish for
yes."""

BESIDES: Final[Mapping[str, tuple[str, ...]]] = {
    "cs": ("vyřešeno", "už to funguje", "funguje to", "dobrý den", "ahoj", "s pozdravem", "hezký den"),
    "da": ("det virker nu", "nu virker det", "det løste problemet", "hej", "med venlig hilsen", "venlig hilsen",
           "mvh"),
    "de": ("das hat geholfen", "hat geholfen", "das hat funktioniert", "hat funktioniert", "jetzt geht es",
           "es geht wieder", "jetzt geht es wieder", "geht wieder", "es funktioniert jetzt", "jetzt funktioniert es",
           "das war's", "problem gelöst", "damit ist das problem gelöst", "das problem ist gelöst", "alles klar",
           "alles bestens", "super", "perfekt", "prima", "hallo", "guten tag", "guten morgen", "guten abend", "moin",
           "viele grüße", "liebe grüße", "mit freundlichen grüßen", "mit freundlichem gruß", "beste grüße",
           "schöne grüße", "freundliche grüße", "lg", "vg", "mfg", "gruß", "schönes wochenende",
           "einen schönen tag noch", "schönen tag noch", "das hat das problem gelöst", "erledigt"),
    "en": ("that solved it", "that fixed it", "this solved it", "this fixed it", "that worked", "it works now",
           "it works", "works now", "works perfectly", "works again", "it works again", "it works perfectly now",
           "all good", "all good now", "that did it", "that did the trick", "problem solved",
           "that solved the problem", "that fixed the problem", "solved", "issue resolved", "that helped",
           "that helped a lot", "perfect", "great", "excellent", "awesome", "wonderful", "got it",
           "it is working now", "it's working now", "hi", "hello", "dear", "hey", "good morning", "good afternoon",
           "best", "for", "best regards", "kind regards", "regards", "best wishes", "warm regards", "have a nice day",
           "have a great day", "have a good weekend", "have a nice weekend", "sincerely", "that was quick", "and",
           "all", "everyone", "team", "you are the best", "great job", "well done"),
    "es": ("ya funciona", "funciona", "solucionado", "problema resuelto", "perfecto", "genial", "hola", "buenos días",
           "buenas tardes", "un saludo", "saludos", "saludos cordiales", "atentamente", "cordialmente",
           "que tenga un buen día"),
    "fi": ("se auttoi", "nyt toimii", "toimii nyt", "hei", "terveisin", "ystävällisin terveisin", "mukavaa päivää"),
    "fr": ("ça marche", "ça fonctionne", "cela fonctionne", "tout fonctionne", "c'est réglé", "c'est résolu",
           "problème résolu", "ça marche maintenant", "parfait", "super", "bonjour", "bonsoir", "cordialement",
           "bien cordialement", "bien à vous", "bonne journée", "bonne soirée", "bon week-end", "salutations",
           "sincères salutations", "très bonne journée"),
    "hu": ("megoldódott", "működik", "már működik", "üdvözlettel", "szép napot", "jó napot", "szia"),
    "it": ("ora funziona", "adesso funziona", "funziona", "risolto", "problema risolto", "perfetto", "ottimo", "ciao",
           "salve", "buongiorno", "buonasera", "cordiali saluti", "saluti", "distinti saluti", "buona giornata",
           "buon lavoro"),
    "ja": ("解決しました", "解決いたしました", "お世話になっております", "お世話になります", "よろしくお願いします",
           "よろしくお願いいたします", "大変"),
    "ko": ("해결되었습니다", "해결됐습니다", "안녕하세요", "수고하세요", "좋은 하루 되세요"),
    "nl": ("het werkt", "het werkt nu", "het werkt weer", "opgelost", "probleem opgelost", "perfect", "top", "hallo",
           "beste", "goedemorgen", "goedemiddag", "met vriendelijke groet", "met vriendelijke groeten", "groeten",
           "groet", "mvg", "fijne dag", "fijn weekend"),
    "no": ("det virker nå", "nå virker det", "det løste problemet", "hei", "med vennlig hilsen", "vennlig hilsen",
           "hilsen", "mvh", "ha en fin dag"),
    "pl": ("działa", "już działa", "problem rozwiązany", "rozwiązane", "dzień dobry", "witam", "cześć", "pozdrawiam",
           "z poważaniem", "miłego dnia", "super", "serdecznie pozdrawiam"),
    "pt": ("já funciona", "está funcionando", "funcionou", "resolvido", "problema resolvido", "perfeito", "olá",
           "bom dia", "boa tarde", "boa noite", "cumprimentos", "atenciosamente", "abraço", "abraços",
           "com os melhores cumprimentos"),
    "ro": ("funcționează", "s-a rezolvat", "rezolvat", "bună ziua", "bună", "o zi bună", "cu stimă",
           "toate cele bune"),
    "ru": ("всё работает", "все работает", "теперь работает", "заработало", "помогло", "проблема решена",
           "здравствуйте", "добрый день", "с уважением", "всего доброго", "хорошего дня", "всё получилось",
           "все получилось"),
    "sv": ("det fungerar", "det fungerar nu", "nu fungerar det", "det löste sig", "problemet är löst", "hej",
           "hejsan", "med vänlig hälsning", "med vänliga hälsningar", "vänliga hälsningar", "hälsningar", "mvh",
           "ha en bra dag", "trevlig helg", "det hjälpte"),
    "tr": ("çözüldü", "sorun çözüldü", "şimdi çalışıyor", "merhaba", "iyi günler", "saygılarımla", "iyi çalışmalar",
           "kolay gelsin"),
    "uk": ("працює", "тепер працює", "все працює", "вирішено", "добрий день", "вітаю", "з повагою", "гарного дня"),
    "zh": ("问题解决了", "已经解决了", "已解决", "解决了", "可以了", "好的", "您好", "你好", "祝好", "問題解決了",
           "已解決"),
}  # fmt: skip
"""What may stand beside thanks and asks for nothing: that it works now, greetings, good wishes."""


def is_only_thanks(message: Message, names: Iterable[str] = ()) -> bool:
    """Whether a person's mail adds nothing but thanks.  `names`: addresses and names that may stand in it as well."""
    text = message.reply
    if message.kind is not Kind.PERSON or message.attachments or not text.strip() or len(text) > LONGEST:
        return False
    if any(c in _QUESTION or (c.isnumeric() and not _UNSPACED.match(c)) for c in text) or _LINKS.search(text):
        return False
    words = _words(text)
    if words is None or not words or len(words) > MOST_WORDS:
        return False
    people = [f"{message.from_.name} {message.from_.address}" if message.from_ else "", *names]
    return _is_made_of_phrases(words, frozenset(word for name in people for word in _name_words(name)))


def _words(text: str) -> tuple[str, ...] | None:
    """The words in lower case; None when a sign stands there that no phrase has."""
    kept = []
    for c in unicodedata.normalize("NFC", _SMILEY.sub(" ", text).casefold().replace("’", "'").replace("ʼ", "'")):
        if c in _EMOJI:
            continue
        category = unicodedata.category(c)
        if category[0] in "LM" or c == "'":
            kept.append(c)
        elif category[0] in "PZ" or c in "\n\t\r":
            kept.append(" ")
        else:
            return None
    return tuple(_UNSPACED.sub(r" \1 ", "".join(kept)).split())


def _name_words(name: str) -> Iterable[str]:
    local, _, domain = name.casefold().rpartition("@")
    return re.findall(r"[^\W\d_]{2,}", local or domain)


@lru_cache(maxsize=1)
def _phrases() -> tuple[Mapping[tuple[str, ...], bool], int]:
    """Every phrase as words, with whether it thanks; and how many words the longest has."""
    known: dict[tuple[str, ...], bool] = {}
    for table, thanks in ((BESIDES, False), (THANKS, True)):
        for phrase in (phrase for some in table.values() for phrase in some):
            known[_words(phrase) or ()] = thanks
    return known, max(map(len, known))


def _is_made_of_phrases(words: tuple[str, ...], names: frozenset[str]) -> bool:
    """Whether the words can be cut into known phrases and names, one of them thanking.  Linear in the words."""
    known, longest = _phrases()
    reached: list[bool | None] = [False, *[None] * len(words)]  # None: not reached; True: by a way that thanks
    for start in range(len(words)):
        if reached[start] is None:
            continue
        for end in range(start + 1, min(start + longest, len(words)) + 1):
            phrase = words[start:end]
            if phrase in known or (len(phrase) == 1 and phrase[0] in names):
                reached[end] = bool(reached[end]) or bool(reached[start]) or known.get(phrase, False)
    return reached[-1] is True
