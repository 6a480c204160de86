"""The shape of the sections about mail's ways in and out: listeners, mailboxes, the smarthost, and how to log in there.

As in `models`: every setting with its meaning, its default and an example.
"""

from __future__ import annotations

from typing import Annotated, Literal

from annotated_types import Ge, Le, MinLen
from pydantic import Field

from gateway.config import values
from gateway.config.section import Section
from gateway.config.types import Mailbox, OneOrMore, SomeTime, WhatAfter, Words, Written, written


class Listener(Section):
    """An address on which mail is taken."""

    listen: Annotated[values.Address, Written(values.listen)] = Field(
        description="Address and port: 127.0.0.1 for this machine only, 0.0.0.0 for all.", examples=["127.0.0.1:8025"]
    )
    tls_cert: Words | None = Field(
        None, description="Certificate chain (PEM); with it STARTTLS is offered.", examples=["/etc/deskgate/tls.pem"]
    )
    tls_key: Words | None = Field(
        None, description="Its private key, if it is not in the same file.", examples=["/etc/deskgate/tls.key"]
    )


class OAuth(Section):
    """Logging in by OAuth 2.0, for mailboxes that take no password: Microsoft 365, Google Workspace and others."""

    provider: Literal["microsoft", "google", "other"] = Field(
        description="Who gives the access tokens.", examples=["microsoft"]
    )
    grant: Literal["application", "person", "service account"] | None = Field(
        None,
        description='Who logs in: "application" (Deskgate itself, with its secret), "person" (somebody agrees once by '
        'deskgate login) or "service account" (Google, with key_file).  Without it what the other settings allow: a '
        "key_file, else a secret (at Google a person), else a person.",
        examples=["application"],
    )
    client_id: Words | None = Field(
        None,
        description="The application's id, as registered with the provider.",
        examples=["9a3f2c10-8d5e-4b7a-a1c2-3e4f5a6b7c8d"],
    )
    tenant: Words | None = Field(
        None, description="Microsoft: your directory's domain or id.", examples=["acme.example"]
    )
    secret_file: Words | None = Field(
        None, description="File whose first line is the application's secret.", examples=["imap.secret"]
    )
    secret_env: Words | None = Field(
        None, description="Environment variable with the application's secret.", examples=["IMAP_SECRET"]
    )
    key_file: Words | None = Field(
        None, description="Google: the service account's key, as downloaded (JSON).", examples=["google-key.json"]
    )
    refresh_token_file: Words | None = Field(
        None, description="File whose first line is a refresh token had elsewhere.", examples=["imap.refresh"]
    )
    refresh_token_env: Words | None = Field(
        None, description="Environment variable with such a refresh token.", examples=["IMAP_REFRESH_TOKEN"]
    )
    scopes: list[Words] = Field(
        [],
        description="What to ask for; without it what Microsoft and Google want for mail.",
        examples=[["https://mail.google.com/"]],
    )
    token_url: Annotated[str, Written(values.web_url, format="uri")] | None = Field(
        None, description="Another provider's token endpoint.", examples=["https://login.acme.example/token"]
    )
    device_url: Annotated[str, Written(values.web_url, format="uri")] | None = Field(
        None,
        description="Another provider's device authorization endpoint, for deskgate login.",
        examples=["https://login.acme.example/devicecode"],
    )
    mechanism: Literal["xoauth2", "oauthbearer"] = Field(
        "xoauth2", description="How the token is handed to the mail server; Microsoft and Google want xoauth2."
    )
    login_file: Words | None = Field(
        None,
        description="Where deskgate login keeps what it got; without it a file in logins/ next to the keys.",
        examples=["var/logins/helpdesk.json"],
    )
    ca_file: Words | None = Field(
        None, description="Certificates (PEM) to trust for the provider instead of the system's.", examples=["ca.pem"]
    )


