"""The command ``crossborder``: its groups of commands, and what a failure tells the user.

Exit codes: 0 done, 1 the run failed, 2 the input is wrong, 130 interrupted.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from types import FrameType
from typing import Any

import typer
from typer.core import TyperGroup

from sim.app import (
    comparing,
    differing,
    exercising,
    explaining,
    exporting,
    inputs,
    new,
    records,
    reviewing,
    running,
)
from sim.app.console import command as console
from sim.errors import CrossborderError, InputError

#: Set to 1 to see the traceback of a failure.
DEBUG = "CROSSBORDER_DEBUG"

_OBJECTS_BETWEEN_COLLECTIONS = 10_000
INTERRUPTED = 130
TERMINATED = 143


class Interruption:
    """Remembers that the user asked to stop, even where a library turns that into its own error."""

    def __init__(self) -> None:
        self.code = 0

    def __enter__(self) -> Interruption:
        self._before = {n: signal.signal(n, self._stop) for n in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _stop(self, number: int, _: FrameType | None) -> None:
        self.code = INTERRUPTED if number == signal.SIGINT else TERMINATED
        raise KeyboardInterrupt


class Commands(TyperGroup):
    """A group whose commands end with an exit code and a sentence, never with a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; say what went wrong."""
        with Interruption() as interruption:
            try:
                return super().invoke(ctx)
            except (typer.Exit, typer.Abort, BrokenPipeError):
                raise
            except BaseException as error:
                if interruption.code or isinstance(error, KeyboardInterrupt):
                    _say("Interrupted; nothing is left half written.")
                    raise typer.Exit(interruption.code or INTERRUPTED) from None
                if not isinstance(error, Exception) or _is_usage(error):
                    raise
                if os.environ.get(DEBUG) == "1":
                    raise
                raise typer.Exit(_explain(error)) from None


def _explain(error: Exception) -> int:
    """Tell the user about a failure; return the exit code."""
    if isinstance(error, InputError):
        for problem in error.problems:
            _say(str(problem))
        count = len(error.problems)
        _say(
            f"{count} {'mistake' if count == 1 else 'mistakes'} in the input; nothing was written."
        )
        return error.exit_code
    if isinstance(error, CrossborderError):
        _say(f"crossborder: {error}")
        return error.exit_code
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        _say(f"crossborder: {place}{error.strerror or error}")
        return 1
    sentence = " ".join(str(error).split()) or "no more is known"
    _say(
        f"crossborder failed: {type(error).__name__}: {sentence}. This is a fault of the program: "
        f"please report it with the command you gave (README.md, Help); {DEBUG}=1 shows where."
    )
    return 1


def _is_usage(error: Exception) -> bool:
    """Whether the command line itself is wrong; Typer says so, with the help at hand."""
    return hasattr(error, "format_message") and hasattr(error, "exit_code")


def _say(text: str) -> None:
    print(text, file=sys.stderr)


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Cross-border operations on a route graph: people, posts, patrols, smuggling networks.\n\n"
    "Example: crossborder run two_routes",
)
running.register(app)
comparing.register(app)
differing.register(app)
inputs.register(app)
new.register(app)
records.register(app)
explaining.register(app)
exporting.register(app)
exercises = exercising.register(app)
reviewing.register(exercises)
console.register(app, exercises)


def main() -> None:
    """Run the command named by the arguments of the process."""
    # What is imported and read stays: the collector need not look through it every 700 objects.
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    try:
        app(prog_name="crossborder")
    finally:
        # The process ends, and what it holds with it: nobody need look what of it is unused.
        gc.freeze()


if __name__ == "__main__":
    main()
