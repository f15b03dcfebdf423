"""What the option parser and the logs say, in the reader's language and in the manner of our own messages."""

from __future__ import annotations

import logging
import re
import sys

import typer
from typer import Context
from typer.core import TyperCommand, TyperGroup

from core.errors import UsageError
from core.language import chosen, say

# Clients tell every failed try with a traceback; the error that ends the command says the same in a line. And what a
# page's reader leaves out is its own affair.
_TALKATIVE = ("elastic_transport", "elasticsearch", "urllib3", "trafilatura")
_FIXED = re.compile(
    r"^(?:Usage|Options|Arguments|Commands)(?=:)|\bShow this message and exit\.|(?<=\[)(?:required|default)\b"
    r"|(?<=; )required(?=\])",
    re.MULTILINE,
)


class Command(TyperCommand):
    """A command whose help is worded in the reader's language throughout."""

    def get_help(self, ctx: Context) -> str:  # type: ignore[override]
        return worded(super().get_help(ctx))


class Group(TyperGroup):
    """The same for a group of commands; without any, its help is what a person wants to see, unless it does something."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:  # type: ignore[override]
        if not args and not self.invoke_without_command and not ctx.resilient_parsing:
            typer.echo(ctx.get_help(), err=True)
            ctx.exit(UsageError.exit_code)
        return super().parse_args(ctx, args)

    def get_help(self, ctx: Context) -> str:  # type: ignore[override]
        return worded(super().get_help(ctx))


def worded(text: str) -> str:
    """A help page with the parser's own words said in the reader's language."""
    return _FIXED.sub(lambda found: say(found[0]), text) if chosen() == "zh" else text


class _Line(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return f"tingfeng: {' '.join(say(record.getMessage()).split())}"


class _Once(logging.Filter):
    """Passes each sentence once: a file that is read twice is told of once."""

    def __init__(self) -> None:
        super().__init__()
        self._told: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        sentence = record.getMessage()
        new = sentence not in self._told
        self._told.add(sentence)
        return new


def log_to_stderr(*, debug: bool) -> None:
    """Warnings become lines like our messages; with `debug` everything is shown as the logs have it."""
    if debug:
        logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Line())
    handler.addFilter(_Once())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL)
