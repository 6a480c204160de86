"""The words by which mail programs introduce what they quote, in the languages they speak: data.

All in lower case.  A language is added by adding its words to these tables; the code that uses them is `replylines`.
"""

from __future__ import annotations

from typing import Final

WROTE: Final[dict[str, tuple[str, ...]]] = {
    "ar": ("كتب", "كتبت"), "bg": ("написа", "писа"), "ca": ("va escriure", "ha escrit", "escrigué"),
    "cs": ("napsal", "napsala", "napsal(a)", "napsáno", "píše"), "da": ("skrev", "skrevet"),
    "de": ("schrieb", "schrieben", "hat geschrieben", "geschrieben"), "el": ("έγραψε", "έγραψαν"),
    "en": ("wrote", "writes", "said", "sent", "write"), "es": ("escribió", "escribio", "escribi\u00f3"),
    "et": ("kirjutas", "kirjutatud"),
    "fa": ("نوشت", "نوشته"), "fi": ("kirjoitti",), "fr": ("a écrit", "à écrit", "a ecrit", "écrivait", "a envoyé"),
    "he": ("כתב", "כתבה", "מאת"), "hr": ("napisao", "napisala", "napisao je", "napisao/la", "je napisao"),
    "hu": ("írta", "ezt írta", "írta (időpont"), "id": ("menulis",), "it": ("ha scritto", "scrive", "scriveva"),
    "ja": ("書きました", "のメール", "のメッセージ", "wrote"), "ko": ("작성", "썼습니다", "님이 쓴 글"),
    "lt": ("rašė", "parašė"),
    "lv": ("rakstīja",), "nl": ("schreef", "heeft geschreven", "geschreven"), "no": ("skrev", "skreiv"),
    "pl": ("napisał", "napisała", "napisał(a)", "napisał/a", "pisze"), "pt": ("escreveu", "escreveram"),
    "ro": ("a scris", "scris"), "ru": ("написал", "написала", "написал(а)", "пишет", "писал", "писал(а)", "от"),
    "sk": ("napísal", "napísal(a)", "napísala"),
    "sl": ("je napisal", "je napisala", "napisal"), "sr": ("је написао", "је написала", "je napisao"),
    "sv": ("skrev", "skrivit"), "th": ("เขียน", "เขียนว่า"), "tr": ("yazdı", "şunu yazdı", "şunları yazdı",
    "tarihinde"),
    "uk": ("написав", "написала", "пише", "писав"), "vi": ("đã viết", "viết"), "zh": ("写道", "寫道", "编写", "撰寫",
    "来信"),
}  # fmt: skip
"""What stands at or near the end of "On Monday, Ann wrote:"."""

INTROS: Final[tuple[str, ...]] = (
    "on", "am", "le", "el", "il", "em", "op", "den", "på", "w dniu", "dnia", "dne", "dňa", "în data de", "în data",
    "pe data", "la", "в", "во", "на", "στις", "no dia", "dana", "ngày", "vào", "pada", "kuupäeval", "בתאריך", "ב-",
    "في", "بتاريخ", "於", "在", "il giorno", "el día", "a les", "quoting", "zitat von", "citando", "citation de",
    "citat", "fre", "tors", "ons", "tis", "mån", "lör", "sön", "tir", "tor", "lør", "søn", "man", "mon", "tue",
    "wed", "thu", "fri", "sat", "sun", "mo", "di", "mi", "do", "fr", "sa", "so", "vendredi", "lundi", "mardi",
    "mercredi", "jeudi", "samedi", "dimanche",
)  # fmt: skip
"""What the line of an attribution may begin with."""

