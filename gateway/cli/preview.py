"""``deskgate preview``: a mail as Deskgate would write it."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.common import EX_USAGE, Complaint, config_option, moment_of, settings_of


@click.command()
@click.argument("template", required=False)
@click.option("--team", metavar="KEY", help="As this team; default: the first.")
@click.option("--at", "at_text", metavar="TIME", help="As if it were this moment (ISO 8601).")
@click.option(
    "--message",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="In answer to this mail.",
)
@config_option
def preview(
    template: str | None, team: str | None, at_text: str | None, message: Path | None, config: Path | None
) -> None:
    """Show the mail a template gives, rendered with the team's own statements.

    \b
      deskgate preview                          the names of all templates
      deskgate preview acknowledgement --team it --at 2026-12-24T18:00
    """
    from gateway.previewing import preview_mail, template_names

    settings = settings_of(config)
    names = template_names(settings)
    if template is None:
        click.echo("\n".join(names))
        return
    if template not in names:
        raise Complaint(f"there is no template {template!r}; there are: {', '.join(names)}", EX_USAGE)
    if team is not None and team not in settings.desk.teams:
        raise Complaint(f"there is no team {team!r}; there are: {', '.join(settings.desk.teams)}", EX_USAGE)
    chosen = settings.desk.teams[team or next(iter(settings.desk.teams))]
    at = moment_of(at_text, chosen.hours.zone)
    words = preview_mail(settings, template, chosen, at, message.read_bytes() if message else None)
    click.echo(f"Subject: {words.subject}\n\n{words.text}")