class Imap(Section):
    """A mailbox that Deskgate reads by IMAP."""

    name: Words | None = Field(
        None,
        description="What the mailbox is called in logs and by deskgate login; without it its user.",
        examples=["helpdesk"],
    )
    host: Words = Field(description="Name of the mail server.", examples=["imap.acme.example"])
    port: Annotated[int, Ge(1), Le(65535)] | None = Field(
        None, description='Its port; without it 993, and 143 with tls = "starttls" or "none".', examples=[993]
    )
    tls: Literal["starttls", "tls", "none"] | None = Field(
        None,
        description='Encryption: "tls" (from the first byte), "starttls" or "none".  Without it "tls", and "starttls" '
        "on port 143.  Certificates are always checked.",
        examples=["tls"],
    )
    ca_file: Words | None = Field(
        None, description="Certificates (PEM) to trust instead of the system's.", examples=["acme-ca.pem"]
    )
    user: Words = Field(
        description="Who logs in; of a shared mailbox in Microsoft 365 its address.", examples=["helpdesk@acme.example"]
    )
    password_file: Words | None = Field(
        None, description="File whose first line is the password.", examples=["imap.password"]
    )
    password_env: Words | None = Field(
        None, description="Environment variable with the password.", examples=["IMAP_PASSWORD"]
    )
    oauth: OAuth | None = Field(None, description="Logging in by OAuth 2.0 instead of a password.")
    folders: Annotated[list[Words], OneOrMore(), MinLen(1)] = Field(
        ["INBOX"], description="Which of its folders are read.", examples=[["INBOX", "Junk Email"]]
    )
    aliases: Annotated[list[Mailbox], OneOrMore()] = Field(
        [],
        description="For which of your aliases its mail is.  Without it the recipient_header says so, or To and Cc.",
        examples=[["it@acme.example"]],
    )
    recipient_header: Annotated[str, Written(values.header_name)] | None = Field(
        None,
        description="The header field in which your mail server writes the address a mail was delivered to; the topmost "
        "counts.  Replies find their request by it.",
        examples=["Delivered-To", "X-Original-To", "Envelope-To"],
    )
    after: WhatAfter = written(
        values.after,
        "flag",
        'What becomes of a mail that is safe with Deskgate: "move:FOLDER", "flag" (it is marked as read), '
        '"delete:30 days" (marked as read, removed after that time) or "leave".',
    )
    old_mail: Literal["leave", "take"] = Field(
        "leave",
        description='Mail that is there when Deskgate reads the mailbox for the first time: "leave" it, or "take" it.',
    )
    idle: bool = Field(
        True, description="Let the server say when mail comes (IDLE), beside looking every now and then."
    )
    poll: SomeTime = written(values.some_time, "5 minutes", "How often to look whatever the server says.")
    connect_timeout: SomeTime = written(values.some_time, "30 seconds", "Wait for a connection.")
    read_timeout: SomeTime = written(values.some_time, "60 seconds", "Wait for an answer of the server.")


class Receive(Section):
    """Where mail comes in."""

    smtp: list[Listener] = Field([], description="SMTP, for mail servers that route whole addresses or domains here.")
    lmtp: list[Listener] = Field(
        [], description="LMTP, for a mail server on this machine; the better way where possible."
    )
    imap: list[Imap] = Field([], description="Mailboxes that Deskgate reads, where no mail server can hand mail over.")


class Smarthost(Section):
    """The mail server that takes outgoing mail."""

    host: Words = Field(description="Name of the mail server.", examples=["smtp.acme.example"])
    port: Annotated[int, Ge(1), Le(65535)] | None = Field(
        None, description='Its port; without it 587 for "starttls", 465 for "tls", 25 for "none".', examples=[587]
    )
    tls: Literal["starttls", "tls", "none"] | None = Field(
        None,
        description='Encryption: "starttls", "tls" (from the first byte) or "none".  Without it "starttls", '
        'and "none" where the host is this machine.  Certificates are always checked.',
        examples=["starttls"],
    )
    user: Words | None = Field(None, description="User name, if the server asks for one.", examples=["deskgate"])
    password_file: Words | None = Field(
        None, description="File whose first line is the password.", examples=["/etc/deskgate/smtp.password"]
    )
    password_env: Words | None = Field(
        None, description="Environment variable that holds the password.", examples=["SMTP_PASSWORD"]
    )
    max_connections: Annotated[int, Ge(1), Le(50)] = Field(5, description="Connections to the server at the same time.")
    ca_file: Words | None = Field(
        None, description="Certificates to trust instead of the system's (PEM).", examples=["/etc/ssl/acme-ca.pem"]
    )
    oauth: OAuth | None = Field(None, description="Logging in by OAuth 2.0 instead of a password.")


class Send(Section):
    """Where mail goes out: a Maildir or a smarthost, one of the two."""

    maildir: Words | None = Field(
        None,
        description="Folder that gets each outgoing mail as a file, for trying things out.",
        examples=["var/outgoing"],
    )
    smtp: Smarthost | None = Field(None, description="The mail server that takes outgoing mail.")
    ack_envelope: Literal["null", "signed"] = Field(
        "null",
        description='Envelope sender of acknowledgements: "null" (nothing can answer it), or "signed" (a bounce '
        "address of ours) where the mail server refuses mail without a sender.",
    )
    give_up_after: SomeTime = written(
        values.span, "5 days", "How long a mail that the server refuses for now is tried again; then the team is told."
    )