FROM: Final[frozenset[str]] = frozenset({
    "from", "von", "de", "da", "van", "fra", "från", "lähettäjä", "od", "feladó", "od koho", "от", "від", "від кого",
    "от кого", "από", "kimden", "gönderen", "de la", "expéditeur", "remitente", "mittente", "remetente", "afzender",
    "avsändare", "avsender", "afsender", "absender", "差出人", "送信者", "寄件者", "发件人", "發件人", "寄件人",
    "보낸 사람", "보낸사람", "מאת", "من", "pengirim", "dari", "từ", "người gửi", "จาก", "saatja", "no", "nuo",
    "pošiljatelj", "šalje", "odesílatel", "odosielateľ", "nadawca", "expeditor", "подател", "отправитель",
    "відправник", "αποστολέας",
})  # fmt: skip
SENT: Final[frozenset[str]] = frozenset({
    "sent", "date", "gesendet", "datum", "envoyé", "envoyé le", "enviado", "enviado el", "enviado em", "enviada",
    "enviada em", "enviat", "fecha", "data", "inviato", "verzonden", "sendt", "skickat", "skickad", "dato",
     "lähetetty", "päivämäärä", "päiväys", "wysłano", "wysłane", "odesláno", "odoslané", "odoslaný", "poslano",
    "posláno", "küldve", "elküldve", "dátum", "trimis", "dată", "дата", "отправлено", "отправлен", "надіслано",
    "изпратено", "ημερομηνία", "στάλθηκε", "tarih", "gönderilme tarihi", "gönderildi", "gönderme tarihi", "送信日時",
    "日時", "送信日", "日付", "发送时间", "發送時間", "日期", "寄件日期", "傳送時間", "보낸 날짜", "보낸날짜",
    "날짜", "נשלח", "תאריך", "تاريخ الإرسال", "التاريخ", "dikirim", "terkirim", "tanggal", "ngày", "đã gửi",
    "วันที่", "ส่ง", "saadetud", "kuupäev", "nosūtīts", "išsiųsta", "invio", "sent on", "sent at", "date sent",
    "gesendet am", "datum/tid", "sendt den",
})  # fmt: skip
DATE: Final[frozenset[str]] = frozenset({
    "date", "datum", "fecha", "data", "dato", "päivämäärä", "päiväys", "dátum", "dată", "дата", "ημερομηνία", "tarih",
    "日時", "日付", "日期", "날짜", "תאריך", "التاريخ", "tanggal", "ngày", "วันที่", "kuupäev", "datum/tid",
})  # fmt: skip
"""Those of SENT that stand in other forms too."""
TO: Final[frozenset[str]] = frozenset({
    "to", "an", "à", "a", "para", "aan", "til", "till", "vastaanottaja", "do", "komu", "címzett", "către", "catre",
    "кому", "до", "προς", "kime", "alıcı", "per", "za", "primatelj", "prima", "宛先", "收件人", "收件者",
    "받는 사람", "받는사람", "אל", "إلى", "kepada", "đến", "tới", "ถึง", "saaja", "kam", "adresāts", "kas",
    "destinataire", "destinatario", "destinatário", "cc", "cc:", "kopie", "kopia", "copie", "копия", "копія", "kopi",
    "kopio", "ccn", "bcc", "másolat", "抄送", "副本", "참조", "עותק", "w odpowiedzi do", "doručeno", "kopie (cc)",
    "cópia", "reply-to", "antwort an", "répondre à", "responder a",
})  # fmt: skip
SUBJECT: Final[frozenset[str]] = frozenset({
    "subject", "betreff", "objet", "sujet", "asunto", "assunto", "oggetto", "onderwerp", "emne", "ämne", "aihe",
    "temat", "předmět", "predmet", "tárgy", "subiect", "тема", "относно", "θέμα", "konu", "assumpte", "件名", "主题",
    "主旨", "主題", "제목", "נושא", "الموضوع", "perihal", "subjek", "chủ đề", "เรื่อง", "teema", "tēma", "tema",
    "zadeva", "naslov", "re", "betrifft", "sak", "vedr", "importance", "wichtigkeit", "priorität", "priority",
    "attachments", "anlagen", "pièces jointes",
})  # fmt: skip

