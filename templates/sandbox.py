"""The language a template may use: values, conditions, loops and our filters; nothing that can hang, grow or reach out.

Templates are written by administrators, and Jinja's sandbox alone does not bound memory (``"a" * 10**9``).  So three
fences stand behind one another: the syntax is checked against a short list before anything is compiled; at run time
the immutable sandbox lets through only the fields of our values; loops, sums and output are counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jinja2 import StrictUndefined, TemplateSyntaxError, Undefined, nodes, pass_context
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context as JinjaContext
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from templates import context as words
from templates.plain import Ready, as_value, one_line

if TYPE_CHECKING:
    from collections.abc import Callable

OUTPUT_BYTES = 256 * 1024
SOURCE_BYTES = 64 * 1024
LOOP_STEPS = 10_000
"""Steps of all loops of one rendering together."""
LONGEST_RANGE = 1_000
_LONGEST_SUM = 64 * 1024

_ALLOWED_SYNTAX = frozenset(
    {
        nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem,
        nodes.Slice, nodes.Filter, nodes.Test, nodes.If, nodes.CondExpr, nodes.And, nodes.Or, nodes.Not, nodes.Compare,
        nodes.Operand, nodes.For, nodes.Assign, nodes.Tuple, nodes.Call, nodes.Keyword, nodes.Add, nodes.Sub,
        nodes.Mul, nodes.Pow, nodes.Neg,
    }
)  # fmt: skip
_VALUES = (
    words.SiteWords, words.TeamWords, words.TicketWords, words.PersonWords, words.PromiseWords, words.MailWords,
    words.SourceWords, words.HeldMailWords, words.ClosedDay, words.Neighbour,
)  # fmt: skip
_VALUE_TYPES = frozenset(_VALUES)
_LOOP_FIELDS = frozenset({"index", "index0", "revindex", "revindex0", "first", "last", "length"})
_TESTS = ("defined", "undefined", "none", "even", "odd", "equalto", "in")


@dataclass(slots=True)
class Budget:
    """What is left for one rendering."""

    steps: int = LOOP_STEPS


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja with strict undefined names, our filters only, and bounds on everything that can grow."""

    intercepted_binops = frozenset({"*", "**", "+"})

    def __init__(self, filters: Mapping[str, Callable[..., Any]]) -> None:
        super().__init__(
            undefined=StrictUndefined,
            autoescape=False,  # plain text mail: there is no markup to escape
            keep_trailing_newline=True,
            finalize=shown,
            cache_size=0,
        )
        self.filters = {**filters, "_bounded": _bounded}
        self.tests = {name: self.tests[name] for name in _TESTS}
        self.globals = {"range": _short_range}

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A field of one of our values; anything else goes the sandbox's own, slower way."""
        if type(obj) in _VALUE_TYPES and attribute[0] != "_":  # quicker than isinstance; asked for every field
            try:
                return getattr(obj, attribute)
            except AttributeError:
                return self.undefined(obj=obj, name=attribute)
        return super().getattr(obj, attribute)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Only public fields of our values, and where a loop stands."""
        if isinstance(obj, LoopContext):
            return attr in _LOOP_FIELDS
        return isinstance(obj, _VALUES) and not attr.startswith("_") and not callable(value)

    def wrap_str_format(self, value: Any) -> None:
        """str.format reaches attributes by name: Jinja would wrap it, here it is like any other method, unsafe."""

    def is_safe_callable(self, obj: Any) -> bool:
        """Only our short range; what else can be done, a filter does."""
        return obj is _short_range

    def call_binop(self, context: JinjaContext, operator: str, left: Any, right: Any) -> Any:  # noqa: ARG002 - Jinja calls it so
        """Refuse powers, repeated texts and sums that grow without end."""
        numbers = type(left) in {int, bool} and type(right) in {int, bool}
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            if len(left) + len(right) > _LONGEST_SUM:
                raise SecurityError("the sum of two texts is too long")
            return left + right
        if operator == "**" or not numbers or max(abs(left), abs(right)) > 1_000_000:
            raise SecurityError(f"{operator} is for small whole numbers only")
        return left * right if operator == "*" else left + right

    def template_of(self, source: str, name: str) -> nodes.Template:
        """Parse and check one template; raises TemplateSyntaxError with the line of what is not allowed."""
        if len(source.encode("utf-8", "replace")) > SOURCE_BYTES:
            raise TemplateSyntaxError(f"the template is longer than {SOURCE_BYTES // 1024} KiB", 1, name)
        tree = self.parse(source, name)
        _check_syntax(tree, name)
        for loop in tree.find_all(nodes.For):
            loop.iter = nodes.Filter(loop.iter, "_bounded", [], [], None, None, lineno=loop.lineno)
        tree.set_environment(self)
        return tree


def _check_syntax(tree: nodes.Template, name: str) -> None:
    for node in tree.find_all(nodes.Node):
        if isinstance(node, nodes.Include):
            raise TemplateSyntaxError("there is no such part, or the line holds more", node.lineno, name)
        if type(node) not in _ALLOWED_SYNTAX:
            raise TemplateSyntaxError(f"{type(node).__name__} is not part of the template language", node.lineno, name)
        hidden = getattr(node, "name", "") if isinstance(node, nodes.Name | nodes.Filter) else getattr(node, "attr", "")
        if isinstance(hidden, str) and hidden.startswith("_"):
            raise TemplateSyntaxError(f"names that begin with _ cannot be used: {hidden}", node.lineno, name)
        if isinstance(node, nodes.Call) and not (isinstance(node.node, nodes.Name) and node.node.name == "range"):
            raise TemplateSyntaxError("only range(...) can be called", node.lineno, name)
        if isinstance(node, nodes.Call) and (node.dyn_args is not None or node.dyn_kwargs is not None):
            raise TemplateSyntaxError("range takes plain numbers", node.lineno, name)
        if isinstance(node, nodes.For) and node.recursive:
            raise TemplateSyntaxError("a loop cannot call itself", node.lineno, name)


def shown(value: object) -> str:
    """What stands in the text for a value: texts on one line, numbers; anything else is a mistake of the template."""
    if isinstance(value, Ready):
        return value
    if isinstance(value, str):
        return as_value(one_line(value))
    if isinstance(value, Undefined):
        return str(value)  # raises, and names what is missing
    if type(value) is int:
        return str(value)
    raise TypeError(f"a {type(value).__name__} cannot be written as it is: take a field of it, or a filter (when)")


def _short_range(start: int, stop: int | None = None, step: int = 1) -> range:
    numbers = range(start) if stop is None else range(start, stop, step)
    if len(numbers) > LONGEST_RANGE:
        raise SecurityError(f"range is limited to {LONGEST_RANGE} numbers")
    return numbers


@pass_context
def _bounded(context: JinjaContext, items: Iterable[Any]) -> Iterator[Any]:
    budget: Budget = context["_budget"]
    for item in items:
        budget.steps -= 1
        if budget.steps < 0:
            raise SecurityError(f"the loops of a template may take {LOOP_STEPS} steps together")
        yield item
