"""Reports in the language of a provider: told as reports, with the recipient and why; parcels are none."""

from __future__ import annotations

import pytest

from parsers.message import Kind, Message
from parsers.parse import parse

REPORTS = (
    ("es", "Aviso: mensaje retrasado", "Su mensaje aún no ha podido ser entregado a:", "Se seguirá intentando.", "expired"),
    ("pt", "Falha na entrega", "A sua mensagem não foi entregue a:", "A caixa de correio está cheia.", "mailboxfull"),
    ("it", "Mancato recapito", "Il messaggio non è stato consegnato a:", "La casella di posta è piena.", "mailboxfull"),
    ("fr", "Retour à l'expéditeur", "Votre message n'a pu être remis à :", "Destinataire inconnu.", "userunknown"),
    ("de", "Verzögerte Zustellung", "Ihre Nachricht konnte noch nicht zugestellt werden:", "", "expired"),
    ("nl", "Bezorging mislukt", "Uw bericht is niet bezorgd bij:", "Het adres bestaat niet.", "userunknown"),
    ("pl", "Błąd dostarczenia", "Wiadomość nie została dostarczona do:", "Konto zablokowane.", "suspend"),
    ("cs", "Chyba doručení", "Zpráva nebyla doručena:", "Schránka je plná.", "mailboxfull"),
    ("sv", "Försenad leverans", "Meddelandet har ännu inte levererats till:", "Servern svarar inte.", "expired"),
    ("da", "Levering mislykkedes", "Meddelelsen kunne ikke leveres til:", "Ukendt modtager.", "userunknown"),
    ("fi", "Toimitus epäonnistui", "Viestiä ei voitu toimittaa:", "Postilaatikko on täynnä.", "mailboxfull"),
    ("ru", "Ошибка доставки", "Ваше сообщение не было доставлено:", "Ящик получателя переполнен.", "mailboxfull"),
    ("tr", "Teslimat hatası", "İletiniz teslim edilemedi:", "Posta kutusu dolu.", "mailboxfull"),
    ("hu", "Kézbesítési hiba", "Az üzenetet nem sikerült kézbesíteni:", "Ismeretlen címzett.", "userunknown"),
    ("ja", "配信遅延のお知らせ", "メールはまだ配信されていません。", "再送を試みます。", "expired"),
    ("zh", "投递延迟", "邮件未能送达：", "该邮箱已停用。", "suspend"),
    ("ko", "배달 지연 안내", "메일이 아직 배달되지 않았습니다:", "메일함이 가득 찼습니다.", "mailboxfull"),
)  # fmt: skip


def read(subject: str, text: str, sender: str = "postmaster@isp.example") -> Message:
    """A mail from nobody."""
    return parse(
        f"Return-Path: <>\r\nFrom: {sender}\r\nTo: ann@example.org\r\nSubject: {subject}\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n".encode()
    )


@pytest.mark.parametrize(
    ("subject", "opening", "cause", "reason"), [one[1:] for one in REPORTS], ids=[one[0] for one in REPORTS]
)
def test_a_report_is_read_in_the_language_of_its_program(subject: str, opening: str, cause: str, reason: str) -> None:
    message = read(subject, f"{opening}\r\n\r\n  ben@example.net\r\n\r\n{cause}")
    assert message.kind is Kind.BOUNCE
    assert message.bounce is not None
    assert (message.bounce.recipients, message.bounce.reason) == (("ben@example.net",), reason)


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Ihr Paket kommt später", "Ihr Paket konnte noch nicht zugestellt werden.\r\nFragen? hilfe@parcel.example"),
        ("Your parcel", "Your parcel has been delayed. It is with the driver.\r\nQuestions: help@parcel.example"),
        ("Votre colis", "Votre colis n'a pas encore été livré. Écrivez à aide@parcel.example"),
    ],
)
def test_news_of_a_parcel_is_no_report(subject: str, text: str) -> None:
    assert read(subject, text, "noreply@parcel.example").kind is not Kind.BOUNCE


def test_an_id_that_its_encoding_hurt_is_no_recipient() -> None:
    message = read(
        "Mail delivery failed",
        "The following address\r\nfailed:\r\n\r\nben@example.net:\r\nQuota exceeded\r\n\r\n"
        "The header of the original message is following.\r\n\r\nMessage-ID: <CA+5b=3de9@mail.example.net>",
    )
    assert message.bounce is not None
    assert (message.bounce.recipients, message.bounce.reason) == (("ben@example.net",), "mailboxfull")
    assert message.bounce.original_message_id == "CA+5b=3de9@mail.example.net"
