"""The words by which mail programs introduce what they quote, in the languages they speak: data.

All in lower case.  A language is added by adding its words to these tables; the code that uses them is `replylines`.
"""

from __future__ import annotations

from typing import Final

WROTE: Final[dict[str, tuple[str, ...]]] = {
    "af": ("het geskryf", "geskryf"),
    "ar": ("كتب/كتبت", "كتبت/كتب", "تمت كتابة ما يلي", "كتب ما يلي", "بكتابة", "كتب", "كتبت"),
    "az": ("yazdı", "yazıb"), "be": ("напісаў", "напісала", "піша"),
    "bg": ("написа(-а)", "написал(а)", "написали", "писал", "написа", "писа"), "bn": ("লিখেছেন", "লিখেছে"),
    "ca": ("va escriure el", "escriu", "va escriure", "ha escrit", "escrigué"),
    "cs": (
        "napsal/a", "napsala/", "napsal(-a)", "psal", "psala", "napsal", "napsala", "napsal(a)", "napsáno",
        "píše",
    ),
    "cy": ("ysgrifennodd",), "da": ("skrev følgende", "har skrevet", "skrev", "skrevet"),
    "de": (
        "schrieb am", "folgendes geschrieben", "schreibt", "schrieb folgendes", "schrieb", "schrieben",
        "hat geschrieben", "geschrieben",
    ),
    "el": ("έγραψε", "έγραψαν"), "en": ("wrote", "writes", "said", "sent"), "eo": ("skribis",),
    "es": ("ha escrito", "escribe", "ha escribió", "escribió", "escribio"), "et": ("kirjutas", "kirjutatud"),
    "eu": ("idatzi du", "idatzi zuen", "idatzi"), "fa": ("نوشتند", "نوشته است", "نوشته‌است", "نوشت", "نوشته"),
    "fi": ("kirjoitti",), "fil": ("sumulat", "ay sumulat"),
    "fr": ("écrit", "a ecrit", "avez écrit", "a écrit", "à écrit", "écrivait", "a envoyé"), "ga": ("scríobh",),
    "gl": ("escribiu", "escribiron"), "gu": ("લખ્યું",),
    "he": ("כתב/ה", "כתב/כתבה", "כתבה/כתב", "כתב(ה)", "כתב", "כתבה", "מאת"), "hi": ("ने लिखा", "लिखा"),
    "hr": (
        "je napisao/la", "napisala je", "napisao/la je", "je napisala", "napisao", "napisala", "napisao je",
        "napisao/la", "je napisao",
    ),
    "hu": ("írta:", "a következőt írta", "ezt írtad", "írta", "ezt írta", "írta (időpont"),
    "hy": ("գրել է", "գրեց"), "id": ("menulis",), "is": ("skrifaði",),
    "it": ("ha inviato", "hai scritto", "ha scritto", "scrive", "scriveva"),
    "ja": (
        "さんは書きました", "さんが書きました", "が書きました", "様は書きました", "のメール：", "に書きました",
        "書きました", "のメール", "のメッセージ", "wrote",
    ),
    "ka": ("დაწერა", "წერს"), "kk": ("жазды",), "kn": ("ಬರೆದಿದ್ದಾರೆ",),
    "ko": ("이(가) 쓴 글", "님이 작성", "님이 작성한 메시지", "님께서 작성", "작성", "썼습니다", "님이 쓴 글"),
    "lb": ("huet geschriwwen", "schreift"), "lt": ("rašo", "parašė:", "rašė", "parašė"),
    "lv": ("raksta", "rakstīja"), "mk": ("напиша", "напишал", "пишува"), "ml": ("എഴുതി",),
    "mr": ("ने लिहिले", "लिहिले"), "ms": ("menulis", "telah menulis"),
    "nl": (
        "schreef het volgende", "schreef op", "het volgende geschreven", "schreef", "heeft geschreven",
        "geschreven",
    ),
    "no": ("har skrevet", "skrev", "skreiv"),
    "pl": ("pisał", "pisała", "pisał(a)", "napisał", "napisała", "napisał(a)", "napisał/a", "pisze"),
    "pt": ("escreve", "escreveu-nos", "escreveu", "escreveram"),
    "ro": ("a scris următoarele", "a scris", "scris"),
    "ru": (
        "писала", "написал(-а)", "написал/а", "писали", "пишут", "написал", "написала", "написал(а)", "пишет",
        "писал", "писал(а)", "от",
    ),
    "sk": ("napísal/a", "napísal(-a)", "píše", "napísal", "napísal(a)", "napísala"),
    "sl": (
        "je napisal(a)", "je napisal/a", "napisal(a)", "napisal/a", "napisala", "je napisal", "je napisala",
        "napisal",
    ),
    "sq": ("shkroi", "ka shkruar"),
    "sr": (
        "је написао/ла", "је написао(ла)", "написао", "написала", "napisao/la", "је написала", "пише",
        "је написао", "je napisao",
    ),
    "sv": ("har skrivit", "skrev", "skrivit"), "sw": ("aliandika",), "ta": ("எழுதியது",),
    "te": ("వ్రాసారు", "రాశారు"), "th": ("ได้เขียน", "เขียนว่า", "เขียน"),
    "tr": ("yazmış", "yazdı(lar)", "yazdı", "şunu yazdı", "şunları yazdı", "tarihinde"),
    "uk": (
        "написав(ла)", "написав(-ла)", "написав/ла", "написали", "писала", "пишуть", "написав", "написала",
        "пише", "писав",
    ),
    "ur": ("نے لکھا", "لکھا"), "uz": ("yozdi",), "vi": ("viết rằng", "đã viết vào", "đã viết", "viết"),
    "zh": ("写到", "寫到", "编写了", "写信", "說", "说道", "写道", "寫道", "编写", "撰寫", "来信"),
    "quoted": (
        "excerpts from", "missatge de", "napisana przez", "quoting", "zitat von", "citando", "citando a",
        "citation de", "cytat od", "citát", "citerar", "citerer", "citat från",
    ),
}  # fmt: skip
"""What stands at or near the end of "On Monday, Ann wrote:"."""

