"""Reply text in the languages and forms of the common mail programs; every text is written for this test."""

from __future__ import annotations

import pytest

from parsers.reply import reply_of

ATTRIBUTIONS = (
    ("en Gmail", "On Mon, 2 Nov 2026 at 10:14, Ann Archer <ann@example.org> wrote:"),
    ("en Apple Mail", "On 2 Nov 2026, at 10:14, Ann Archer <ann@example.org> wrote:"),
    ("en Thunderbird", "On 02/11/2026 10:14, Ann Archer wrote:"),
    ("en mutt", "On Mon, Nov 02, 2026 at 10:14:12AM +0100, Ann Archer wrote:"),
    ("en Yahoo", "On Monday, November 2, 2026 at 10:14:12 AM GMT+1, Ann Archer <ann@example.org> wrote:"),
    ("en Proton", "On Monday, November 2nd, 2026 at 10:14 AM, Ann Archer <ann@example.org> wrote:"),
    ("en Zoho", "---- On Mon, 02 Nov 2026 10:14:12 +0100 Ann Archer <ann@example.org> wrote ----"),
    ("en Horde", "Quoting Ann Archer <ann@example.org>:"),
    ("Gmail of old", "2026-11-02 10:14 GMT+01:00 Ann Archer <ann@example.org>:"),
    ("de Gmail", "Am Mo., 2. Nov. 2026 um 10:14 Uhr schrieb Ann Archer <ann@example.org>:"),
    ("de Apple Mail", "Am 02.11.2026 um 10:14 schrieb Ann Archer <ann@example.org>:"),
    ("fr Gmail", "Le lun. 2 nov. 2026 à 10:14, Ann Archer <ann@example.org> a écrit :"),
    ("fr Thunderbird", "Le 02/11/2026 à 10:14, Ann Archer a écrit :"),
    ("es Gmail", "El lun, 2 nov 2026 a las 10:14, Ann Archer (<ann@example.org>) escribió:"),
    ("ca Thunderbird", "El 02/11/2026 a les 10:14, Ann Archer ha escrit:"),
    ("pt Gmail", "Em seg., 2 de nov. de 2026 às 10:14, Ann Archer <ann@example.org> escreveu:"),
    ("it Gmail", "Il giorno lun 2 nov 2026 alle ore 10:14 Ann Archer <ann@example.org> ha scritto:"),
    ("nl Gmail", "Op ma 2 nov 2026 om 10:14 schreef Ann Archer <ann@example.org>:"),
    ("nl Apple Mail", "Op 2 nov 2026 om 10:14 heeft Ann Archer <ann@example.org> het volgende geschreven:"),
    ("da Apple Mail", "Den 2. nov. 2026 kl. 10.14 skrev Ann Archer <ann@example.org>:"),
    ("sv Gmail", "Den mån 2 nov. 2026 kl 10:14 skrev Ann Archer <ann@example.org>:"),
    ("no Gmail", "man. 2. nov. 2026 kl. 10:14 skrev Ann Archer <ann@example.org>:"),
    ("fi Gmail", "ma 2. marrask. 2026 klo 10.14 Ann Archer (ann@example.org) kirjoitti:"),
    ("pl Gmail", "pon., 2 lis 2026 o 10:14 Ann Archer <ann@example.org> napisał(a):"),
    ("pl Thunderbird", "W dniu 2.11.2026 o 10:14, Ann Archer pisze:"),
    ("cs Gmail", "po 2. 11. 2026 v 10:14 odesílatel Ann Archer <ann@example.org> napsal:"),
    ("sk Gmail", "po 2. 11. 2026 o 10:14 Ann Archer <ann@example.org> napísal(a):"),
    ("hu Gmail", "Ann Archer <ann@example.org> ezt írta (időpont: 2026. nov. 2., H, 10:14):"),
    ("ro Gmail", "În lun., 2 nov. 2026 la 10:14, Ann Archer <ann@example.org> a scris:"),
    ("ru Gmail", "пн, 2 нояб. 2026 г. в 10:14, Ann Archer <ann@example.org>:"),
    ("ru Thunderbird", "02.11.2026 10:14, Ann Archer пишет:"),
    ("uk Gmail", "пн, 2 лист. 2026 р. о 10:14 Ann Archer <ann@example.org> пише:"),
    ("bg Gmail", "На пн, 2.11.2026 г. в 10:14 Ann Archer <ann@example.org> написа:"),
    ("hr Gmail", "pon, 2. stu 2026. u 10:14 Ann Archer <ann@example.org> napisao je:"),
    ("sr Gmail", "пон, 2. нов 2026. у 10:14 Ann Archer <ann@example.org> је написао/ла:"),
    ("sl Gmail", "V V pon., 2. nov. 2026 ob 10:14 je oseba Ann Archer <ann@example.org> napisala:"),
    ("el Gmail", "Στις Δευ 2 Νοε 2026 στις 10:14 π.μ., ο/η Ann Archer <ann@example.org> έγραψε:"),
    ("tr Gmail", "Ann Archer <ann@example.org>, 2 Kas 2026 Pzt, 10:14 tarihinde şunu yazdı:"),
    (
        "he Gmail",
        "\u202bבתאריך יום ב׳, 2 בנוב׳ 2026 ב-10:14 מאת \u202aAnn Archer\u202c\u200f "
        "<\u202aann@example.org\u202c\u200f>:\u202c",
    ),
    ("ar Gmail", "في الاثنين، 2 نوفمبر 2026 في 10:14 ص تمت كتابة ما يلي بواسطة Ann Archer <ann@example.org>:"),
    ("ja Gmail", "2026年11月2日(月) 10:14 Ann Archer <ann@example.org>:"),
    ("ko Gmail", "2026년 11월 2일 (월) 오전 10:14, Ann Archer <ann@example.org>님이 작성:"),
    ("zh Gmail", "Ann Archer <ann@example.org> 于2026年11月2日周一 10:14写道："),
    ("zh-TW Gmail", "Ann Archer <ann@example.org> 於 2026年11月2日 週一 上午10:14寫道："),
    ("vi Gmail", "Vào Th 2, 2 thg 11, 2026 vào lúc 10:14 Ann Archer <ann@example.org> đã viết:"),
    ("id Gmail", "Pada tanggal Sen, 2 Nov 2026 pukul 10.14 Ann Archer <ann@example.org> menulis:"),
    ("th Gmail", "ในวันที่ จ. 2 พ.ย. 2026 เวลา 10:14 Ann Archer <ann@example.org> เขียนว่า:"),
    ("et Gmail", "Kontakt Ann Archer (<ann@example.org>) kirjutas kuupäeval E, 2. november 2026 kell 10:14:"),
    ("lv Gmail", "pirmd., 2026. g. 2. nov., plkst. 10:14 — lietotājs Ann Archer (<ann@example.org>) rakstīja:"),
    ("lt Gmail", "2026-11-02, pr, 10:14 Ann Archer <ann@example.org> rašė:"),
)


