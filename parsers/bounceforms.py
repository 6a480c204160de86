"""How programs that return mail write: senders, subjects and sentences, as data.

All in lower case, blanks folded.  The sentences are what programs say, not what people say about them: most name the
program or give the report's fixed first line.
"""

from __future__ import annotations

from typing import Final

SENDERS: Final[frozenset[str]] = frozenset({
    "mailer-daemon", "mailerdaemon", "mailer_daemon", "postmaster", "post_master", "mdaemon", "mail.delivery.system",
    "mail-delivery-system", "maildelivery", "mail-daemon", "maildaemon", "mdsmaster", "systemadministrator", "mmdf",
    "smtpd", "bounce", "bounces", "mailadmin", "mailmaster", "mailsystem",
    "maildeliverysubsystem", "e-mail-system", "antivirus", "mail-admin",
})  # fmt: skip
SENDER_NAMES: Final[tuple[str, ...]] = (
    "mail delivery", "mailer-daemon", "mailer daemon", "mail administrator", "system administrator", "mail system",
    "mailsystem", "postmaster", "delivery subsystem", "internet mail delivery", "ndr administrator",
    "microsoft outlook", "email delivery",
)  # fmt: skip
SUBJECTS: Final[tuple[str, ...]] = (
    "failure notice", "mail failed, return", "in mail from you", "mail delivery warning",
    "are not member (", "delivery fail", "delivery status notification",
    "delivery notification", "delivery report",
    "delivery error", "delivery problem", "delivery has failed", "mail delivery fail", "mail delivery system",
    "mail delivery error", "mail delivery status", "delivery delay", "message delivery fail", "message delivery has",
    "undeliverable", "undelivered", "undeliverble", "undelivered mail", "returned mail", "returned message",
    "returned email", "mail returned", "non remis", "non-delivery", "nondeliver", "non delivery", "nondelivery",
    "could not be delivered", "could not deliver", "cannot be delivered", "can't be delivered", "unable to deliver",
    "not delivered", "mail failure", "mail system error", "message undeliverable", "mail error",
    "error sending your mail", "error while sending", "there was an error", "user unknown", "unknown user",
    "message delayed", "delayed mail", "delivery delayed", "delayed delivery", "warning: could not send",
    "warning: message", "mail could not be", "message could not be", "email could not be",
    "message status - undeliverable", "permanent delivery failure", "temporary delivery failure", "failed mail",
    "failed delivery", "delivery failed", "failed to deliver", "mailbox full", "mailbox is full", "mailbox exceeds",
    "rejected mail", "mail rejected", "message rejected", "mail status", "mail not delivered", "smtp error", "dsn:",
    "ndn:", "bounced", "bounce notification", "loop alert", "returned to sender", "message blocked", "unzustellbar",
    "nicht zustellbar", "zustellung fehlgeschlagen", "fehler bei der zustellung", "unzustellbare",
    "nicht zugestellt", "rückläufer", "zustellungsfehler", "échec de la remise", "non distribué",
    "message non délivré", "echec de distribution", "échec de livraison", "no se puede entregar",
    "no se pudo entregar", "no entregado", "no entregable", "correo devuelto", "mensaje devuelto", "não entregue",
    "não foi possível entregar", "falha na entrega", "mensagem devolvida", "mancata consegna", "non recapitabile",
    "non consegnato", "errore di consegna", "onbestelbaar",
    "kan niet worden afgeleverd", "niet afgeleverd", "kan inte levereras",
    "kunne ikke leveres", "ikke leveret", "ikke levert", "olevererbart", "ei voitu toimittaa", "nie dostarczono",
    "niedostarczon", "zwrot", "nedoručitelné", "nedoručiteľné", "kézbesíthetetlen", "nelivrabil", "не доставлено",
    "недоставлен", "не может быть доставлено", "невозможно доставить", "teslim edilemedi", "iletilemedi",
    "配信できません", "配信エラー", "メールエラー", "送信エラー", "配信不能", "不達", "エラー通知", "退信",
    "投递失败", "无法投递", "投遞失敗", "系统退信", "無法傳遞", "전송 실패", "반송", "배달되지",
)  # fmt: skip
SENTENCES: Final[tuple[str, ...]] = (
    "no valid recipients were found", "delivery of the email to", "has not been delivered to",
    "this is the qmail-send program", "advisory-only email", "you are not a member of this mailing list",
    "this is the mail system at host", "this is the postfix program",
    "this is the deliver program at", "this is the dragonfly mail agent", "this is the mail delivery agent",
    "this is the mail delivery system", "this is the courier mail", "this is the eudora internet mail",
    "this is the symantec", "this is a delivery status notification",
    "this is an automatically generated delivery status", "this is an automatically generated message",
    "this message was created automatically by mail", "this message was created automatically by the",
    "this report relates to a message you sent", "this is an informative message sent by",
    "the original message was received at", "your message was automatically rejected", "the following addresses had",
    "the following address(es) failed", "the following recipients did not receive", "the following recipient(s)",
    "the following message could not be delivered", "following address(es) failed", "transcript of session follows",
    "reporting-mta:", "final-recipient:", "able to deliver your message", "unable to deliver your message",
    "unable to deliver message", "unable to deliver the message", "unable to deliver mail", "unable to deliver to",
    "could not deliver message", "could not deliver your message", "could not deliver mail",
    "could not be delivered to", "couldn't be delivered", "could not be delivered", "cannot be delivered to",
    "cannot deliver", "can't deliver", "trouble delivering your message", "problem delivering your",
    "not delivered to the following", "was not delivered to", "has not yet been delivered", "not yet been delivered",
    "has not been delivered", "was undeliverable", "is undeliverable", "were undeliverable", "were not reached",
    "did not reach the following recipient", "delivery to the following recipient",
    "delivery to the following address", "delivery failed", "delivery failure", "delivery has failed to these",
    "failed permanently", "failed to deliver", "error delivering your mail", "error while delivering",
    "there was an error delivering", "there was a permanent error", "permanent fatal errors", "permanent failure",
    "permanent error", "recipient address rejected", "remote host said", "mail host said",
    "the reason for the failure", "reason for the problem", "rejected recipient", "returned to you",
    "could not be sent", "couldn't send", "message delivery to", "your mail to the following recipients",
    "your message to the following recipients", "mail delivery to", "the message you sent", "did not accept",
    "invalid user address", "no such user", "user unknown", "unknown user", "mailbox is full", "mailbox full",
    "original message follows", "duplicated message-id in", "message from interscan", "address does not exist",
    "is not a valid mailbox", "user not found", "undelivered message", "pu etre delivre", "pas pu être délivré",
    "n'a pas pu être remis", "n'a pas pu être distribué", "konnte nicht zugestellt werden",
    "konnte nicht ausgeliefert", "konnten nicht zugestellt", "nicht zugestellt werden", "no se pudo entregar",
    "no se ha podido entregar", "não pôde ser entregue", "não foi possível entregar", "non è stato possibile",
    "impossibile recapitare",
    "è stato rilevato un errore", "stato rifiutato dal sistema", "kon niet worden bezorgd",
    "niet worden afgeleverd", "kunde inte levereras",
    "не может быть доставлено", "не было доставлено", "невозможно доставить", "nie mogła zostać dostarczona",
    "nemohla být doručena", "送信できませんでした", "配信できません", "配送できません", "届けることができません",
    "送信されませんでした", "エラーメッセージ", "无法发送到", "投递失败", "无法投递", "不能被送达", "無法傳遞",
    "전달되지", "배달하지",
)  # fmt: skip
WEAK: Final[frozenset[str]] = frozenset({
    "user unknown", "unknown user", "no such user", "mailbox is full", "mailbox full", "user not found",
    "address does not exist", "is not a valid mailbox", "delivery failed", "delivery failure", "could not be sent",
    "couldn't send", "was undeliverable", "is undeliverable", "were undeliverable", "cannot deliver", "can't deliver",
    "did not accept", "failed to deliver", "returned to you", "the message you sent", "mail delivery to",
    "permanent error", "permanent failure", "undelivered message", "has not been delivered", "couldn't be delivered",
})  # fmt: skip
"""Sentences that people write too: from somebody who shows no sign of a machine they do not count."""
CLIENTS: Final[tuple[str, ...]] = (
    "mutt", "thunderbird", "mozilla/", "outlook", "apple mail", "iphone mail", "ipad mail", "ios mail", "roundcube",
    "evolution", "kmail", "claws", "sylpheed", "alpine", "pine", "gnus", "horde", "squirrelmail", "zimbrawebclient",
    "the bat!", "eudora", "k-9", "pegasus", "becky", "foxmail", "sogo", "em client", "mailbird", "postbox", "airmail",
    "windows live mail", "windows mail", "mailspring", "fairemail", "shuriken", "seamonkey", "icedove", "trojita", "geary",
    "aquamail", "mailmate", "rainloop", "snappymail", "open-xchange", "mewmail", "wanderlust", "vm ", "elm ",
)  # fmt: skip
"""How programs with which people write name themselves in User-Agent or X-Mailer."""
GREETINGS: Final[tuple[str, ...]] = (
    "hi ", "hi,", "hello", "dear ", "hey", "good morning", "good afternoon", "hallo", "guten ", "liebe", "sehr geehrte",
    "moin", "bonjour", "salut", "bonsoir", "hola", "buenos", "buenas", "estimad", "ciao", "buongiorno", "gentil", "olá",
    "bom dia", "boa tarde", "prezad", "beste", "geachte", "hej", "god dag", "hei", "dzień", "witam", "szanown", "dobrý",
    "ahoj", "tisztelt", "bună", "здравствуйте", "добрый", "привет", "уважаем", "добрий", "merhaba", "sayın", "您好", "你好",
    "お世話", "こんにちは", "안녕하세요",
)  # fmt: skip
"""How people begin; programs that greet show themselves as machines by their sender."""
COPY_BELOW: Final[tuple[str, ...]] = (
    "--- below this line is a copy of the message", "--- enclosed is a copy of the message",
    "--- attachment is a copy", "------ this is a copy of", "this is a copy of your message", "--- the header",
    "-- the header", "----- original message", "----- unsent message", "message headers follow",
    "original mail as follows", "original message:", "old message:", "----- original message follows",
    "--- undelivered message follows", "the header and top", "--- original message", "----- message header follows",
    "--- returned message", "original message follows", "--- 附件", "-------- original", "--- message text follows",
    "your original message", "the first 50 lines", "--- start of", "received: from", "return-path: <",
)  # fmt: skip
"""Lines after which a report repeats the mail that was returned."""