INTROS: Final[tuple[str, ...]] = (
    "pe", "þann", "o", "noong", "ar", "datë", "më", "vào ngày", "pada tanggal", "dňa", "dana", "дана", "у",
    "kl", "ngày", "в", "ми", "on the", "a", "às", "no", "në", "در", "در تاریخ", "v", "po", "út", "st", "čt",
    "pá", "ne", "so", "pr", "an", "tr", "kt", "pn", "št", "sk", "pon", "wt", "śr", "czw", "pt", "sob", "niedz",
    "lun", "mar", "mer", "mié", "jue", "vie", "sáb", "dom", "seg", "ter", "qua", "qui", "sex", "gio", "ven",
    "lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo", "lunedì", "martedì", "mercoledì",
    "giovedì", "venerdì", "sabato", "domenica", "montag", "dienstag", "mittwoch", "donnerstag", "freitag",
    "samstag", "sonntag", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
    "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag", "mandag", "tirsdag",
    "torsdag", "fredag", "lørdag", "søndag", "måndag", "tisdag", "lördag", "söndag", "ma", "ti", "ke", "to",
    "la", "su", "on", "am", "le", "el", "il", "em", "op", "den", "på", "w dniu", "dnia", "dne", "în data de",
    "în data", "pe data", "во", "на", "στις", "no dia", "vào", "pada", "kuupäeval", "בתאריך", "ב-", "في",
    "بتاريخ", "於", "在", "il giorno", "in data", "el día", "a les", "quoting", "zitat von", "citando",
    "citation de", "citat", "fre", "tors", "ons", "tis", "mån", "lör", "sön", "tir", "tor", "lør", "søn", "man",
    "mon", "tue", "wed", "thu", "fri", "sat", "sun", "mo", "di", "mi", "do", "fr", "sa", "vendredi", "lundi",
    "mardi", "mercredi", "jeudi", "samedi", "dimanche",
)  # fmt: skip
"""What the line of an attribution may begin with."""