ORIGINAL: Final[tuple[str, ...]] = (
    "original message", "original mail", "original email", "original e-mail", "ursprüngliche nachricht",
    "originalnachricht", "original-nachricht", "ursprüngliche mail", "urspr. nachricht", "original von",
    "message d'origine", "message original", "message d’origine", "mensaje original", "missatge original",
    "mensagem original", "messaggio originale", "oorspronkelijk bericht", "origineel bericht",
    "oorspronkelijke bericht", "oprindelig meddelelse", "original meddelelse", "oprindelig besked",
    "ursprungligt meddelande", "originalmeddelande", "originalmelding", "opprinnelig melding", "alkuperäinen viesti",
    "wiadomość oryginalna", "oryginalna wiadomość", "wiadomość pierwotna", "původní zpráva", "původní e-mail",
    "pôvodná správa", "eredeti üzenet", "mesaj original", "mesajul original", "исходное сообщение",
    "оригинальное сообщение", "первоначальное сообщение", "исходное письмо", "оригінальне повідомлення",
    "вихідне повідомлення", "оригинално съобщение", "originalna poruka", "izvorna poruka", "izvirno sporočilo",
    "αρχικό μήνυμα", "orijinal mesaj", "özgün ileti", "orijinal ileti", "הודעה מקורית", "الرسالة الأصلية",
    "元のメッセージ", "原始邮件", "原始郵件", "原邮件", "邮件原件", "원본 메시지", "원본 메일",
    "original message follows", "pesan asli", "thư gốc", "tin nhắn gốc", "ข้อความต้นฉบับ", "algne sõnum", "algsõnum",
    "oriģinālais ziņojums", "originalus laiškas", "reply message", "reply to message",
)  # fmt: skip
FORWARDED: Final[tuple[str, ...]] = (
    "forwarded message", "forwarded email", "forwarded by", "begin forwarded message", "weitergeleitete nachricht",
    "anfang der weitergeleiteten", "weitergeleitet von", "message transféré", "début du message",
    "message réexpédié", "message transmis", "mensaje reenviado", "inicio del mensaje", "missatge reenviat",
    "mensagem encaminhada", "mensagem reencaminhada", "início da mensagem", "messaggio inoltrato",
    "inizio messaggio inoltrato", "doorgestuurd bericht", "begin doorgestuurd bericht", "videresendt meddelelse",
    "videresendt besked", "start på videresendt", "vidarebefordrat meddelande", "vidarebefordrat brev",
    "videresendt melding", "edelleenlähetetty viesti", "välitetty viesti", "wiadomość przekazana",
    "przekazana wiadomość", "przesłana wiadomość", "przeposlaná zpráva", "přeposlaná zpráva", "preposlaná správa",
    "továbbított üzenet", "mesaj redirecționat", "mesaj redirectionat", "пересылаемое сообщение",
    "пересланное сообщение", "переадресованное сообщение", "переслане повідомлення", "препратено съобщение",
    "proslijeđena poruka", "prosleđena poruka", "posredovano sporočilo", "προωθημένο μήνυμα", "iletilmiş mesaj",
    "iletilen mesaj", "yönlendirilmiş ileti", "הודעה שהועברה", "رسالة معاد توجيهها", "転送メッセージ",
    "転送されたメッセージ", "转发邮件", "转发的邮件", "轉寄郵件", "轉寄的郵件", "전달된 메시지", "전달된 메일",
    "pesan terusan", "pesan diteruskan", "thư được chuyển tiếp", "tin nhắn đã chuyển tiếp", "ข้อความที่ส่งต่อ",
    "edastatud sõnum", "pārsūtītā ziņa", "persiųstas pranešimas",
)  # fmt: skip
ABOVE: Final[tuple[str, ...]] = (
    "reply above this line", "reply above the line", "type your reply above", "write above this line",
    "reply above. do not", "please reply above", "antworten sie oberhalb", "antwort oberhalb dieser linie",
    "oberhalb dieser zeile", "répondez au-dessus de cette ligne", "répondre au-dessus", "responda encima de esta",
    "escriba su respuesta por encima", "responda acima desta linha", "rispondi sopra questa", "boven deze lijn",
    "reageer boven", "svar over denne", "svara ovanför",
)  # fmt: skip
MOBILE: Final[tuple[str, ...]] = (
    "sent from my", "sent from mail for", "sent from outlook", "sent from yahoo", "sent from samsung",
    "sent from gmail", "sent from proton", "sent from aol", "sent from galaxy", "sent from windows mail",
    "sent from blackberry", "sent from nine", "sent from mailbird", "sent from spark", "sent from airmail",
    "sent via", "sent using", "sent with proton", "sent with spark", "sent with airmail", "sent with mailtrack",
    "sent from a mobile", "sent on the go", "sent by outlook", "sent from acompli", "sent from mobile",
    "sent from surface", "sent from postbox", "sent from mailbox", "sent wirelessly", "envoyé sans fil",
    "sent from tutanota", "sent with tutanota", "sent from polymail", "sent from newton", "sent from bluemail",
    "sent from zoho", "sent with zoho", "sent with unibox", "sent from hey", "get outlook for", "download outlook",
    "get bluemail for", "von meinem", "gesendet von meinem", "gesendet von mail für", "gesendet von outlook",
    "gesendet mit", "gesendet von unterwegs", "von outlook für", "diese nachricht wurde von meinem",
    "diese e-mail wurde von meinem", "dieses e-mail wurde von", "envoyé de mon", "envoyé depuis mon",
    "envoyé depuis", "envoyé à partir de", "provenance :", "téléchargez outlook", "obtenez outlook",
    "obtenir outlook", "télécharger outlook", "enviado desde mi", "enviado desde", "obtener outlook",
    "enviado do meu", "enviado a partir", "enviado de meu", "obter o outlook", "enviada do meu", "inviato da",
    "inviato dal mio", "scarica outlook", "ottieni outlook", "verzonden vanaf mijn", "verstuurd vanaf mijn",
    "verzonden via", "verzonden met", "verstuurd met", "verzonden vanuit", "outlook voor", "outlook downloaden",
    "sendt fra min", "sendt fra", "skickat från min", "skickat från", "skaffa outlook", "hämta outlook",
    "hent outlook", "få outlook", "lähetetty laitteesta", "lähetetty iphone",  "hanki outlook",
    "wysłane z", "wysłano z", "pobierz outlook", "odesláno z", "odoslané z", "získat outlook", "získajte outlook",
    "iphone-omról küldve", "trimis de pe", "trimis din", "отправлено с", "отправлено из", "надіслано з",
    "изпратено от", "poslano s", "poslato sa", "poslano z mojega", "στάλθηκε από", "iphone'umdan gönderildi",
    "edinin outlook", "outlook'u edinin", "נשלח מה", "נשלח מ", "أرسلت من", "أُرسلت من",
    "iphoneから送信", "から送信", "发自我的", "從我的", "從 我的", "发送自", "發自我的", "傳送自我的", "寄自我的",
    "나의 iphone에서 보냄", "내 iphone에서 보냄", "에서 보냄", "에서 발송된", "dikirim dari", "được gửi từ",
    "gửi từ", "ส่งจาก", "saadetud minu", "nosūtīts no", "išsiųsta iš", "enviat des de", "please excuse brevity",
    "please excuse my brevity",
)  # fmt: skip
"""Beginnings (or, for languages that put the device first, ends) of the line that a device adds."""
MOBILE_ALWAYS: Final[tuple[str, ...]] = (
    "sent from my", "get outlook for", "please excuse brevity", "please excuse my brevity", "sent from a mobile",
    "sent on the go",
    "sent wirelessly", "envoyé sans fil", "sent from mobile", "发自我的", "從我的", "從 我的", "發自我的",
    "傳送自我的", "寄自我的",
)  # fmt: skip
"""Those that need no further sign."""
DEVICES: Final[tuple[str, ...]] = (
    "iphon", "ipad", "ipod", "apple watch", "android", "samsung", "galaxy", "huawei", "xiaomi", "honor", "oneplus",
    "pixel",
    "nokia", "lumia", "sony", "motorola", "blackberry", "windows", "outlook", "gmail", "yahoo", "mail", "mobil",
    "handy", "smartphone",
    "telefon", "téléphone", "teléfono", "telefono", "phone", "tablet", "tablette", "proton", "tutanota", "acompli",
    "spark",
    "nine", "boxer", "newton", "unibox", "superhuman", "hey", "surface", "postbox", "device", "appareil",
    "dispositivo", "unterwegs",
    "мобильн", "телефон", "устройств", "携帯", "スマートフォン", "手机", "手機", "휴대폰", "k-9", "zoho",
)  # fmt: skip
"""What a device or program calls itself."""
VALEDICTIONS: Final[frozenset[str]] = frozenset({
    "regards", "best regards", "kind regards", "kindest regards", "warm regards", "warmest regards",
    "with kind regards", "with best regards", "with regards", "best wishes", "with best wishes", "yours sincerely",
    "yours faithfully", "yours truly", "sincerely", "sincerely yours", "respectfully", "rgds", "kr", "br", "best",
    "all the best", "many thanks and kind regards", "cordially", "mit freundlichen grüßen",
    "mit freundlichen gruessen", "mit freundlichen grüssen", "mit freundlichem gruß", "freundliche grüße",
    "freundliche grüsse", "freundlichen grüßen", "viele grüße", "viele grüsse", "liebe grüße", "liebe grüsse",
    "beste grüße", "beste grüsse", "schöne grüße", "herzliche grüße", "herzliche grüsse", "mit besten grüßen",
    "mit lieben grüßen", "mfg", "lg", "vg", "gruß", "gruss", "grüße", "grüsse", "hochachtungsvoll", "cordialement",
    "bien cordialement", "très cordialement", "bien à vous", "salutations", "salutations distinguées",
    "sincères salutations", "meilleures salutations", "amicalement", "cdt", "cdlt", "bien amicalement", "saludos",
    "un saludo", "saludos cordiales", "atentamente", "cordialmente", "un cordial saludo", "atte", "muchos saludos",
    "reciba un cordial saludo", "salutacions", "salutacions cordials", "atentament", "atenciosamente",
    "cumprimentos", "com os melhores cumprimentos", "melhores cumprimentos", "os melhores cumprimentos", "abraços",
    "abraço", "att", "cordiais saudações", "cordiali saluti", "distinti saluti", "saluti", "un saluto",
    "cari saluti", "un cordiale saluto", "grazie e cordiali saluti", "met vriendelijke groet",
    "met vriendelijke groeten", "vriendelijke groet", "vriendelijke groeten", "groeten", "groetjes", "groet",
    "hartelijke groet", "mvg", "hoogachtend", "med venlig hilsen", "venlig hilsen", "mvh", "kh", "kærlig hilsen",
    "de bedste hilsner", "bedste hilsner", "hilsen", "vh", "dbh", "med vennlig hilsen", "vennlig hilsen",
    "beste hilsen", "med vänlig hälsning", "med vänliga hälsningar", "vänliga hälsningar", "vänlig hälsning",
    "hälsningar", "bästa hälsningar", "mvh.", "hälsning", "med bästa hälsningar", "ystävällisin terveisin",
    "terveisin", "parhain terveisin", "yst. terv", "terv", "pozdrawiam", "z poważaniem", "z wyrazami szacunku",
    "serdecznie pozdrawiam", "pozdrawiam serdecznie", "s pozdravem", "s přátelským pozdravem", "s pozdravom",
    "s úctou", "üdvözlettel", "tisztelettel", "üdv", "cu stimă", "cu respect", "toate cele bune", "o zi bună",
    "с уважением", "с наилучшими пожеланиями", "всего доброго", "з повагою", "з найкращими побажаннями",
    "с уважение", "поздрави", "srdačan pozdrav", "s poštovanjem", "lijep pozdrav", "lep pozdrav", "lp",
    "lep pozdrav,", "срдачан поздрав", "με εκτίμηση", "φιλικά", "με φιλικούς χαιρετισμούς", "saygılarımla",
    "iyi çalışmalar", "saygılar", "sevgiler", "בברכה", "בכבוד רב", "مع التحية", "مع أطيب التحيات", "تحياتي",
    "よろしくお願いいたします", "敬具", "此致", "此致敬礼", "敬礼", "祝好", "감사합니다 드림", "salam",
    "hormat saya", "salam hormat", "trân trọng", "thân mến", "ด้วยความเคารพ", "lugupidamisega", "parimate soovidega",
    "tervitades", "ar cieņu", "pagarbiai", "su pagarba", "ar sveicieniem",
})  # fmt: skip
"""Formulas of farewell that stand alone on their line.  Thanks are the sender's words and are not among them."""
FOOTERS: Final[tuple[str, ...]] = (
    "mailing list", "listinfo", "unsubscribe", "you received this message because you are subscribed",
    "to unsubscribe", "you are receiving this", "to post to this group", "view this message on the web",
    "manage your subscription", "este correo", "abbestellen", "se désabonner", "désinscrire", "darse de baja",
)  # fmt: skip
"""What the footer of a mailing list says."""
AFTERTHOUGHTS: Final[tuple[str, ...]] = (
    "p.s",
    "ps:",
    "ps ",
    "ps.",
    "pps",
    "p.p.s",
    "nb:",
    "n.b",
    "p. s",
    "edit:",
    "note:",
    "ps,",
    "з.ы",
    "p/s",
    "追伸",
)
"""How a line begins that was added under the farewell."""
DISCLAIMERS: Final[tuple[str, ...]] = (
    "confidential", "intended recipient", "privileged", "disclaimer", "think before you print", "before printing",
    "registered office",
    "vertraulich", "geschäftsführer", "amtsgericht", "handelsregister", "confidentiel", "destinataire",
    "confidencial", "destinatario",
    "riservat", "vertrouwelijk", "poufn", "конфиденциальн", "scanned for viruses", "virus-free", "avast",
    "checked for viruses",
)  # fmt: skip
"""What stands in the small print that companies add."""
