"""``crossborder exercise review``: expected against actual, ratings, outcome, improvement plan."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.app.printing import print_json, print_table
from sim.errors import InputError, Problem


def register(exercise: typer.Typer) -> None:
    """Add the command to the group ``exercise``."""
    exercise.command()(review)


def review(
    session: Annotated[Path, typer.Argument(metavar="SESSION", help="A session's folder.")],
    what_if: Annotated[
        list[str] | None,
        typer.Option(
            "--what-if",
            metavar="TIME; CHANGE",
            help="Also play another future (a change of `exercise branch`); may be repeated.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for a script.")] = False,
) -> None:
    """Write the review of a played session into its folder: page, JSON and improvement plan.

    The session is played again from its journal, without orders, and with the reference plan.
    An improvement plan that is there already is kept; new findings are added to it.

    Example: crossborder exercise review SESSION --what-if "2018-08-13 09:00; no_action"
    """
    from analysis.review import RATING_WORDS, write_review
    from sim.app.progress import say, say_if_compiling
    from sim.exercises.debrief import debrief

    say_if_compiling()
    facts = debrief(session, [_future(text) for text in what_if or ()], say)
    page = write_review(facts, session)
    if as_json:
        print_json(facts)
        return
    print_table(
        "Critical tasks",
        ("task", "suggested", "evaluator", "why"),
        ((t["id"], RATING_WORDS[t["suggested"]],
          "not confirmed" if t["rating"] is None else RATING_WORDS[t["rating"]], t["why"])
         for t in facts["tasks"]),
    )  # fmt: skip
    print(page)


def _future(text: str) -> tuple[str, str]:
    time, semicolon, change = text.partition(";")
    if not semicolon or not change.strip():
        raise InputError([Problem("bad-change", "a future is a time and a change",
                                  'Write "2018-08-13 09:00; no_action".', key="--what-if",
                                  value=text[:80])])  # fmt: skip
    return time.strip(), change.strip()