FROM: Final[frozenset[str]] = frozenset({
    "from", "von", "de", "da", "van", "fra", "från", "lähettäjä", "od", "feladó", "od koho", "от", "від",
    "від кого", "от кого", "από", "kimden", "gönderen", "de la", "expéditeur", "remitente", "mittente",
    "remetente", "afzender", "avsändare", "avsender", "afsender", "absender", "差出人", "送信者", "寄件者",
    "发件人", "發件人", "寄件人", "보낸 사람", "보낸사람", "מאת", "من", "pengirim", "dari", "từ", "người gửi",
    "จาก", "saatja", "no", "nuo", "pošiljatelj", "šalje", "odesílatel", "odosielateľ", "nadawca", "expeditor",
    "подател", "отправитель", "відправник", "αποστολέας", "از", "فرستنده", "से", "प्रेषक", "frá", "nork",
    "mula kay", "daripada", "kellelt", "sūtītājs", "din partea", "siuntėjas", "iš", "送信元", "발신", "발신자",
    "보낸이", "од", "шаље", "pošiljalac", "ผู้ส่ง", "المرسل", "küldő", "sendandi", "remitent", "отправил",
    "пошиљалац", "nuo ko", "van wie", "sender", "från:", "প্রেরক", "থেকে", "enviado por", "enviado de",
    "gesendet von", "sent by",
})  # fmt: skip
SENT: Final[frozenset[str]] = frozenset({
    "sent", "date", "gesendet", "datum", "envoyé", "envoyé le", "enviado", "enviado el", "enviado em",
    "enviada", "enviada em", "enviat", "enviat el", "fecha", "data", "inviato", "verzonden", "sendt", "skickat",
    "skickad", "dato", "lähetetty", "päivämäärä", "päiväys", "wysłano", "wysłane", "odesláno", "odoslané",
    "odoslaný", "poslano", "posláno", "küldve", "elküldve", "dátum", "trimis", "dată", "дата", "отправлено",
    "отправлен", "надіслано", "изпратено", "ημερομηνία", "στάλθηκε", "tarih", "gönderilme tarihi", "gönderildi",
    "gönderme tarihi", "送信日時", "日時", "送信日", "日付", "发送时间", "發送時間", "日期", "寄件日期",
    "傳送時間", "보낸 날짜", "보낸날짜", "날짜", "נשלח", "תאריך", "تاريخ الإرسال", "التاريخ", "dikirim",
    "terkirim", "tanggal", "ngày", "đã gửi", "วันที่", "ส่ง", "saadetud", "kuupäev", "nosūtīts", "išsiųsta",
    "invio", "sent on", "sent at", "date sent", "gesendet am", "datum/tid", "sendt den", "ارسال شده", "تاریخ",
    "भेजा गया", "दिनांक", "तारीख", "dagsetning", "bidalia", "ipinadala", "dihantar", "tarikh", "saatmisaeg",
    "datums", "išsiųstas", "изпратен", "εστάλη", "αποστολή", "gönderilme", "gönderim tarihi", "gönderme",
    "skickat den", "pvm", "أرسلت", "تم الإرسال", "أُرسلت", "发送日期", "傳送日期", "ngày gửi", "ส่งเมื่อ",
    "послато", "poslato", "датум", "data d'enviament", "data wysłania", "wysłana", "nusiųsta", "saadeti",
    "küldés dátuma", "datum slanja", "verzonden op", "verstuurd", "inviato il", "odesláno dne", "时间", "時間",
    "发件时间", "発信日時", "보낸 시간", "일시", "дата отправки", "надіслано в", "data e ora", "date et heure",
    "vrijeme", "vreme", "পাঠানো হয়েছে", "তারিখ", "odoslané dňa", "отправлено в",
})  # fmt: skip
DATE: Final[frozenset[str]] = frozenset({
    "date", "datum", "fecha", "data", "dato", "päivämäärä", "päiväys", "dátum", "dată", "дата", "ημερομηνία",
    "tarih", "日時", "日付", "日期", "날짜", "תאריך", "التاريخ", "tanggal", "ngày", "วันที่", "kuupäev",
    "datum/tid", "تاریخ", "दिनांक", "तारीख", "dagsetning", "tarikh", "datums", "pvm", "датум",
    "data d'enviament", "data e ora", "时间", "時間", "일시", "তারিখ",
})  # fmt: skip
"""Those of SENT that stand in other forms too."""
TO: Final[frozenset[str]] = frozenset({
    "to", "an", "à", "a", "para", "aan", "til", "till", "vastaanottaja", "do", "komu", "címzett", "către",
    "catre", "кому", "до", "προς", "kime", "alıcı", "per", "za", "primatelj", "prima", "宛先", "收件人",
    "收件者", "받는 사람", "받는사람", "אל", "إلى", "kepada", "đến", "tới", "ถึง", "saaja", "kam", "adresāts",
    "kas", "destinataire", "destinatario", "destinatário", "cc", "cc:", "kopie", "kopia", "copie", "копия",
    "копія", "kopi", "kopio", "ccn", "bcc", "másolat", "抄送", "副本", "참조", "עותק", "w odpowiedzi do",
    "doručeno", "kopie (cc)", "cópia", "reply-to", "antwort an", "répondre à", "responder a", "empfänger",
    "adresat", "odbiorca", "primalac", "прима", "коме", "за", "gavėjas", "kellele", "adressaat", "saņēmējs",
    "per a", "prejemnik", "παραλήπτης", "mottagare", "modtager", "mottaker", "به", "گیرنده", "प्रति", "nori",
    "para kay", "penerima", "ke", "người nhận", "수신", "수신자", "받는이", "ผู้รับ", "المستلم", "получатель",
    "отримувач", "pro", "pre", "destinatari", "kopija", "kópia", "másolatot kap", "kopi til", "копия (cc)",
    "kopia till", "prijemca", "прималац", "voor", "viðtakandi", "প্রতি", "bilgi", "ontvanger", "copia",
    "copie à", "cópia para", "копие", "κοιν.", "κοινοποίηση", "másolat:", "副本抄送", "抄送人", "สำเนา",
    "สำเนาถึง", "نسخة", "نسخه", "tembusan", "ai",
})  # fmt: skip
SUBJECT: Final[frozenset[str]] = frozenset({
    "thema", "subject", "betreff", "objet", "sujet", "asunto", "assunto", "oggetto", "onderwerp", "emne",
    "ämne", "aihe", "temat", "předmět", "predmet", "tárgy", "subiect", "тема", "относно", "θέμα", "konu",
    "assumpte", "件名", "主题", "主旨", "主題", "제목", "נושא", "الموضوع", "perihal", "subjek", "chủ đề",
    "เรื่อง", "teema", "tēma", "tema", "zadeva", "naslov", "re", "betrifft", "sak", "vedr", "importance",
    "wichtigkeit", "priorität", "priority", "attachments", "anlagen", "pièces jointes", "موضوع", "विषय", "efni",
    "gaia", "paksa", "temats", "предмет", "наслов", "ชื่อเรื่อง", "tiêu đề", "subiectul", "betr", "betr.", "ang",
    "ang.", "angående", "rif", "rif.", "题目", "题名", "題名", "标题", "標題", "הנושא", "тема письма", "বিষয়",
    "titre", "titel", "titolo", "título",
})  # fmt: skip

