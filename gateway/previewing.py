"""What a template would say: the team's own statements round a sample request, or round a mail that is given."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from gateway.config.settings import Settings
from gateway.letters import mail_words
from gateway.wording import person, site_words, team_words
from parsers.message import Envelope
from parsers.parse import parse
from routing.promise import falls_due
from routing.router import route
from routing.teams import Team
from templates.context import PromiseWords
from templates.renderer import Renderer, Words
from templates.samples import sample_context


def renderer_of(settings: Settings) -> Renderer:
    """The renderer with the administrator's own templates in front."""
    return Renderer(str(settings.templates_folder) if settings.templates_folder else None)


def template_names(settings: Settings) -> tuple[str, ...]:
    """The names of all templates of the site's language."""
    return tuple(renderer_of(settings).names(settings.desk.site.language))


def preview_mail(settings: Settings, template: str, team: Team, at: datetime, raw: bytes | None) -> Words:
    """Render one template as `team` at a moment, about a sample request or about the mail `raw`."""
    desk, priority = settings.desk, "normal"
    context = sample_context(at)
    if raw is not None:
        message = parse(raw)
        envelope = Envelope("", (team.address,), received_at=at)
        priority = route(message, envelope, desk).priority
        sender = person(message.from_.name, message.from_.address) if message.from_ else context.person
        context = replace(
            context,
            person=sender if context.person.address else context.person,
            mail=mail_words(message, at, message.text) if context.mail else None,
            ticket=replace(context.ticket, subject=message.subject),
        )
    declared = team.turnaround.first_reply
    duration = declared.get(priority) or declared.get("normal")
    moment = falls_due(team.hours, at, duration) if duration else None
    promises = (PromiseWords("first_reply", moment, moment),) if moment and context.promises else ()
    context = replace(
        context,
        site=site_words(desk.site),
        team=team_words(team, desk, at),
        ticket=replace(context.ticket, ref=f"{desk.site.tag}-1042", team_name=team.name, opened_at=at),
        promises=promises,
        language=team.language,
    )
    return renderer_of(settings).render(template, team.language, context)
