"""The command line ``tingfeng``.

Exit codes: 0 done; 1 failed, run again as the message says; 2 the input was wrong; 3 a site refused or only
a part could be collected; 130 interrupted.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import traceback
from importlib import import_module
from pathlib import Path

import typer
import typer.main
from typer.exceptions import TyperException

from core.errors import TingfengError
from core.language import chosen, say, told, translate
from ops.options import HomeOption, ProjectOption, StoreOption
from ops.wording import Group, log_to_stderr

EPILOG = say("Exit codes: 0 done, 1 failed, 2 wrong input, 3 a site refused. Start with: tingfeng demo")
_INTERRUPTED = 130
_STOPPED = "Interrupted; what was done is kept."
_DISK_FULL = "The disk is full; what was written before is kept. Make room and run the command again."
COMMANDS = (
    "demo", "project", "pack", "source", "crawl", "standing", "identity", "import_", "ingest", "annotate", "reannotate", "accuracy", "search",
    "count",
    "series", "tags", "wom", "topics", "words", "copies", "voices", "cascade", "kol", "serve", "schedule", "runs", "erase", "doctor",
)  # fmt: skip

app = typer.Typer(
    name="tingfeng",
    cls=Group,
    help=say("Tingfeng 听风: listen to what people say of a brand on Chinese social media."),
    epilog=EPILOG,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def common(
    home: HomeOption = None,
    store: StoreOption = None,
    project: ProjectOption = None,
    debug: bool = typer.Option(False, "--debug", help=say("Show the traceback of an error.")),
) -> None:
    for name, value in (("HOME", home), ("STORE", store), ("PROJECT", project)):
        if value is not None:
            # crawls run in processes of their own and are to see the same
            os.environ[f"TINGFENG_{name}"] = str(value.resolve() if isinstance(value, Path) else value)
    if debug:
        os.environ["TINGFENG_DEBUG"] = "1"
    log_to_stderr(debug=debug)


for _name in COMMANDS:
    import_module(f"ops.commands.{_name}").register(app)


def main(arguments: list[str] | None = None) -> None:
    """Runs one command and ends the process with its exit code; an expected error is one line on stderr."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ended from outside, it tidies up as at Ctrl-C
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """The exit code of one command."""
    command = typer.main.get_command(app)
    try:
        code = int(command.main(args=arguments, prog_name="tingfeng", standalone_mode=False) or 0)
        # the parser makes a code of Ctrl-C and says nothing
        return _tell(_STOPPED, code) if code == _INTERRUPTED else code
    except TyperException as error:
        message = error.format_message()
        if message.endswith("?"):
            return _tell(f"{message} Try: tingfeng --help", error.exit_code)
        return _tell(f"{message.rstrip('.')}. Try: tingfeng --help", error.exit_code)
    except TingfengError as error:
        return _tell(told(error, chosen()), error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        return _tell(_STOPPED, _INTERRUPTED)
    except BrokenPipeError:
        # the reader of a pipe has gone; what it wanted it has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if error.errno == errno.ENOSPC:
            return _tell(_DISK_FULL, 1)
        reason = ": ".join(filter(None, (error.filename, error.strerror))) or str(error)
        return _tell(f"The system refused: {reason}", 1)


def _tell(message: str, code: int) -> int:
    if os.environ.get("TINGFENG_DEBUG"):
        traceback.print_exc()
    line = " ".join(translate(message, chosen()).split())
    typer.echo(f"tingfeng: {line}", err=True)
    return code


if __name__ == "__main__":
    main()
