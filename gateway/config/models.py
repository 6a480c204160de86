"""The shape of the configuration: every section and setting, with its meaning, its default and an example.

These models check one value at a time; what has to fit together is checked in `checks`.  The same descriptions
become the JSON Schema that editors use, and a test holds docs/configuration.md to them.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le, MinLen
from pydantic import Field

from gateway.config import values
from gateway.config.model_block import Block
from gateway.config.model_mail import Receive, Send
from gateway.config.section import Section
from gateway.config.types import (
    Count,
    Days,
    Domain,
    Key,
    Language,
    LineSize,
    Mailbox,
    MailSize,
    OneOrMore,
    Paragraph,
    ReaderSize,
    Size,
    SomeTime,
    Span,
    Times,
    Turnaround,
    Words,
    Written,
    Zone,
    written,
)


class Site(Section):
    """What all teams share."""

    name: Words = Field(description="What your organisation is called in mails.", examples=["Acme"])
    timezone: Zone = Field(
        description="Time zone of all hours that name none of their own.", examples=["Europe/London"]
    )
    language: Language = Field("en", description="Language of mails to people.", examples=["en"])
    tag: Annotated[str, Written(values.tag, pattern="^[A-Z][A-Z0-9]{0,11}$")] = Field(
        description="Prefix of references: [ACME-1042] in subjects.", examples=["ACME"]
    )
    domain: Domain = Field(
        description="Right-hand side of the Message-IDs Deskgate makes; a name of your own.",
        examples=["desk.acme.example"],
    )
    reply_addresses: Annotated[str, Written(values.reply_addresses)] = Field(
        "subaddress",
        description='How replies find their request: "subaddress" (it+t…@acme.example; the mail server must deliver '
        'these), a domain of its own (safer; all mail to it goes to Deskgate), or "none" (references only).',
        examples=["subaddress", "reply.acme.example", "none"],
    )
    web_url: Annotated[str, Written(values.web_url, format="uri")] | None = Field(
        None,
        description="Where people reach the pages; without it mails name no page.",
        examples=["https://desk.acme.example"],
    )
    admins: Annotated[list[Mailbox], MinLen(1)] = Field(
        description="Get the operator's mails and may act on every ticket.", examples=[["root@acme.example"]]
    )


class Store(Section):
    """Where everything is remembered."""

    url: str = Field(
        "sqlite:///var/deskgate.db",
        description="The database: sqlite:///file (relative to this file; four slashes for an absolute path) "
        "or postgresql://user@host/name for several machines.",
        examples=["sqlite:///var/deskgate.db", "postgresql://deskgate@db.acme.example/deskgate"],
    )
    password_file: Words | None = Field(
        None, description="File whose first line is the password of the PostgreSQL user.", examples=["db.password"]
    )
    password_env: Words | None = Field(
        None, description="Environment variable with the password of the PostgreSQL user.", examples=["DB_PASSWORD"]
    )
    unsafe_async: bool = Field(
        False,
        description="Run even if PostgreSQL confirms a commit before it is on disk; accepted mail can then be lost.",
    )


class Trust(Section):
    """Whom to believe."""

    domains: list[Domain] = Field([], description="Mail domains of colleagues.", examples=[["acme.example"]])
    check_senders: bool = Field(
        False,
        description="Check senders ourselves (SPF, DKIM, DMARC) where no mail server in front has done it; needs the "
        "extra auth.",
    )
    nameservers: list[Annotated[str, Written(values.nameserver)]] = Field(
        [],
        description="Name servers to ask about senders, instead of this machine's.",
        examples=[["192.0.2.53", "192.0.2.54:5353"]],
    )
    arc_sealers: list[Domain] = Field(
        [],
        description="Domains whose ARC seals are believed: what they found out about a sender counts when a mail was "
        "changed on its way.",
        examples=[["lists.acme.example"]],
    )
    relays: list[Annotated[str, Written(values.network)]] = Field(
        [], description="Addresses of your own mail servers in front of Deskgate.", examples=[["192.0.2.10"]]
    )
    authserv_id: Words | None = Field(
        None,
        description="The name under which your mail server writes Authentication-Results; with it, staff commands by "
        "mail need a DMARC pass.",
        examples=["mx.acme.example"],
    )


class Limits(Section):
    """How much is too much.  The defaults suit nearly everybody."""

    message_size: MailSize = written(values.size, "25MB", "Largest mail; larger ones are refused while they are sent.")
    line_length: LineSize = written(values.size, "64KB", "Longest line of a mail.")
    recipients: Count = Field(100, description="Recipients of one mail.")
    connections: Count = Field(500, description="Connections at the same time.")
    connections_per_address: Count = Field(
        20, description="Connections at the same time from one address; this machine and trust.relays are not counted."
    )
    command_timeout: SomeTime = written(values.span, "5 minutes", "Wait for the next command of a connection.")
    data_timeout: SomeTime = written(values.span, "10 minutes", "Time for one mail to come in.")
    session_timeout: SomeTime = written(values.span, "30 minutes", "Time for a whole connection.")
    min_free: Size = written(values.size, "200MB", "Free disk space under which mail is refused for the time being.")
    acks_per_address_hour: Count = Field(
        3, description="Acknowledgements to one address in an hour; the ticket is always made."
    )
    acks_per_address_day: Count = Field(10, description="Acknowledgements to one address in a day.")
    acks_per_domain_hour: Count = Field(100, description="Acknowledgements to one mail domain in an hour.")
    acks_per_site_hour: Count = Field(600, description="Acknowledgements altogether in an hour.")
    mute_after: Count = Field(
        5,
        description="Mails of one address on one request within 10 minutes that look automatic: then nobody is told of "
        "further ones until staff write.",
    )
    machine_after: Count = Field(
        3,
        description="Answers of one address within 3 seconds of our mail, without a break: then it counts as a machine "
        "for 24 hours.",
    )
    same_text_hour: Annotated[int, Ge(2)] = Field(
        5, description="New requests with the same text from one domain in an hour: from then on gathered on one."
    )
    tickets_per_sender_hour: Count = Field(
        20, description="New requests of one sender in an hour; more are gathered on one request."
    )
    auto_notices_per_sender_hour: Count = Field(
        10, description="Mails of one machine in an hour of which the team is told."
    )
    bad_tokens_per_client_hour: Count = Field(
        20,
        description="Forged reply addresses from one mail client in an hour; then it is turned away (421). This machine "
        "and trust.relays are not counted.",
    )
    held_notice_every: Span = written(
        values.span, "1 hour", "The least time between two messages to a team about held mail."
    )
    readers: Annotated[int, Ge(1), Le(256)] | None = Field(
        None,
        description="Processes that read mail; without it one fewer than the machine has processors.",
        examples=[2],
    )
    reader_memory: ReaderSize = written(
        values.size, "512MB", "Memory for reading one mail; a mail that needs more is set aside."
    )
    reader_cpu: SomeTime = written(values.span, "10 seconds", "Processor time for reading one mail.")
    reader_time: SomeTime = written(values.span, "3 seconds", "Time for reading one mail, and a second more per 5 MB.")
    header_size: Size = written(values.size, "256KB", "Largest header of a mail; with more it is held as too complex.")
    header_fields: Count = Field(500, description="Fields in a header; with more the mail is held as too complex.")
    mime_depth: Count = Field(30, le=200, description="Parts within parts; with more the mail is held as too complex.")
    mime_parts: Count = Field(500, description="Parts of a mail; with more it is held as too complex.")
    field_size: Size = written(values.size, "64KB", "One header field; the rest is not read.")
    address_field_size: Size = written(
        values.size, "16KB", "Addresses of all header fields of one name; the rest is not read."
    )
    addresses: Count = Field(100, description="Addresses read in all header fields of one name.")
    encoded_words: Count = Field(100, description="Encoded words decoded in one header field.")
    references: Count = Field(
        50, description="Messages a mail may refer to: the first two and the last of them are looked at."
    )
    text_length: Count = Field(
        1_048_576, description="Characters of a mail's text that are read; the rest stays in the stored mail."
    )
    quote_length: Count = Field(
        262_144, description="Characters in which quoted text is looked for; what follows is kept as it is."
    )
    quote_lines: Count = Field(5000, description="The same in lines.")
    attachments: Count = Field(200, description="Attachments listed; more stay in the stored mail.")


class Keys(Section):
    """The keys that sign reply addresses."""

    file: Words | None = Field(
        None,
        description="The key file, made at the first start; without it keys.toml next to the database.  Keep a copy.",
        examples=["var/keys.toml"],
    )


class Templates(Section):
    """Your own texts."""

    folder: Words | None = Field(
        None, description="Folder with texts that replace the built-in ones of the same name.", examples=["texts"]
    )


class Metrics(Section):
    """Figures for a monitoring system (Prometheus)."""

    listen: Annotated[values.Address, Written(values.listen)] = Field(
        description="Address and port of the page with the figures.", examples=["127.0.0.1:9108"]
    )


class Hours(Section):
    """When somebody is there."""

    week: dict[Days, list[Times]] = Field(
        description="Opening hours by weekday; days that are not named are closed.",
        examples=[{"mon-fri": ["09:00-12:30", "13:30-17:30"], "sat": ["10:00-12:00"]}],
    )
    holidays: Annotated[list[Annotated[str, Written(values.holiday_code)]], OneOrMore()] = Field(
        [], description="Country or region whose public holidays are closed, or a list of them.", examples=["GB-ENG"]
    )
    exceptions: dict[Annotated[date, Written(values.day_of_year)], list[Times]] = Field(
        {}, description="Other hours on single days; [] is closed.", examples=[{"2026-12-24": ["09:00-12:00"]}]
    )
    timezone: Zone | None = Field(
        None, description="Time zone of these hours, if it is not the site's.", examples=["Europe/Paris"]
    )


class NotHere(Section):
    """A topic another team handles."""

    topic: Words = Field(description="What people write to this team by mistake.", examples=["payroll"])
    team: str = Field(description="The team that handles it.", examples=["hr"])


class TeamTurnaround(Section):
    """What the team promises, in its opening time."""

    first_reply: dict[Key, Turnaround] = Field(
        description="Until a person answers, by priority; normal is needed.  8h, 30m is opening time, 3d working days.",
        examples=[{"normal": "8h", "urgent": "30m"}],
    )
    resolve: dict[Key, Turnaround] = Field(
        {}, description="Until the matter is solved, by priority.", examples=[{"normal": "3d"}]
    )


class Team(Section):
    """Who answers."""

    name: Words = Field(description="What the team is called in mails.", examples=["IT Service Desk"])
    aliases: Annotated[list[Mailbox], MinLen(1)] = Field(
        description="Mail addresses of the team; it writes from the first.", examples=[["it@acme.example"]]
    )
    hours: str = Field(description="Which of the [hours.…] the team keeps.", examples=["office"])
    helps_with: Paragraph = Field(
        description="What people can ask the team for.", examples=["laptops, passwords, video calls, software"]
    )
    meet: Paragraph = Field(
        description="How to meet or speak to somebody.", examples=["Reply with two times that suit you."]
    )
    turnaround: TeamTurnaround = Field(description="How soon the team answers.")
    members: Annotated[list[Mailbox], MinLen(1)] = Field(
        description="The people of the team; they get its mail.", examples=[["maria@acme.example", "otto@acme.example"]]
    )
    lead: Mailbox | None = Field(
        None, description="Who is responsible for the team; counts as a member.", examples=["otto@acme.example"]
    )
    not_here: list[NotHere] = Field(
        [], description="Topics another team handles.", examples=[[{"topic": "payroll", "team": "hr"}]]
    )
    urgent: Paragraph | None = Field(
        None, description="What to do if it cannot wait.", examples=["If nobody in a room can work, call 1234."]
    )
    confidential: bool = Field(
        False,
        description="Mails to the team leave out subject and text of requests; they are read where tickets are kept.",
    )
    acknowledge: bool = Field(True, description="Answer new requests at once with an acknowledgement.")
    after_reply: Literal["open", "waiting"] = Field(
        "open",
        description='State of a ticket after the team has replied: "open", or "waiting" for the person who asked.',
    )
    reply_to_closed: Literal["reopen", "new"] = Field(
        "reopen",
        description='What a reply to a closed ticket does: "reopen" it (within reopen_within), or always become a "new" '
        "one that refers to it.",
    )
    reopen_within: Span = written(
        values.span, "180 days", "A reply within this time opens a closed ticket again; later it becomes a new one."
    )
    language: Language | None = Field(
        None, description="Language of the team's mails, if not the site's.", examples=["en"]
    )
    reviewed: date | None = Field(
        None,
        description="When somebody last read the four statements (helps_with, hours, meet, turnaround); a year later "
        "deskgate check asks for it again.",
        examples=["2026-11-01"],
    )


class Then(Section):
    """What a rule does."""

    team: str | None = Field(None, description="The team that gets the mail.", examples=["hr"])
    tags: list[Words] = Field([], description="Words to sort tickets by.", examples=[["payroll"]])
    priority: str | None = Field(None, description="Priority of the ticket.", examples=["urgent"])
    helpers: list[str] = Field([], description="Other teams that see the ticket.", examples=[["it"]])
    stop: bool = Field(False, description="Look at no further rule.")
    quarantine: bool = Field(False, description="Hold a new request until somebody decides.")


class Expect(Section):
    """What must become of an example."""

    team: str | None = Field(None, description="The team that gets it.", examples=["hr"])
    tags: list[str] = Field([], description="Tags it must have; others may be there too.", examples=[["payroll"]])
    priority: str | None = Field(None, description="The priority it gets.", examples=["urgent"])
    quarantine: bool | None = Field(None, description="Whether it is held.", examples=[True])


class Example(Section):
    """A mail as short as it can be, and what must become of it."""

    to: Annotated[list[Mailbox], OneOrMore(), MinLen(1)] = Field(
        description="The alias it is sent to.", examples=["it@acme.example"]
    )
    from_: Mailbox | None = Field(None, alias="from", description="Who writes.", examples=["sam@acme.example"])
    subject: str = Field("", description="Its subject.", examples=["My payslip is wrong"])
    body: str = Field("", description="Its text.")
    headers: dict[str, str] = Field({}, description="Further header fields.", examples=[{"X-Priority": "1"}])
    expect: Expect = Field(description="What must become of it.", examples=[{"team": "hr"}])


class Rule(Section):
    """When a mail is not simply for the team it is addressed to."""

    name: Words = Field(
        description="What the rule is called in explanations.", examples=["Payroll questions that reach IT"]
    )
    when: dict[str, Any] = Field(description="Conditions; all of them must hold.  An empty section holds always.")
    then: Then = Field(description="What to do.")
    examples: list[Example] = Field([], description="Mails that must come out right, tried at every load.")


class Configuration(Section):
    """The whole configuration."""

    include: list[str] = Field(
        [], description="Further files with teams, hours and rules, relative to this one.", examples=[["teams/*.toml"]]
    )
    site: Site = Field(description="What all teams share.")
    store: Store = Field(default_factory=Store.empty, description="Where everything is remembered.")
    receive: Receive = Field(default_factory=Receive.empty, description="Where mail comes in.")
    send: Send = Field(description="Where mail goes out.")
    trust: Trust = Field(default_factory=Trust.empty, description="Whom to believe.")
    limits: Limits = Field(default_factory=Limits.empty, description="How much is too much.")
    block: Block = Field(default_factory=Block.empty, description="Whose mail is not wanted.")
    keys: Keys = Field(default_factory=Keys.empty, description="The keys that sign reply addresses.")
    metrics: Metrics | None = Field(None, description="Figures for a monitoring system (Prometheus).")
    templates: Templates = Field(default_factory=Templates.empty, description="Your own texts.")
    hours: dict[Key, Hours] = Field(description="Opening hours, each with a name of its own.")
    teams: Annotated[dict[Key, Team], MinLen(1)] = Field(description="Who answers.")
    rules: list[Rule] = Field([], description="When a mail is not simply for the team it is addressed to.")
