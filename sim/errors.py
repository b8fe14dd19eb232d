"""What can go wrong, said once: each error a user may meet names place, rule and remedy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in an input file.

    Attributes:
        rule: Stable id of the broken rule, e.g. ``unknown-key``; listed in ``scenarios/README.md``.
        message: What is wrong, in one sentence.
        remedy: What to do about it, in one sentence.
        file: Path or name of the input as the user gave it; empty for the command line.
        line: 1-based line in ``file``; 0 where the input has no lines.
        key: Dotted key of the value, e.g. ``posts.hilltop.lanes``; empty for the whole file.
        value: The offending value as written, shortened to 80 characters.
    """

    rule: str
    message: str
    remedy: str
    file: str = ""
    line: int = 0
    key: str = ""
    value: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file or "command line"
        value = f" = {self.value}" if self.value else ""
        what = f" {self.key}{value}" if self.key or value else ""
        said = f"{self.message} [{self.rule}] {self.remedy}"
        return f"{place}:{what}: {said}" if what else f"{place}: {said}"


class CrossborderError(Exception):
    """Base of every error this package raises on purpose."""

    exit_code = 1


class InputError(CrossborderError):
    """The input is wrong; carries every problem found, in file and line order."""

    exit_code = 2

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: (p.file, p.line, p.key, p.rule)))
        super().__init__("\n".join(str(p) for p in self.problems))

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Problem, ...]]]:
        """Cross from a worker process with the problems, not their text."""
        return type(self), (self.problems,)


class ModelError(CrossborderError):
    """The run cannot go on: parameters with no solution, or books that do not close."""


class ConservationError(ModelError):
    """Persons were made or lost; names tick, phase and state."""


class RunFolderError(CrossborderError):
    """A run folder is missing, incomplete, or written in a schema this version does not know."""

    exit_code = 2