@pytest.mark.parametrize(("program", "line"), ATTRIBUTIONS, ids=[program for program, _ in ATTRIBUTIONS])
def test_an_attribution_and_its_quote_are_no_part_of_the_reply(program: str, line: str) -> None:
    reply, cut = reply_of(f"It works now.\n\n{line}\n\n> Does it work?\n> Ann\n")
    assert reply == "It works now."
    assert any(one.why == "attribution" for one in cut)


BROKEN = tuple((program, line) for program, line in ATTRIBUTIONS if len(line) > 60 and " <" in line)


@pytest.mark.parametrize(("program", "line"), BROKEN, ids=[program for program, _ in BROKEN])
def test_an_attribution_broken_over_two_lines_is_one_attribution(program: str, line: str) -> None:
    at = line.index(" <")
    reply, _ = reply_of(f"It works now.\n\n{line[:at]}\n{line[at + 1 :]}\n> Does it work?\n")
    assert reply == "It works now."


HEADERS = (
    (
        "en Outlook",
        ("From: Ann Archer <ann@example.org>", "Sent: Monday, November 2, 2026 10:14 AM", "To: IT", "Subject: Help"),
    ),
    ("en bold", ("*From:* Ann Archer", "*Sent:* Monday, 2 November 2026 10:14", "*To:* IT", "*Subject:* Help")),
    ("de Outlook", ("Von: Ann Archer", "Gesendet: Montag, 2. November 2026 10:14", "An: IT", "Betreff: Hilfe")),
    ("fr Outlook", ("De : Ann Archer", "Envoyé : lundi 2 novembre 2026 10:14", "À : IT", "Objet : Aide")),
    ("es Outlook", ("De: Ann Archer", "Enviado el: lunes, 2 de noviembre de 2026 10:14", "Para: IT", "Asunto: Ayuda")),
    (
        "pt Outlook",
        ("De: Ann Archer", "Enviado: segunda-feira, 2 de novembro de 2026 10:14", "Para: IT", "Assunto: Ajuda"),
    ),
    ("it Outlook", ("Da: Ann Archer", "Inviato: lunedì 2 novembre 2026 10:14", "A: IT", "Oggetto: Aiuto")),
    ("nl Outlook", ("Van: Ann Archer", "Verzonden: maandag 2 november 2026 10:14", "Aan: IT", "Onderwerp: Hulp")),
    ("da Outlook", ("Fra: Ann Archer", "Sendt: 2. november 2026 10:14", "Til: IT", "Emne: Hjælp")),
    ("sv Outlook", ("Från: Ann Archer", "Skickat: den 2 november 2026 10:14", "Till: IT", "Ämne: Hjälp")),
    (
        "fi Outlook",
        ("Lähettäjä: Ann Archer", "Lähetetty: maanantai 2. marraskuuta 2026 10.14", "Vastaanottaja: IT", "Aihe: Apua"),
    ),
    ("pl Outlook", ("Od: Ann Archer", "Wysłano: poniedziałek, 2 listopada 2026 10:14", "Do: IT", "Temat: Pomoc")),
    ("cs Outlook", ("Od: Ann Archer", "Odesláno: pondělí 2. listopadu 2026 10:14", "Komu: IT", "Předmět: Pomoc")),
    ("sk Outlook", ("Od: Ann Archer", "Odoslané: pondelok 2. novembra 2026 10:14", "Komu: IT", "Predmet: Pomoc")),
    (
        "hu Outlook",
        ("Feladó: Ann Archer", "Elküldve: 2026. november 2., hétfő 10:14", "Címzett: IT", "Tárgy: Segítség"),
    ),
    ("ro Outlook", ("De la: Ann Archer", "Trimis: luni, 2 noiembrie 2026 10:14", "Către: IT", "Subiect: Ajutor")),
    ("ru Outlook", ("От: Ann Archer", "Отправлено: 2 ноября 2026 г. 10:14", "Кому: IT", "Тема: Помощь")),
    ("uk Outlook", ("Від: Ann Archer", "Надіслано: 2 листопада 2026 р. 10:14", "Кому: IT", "Тема: Допомога")),
    ("el Outlook", ("Από: Ann Archer", "Στάλθηκε: Δευτέρα, 2 Νοεμβρίου 2026 10:14", "Προς: IT", "Θέμα: Βοήθεια")),
    ("tr Outlook", ("Kimden: Ann Archer", "Gönderildi: 2 Kasım 2026 Pazartesi 10:14", "Kime: IT", "Konu: Yardım")),
    ("he Outlook", ("מאת: Ann Archer", "נשלח: יום שני 02 נובמבר 2026 10:14", "אל: IT", "נושא: עזרה")),
    ("ja Outlook", ("差出人: Ann Archer", "送信日時: 2026年11月2日 10:14", "宛先: IT", "件名: 相談")),
    ("zh Outlook", ("发件人: Ann Archer", "发送时间: 2026年11月2日 10:14", "收件人: IT", "主题: 帮助")),
    ("zh-TW Outlook", ("寄件者: Ann Archer", "寄件日期: 2026年11月2日 上午 10:14", "收件者: IT", "主旨: 幫忙")),
    (
        "ko Outlook",
        ("보낸 사람: Ann Archer", "보낸 날짜: 2026년 11월 2일 월요일 오전 10:14", "받는 사람: IT", "제목: 도움"),
    ),
)


