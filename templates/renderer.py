"""Words for a mail out of a template and a context.

A template is a text file: ``Subject: ...``, a blank line, the text.  Files are read once, when the renderer is made
(`templates.library`); compiled templates are kept per renderer.

Promises: no value can add a line of its own; a template cannot hang or fill memory (`templates.sandbox`); an
administrator's template that fails is replaced by the built-in one and said so, so that no mail is lost to a typo.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType

from jinja2 import Template, TemplateError, TemplateSyntaxError

from templates.context import Context
from templates.filters import FILTERS
from templates.library import FALLBACK, Library, Source, TemplateProblem
from templates.plain import GLUE, GONE, JOIN, KEEP, unmarked, wrapped
from templates.samples import sample_contexts
from templates.sandbox import OUTPUT_BYTES, Budget, Sandbox

__all__ = ["Renderer", "TemplateProblem", "Words"]

_MISTAKES = (TemplateError, TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError)
"""What a template can do wrong while it is rendered."""


@dataclass(frozen=True, slots=True)
class Words:
    """A rendered text: lines end with LF, none is longer than 72 columns but links and somebody's own words."""

    subject: str
    text: str
    template: str = ""
    language: str = FALLBACK
    defect: str = ""
    """Why a text other than the administrator's was used; empty when all is well."""
    marked: str = ""
    """The text before its lines were broken, with marks that tell values from our own words (`templates.plain`)."""


@dataclass(frozen=True, slots=True)
class _Ready:
    """A template ready to use; `template` is None when it cannot be, because of `problem`."""

    source: Source
    template: Template | None
    problem: str = ""


class Renderer:
    """Renders templates; `folder` holds an administrator's own.  Safe to share between threads."""

    def __init__(self, folder: str | None = None) -> None:
        """Read all templates.  Raises TemplateProblem for a folder that cannot be read."""
        self._sandbox = Sandbox(FILTERS)
        self._library = Library(folder)
        self._compiled: dict[tuple[str, str], tuple[_Ready, ...]] = {}

    def names(self, language: str = FALLBACK) -> tuple[str, ...]:
        """Every template that can be rendered in this language, sorted."""
        return self._library.names(language)

    def render(self, name: str, language: str, context: Context) -> Words:
        """Render one template, in English where the language has none.

        Raises TemplateProblem when there is no such template, or when none of its texts works with this context.
        """
        defect = ""
        for ready in self._candidates(name, language):
            try:
                return self._rendered(ready, name, context, defect)
            except TemplateProblem as problem:
                defect = defect or str(problem)
        raise TemplateProblem(defect or f"no template is called {name!r}; there are {', '.join(self.names(language))}")

    def check(self, name: str, language: str = FALLBACK) -> tuple[str, ...]:
        """Problems of the template that would be used: it is rendered with every sample.  Empty: all is well."""
        candidates = self._candidates(name, language)
        if not candidates:
            return (f"no template is called {name!r}",)
        problems: dict[str, None] = {}
        for context in sample_contexts():
            try:
                self._rendered(candidates[0], name, context, "")
            except TemplateProblem as problem:
                problems[str(problem)] = None
        return tuple(problems)

    def _candidates(self, name: str, language: str) -> tuple[_Ready, ...]:
        key = (name, language)
        found = self._compiled.get(key)
        if found is None:
            found = tuple(self._compile(source) for source in self._library.sources(name, language))
            if found:  # a name that does not exist is not remembered: nobody may fill memory with names
                self._compiled[key] = found
        return found

    def _rendered(self, ready: _Ready, name: str, context: Context, defect: str) -> Words:
        if ready.template is None:
            raise TemplateProblem(ready.problem)
        source = ready.source
        try:
            output = _output(ready.template, _variables(context, source.language)).replace(f"{GONE}\n", "")
        except _MISTAKES as error:
            raise TemplateProblem(f"{source.place(_line(error.__traceback__, source.path))}: {error}") from error
        head, _, text = output.replace(GONE, "").lstrip("\n").partition("\n")
        if not head.startswith("Subject:") or KEEP in head or JOIN in head or text.split("\n", 1)[0].strip(" "):
            raise TemplateProblem(f"{source.place(1)}: a template begins with 'Subject: ...' and a blank line")
        subject = " ".join(unmarked(head).removeprefix("Subject:").replace(GLUE, " ").split())
        return Words(subject, wrapped(unmarked(text)), name, source.language, defect, text)

    def _compile(self, source: Source) -> _Ready:
        try:
            tree = self._sandbox.template_of(source.text, source.path)
            code = self._sandbox.compile(tree, source.path, source.path)
        except TemplateSyntaxError as error:
            return _Ready(source, None, f"{source.place(error.lineno)}: {error.message}")
        except (TemplateError, RecursionError, ValueError, OverflowError) as error:
            return _Ready(source, None, f"{source.path}: {error}")
        return _Ready(source, Template.from_code(self._sandbox, code, self._sandbox.globals))


def _variables(context: Context, language: str) -> dict[str, object]:
    """The names a template can use; docs/templates.md describes each."""
    return {
        "site": context.site,
        "team": context.team,
        "ticket": context.ticket,
        "person": context.person,
        "mail": context.mail,
        "promises": context.promises,
        "first_reply": context.promise("first_reply"),
        "resolve": context.promise("resolve"),
        "measured": context.measured,
        "note": context.note,
        "reason": context.reason,
        "language": language,
        "actor": context.actor,
        "recipient": context.recipient,
        "from_team": context.from_team,
        "source": context.source,
        "held": context.held,
        "held_more": context.held_more,
        "now": context.moment,
        "_budget": Budget(),
    }


def _output(template: Template, variables: dict[str, object]) -> str:
    """The text; raises ValueError when it is longer than `OUTPUT_BYTES`.

    Does what `template.generate` does, without its detour round every piece.  Characters are counted at once, so that
    memory stays bounded, their bytes only at the end.
    """
    kept: list[str] = []
    size = 0
    try:
        for piece in template.root_render_func(template.new_context(variables)):
            size += len(piece)
            if size > OUTPUT_BYTES:
                break
            kept.append(piece)
    except Exception:  # noqa: BLE001 - whatever it is, it is raised again
        template.environment.handle_exception()  # raises it again, with a trace that names the lines of the template
    output = "".join(kept)
    if size > OUTPUT_BYTES or (not output.isascii() and len(output.encode("utf-8", "replace")) > OUTPUT_BYTES):
        raise ValueError(f"the text is longer than {OUTPUT_BYTES // 1024} KiB")
    return output


def _line(trace: TracebackType | None, path: str) -> int | None:
    """The template line in which an error arose; Jinja makes its frames point into the template."""
    line = None
    for _ in range(200):
        if trace is None:
            break
        if trace.tb_frame.f_code.co_filename == path:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
