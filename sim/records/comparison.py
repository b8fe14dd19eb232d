"""A comparison folder: its tables, its manifest, and its reader; written whole or not at all.

Layout of a folder::

    comparison.json      what was compared, and that it is complete
    scenario.json        resolved text of the baseline
    values.parquet       outcomes of every run over its whole length
    fates.parquet        what became of those who crossed at a plan's treated place
    crossings.parquet    first crossings by leg while measures at the places followed are in force
    effects.parquet      differences with intervals, from ``analysis``
    results.json         verdicts and the same numbers, for scripts
    comparison.html      the page a planner reads
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import RunFolderError
from sim.records.parquet import connect, literal
from sim.records.tables import Column, Table

if TYPE_CHECKING:
    import pandas as pd

#: Version of the layout below.
COMPARISON_SCHEMA = 1
MANIFEST = "comparison.json"

#: What those who crossed at a treated place in the baseline did under a plan, in the order in
#: which the questions are asked (MODEL 16). The list is closed: every person has exactly one.
FATES: dict[str, str] = {
    "unchanged": "crossed there, no later than in the baseline",
    "same_place_later": "crossed there, later than in the baseline",
    "same_border_elsewhere": "crossed the same border at another place, by the same mode",
    "other_mode": "crossed the same border at another place, by another mode",
    "dead_or_missing": "never crossed that border; dead or missing",
    "other_route": "never crossed that border; crossed another one instead, or reached an exit",
    "gave_up_or_returned": "never crossed that border; gave up, or was returned for good",
    "asylum": "never crossed that border; in an asylum procedure at the end",
    "still_waiting": "never crossed that border; waiting or under way at the end",
}
#: Fates that are displacement: the crossing is made elsewhere or by other means.
DISPLACED = ("same_border_elsewhere", "other_mode", "other_route")
#: Fates in which the crossing at the treated place is averted.
AVERTED = tuple(f for f in FATES if f not in ("unchanged", "same_place_later"))

#: Sides of a fate: of the baseline's parties under the plan, and the mirror of it.
FORWARD, MIRROR = "forward", "mirror"


def _text(name: str, meaning: str) -> Column:
    return Column(name, "text", "", meaning)


def _number(name: str, unit: str, meaning: str) -> Column:
    return Column(name, "float", unit, meaning, nullable=True)


def _count(name: str, unit: str, meaning: str) -> Column:
    return Column(name, "int", unit, meaning)


_REPLICATE = _count("replicate", "count", "number, from 0; 2k and 2k + 1 share a draw")

#: Tables of a comparison folder by name.
COMPARISON_TABLES: dict[str, Table] = {
    t.name: t
    for t in (
        Table(
            "values",
            "outcomes of every run, over its whole length",
            (
                _text("run", "what was run: baseline, plan:NAME, null:NAME, ..."),
                _REPLICATE,
                _text("outcome", "name in the dictionary of outcomes"),
                _text("subject", "what it is counted for, type:id, or all"),
                _number("value", "see dictionary", "value; null = not recorded"),
            ),
            ("run", "replicate", "outcome", "subject"),
        ),
        Table(
            "fates",
            "persons that crossed at a plan's treated place, by what they did on the other side",
            (
                _text("plan", "name of the plan"),
                _text("side", "forward: crossed in the baseline, fate under the plan; mirror: "
                      "crossed under the plan, fate in the baseline"),
                _REPLICATE,
                _text("fate", "closed list; `sim/records/comparison.py` has the definitions"),
                Column("persons", "float", "persons", "a party split on the other side is shared "
                       "in proportion"),
            ),
            ("plan", "side", "replicate", "fate"),
        ),
        Table(
            "crossings",
            "persons crossing a border for the first time while a plan's measures at the places "
            "followed are in force",
            (
                _text("plan", "name of the plan"),
                _text("side", "baseline or plan"),
                _REPLICATE,
                _text("leg", "leg by which they crossed"),
                _text("place", "treated, buffer (elsewhere out of or into the country), control"),
                _count("persons", "persons", "persons"),
            ),
            ("plan", "side", "replicate", "leg"),
        ),
        Table(
            "effects",
            "differences between runs, replicate by replicate",
            (
                _text("plan", "name of the plan"),
                _text("effect", "whole: plan - baseline; officers: null - baseline; cooperation: "
                      "plan - null; frozen: whole, networks not learning from the plan's first "
                      "day; adaptation: whole - frozen"),
                _text("outcome", "name in the dictionary of outcomes"),
                _text("subject", "what it is counted for, type:id, or all"),
                _text("unit", "unit of the outcome"),
                _text("better", "more, less or neither"),
                _text("role", "primary, protection or descriptive"),
                _count("pairs", "pairs of runs", "replicates in which both values are recorded"),
                _number("before", "see unit", "mean of the run subtracted"),
                _number("after", "see unit", "mean of the run it is subtracted from"),
                _number("difference", "see unit", "mean of after - before"),
                _number("chance_low", "see unit", "95 % interval, chance only (within pairs)"),
                _number("chance_high", "see unit", "upper end"),
                _number("total_low", "see unit", "95 % interval, chance and assumptions"),
                _number("total_high", "see unit", "upper end"),
                _count("better_pairs", "pairs of runs", "replicates in which after is better"),
                _count("equal_pairs", "pairs of runs", "replicates without any difference"),
                _number("better_low", "share", "95 % Wilson interval of the share better"),
                _number("better_high", "share", "upper end"),
                _number("variance_ratio", "1", "variance of the difference of independent runs "
                        "over that of paired runs; chance and assumptions"),
                _number("variance_ratio_chance", "1", "the same, chance only"),
                _number("runs_needed", "pairs of runs", "paired replicates after which the second "
                        "interval would exclude 0 at the present mean; null = never"),
                _number("p", "share", "two-sided p of the second interval"),
                _number("p_holm", "share", "p adjusted over the primary outcomes (Holm 1979)"),
                _text("note", "what a reader must know of this row"),
            ),
            ("plan", "effect", "outcome", "subject"),
        ),
    )
}  # fmt: skip


@dataclass(frozen=True)
class ComparedPlan:
    """What was run for a plan; names are those of column ``run``.

    Attributes:
        name: Name of the plan, as the user gave it.
        summary: The plan's own words.
        baseline: What it is held against.
        null: Its matched null.
        plan: The plan itself.
        null_is: ``own`` run, ``baseline`` (nothing is left of the plan without cooperation) or
            ``plan`` (nothing in the plan is cooperation).
        frozen_baseline: The baseline with networks not learning from the plan's first day on,
            "" where this was not asked.
        frozen_plan: Likewise, the plan.
        since: First day of its measures, ISO date; "" for a plan without measures.
        until: First day on which none is in force any more.
        followed_since: First day on which crossings are followed, that of the measures which
            stand at the places followed; "" is ``since``.
        followed_until: First day on which none of those is in force any more; "" is ``until``.
        treated: Targets whose crossings are followed.
        treated_legs: Legs across a border that they control.
        replaced_history: Rows of history that the plan states anew as its own.
        measures: Its measures as text.
    """

    name: str
    summary: str
    baseline: str
    null: str
    plan: str
    null_is: str
    frozen_baseline: str = ""
    frozen_plan: str = ""
    since: str = ""
    until: str = ""
    treated: tuple[str, ...] = ()
    treated_legs: tuple[str, ...] = ()
    replaced_history: tuple[str, ...] = ()
    measures: tuple[dict[str, Any], ...] = field(default=())
    followed_since: str = ""
    followed_until: str = ""

    @property
    def window(self) -> tuple[str, str]:
        """First day on which crossings are followed, first on which not; "" is the run's own."""
        return self.followed_since or self.since, self.followed_until or self.until

    @property
    def effects(self) -> dict[str, tuple[str, str]]:
        """Runs subtracted and subtracted from, by effect."""
        made = {
            "whole": (self.baseline, self.plan),
            "officers": (self.baseline, self.null),
            "cooperation": (self.null, self.plan),
        }
        if self.frozen_plan:
            made["frozen"] = (self.frozen_baseline, self.frozen_plan)
        return made