@pytest.mark.parametrize(("program", "fields"), HEADERS, ids=[program for program, _ in HEADERS])
def test_everything_under_the_header_of_an_older_mail_is_history(program: str, fields: tuple[str, ...]) -> None:
    header = "\n".join(fields)
    reply, cut = reply_of(f"It works now.\n\n________________________________\n{header}\n\nDoes it work?\nAnn\n")
    assert reply == "It works now."
    assert "Does it work?" in "".join(one.text for one in cut)


DIVIDERS = (
    "-----Original Message-----",
    "-------- Original message --------",
    "------- Original Message -------",
    "-----Ursprüngliche Nachricht-----",
    "-------- Message d'origine --------",
    "-----Mensaje original-----",
    "-----Mensagem original-----",
    "-----Messaggio originale-----",
    "-----Oorspronkelijk bericht-----",
    "-----Oprindelig meddelelse-----",
    "-----Ursprungligt meddelande-----",
    "-----Opprinnelig melding-----",
    "-----Alkuperäinen viesti-----",
    "-----Wiadomość oryginalna-----",
    "-----Původní zpráva-----",
    "-----Eredeti üzenet-----",
    "-----Исходное сообщение-----",
    "-----Αρχικό μήνυμα-----",
    "-----Orijinal Mesaj-----",
    "-----元のメッセージ-----",
    "------------------ 原始邮件 ------------------",
    "-----원본 메시지-----",
    "--- Reply above this line ---",
    "##- Please type your reply above this line -##",
)


