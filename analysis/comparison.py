"""Comparing plans from a comparison folder: effects, verdicts, fates, displacement, cost."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.naming import READINGS
from analysis.paired import (
    Paired,
    Ratio,
    Sample,
    displacement_quotient,
    paired,
    ratio_of_means,
)
from analysis.student import adjusted
from analysis.verdict import ALPHA, Judged, Verdict, all_of, judge
from analysis.wording import amount, interval, outcome_name, signed, unit_of_difference
from sim.errors import InputError, Problem
from sim.records.comparison import (
    AVERTED,
    DISPLACED,
    FATES,
    FORWARD,
    MIRROR,
    ComparedPlan,
    ComparisonFolder,
)
from sim.records.dictionary import OUTCOMES, guards

#: Primary outcomes where the user names none.
PRIMARY = ("interceptions",)
#: Most primary outcomes: more would be fishing.
MOST_PRIMARY = 6
#: Effects of a plan in reading order.
EFFECTS = ("whole", "officers", "cooperation", "frozen", "adaptation")

Values = dict[int, float]


@dataclass(frozen=True, slots=True)
class Primary:
    """A primary outcome, ``NAME`` or ``NAME@SUBJECT``."""

    outcome: str
    subject: str = "all"

    @property
    def one(self) -> str:
        """One unit of it in words, e.g. for costs."""
        words = outcome_name(self.outcome, self.subject)
        return f"point of {words}" if OUTCOMES[self.outcome].unit == "share" else words

    @property
    def text(self) -> str:
        """As the user writes it."""
        return self.outcome if self.subject == "all" else f"{self.outcome}@{self.subject}"


@dataclass(frozen=True, slots=True)
class Effect:
    """One row of the table of effects."""

    plan: str
    effect: str
    outcome: str
    subject: str
    role: str
    result: Paired
    p_holm: float | None = None

    @property
    def statement(self) -> str:
        """What a primary outcome's row says after adjustment; "descriptive" for the others."""
        if self.role != "primary":
            return "descriptive" if self.role == "descriptive" else "guard"
        row = Judged(OUTCOMES[self.outcome], self.result, self.subject, self.p_holm)
        if self.p_holm is None:
            return "no interval"
        if self.p_holm >= ALPHA:
            return f"not told from 0 (Holm p {self.p_holm:.2g})"
        return f"{'improves' if row.gain > 0 else 'worsens'} (Holm p {self.p_holm:.2g})"


@dataclass(frozen=True, slots=True)
class Cost:
    """What a plan takes, and a unit of each primary outcome with it.

    Attributes:
        name: What is spent, in words.
        unit: Its unit.
        result: Difference to the baseline.
        per_unit: For each primary outcome, what one unit of improvement takes; empty for a share.
    """

    name: str
    unit: str
    result: Paired
    per_unit: Mapping[str, Ratio]


@dataclass(frozen=True, slots=True)
class FateTable:
    """What became of those who crossed at a plan's treated place.

    Attributes:
        persons: Mean persons by fate over replicates; they sum to ``crossed``.
        crossed: Mean persons that crossed there in the baseline.
        averted: Net persons whose crossing there is averted.
        displaced: Net persons who cross elsewhere or otherwise instead.
        ratio: Displaced over averted; not defined where averted is not told from 0.
        quotient: Weighted displacement quotient, None where it is not defined.
        counts: Mean first crossings by kind of place, (baseline, plan).
    """

    persons: Mapping[str, float]
    crossed: float
    averted: Sample
    displaced: Sample
    ratio: Ratio
    quotient: float | None
    counts: Mapping[str, tuple[float, float]]