ORIGINAL: Final[tuple[str, ...]] = (
    "original message", "original mail", "original email", "original e-mail", "ursprüngliche nachricht",
    "originalnachricht", "original-nachricht", "ursprüngliche mail", "urspr. nachricht", "original von",
    "message d'origine", "message original", "message d’origine", "mensaje original", "missatge original",
    "mensagem original", "messaggio originale", "oorspronkelijk bericht", "origineel bericht",
    "oorspronkelijke bericht", "oprindelig meddelelse", "original meddelelse", "oprindelig besked",
    "ursprungligt meddelande", "originalmeddelande", "originalmelding", "opprinnelig melding",
    "alkuperäinen viesti", "wiadomość oryginalna", "oryginalna wiadomość", "wiadomość pierwotna",
    "původní zpráva", "původní e-mail", "pôvodná správa", "eredeti üzenet", "mesaj original",
    "mesajul original", "исходное сообщение", "оригинальное сообщение", "первоначальное сообщение",
    "исходное письмо", "оригінальне повідомлення", "вихідне повідомлення", "оригинално съобщение",
    "originalna poruka", "izvorna poruka", "izvirno sporočilo", "αρχικό μήνυμα", "orijinal mesaj",
    "özgün ileti", "orijinal ileti", "הודעה מקורית", "الرسالة الأصلية", "元のメッセージ", "原始邮件",
    "原始郵件", "原邮件", "邮件原件", "원본 메시지", "원본 메일", "original message follows", "pesan asli",
    "thư gốc", "tin nhắn gốc", "ข้อความต้นฉบับ", "algne sõnum", "algsõnum", "oriģinālais ziņojums",
    "originalus laiškas", "reply message", "reply to message", "original nachricht", "e-mail d'origine",
    "e-mail d’origine", "mail original", "courriel d'origine", "message initial", "correo original",
    "email original", "e-mail original", "oryginalny mail", "treść oryginalnej", "wiadomość źródłowa",
    "pôvodný e-mail", "eredeti levél", "mesaj inițial", "оригинално писмо", "първоначално съобщение",
    "оригинал письма", "початкове повідомлення", "оригінальний лист", "ursprungligt mail", "ursprungligt mejl",
    "originalmeddelelse", "oprindelig mail", "original melding", "opprinnelig e-post",
    "alkuperäinen sähköposti", "algne kiri", "sākotnējais ziņojums", "oriģinālā ziņa", "pradinis laiškas",
    "pirminis pranešimas", "πρωτότυπο μήνυμα", "orjinal mesaj", "asıl ileti", "asıl mesaj", "ההודעה המקורית",
    "رسالة أصلية", "پیام اصلی", "پیغام اصلی", "मूल संदेश", "ข้อความเดิม", "thông báo gốc", "mesej asal",
    "pesan awal", "原始消息", "回复的原邮件", "原始訊息", "オリジナルメッセージ", "元のメール",
    "оригинална порука", "изворна порука", "prvotno sporočilo", "upprunaleg skilaboð", "mensaxe orixinal",
    "jatorrizko mezua", "orihinal na mensahe", "মূল বার্তা", "oorspronkelijke e-mail", "oorspronkelijke mail",
    "originele bericht", "messaggio precedente", "previous message", "mensaje anterior", "message précédent",
    "replied message", "reply to:", "původní email", "izvorni mail", "urspr. mail", "urspr. mitteilung",
    "원문 메시지",
)  # fmt: skip
FORWARDED: Final[tuple[str, ...]] = (
    "forwarded message", "forwarded email", "forwarded by", "begin forwarded message",
    "weitergeleitete nachricht", "anfang der weitergeleiteten", "weitergeleitet von", "message transféré",
    "début du message", "message réexpédié", "message transmis", "mensaje reenviado", "inicio del mensaje",
    "missatge reenviat", "mensagem encaminhada", "mensagem reencaminhada", "início da mensagem",
    "messaggio inoltrato", "inizio messaggio inoltrato", "doorgestuurd bericht", "begin doorgestuurd bericht",
    "videresendt meddelelse", "videresendt besked", "start på videresendt", "vidarebefordrat meddelande",
    "vidarebefordrat brev", "videresendt melding", "edelleenlähetetty viesti", "välitetty viesti",
    "wiadomość przekazana", "przekazana wiadomość", "przesłana wiadomość", "przeposlaná zpráva",
    "přeposlaná zpráva", "preposlaná správa", "továbbított üzenet", "mesaj redirecționat",
    "mesaj redirectionat", "пересылаемое сообщение", "пересланное сообщение", "переадресованное сообщение",
    "переслане повідомлення", "препратено съобщение", "proslijeđena poruka", "prosleđena poruka",
    "posredovano sporočilo", "προωθημένο μήνυμα", "iletilmiş mesaj", "iletilen mesaj", "yönlendirilmiş ileti",
    "הודעה שהועברה", "رسالة معاد توجيهها", "転送メッセージ", "転送されたメッセージ", "转发邮件", "转发的邮件",
    "轉寄郵件", "轉寄的郵件", "전달된 메시지", "전달된 메일", "pesan terusan", "pesan diteruskan",
    "thư được chuyển tiếp", "tin nhắn đã chuyển tiếp", "ข้อความที่ส่งต่อ", "edastatud sõnum", "pārsūtītā ziņa",
    "persiųstas pranešimas", "weitergeleitete mail", "weitergeleitete e-mail", "početak prosl",
    "začátek přepos", "začiatok prepos", "továbbított levél", "mesaj transmis", "începutul mesajului",
    "начало на препр", "начало переадр", "конец пересылаемого", "перенаправлене", "початок листа",
    "vidarebefordrat mejl", "vidarebefordrat e-post", "vidarebefordrad", "videresendt mail",
    "videresendt e-post", "edastatud kiri", "pārsūtītais", "pārsūtīta", "persiųstas laiškas", "έναρξη προωθ",
    "iletilen ileti", "תחילת ההודעה", "بداية الرسالة", "رسالة مُعاد", "پیام بازارسال", "پیام هدایت", "अग्रेषित",
    "thư chuyển tiếp", "thư đã chuyển tiếp", "mesej yang dimajukan", "转发邮件信息", "转发的消息", "已转发",
    "已轉寄", "轉寄的信件", "전달 메시지", "inici del missatge", "прослеђена порука", "začetek posredovanega",
    "áframsend", "mensaxe reenviada", "birbidalitako", "ipinasa", "ফরওয়ার্ড", "początek przekazanej",
    "treść przekazanej", "välitetty viesti alkaa", "message forwarded", "forward header", "mail transféré",
    "courriel transféré", "e-mail transféré", "correo reenviado", "email encaminhado", "e-mail inoltrata",
    "mail inoltrata", "doorgestuurde e-mail", "doorgestuurde mail", "videresendt", "weitergeleitete email",
)  # fmt: skip
ABOVE_SIGNS: Final[tuple[str, ...]] = (
    "above", "oberhalb", "über dieser", "boven", "svar over", "ovanför", "ovenfor", "powyżej", "nad tut", "nad tím", "fölé",
    "выше", "satırın", "この行", "此行", "줄 위에", "au-dessus", "encima", "acima", "sopra",
)  # fmt: skip
"""What the lines of `ABOVE` hold: a mail without any of it has none of them."""
ABOVE: Final[tuple[str, ...]] = (
    "reply above this line", "reply above the line", "type your reply above", "write above this line",
    "reply above. do not", "please reply above", "antworten sie oberhalb", "antwort oberhalb dieser linie",
    "oberhalb dieser zeile", "antwort über dieser zeile", "antwort über dieser linie", "antworten sie über dieser",
    "antwoord boven deze", "skriv dit svar over", "skriv ditt svar ovanför", "svar ovenfor denne",
    "odpowiedź powyżej tej", "odpověď nad tuto", "odpověď nad tímto", "válaszát e sor fölé", "ответ выше этой",
    "ответьте выше этой", "yanıtınızı bu satırın üst", "この行より上に", "请在此行上方", "請在此行上方",
    "이 줄 위에", "votre réponse au-dessus", "su respuesta encima de esta", "sua resposta acima desta",
    "la tua risposta sopra", "scrivi sopra questa", "escriba su respuesta encima",
    "répondez au-dessus de cette ligne", "répondre au-dessus",
    "responda encima de esta", "escriba su respuesta por encima", "responda acima desta linha",
    "rispondi sopra questa", "boven deze lijn", "reageer boven", "svar over denne", "svara ovanför",
)  # fmt: skip
HIDDEN: Final[frozenset[str]] = frozenset({
    "[quoted text hidden]", "[zitierter text ausgeblendet]", "[texte des messages précédents masqué]",
    "[el texto citado está oculto]", "[texto das mensagens anteriores oculto]",
    "[testo tra virgolette nascosto]", "[tekst uit oorspronkelijke bericht is verborgen]",
    "[citeret tekst er skjult]", "[dold citerad text]", "[sitert tekst er skjult]", "[цитируемый текст скрыт]",
    "[ukryto cytowany tekst]", "[引用文字隐藏]", "[引用テキストを非表示]",
})  # fmt: skip
"""What stands for a quote in a page that was printed or copied."""
GREETINGS: Final[frozenset[str]] = frozenset({
    "hi", "hello", "hey", "dear", "good", "morning", "hallo", "guten", "liebe", "lieber", "liebes", "sehr",
    "moin", "servus", "grüß", "grüezi", "bonjour", "bonsoir", "salut", "coucou", "cher", "chère", "chers",
    "hola", "buenos", "buenas", "buen", "estimado", "estimada", "estimados", "querido", "querida", "ciao",
    "buongiorno", "buonasera", "gentile", "gentilissimo", "gentilissima", "caro", "cara", "salve", "olá", "oi",
    "bom", "boa", "prezado", "prezada", "prezados", "beste", "geachte", "hoi", "dag", "goede", "goedemorgen",
    "goedemiddag", "hej", "hejsan", "heisann", "god", "godmorgen", "hei", "moi", "terve", "hyvä", "cześć",
    "dzień", "witam", "szanowny", "szanowna", "szanowni", "drogi", "droga", "dobrý", "ahoj", "milý", "milá",
    "vážený", "vážená", "zdravím", "čau", "szia", "sziasztok", "kedves", "tisztelt", "jó", "bună", "dragă",
    "stimate", "stimată", "здравствуйте", "добрый", "доброе", "привет", "уважаемый", "уважаемая", "вітаю",
    "добрий", "доброго", "шановний", "шановна", "привіт", "здравей", "здравейте", "здрасти", "zdravo", "bok",
    "dobar", "poštovani", "poštovana", "živjo", "spoštovani", "dragi", "γεια", "γειά", "καλημέρα", "καλησπέρα",
    "αγαπητέ", "αγαπητή", "merhaba", "selam", "sayın", "sevgili", "שלום", "היי", "مرحبا", "السلام", "أهلا",
    "سلام", "您好", "你好", "こんにちは", "お世話", "안녕하세요", "안녕하십니까",
    "xin", "chào", "kính", "halo", "hai", "selamat",
    "สวัสดี", "เรียน", "tere", "kallis", "sveiki", "sveiks", "labdien", "labas", "sveikas", "bon", "boas",
    "helo", "bore",
})  # fmt: skip
"""With which word people greet at the beginning."""
