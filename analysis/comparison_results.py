"""Writing what is read from a comparison: the table of effects and ``results.json``."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from analysis.comparison import Comparison, Cost, FateTable
from analysis.paired import Bounds, Ratio, Sample
from analysis.verdict import RULE, Judged
from sim.records.comparison import COMPARISON_TABLES, MANIFEST
from sim.records.run_writer import write_json, write_tables

RESULTS = "results.json"


def write_results(comparison: Comparison) -> None:
    """Write ``effects.parquet`` and ``results.json`` into the comparison's folder."""
    folder = comparison.folder.path
    frame = comparison.frame
    columns = {name: frame[name].to_numpy() for name in frame.columns}
    rows = write_tables(folder, lambda _: columns, ["effects"], tables=COMPARISON_TABLES)
    manifest = comparison.folder.manifest
    manifest["tables"] = dict(sorted({**manifest["tables"], **rows}.items()))
    write_json(folder / RESULTS, results(comparison))
    write_json(folder / MANIFEST, manifest)


def results(comparison: Comparison) -> dict[str, Any]:
    """Return verdicts, effects of named outcomes, fates and costs as plain data."""
    manifest = comparison.folder.manifest
    data = {
        "scenario": manifest["scenario"],
        "seed": manifest["seed"],
        "replicates": manifest["replicates"],
        "rule": RULE,
        "primary": [p.text for p in comparison.primary],
        "plans": [_plan(comparison, plan.name) for plan in comparison.plans],
    }
    plain: dict[str, Any] = json.loads(json.dumps(data, default=str))
    return plain


def _plan(comparison: Comparison, name: str) -> dict[str, Any]:
    plan, verdict = comparison.plan(name), comparison.verdict(name)
    primaries, protected = comparison.judged(name)
    return {
        "plan": name,
        "summary": plan.summary,
        "null_is": plan.null_is,
        "verdict": verdict.word,
        "sentence": verdict.sentence,
        "not_excluded": list(verdict.open),
        "against_null": comparison.against_null(name),
        "primary": [_judged(comparison, name, row) for row in primaries],
        "protection": [_judged(comparison, name, row) for row in protected],
        "fates": _fates(comparison.fate_table(name)),
        "costs": [_cost(cost) for cost in comparison.costs(name)],
    }


def _judged(comparison: Comparison, plan: str, row: Judged) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    for effect in ("officers", "cooperation", "frozen", "adaptation"):
        found = comparison.effect(plan, effect, row.outcome.name, row.subject)
        if found is not None:
            parts[effect] = {
                "difference": number(found.result.difference),
                "chance": bounds(found.result.chance),
                "total": bounds(found.result.total),
            }
    result = row.result
    return {
        "outcome": row.outcome.name, "subject": row.subject, "unit": row.outcome.unit,
        "better": row.outcome.better, "pairs": result.pairs,
        "before": number(result.before), "after": number(result.after),
        "difference": number(result.difference), "chance": bounds(result.chance),
        "total": bounds(result.total), "margin": number(row.margin),
        "margin_reason": row.outcome.margin_reason,
        "better_pairs": result.better, "equal_pairs": result.equal,
        "share_better": bounds(result.share_better), "variance_ratio": number(result.ratio),
        "variance_ratio_chance": number(result.ratio_chance), "runs_needed": result.needed(),
        "p_holm": number(row.p_holm), "note": result.note, "parts": parts,
    }  # fmt: skip


def _fates(table: FateTable | None) -> dict[str, Any] | None:
    if table is None:
        return None
    return {
        "crossed": table.crossed,
        "persons": dict(table.persons),
        "averted": _sample(table.averted),
        "displaced": _sample(table.displaced),
        "ratio": _ratio(table.ratio),
        "displacement_quotient": "not defined" if table.quotient is None else table.quotient,
        "first_crossings": {k: list(v) for k, v in table.counts.items()},
    }


def _cost(cost: Cost) -> dict[str, Any]:
    return {
        "what": cost.name,
        "unit": cost.unit,
        "difference": number(cost.result.difference),
        "total": bounds(cost.result.total),
        "per_unit": {name: _ratio(ratio) for name, ratio in cost.per_unit.items()},
    }


def _sample(sample: Sample) -> dict[str, Any]:
    return {
        "mean": sample.mean,
        "chance": bounds(sample.chance_bounds()),
        "total": bounds(sample.total_bounds()),
    }


def _ratio(ratio: Ratio) -> dict[str, Any] | str:
    if ratio.value is None:
        return "not defined"
    return {"value": ratio.value, "total": bounds(ratio.bounds)}


def bounds(pair: Bounds | None) -> list[float] | None:
    """Return an interval as a list, None where it is not defined."""
    return None if pair is None else list(pair)


def number(value: float | None) -> float | None:
    """Return a number, None for NaN: "not recorded"."""
    return None if value is None or math.isnan(value) else value


def results_file(folder: str | Path) -> Path:
    """Return the place of ``results.json`` in a folder."""
    return Path(folder) / RESULTS
