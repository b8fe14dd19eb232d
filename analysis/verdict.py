"""The verdict on a plan, by a rule that is printed with it (MODEL 14, 16, 18)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from analysis.paired import ONE_SIDE, Bounds, Paired, runs_needed
from analysis.wording import (
    amount,
    interval,
    margin_words,
    outcome_name,
    signed,
    unit_of_difference,
)
from sim.records.dictionary import Outcome

Word = Literal["better", "trade-off", "not shown"]

RULE = (
    "Better: a primary outcome improves (its second interval, chance and assumptions, lies wholly "
    "on the better side of 0) and for every protection outcome the second interval excludes harm "
    "beyond its margin. Trade-off: a primary outcome improves and the interval of a protection "
    "outcome lies wholly on the worse side of 0. Not shown: all else; every outcome that cannot "
    "be excluded is named with the pairs of runs needed at the present mean. Deaths and returns "
    "outside procedure are always named with numbers."
)
#: Named in every verdict, whatever it is.
ALWAYS = ("deaths", "returned_outside_procedure")
#: What is said where one draw of the parameters gives no second interval.
_FEW = "4 pairs of runs or more needed for an interval"
#: The same in a column of numbers.
_FEW_PAIRS = "4 or more"
#: Level at which an adjusted p is told from 0.
ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class Judged:
    """An outcome under a plan, as a verdict sees it: gains are changes the better way.

    Attributes:
        outcome: What is counted.
        result: What the paired runs say.
        subject: What it is counted for.
        p_holm: Of a primary outcome: p adjusted over the primary outcomes.
    """

    outcome: Outcome
    result: Paired
    subject: str = "all"
    p_holm: float | None = None

    @property
    def name(self) -> str:
        """The outcome in plain words."""
        return outcome_name(self.outcome.name, self.subject)

    @property
    def gain(self) -> float:
        """Mean change the better way."""
        return self.result.difference if self.outcome.better == "more" else -self.result.difference

    @property
    def gains(self) -> Bounds | None:
        """Second interval of the change the better way."""
        bounds = self.result.total
        if bounds is None or self.outcome.better == "more":
            return bounds
        return -bounds[1], -bounds[0]

    @property
    def recorded(self) -> bool:
        """Whether it is recorded in any replicate."""
        return self.result.pairs > 0

    @property
    def one_sided(self) -> bool:
        """Whether one side alone records it, so that harm cannot be excluded."""
        return self.result.note == ONE_SIDE

    @property
    def improves(self) -> bool:
        """Whether the second interval lies wholly on the better side of 0."""
        return self.gains is not None and self.gains[0] > 0

    @property
    def worsens(self) -> bool:
        """Whether the second interval lies wholly on the worse side of 0."""
        return self.gains is not None and self.gains[1] < 0

    @property
    def margin(self) -> float:
        """Largest worsening that is not called harm, in the outcome's unit."""
        margin = self.outcome.margin or 0.0
        return margin * abs(self.result.before) if self.outcome.margin_of == "baseline" else margin

    @property
    def harmless(self) -> bool:
        """Whether the second interval excludes harm beyond the margin."""
        return self.gains is not None and self.gains[0] >= -self.margin

    @property
    def guarded(self) -> bool:
        """Whether it is a protection outcome, counted for all."""
        return self.outcome.margin is not None and self.subject == "all"

    def margin_words(self) -> str:
        """Return the margin of harm in words, "" for what is no protection outcome."""
        return margin_words(self.margin, self.outcome.unit) if self.guarded else ""

    def pairs_needed(self, never: str = "never") -> str:
        """Return how many pairs of runs would tell the present mean from 0, in short."""
        if self.result.sample is None:
            return self.result.note
        if self.unmeasured:
            return _FEW_PAIRS
        needed = self.result.needed()
        return never if needed is None else f"{needed:,}"

    def change(self) -> str:
        """Return the change in words: difference, unit, second interval."""
        unit = self.outcome.unit
        change = signed(self.result.difference, unit)
        return f"{change} {unit_of_difference(unit)} ({interval(self.result.total, unit)})"

    def levels(self) -> str:
        """Return both levels and the change in words."""
        unit = self.outcome.unit
        if not self.recorded:
            return f"{self.name} not recorded"
        before, after = amount(self.result.before, unit), amount(self.result.after, unit)
        return f"{self.name} {before} without and {after} with the plan, {self.change()}"

    @property
    def alike(self) -> bool:
        """Whether it is recorded, and the same in every pair of runs."""
        return self.result.sample is not None and self.result.equal == self.result.pairs

    @property
    def unmeasured(self) -> bool:
        """Whether there is only one draw, and so no second interval."""
        return self.result.sample is not None and self.result.sample.spread is None

    @property
    def reachable(self) -> bool:
        """Whether more runs could exclude harm beyond the margin at the present mean."""
        sample = self.result.sample
        return sample is None or sample.spread is None or self.gain + self.margin > 0

    def needed(self, margin: float = 0.0) -> str:
        """Return in words how many pairs of runs would show a gain beyond ``-margin``."""
        sample = self.result.sample
        if sample is None:
            return ONE_SIDE if self.one_sided else "not recorded"
        if sample.spread is None:
            return _FEW
        if self.gain + margin <= 0:
            beyond = "beyond the margin" if margin else "no improvement"
            return f"the present mean is {beyond}: more runs would not show it"
        found = runs_needed(self.gain + margin, sample.spread)
        return "more pairs of runs than can be run" if found is None else (
            f"{found:,} pairs of runs needed"
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdict:
    """The word, the sentence, and which outcomes made it.

    Attributes:
        word: ``better``, ``trade-off`` or ``not shown``.
        sentence: The verdict in words.
        improved: Primary outcomes that improve.
        worsened: Protection outcomes wholly on the worse side.
        open: Outcomes that cannot be excluded, with what is needed.
    """

    word: Word
    sentence: str
    improved: tuple[str, ...]
    worsened: tuple[str, ...]
    open: tuple[str, ...]


def judge(primaries: Sequence[Judged], guards: Sequence[Judged]) -> Verdict:
    """Return the verdict on a plan.

    Args:
        primaries: The primary outcomes named before the runs, at most 6.
        guards: The protection outcomes with a margin, counted for all. One that is recorded on
            neither side is not judged, and is named; of one that one side alone records, harm is
            not excluded.
    """
    improved = [row for row in primaries if row.improves]
    judged = [row for row in guards if row.recorded or row.one_sided]
    doubtful = [row for row in judged if not row.harmless]
    worsened = [row for row in judged if row.worsens]
    if improved and not doubtful:
        word: Word = "better"
        said = f"{_improving(improved, len(primaries))}; {_guarded(judged)}"
        if worsened:
            said += f", though worse within it is {all_of(row.name for row in worsened)}"
        still: list[str] = []
    elif improved and worsened:
        word = "trade-off"
        harms = all_of(f"{row.name} {row.change()}" for row in worsened)
        said = f"{_improving(improved, len(primaries))}, and worse is {harms}"
        rest = [row for row in doubtful if not row.worsens]
        still = [_doubt(row) for row in rest]
        said += f"; {_doubts(rest)}" if rest else ""
    else:
        word = "not shown"
        missed = [] if improved else [f"{row.name} ({row.needed()})" for row in primaries]
        still = [*missed, *(_doubt(row) for row in doubtful)]
        said = (
            f"{_improving(improved, len(primaries))}, but "
            if improved
            else f"no primary outcome is told from no improvement: {_missed(primaries)}"
            f"{'; ' if doubtful else ''}"
        ) + (_doubts(doubtful) if doubtful else "")
    return Verdict(
        word,
        f"{word.capitalize()}: {said}. {_always(guards)}",
        tuple(row.name for row in improved),
        tuple(row.name for row in worsened),
        tuple(still),
    )


def _improving(improved: Sequence[Judged], primaries: int) -> str:
    said = f"{all_of(f'{row.name} {row.change()}' for row in improved)}"
    said = f"improved is {said}"
    if primaries < 2:
        return said
    lost = [row.name for row in improved if row.p_holm is None or row.p_holm >= ALPHA]
    held = "holds" if not lost else f"does not hold for {all_of(lost)}"
    return f"{said} ({held} after Holm's adjustment for {primaries} primary outcomes)"


def _missed(primaries: Sequence[Judged]) -> str:
    """Return what is needed to show an improvement, outcomes of which it is the same together."""
    by_need: dict[str, list[str]] = {}
    for row in primaries:
        by_need.setdefault(row.needed(), []).append(row.name)
    said = [f"{all_of(names)} ({need})" for need, names in by_need.items()]
    return "; ".join(said) if any(len(names) > 1 for names in by_need.values()) else all_of(said)


def _guarded(judged: Sequence[Judged]) -> str:
    if not judged:
        return "no protection outcome is recorded"
    count = "the one protection outcome" if len(judged) == 1 else (
        f"all {len(judged)} protection outcomes"
    )  # fmt: skip
    return f"harm beyond its margin is excluded for {count} recorded"


def _doubt(row: Judged) -> str:
    return f"{row.name} ({row.needed(row.margin)})"


def _doubts(rows: Sequence[Judged]) -> str:
    """Return what harm is not excluded for, outcomes of one reason together."""
    unknown = [row.name for row in rows if row.unmeasured]
    beyond = [row.name for row in rows if not row.unmeasured and not row.reachable]
    open_ = [_doubt(row) for row in rows if not row.unmeasured and row.reachable]
    said = []
    if open_:
        said.append(f"harm beyond the margin is not excluded for {all_of(open_)}")
    if beyond:
        said.append(
            f"beyond the margin at the present mean, whatever the number of runs: {all_of(beyond)}"
        )
    if unknown:
        said.append(f"harm is not excluded, {_FEW}, for {all_of(unknown)}")
    return "; ".join(said)


def _always(guards: Sequence[Judged]) -> str:
    named = [row.levels() for row in guards if row.outcome.name in ALWAYS]
    sentence = f"{'; '.join(named)}." if named else "Deaths and returns are not recorded."
    missing = [row.name for row in guards if not (row.recorded or row.one_sided)
               and row.outcome.name not in ALWAYS]  # fmt: skip
    if missing:
        sentence += f" Not recorded on either side and not judged: {all_of(missing)}."
    return sentence[0].upper() + sentence[1:]


def all_of(words: Iterable[str]) -> str:
    """Return words as a list in a sentence: a, b and c."""
    listed = list(words)
    if len(listed) < 2:
        return "".join(listed)
    return f"{', '.join(listed[:-1])} and {listed[-1]}"