@pytest.mark.parametrize("divider", DIVIDERS)
def test_everything_under_a_divider_is_history(divider: str) -> None:
    assert reply_of(f"It works now.\n\n{divider}\nDoes it work?\n")[0] == "It works now."


FOOTERS = (
    "Sent from my iPhone",
    "Sent from Outlook for Android",
    "Get Outlook for iOS<https://example.org/x>",
    "Von meinem iPhone gesendet",
    "Gesendet mit der mobilen Mail App",
    "Envoyé de mon iPad",
    "Enviado desde mi iPhone",
    "Enviado do meu iPhone",
    "Inviato da iPhone",
    "Verstuurd vanaf mijn iPhone",
    "Sendt fra min iPhone",
    "Skickat från min iPhone",
    "Lähetetty iPhonesta",
    "Wysłane z iPhone'a",
    "Odesláno z iPhonu",
    "Отправлено с iPhone",
    "Στάλθηκε από το iPhone μου",
    "iPhone'umdan gönderildi",
    "iPhoneから送信",
    "发自我的 iPhone",
    "從我的 iPhone 傳送",
    "나의 iPhone에서 보냄",
    "Trimis de pe iPhone",
    "Dikirim dari iPhone saya",
    "Sent from Yahoo Mail on Android",
    "Sent with Proton Mail secure email.",
    "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.",
)


@pytest.mark.parametrize("footer", FOOTERS)
def test_the_line_that_a_device_adds_is_no_part_of_the_reply(footer: str) -> None:
    assert reply_of(f"It works now.\n\n{footer}\n")[0] == "It works now."
    quoted = f"It works now.\n\n{footer}\n\nOn 2 Nov 2026, at 10:14, Ann <ann@example.org> wrote:\n> Does it?\n"
    assert reply_of(quoted)[0] == "It works now."
