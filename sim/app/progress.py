"""Progress on a terminal: simulated date, speed and remaining time; silent elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

    from sim.clock import Clock

#: Seconds between two drawings.
_PAUSE = 0.1


@contextmanager
def run_progress(clock: Clock, label: str) -> Iterator[Callable[[int], None] | None]:
    """Show how far a run is; yields what to call with the hour reached (None off a terminal)."""
    say_if_compiling()
    if not sys.stderr.isatty():
        yield None
        return
    with _bar() as bar:
        task = bar.add_task(label, total=clock.hours, date=f"{clock.start}", speed="")
        begin = drawn = time.monotonic()

        def advance(hour: int) -> None:
            nonlocal drawn
            now = time.monotonic()
            if now - drawn < _PAUSE and hour < clock.hours:
                return
            drawn = now
            speed = f"{hour / 24 / max(now - begin, 1e-9):,.0f} days/s"
            bar.update(task, completed=hour, date=f"{clock.local(hour):%Y-%m-%d}", speed=speed)

        yield advance


@contextmanager
def ensemble_progress(replicates: int, label: str) -> Iterator[Callable[[int], None] | None]:
    """Show how many replicates are done; yields what to call with their number."""
    say_if_compiling()
    if not sys.stderr.isatty():
        yield None
        return
    with _bar() as bar:
        task = bar.add_task(label, total=replicates, date=f"0 of {replicates} runs", speed="")
        yield lambda done: bar.update(task, completed=done, date=f"{done} of {replicates} runs")


@contextmanager
def begin_progress(label: str) -> Iterator[Callable[[int, int], None] | None]:
    """Show how far an exercise's world has come to its begin.

    Yields what to call with (hour, begin), None off a terminal.
    """
    say_if_compiling()
    if not sys.stderr.isatty():
        yield None
        return
    with _bar() as bar:
        task = bar.add_task(label, total=None, date="the world runs to the begin", speed="")
        drawn = time.monotonic()

        def advance(hour: int, begin: int) -> None:
            nonlocal drawn
            now = time.monotonic()
            if now - drawn >= _PAUSE or hour + 24 >= begin:
                drawn = now
                share = min(hour / max(begin, 1), 1.0)
                bar.update(task, total=begin, completed=hour, date=f"{share:.0%} of the way")

        yield advance


def _bar() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[date]}"),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(),
        TextColumn("left"),
        console=Console(stderr=True),
        transient=True,
    )


def say(what: str) -> None:
    """Say on a terminal what is done now; silent elsewhere."""
    if sys.stderr.isatty():
        print(what, file=sys.stderr, flush=True)


def say_if_compiling() -> None:
    """Say on a terminal that what runs now will take longer than the next time."""
    if not sys.stderr.isatty():
        return
    from sim.kernels.compiling import all_to_compile

    if all_to_compile():
        say("The first run after an installation compiles: a minute or more, once.")