@dataclass(frozen=True)
class ComparisonFolder:
    """A whole comparison on disk.

    Attributes:
        path: The folder.
        manifest: Content of ``comparison.json``.
    """

    path: Path
    manifest: dict[str, Any]

    @classmethod
    def open(cls, path: str | Path) -> ComparisonFolder:
        """Open a folder.

        Raises:
            RunFolderError: It is no whole comparison, or in a schema this version does not know.
        """
        folder = Path(path)
        try:
            manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise RunFolderError(
                f"{folder} is not a comparison: it holds no {MANIFEST}; `crossborder compare` "
                "writes one"
            ) from None
        except (OSError, ValueError) as error:
            raise RunFolderError(f"{folder / MANIFEST} cannot be read: {error}") from None
        if not isinstance(manifest, dict) or manifest.get("schema") != COMPARISON_SCHEMA:
            found = manifest.get("schema") if isinstance(manifest, dict) else None
            raise RunFolderError(
                f"{folder} is written in comparison schema {found!r}; this version of crossborder "
                f"reads {COMPARISON_SCHEMA}: compare again"
            )
        for name in manifest.get("tables", {}):
            if not (folder / f"{name}.parquet").is_file():
                raise RunFolderError(f"{folder / name}.parquet is missing: the comparison is not "
                                     "whole")  # fmt: skip
        return cls(folder, manifest)

    @cached_property
    def scenario(self) -> dict[str, Any]:
        """The resolved baseline as plain data."""
        text = (self.path / "scenario.json").read_text(encoding="utf-8")
        return dict(json.loads(text))

    @cached_property
    def plans(self) -> tuple[ComparedPlan, ...]:
        """The plans in the order in which they were given."""
        rows: list[dict[str, Any]] = self.manifest["plans"]
        return tuple(ComparedPlan(**{k: _frozen(v) for k, v in row.items()}) for row in rows)

    @property
    def replicates(self) -> int:
        """How many paired replicates stand behind every number."""
        return int(self.manifest["replicates"])

    def table(self, name: str) -> pd.DataFrame:
        """Return a table, rows in its order; without any row where nothing was recorded."""
        import pandas as pd

        columns = [c.name for c in COMPARISON_TABLES[name].columns]
        file = self.path / f"{name}.parquet"
        if not file.is_file():
            return pd.DataFrame({c: [] for c in columns})
        with connect() as connection:
            frame = connection.execute(f"SELECT * FROM read_parquet({literal(file)})").df()
        return frame.astype({c: "float64" for c, t in frame.dtypes.items() if str(t)[0].isupper()})


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
