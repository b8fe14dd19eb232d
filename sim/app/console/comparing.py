"""Two runs beside each other: outcomes of the whole run, paired where the runs can be paired."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sim.records.dictionary import OUTCOMES
from sim.records.run_reader import RunFolder

Facts = dict[str, Any]

#: Outcomes for one leg, place or label would drown the table; these kinds of subject are shown.
SUBJECTS = ("all", "screenline", "country", "border")
#: Share of the pairs' differences between the bounds shown.
_BAND = (0.05, 0.95)
#: Pairs from which on bounds are told.
_LEAST_PAIRS = 5


def paired_outcomes(one: RunFolder, other: RunFolder) -> Facts:
    """Return outcomes of both runs for the whole run, and the difference, other less one.

    Replicates of the same number and seed share their chance and are differenced pair by pair.
    Runs of different seeds are not paired, and the answer says so.
    """
    same_seed = one.manifest["seed"] == other.manifest["seed"]
    same_days = all(one.scenario[key] == other.scenario[key] for key in ("start", "until", "zone"))
    joined = _totals(one).merge(
        _totals(other), on=["outcome", "subject", "replicate"], how="outer", suffixes=("_a", "_b")
    )
    rows = []
    for (outcome, subject), group in joined.groupby(["outcome", "subject"], sort=True):
        spec = OUTCOMES.get(str(outcome))
        kind = str(subject).partition(":")[0]
        if spec is None or kind not in SUBJECTS:
            continue
        rows.append({
            "outcome": str(outcome), "subject": str(subject), "unit": spec.unit,
            "group": spec.group, "better": spec.better, "definition": spec.definition,
            "margin": spec.margin, "marginOf": spec.margin_of,
            **_difference(group, same_seed),
        })  # fmt: skip
    return {
        "rows": rows, "paired": same_seed, "sameDays": same_days,
        "pairs": min(one.replicates, other.replicates) if same_seed else 0,
    }  # fmt: skip


def _totals(run: RunFolder) -> pd.DataFrame:
    frame = run.replicated("outcomes")
    columns = ["replicate", "outcome", "subject", "value"]
    if frame is None:
        return pd.DataFrame({name: [] for name in columns})
    return frame.loc[frame["month"] == "all", columns]


def _difference(group: pd.DataFrame, paired: bool) -> Facts:
    a, b = (group[name].to_numpy(dtype=float) for name in ("value_a", "value_b"))
    both = ~np.isnan(a) & ~np.isnan(b)
    facts: Facts = {"a": _middle(a), "b": _middle(b), "difference": None, "low": None, "high": None}
    if not paired:
        if facts["a"] is not None and facts["b"] is not None:
            facts["difference"] = facts["b"] - facts["a"]
        return facts
    apart = (b - a)[both]
    facts["difference"] = _middle(apart)
    if len(apart) >= _LEAST_PAIRS:
        facts["low"], facts["high"] = (float(np.quantile(apart, q)) for q in _BAND)
    return facts


def _middle(values: Any) -> float | None:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else None