@dataclass
class Comparison:
    """A comparison read for its primary outcomes; everything is worked out when first asked for.

    Attributes:
        folder: What was run.
        primary: The primary outcomes, at most 6.
    """

    folder: ComparisonFolder
    primary: tuple[Primary, ...]
    _values: dict[str, dict[tuple[str, str], Values]] = field(default_factory=dict)

    @property
    def plans(self) -> tuple[ComparedPlan, ...]:
        """The plans in the order in which they were given."""
        return self.folder.plans

    def plan(self, name: str) -> ComparedPlan:
        """Return a plan by name (KeyError if there is none)."""
        for plan in self.plans:
            if plan.name == name:
                return plan
        raise KeyError(name)

    def values(self, run: str) -> dict[tuple[str, str], Values]:
        """Return values by (outcome, subject) and replicate of a run."""
        if not self._values:
            for (name, outcome, subject), rows in self.folder.table("values").groupby(
                ["run", "outcome", "subject"], sort=False
            ):
                at = dict(zip(rows["replicate"].tolist(), rows["value"].tolist(), strict=True))
                self._values.setdefault(str(name), {})[str(outcome), str(subject)] = at
        return self._values[run]

    @cached_property
    def effects(self) -> tuple[Effect, ...]:
        """Every effect of every plan on every outcome and subject."""
        return tuple(row for plan in self.plans for row in self._effects(plan))

    def _effects(self, plan: ComparedPlan) -> Iterator[Effect]:
        for effect, (before, after) in plan.effects.items():
            one, two = self.values(before), self.values(after)
            rows = [self._effect(plan, effect, key, one, two) for key in sorted({*one, *two})]
            yield from self._adjusted(rows)
        if plan.frozen_plan:
            yield from self._adjusted(self._adaptation(plan))

    def _effect(
        self, plan: ComparedPlan, effect: str, key: tuple[str, str],
        one: Mapping[tuple[str, str], Values], two: Mapping[tuple[str, str], Values],
    ) -> Effect:  # fmt: skip
        outcome, subject = key
        before, after = one.get(key), two.get(key)
        empty = dict.fromkeys(before or after or {}, math.nan)
        result = paired(before or empty, after or empty, OUTCOMES[outcome].better)
        return Effect(plan.name, effect, outcome, subject, self._role(key), result)

    def _adaptation(self, plan: ComparedPlan) -> list[Effect]:
        """Return what learning networks take from (or add to) the plan's effect."""
        sides = [
            (self.values(one), self.values(two))
            for one, two in (plan.effects["frozen"], plan.effects["whole"])
        ]
        keys = sorted(set(sides[0][0]) & set(sides[0][1]) & set(sides[1][0]) & set(sides[1][1]))
        rows = []
        for key in keys:
            apart = [{r: two[key][r] - one[key][r] for r in one[key] if r in two[key]}
                     for one, two in sides]  # fmt: skip
            result = paired(apart[0], apart[1], OUTCOMES[key[0]].better)
            rows.append(Effect(plan.name, "adaptation", *key, self._role(key), result))
        return rows

    def _role(self, key: tuple[str, str]) -> str:
        if Primary(*key) in self.primary:
            return "primary"
        return "protection" if key[1] == "all" and key[0] in _GUARDS else "descriptive"

    def _adjusted(self, rows: list[Effect]) -> list[Effect]:
        """Return the rows with p adjusted over the primary outcomes named, recorded or not."""
        raw = {Primary(r.outcome, r.subject): r.result.sample.p() for r in rows
               if r.role == "primary" and r.result.sample is not None}  # fmt: skip
        whole = adjusted([raw.get(primary) for primary in self.primary])
        known = dict(zip(self.primary, whole, strict=True))
        return [replace(r, p_holm=known.get(Primary(r.outcome, r.subject))) for r in rows]

    @cached_property
    def _by_key(self) -> dict[tuple[str, str, str, str], Effect]:
        return {(e.plan, e.effect, e.outcome, e.subject): e for e in self.effects}

    def effect(self, plan: str, effect: str, outcome: str, subject: str = "all") -> Effect | None:
        """Return one row, None where nothing was run or recorded for it."""
        return self._by_key.get((plan, effect, outcome, subject))

    def judged(self, plan: str, effect: str = "whole") -> tuple[list[Judged], list[Judged]]:
        """Return the primary and the protection outcomes of a plan as a verdict sees them."""
        return (
            [self._judged(plan, effect, p.outcome, p.subject) for p in self.primary],
            [self._judged(plan, effect, g.name, "all") for g in guards()],
        )

    def _judged(self, plan: str, effect: str, outcome: str, subject: str) -> Judged:
        row = self.effect(plan, effect, outcome, subject)
        nothing = paired({}, {}, OUTCOMES[outcome].better)
        if row is None:
            return Judged(OUTCOMES[outcome], nothing, subject)
        return Judged(OUTCOMES[outcome], row.result, subject, row.p_holm)

    def listed(self, plan: str) -> tuple[list[Judged], list[Judged]]:
        """Return the rows of a plan's tables, each outcome once, and the primary ones that guard.

        Primary outcomes come first, then the protection outcomes recorded that are not primary.
        """
        primaries, protected = self.judged(plan)
        rest = [row for row in protected if row.recorded
                and Primary(row.outcome.name) not in self.primary]  # fmt: skip
        return [*primaries, *rest], [row for row in primaries if row.guarded]

    def verdict(self, plan: str) -> Verdict:
        """Return the verdict on a plan against its baseline."""
        return judge(*self.judged(plan))

    def moved_by_cooperation(self, plan: str) -> list[Judged]:
        """Return the primary outcomes of which the part that is cooperation is told from 0."""
        return [r for r in self.judged(plan, "cooperation")[0] if r.improves or r.worsens]

    def against_null(self, plan: str) -> str:
        """Return in words what of a plan's effect is cooperation, and whether that can be told."""
        compared = self.plan(plan)
        if compared.plan == compared.baseline:
            return "The plan changes nothing: it is the same run as its baseline."
        if compared.null_is == "plan":
            return (
                "Nothing in this plan is cooperation: its null is the plan itself and was not run "
                "twice; all of its effect is added officers and means."
            )
        primaries, _ = self.judged(plan, "cooperation")
        told = self.moved_by_cooperation(plan)
        said = ""
        if compared.null_is == "baseline":
            said = (
                "Without cooperation nothing is left of this plan: its null equals the baseline "
                "and was not run twice. "
            )
        if told:
            changes = ", ".join(f"{row.name} {row.change()}" for row in told)
            return f"{said}Cooperation itself (plan less null) moves {changes}."
        alike = [row.name for row in primaries if row.alike]
        needed = [f"{row.name} {_needed_to_tell(row)}" for row in primaries if not row.alike]
        needed += [f"{all_of(alike)} no difference in any run"] if alike else []
        changes = "; ".join(needed)
        return f"{said}The plan cannot be told from its null in a primary outcome ({changes})."

    # Cost -----------------------------------------------------------------------------------

    def costs(self, plan: str) -> list[Cost]:
        """Return what a plan takes: officer hours in all and at its places, and other costs."""
        compared = self.plan(plan)
        gains = {p.text: self._gain(compared, p) for p in self.primary}
        rows = [
            ("officer hours", "h", _OFFICER_HOURS, ("all",)),
            ("officer hours at the treated places", "h", _OFFICER_HOURS, compared.treated),
        ]
        rows += [(outcome_name(name), OUTCOMES[name].unit, (name,), ("all",))
                 for name in _OTHER_COSTS]  # fmt: skip
        made = []
        without, with_plan = self.values(compared.baseline), self.values(compared.plan)
        for name, unit, outcomes, subjects in rows:
            sides = summed(without, with_plan, outcomes, subjects)
            if not sides[0] and outcomes[0] in _OF_THE_PLAN_ALONE:
                _, spent = summed(with_plan, with_plan, outcomes, subjects)
                sides = dict.fromkeys(spent, 0.0), spent
            if not sides[0]:
                continue
            result = paired(sides[0], sides[1], "less")
            more = {r: sides[1][r] - sides[0][r] for r in sides[0]}
            # Loads are no sum of what is spent: there is nothing to divide by what is gained.
            per_unit = {} if unit == "share" else {
                # What grows worse has no price.
                text: ratio_of_means(more, gain)
                if gain.keys() == more.keys() and sum(gain.values()) > 0
                else Ratio(None, None)
                for text, gain in gains.items()
            }  # fmt: skip
            made.append(Cost(name, unit, result, per_unit))
        return made

    def _gain(self, plan: ComparedPlan, primary: Primary) -> Values:
        key = (primary.outcome, primary.subject)
        one, two = self.values(plan.baseline).get(key, {}), self.values(plan.plan).get(key, {})
        sign = 1.0 if OUTCOMES[primary.outcome].better == "more" else -1.0
        gain = {r: sign * (two[r] - one[r]) for r in one if r in two}
        return {r: v for r, v in gain.items() if not math.isnan(v)}

    # Fates ----------------------------------------------------------------------------------

    def fate_table(self, plan: str) -> FateTable | None:
        """Return the fate table of a plan, None for one whose places nobody crosses at."""
        rows = self.folder.table("fates")
        rows = rows[rows["plan"] == plan]
        if rows.empty:
            return None
        sums = {
            side: own.pivot_table(index="replicate", columns="fate", values="persons")
            for side, own in rows.groupby("side")
        }
        forward, mirror = sums[FORWARD], sums[MIRROR]
        averted = _by_replicate(forward, mirror, AVERTED)
        displaced = _by_replicate(forward, mirror, DISPLACED)
        counts, apart = self._crossings(plan)
        treated = Sample.of(apart)
        bounds = treated.total_bounds()
        told = bounds is not None and not bounds[0] <= 0 <= bounds[1]
        return FateTable(
            persons={f: float(forward[f].mean()) for f in FATES},
            crossed=float(forward[list(FATES)].sum(axis=1).mean()),
            averted=Sample.of(averted),
            displaced=Sample.of(displaced),
            ratio=ratio_of_means(displaced, averted),
            quotient=_quotient(counts) if told else None,
            counts=counts,
        )

    def crossings(self, plan: str) -> pd.DataFrame:
        """Return mean first crossings by leg: leg, place, baseline, plan, difference."""
        rows = self.folder.table("crossings")
        rows = rows[rows["plan"] == plan]
        mean = rows.groupby(["leg", "place", "side"])["persons"].mean().unstack("side")
        mean = mean.reset_index()
        return mean.assign(difference=mean["plan"] - mean["baseline"])

    def _crossings(self, plan: str) -> tuple[dict[str, tuple[float, float]], Values]:
        rows = self.folder.table("crossings")
        rows = rows[rows["plan"] == plan]
        sums = rows.groupby(["place", "replicate", "side"])["persons"].sum().unstack("side")
        means = sums.groupby(level="place").mean()
        counts = {str(p): (float(r["baseline"]), float(r["plan"])) for p, r in means.iterrows()}
        treated = sums.xs("treated", level="place")
        apart = treated["plan"] - treated["baseline"]
        return counts, {int(str(r)): float(v) for r, v in apart.items()}

    # Tables ---------------------------------------------------------------------------------

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The table ``effects`` as a frame."""
        return pd.DataFrame([_row(e) for e in self.effects])


def compare(folder: str | Path, primary: Sequence[str] = PRIMARY) -> Comparison:
    """Read a comparison folder for its primary outcomes.

    Args:
        folder: What ``sim.run_plans`` or ``crossborder compare`` wrote.
        primary: At most 6 names of outcomes, ``NAME`` or ``NAME@SUBJECT``, chosen before the
            runs are looked at.

    Raises:
        RunFolderError: The folder is no whole comparison.
        InputError: A primary outcome is unknown, has no better direction, or they are too many.
    """
    opened = ComparisonFolder.open(folder)
    chosen = check_primary(primary)
    check_subjects(chosen, opened.scenario)
    return Comparison(opened, chosen)


def check_subjects(primary: Sequence[Primary], scenario: Mapping[str, Any]) -> None:
    """Refuse a primary outcome of a subject that the scenario does not have (InputError).

    Args:
        primary: What was named.
        scenario: Resolved text of the baseline.
    """
    for row in primary:
        if row.subject == "all":
            continue
        known = subjects_of(row.outcome, scenario)
        if row.subject not in known:
            near = get_close_matches(row.subject, known, n=3, cutoff=0.3) or known[:3]
            said = f"It is counted for {', '.join(near)}." if near else "Leave the subject out."
            raise _refused(
                "unknown-subject", f"{row.outcome} is not counted for {row.subject!r}", said,
                row.text,
            )  # fmt: skip


def subjects_of(outcome: str, scenario: Mapping[str, Any]) -> list[str]:
    """Return the subjects other than ``all`` for which a scenario can count an outcome."""
    kinds = OUTCOMES[outcome].subjects
    return [subject for kind in kinds for subject in _subjects(kind, scenario, kinds)]


def _subjects(kind: str, scenario: Mapping[str, Any], beside: Sequence[str]) -> list[str]:
    """Return the subjects of a kind that a scenario has.

    What is counted by sector or post (``beside``) is counted for the borders and countries that
    have one.
    """
    control = [name for name in ("sector", "post") if name in beside]
    rows = [r for name in control or ("sector", "post") for r in scenario.get(f"{name}s", ())]
    if kind == "border":
        names = {str(r["border"]) for r in rows if r.get("border")}
    elif kind == "country" and control:
        names = {str(r["country"]) for r in rows}
    elif kind == "screenline":
        lines = scenario.get("screenlines", ())
        names = {f"{r['id']}/{label}" for r in lines for label in r["labels"].values()}
        names |= {str(r["id"]) for r in lines}
    elif kind == "pair":
        rows = scenario.get("readmission", ())
        names = {f"{r['requesting']}-{r['requested']}" for r in rows}
    elif kind == "goods":
        names = {str(r["goods"]) for r in scenario.get("other_crime", ())}
    elif kind == "series":
        names = {str(r["series"]) for r in scenario.get("observation_rules", ())}
    elif kind == "reading":
        names = set(READINGS)
    else:
        names = {str(r["id"]) for r in scenario.get(_LISTS.get(kind, f"{kind}s"), ())}
    return sorted(f"{kind}:{name}" for name in names)


def summed(
    one: Mapping[tuple[str, str], Values],
    two: Mapping[tuple[str, str], Values],
    outcomes: Sequence[str],
    subjects: Sequence[str],
) -> tuple[Values, Values]:
    """Return sums over outcomes and subjects by replicate, of what both sides recorded.

    A subject that a side did not record, or not in every replicate, is no 0 there: it is left
    out of both sums.

    Args:
        one: Values of a side by outcome and subject, then by replicate; NaN is not recorded.
        two: Values of the other side.
        outcomes: Outcomes to sum.
        subjects: Subjects to sum them over.

    Returns:
        The sums of each side; both empty where nothing is recorded on both.
    """
    cells = [(o, s) for o in outcomes for s in subjects if (o, s) in one and (o, s) in two]
    known = [
        cell for cell in cells
        if not any(math.isnan(x) for side in (one, two) for x in side[cell].values())
    ]  # fmt: skip
    if not known:
        return {}, {}
    first, second = (
        {r: sum(side[cell][r] for cell in known) for r in side[known[0]]} for side in (one, two)
    )
    return first, second


def check_primary(names: Sequence[str]) -> tuple[Primary, ...]:
    """Return the primary outcomes named (InputError if one cannot be)."""
    if len(names) > MOST_PRIMARY or not names:
        raise _refused("too-many-primary", f"{len(names)} primary outcomes",
                       f"Name 1 to {MOST_PRIMARY}; all others are shown as descriptive.",
                       " ".join(names))  # fmt: skip
    chosen = []
    for name in names:
        outcome, at, subject = name.partition("@")
        if at and not subject:
            raise _refused("no-subject", "nothing stands behind the @",
                           f"Write {outcome}, or {outcome}@KIND:ID, e.g. @border:AAA-BBB.",
                           name)  # fmt: skip
        if outcome not in OUTCOMES:
            near = get_close_matches(outcome, OUTCOMES, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else "README.md says where they are listed."
            raise _refused("unknown-outcome", f"no outcome is called {outcome!r}", hint, name)
        if OUTCOMES[outcome].better == "neither":
            raise _refused("no-direction", f"{outcome} only describes: neither way is better",
                           "Name an outcome with a better direction.", name)  # fmt: skip
        chosen.append(Primary(outcome, subject or "all"))
    if len(set(chosen)) < len(chosen):
        raise _refused("primary-twice", "an outcome is named twice", "Name it once.",
                       " ".join(names))  # fmt: skip
    return tuple(chosen)


#: Costs of what is not there without the plan: an operation that is not ordered costs nothing.
_OF_THE_PLAN_ALONE = ("operation_cost",)
_LISTS = {"country": "countries"}
_GUARDS = frozenset(g.name for g in guards())
_OFFICER_HOURS = tuple(n for n, o in OUTCOMES.items() if o.group == "cost" and
                       n.startswith("officer_hours"))  # fmt: skip
_OTHER_COSTS = tuple(n for n, o in OUTCOMES.items() if o.group == "cost" and
                     n not in (*_OFFICER_HOURS, "patrol_unit_hours"))  # fmt: skip


def _refused(rule: str, message: str, remedy: str, value: str) -> InputError:
    return InputError([Problem(rule, message, remedy, key="--primary", value=value[:80])])


def _needed_to_tell(row: Judged) -> str:
    if row.result.sample is None:
        return "not recorded"
    unit = row.outcome.unit
    said = f"{signed(row.result.difference, unit)} {unit_of_difference(unit)}, " \
           f"{interval(row.result.total, unit)}"  # fmt: skip
    return f"{said}; pairs of runs needed: {row.pairs_needed('more than can be run')}"


def guards_among(primaries: Sequence[Judged]) -> str:
    """Return the note on primary outcomes that are protection outcomes too, "" for none."""
    if not primaries:
        return ""
    return (
        f"Primary and protection outcome at once, listed once: "
        f"{', '.join(row.name for row in primaries)}."
    )


def per_unit_words(cost: Cost, primary: str) -> str:
    """Return in words what a unit of a primary outcome takes; of a share a percentage point.

    A cost that is itself a share has none: "-".
    """
    ratio = cost.per_unit.get(primary)
    if ratio is None:
        return "-"
    if ratio.value is None or ratio.bounds is None:
        return "not defined"
    of_points = OUTCOMES[primary.partition("@")[0]].unit == "share"
    parts = 100.0 if of_points else 1.0
    value, low, high = (v / parts for v in (ratio.value, *ratio.bounds))
    return f"{amount(value, cost.unit)} ({amount(low, cost.unit)} to {amount(high, cost.unit)})"


def _by_replicate(forward: pd.DataFrame, mirror: pd.DataFrame, names: Sequence[str]) -> Values:
    """Return persons of some fates less those who go the other way, by replicate."""
    net = forward[list(names)].sum(axis=1) - mirror[list(names)].sum(axis=1)
    return {int(str(r)): float(v) for r, v in net.items()}


def _quotient(counts: Mapping[str, tuple[float, float]]) -> float | None:
    if not {"treated", "buffer", "control"} <= counts.keys():
        return None
    return displacement_quotient(counts["treated"], counts["buffer"], counts["control"])


def _row(effect: Effect) -> dict[str, Any]:
    result, outcome = effect.result, OUTCOMES[effect.outcome]
    sample = result.sample
    chance, total = result.chance or (math.nan, math.nan), result.total or (math.nan, math.nan)
    share = result.share_better if outcome.better != "neither" else None
    needed = result.needed()
    p = None if sample is None else sample.p()
    return {
        "plan": effect.plan, "effect": effect.effect, "outcome": effect.outcome,
        "subject": effect.subject, "unit": outcome.unit, "better": outcome.better,
        "role": effect.role, "pairs": result.pairs, "before": result.before,
        "after": result.after, "difference": result.difference,
        "chance_low": chance[0], "chance_high": chance[1],
        "total_low": total[0], "total_high": total[1],
        "better_pairs": result.better, "equal_pairs": result.equal,
        "better_low": share[0] if share else math.nan,
        "better_high": share[1] if share else math.nan,
        "variance_ratio": _nan(result.ratio), "variance_ratio_chance": _nan(result.ratio_chance),
        "runs_needed": _nan(needed), "p": _nan(p), "p_holm": _nan(effect.p_holm),
        "note": result.note,
    }  # fmt: skip


def _nan(value: float | None) -> float:
    return math.nan if value is None else float(value)
