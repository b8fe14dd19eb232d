"""What an inject expects: ``kind [at] [min] by role``, and whether what was done is that."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sim.scenario.measures import Measure

#: An expectation that a message is sent is written like a kind of measure.
MESSAGE = "message"
_NUMBER = re.compile(r"\d+(\.\d+)?")
_CONDITION = re.compile(r"(not|done) ([a-z0-9_]+)")


@dataclass(frozen=True, slots=True)
class Expectation:
    """An action expected of a role.

    Attributes:
        kind: Kind of measure, or ``message``.
        at: Target the measure names, or role the message goes to; empty for any.
        least: Least amount (``amount_of``), None for any.
        role: Role that acts.
        words: What is expected, in free text.
    """

    kind: str
    at: str
    least: float | None
    role: str
    words: str = ""

    def met_by(self, measure: Measure, role: str) -> bool:
        """Return whether a measure ordered by a role is what is expected."""
        if role != self.role or measure.kind != self.kind:
            return False
        if self.at and self.at not in measure.at:
            return False
        return self.least is None or amount_of(measure) >= self.least - 1e-9

    def met_by_message(self, sender: str, to: Sequence[str]) -> bool:
        """Return whether a message is what is expected."""
        return self.kind == MESSAGE and sender == self.role and (not self.at or self.at in to)


@dataclass(frozen=True, slots=True)
class Condition:
    """``done`` or ``not`` and the inject whose expected action is meant."""

    done: bool
    inject: str


def amount_of(measure: Measure) -> float:
    """Return officers a measure posts (those taken away not counted), else its largest number.

    >>> from sim.scenario.measure_kinds import Lanes
    >>> amount_of(Lanes.model_validate({"id": "l", "kind": "lanes", "at": "post:a",
    ...                                 "from": "2020-01-01", "lanes": {"cars": 3}}))
    3.0
    """
    posted = sum(max(p.officers, 0.0) for p in measure.postings())
    if posted:
        return posted
    numbers = [float(c.value) for c in measure.changes() if isinstance(c.value, int | float)]
    return max(numbers, default=0.0)


def read_expectation(text: str) -> Expectation | None:
    """Return the expectation of a text, None where it is free text only.

    >>> read_expectation("staffing sector:bozaj 8 by mne | early")
    Expectation(kind='staffing', at='sector:bozaj', least=8.0, role='mne', words='early')
    >>> read_expectation("| Inform the prosecutor") is None
    True

    Raises:
        ValueError: There is something before the bar that is no expectation.
    """
    head, _, words = text.partition("|")
    parts = head.split()
    if not parts:
        return None
    if len(parts) < 3 or parts[-2] != "by":
        raise ValueError("write `kind [at] [min] by role`, and free text after a bar `|`")
    kind, role, middle = parts[0], parts[-1], parts[1:-2]
    at, least = "", None
    for part in middle:
        if _NUMBER.fullmatch(part) and least is None:
            least = float(part)
        elif not at and least is None:
            at = part
        else:
            raise ValueError(f"{part!r} is neither a target nor the least number")
    return Expectation(kind, at, least, role, words.strip())


def free_text(text: str) -> str:
    """Return the free text of an expected action."""
    return text.partition("|")[2].strip()


def read_condition(text: str) -> Condition | None:
    """Return the condition of a text, None for none.

    Raises:
        ValueError: It is no condition.
    """
    if not text.strip():
        return None
    match = _CONDITION.fullmatch(text.strip())
    if match is None:
        raise ValueError("write `not ID` or `done ID`")
    return Condition(match[1] == "done", match[2])
