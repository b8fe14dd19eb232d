"""The page of a comparison: verdicts first, then effects, fates, map and cost of each plan."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from analysis.comparison import Comparison, Effect, guards_among, per_unit_words
from analysis.drawing import figure_html
from analysis.figures.cost_effect import CostPoint, cost_effect
from analysis.figures.flow_map import change_map, map_shape
from analysis.figures.forest import ForestRow, forest
from analysis.figures.style import new_figure
from analysis.naming import Naming
from analysis.outcomes import rows_of
from analysis.page import Cell, Section, count, items, paragraph, table, text
from analysis.shell import page_html, write_whole
from analysis.verdict import RULE, Judged, all_of
from analysis.wording import (
    MINUS,
    amount,
    interval,
    outcome_name,
    signed,
    unit_of_difference,
)
from sim.records.comparison import FATES, ComparedPlan
from sim.records.dictionary import OUTCOMES

FILE = "comparison.html"

#: A variance ratio beyond this only says that the differences hardly vary.
_MANY_TIMES = 1000
_PARTS = {"officers": "added officers", "cooperation": "cooperation"}


def write_page(comparison: Comparison) -> Path:
    """Write ``comparison.html`` into the comparison's folder and return its path."""
    return write_whole(comparison.folder.path / FILE, page_of(comparison))


def page_of(comparison: Comparison) -> str:
    """Return the page of a comparison as one HTML document that loads nothing."""
    folder = comparison.folder
    naming = Naming(folder.scenario, folder.path)
    plans = [_plan(comparison, naming, plan) for plan in comparison.plans]
    name = str(folder.scenario.get("summary") or folder.scenario["scenario"]).rstrip(".")
    return page_html(
        kind="Comparison of plans",
        title=f"{name}: {_counted(len(plans), 'plan')} compared",
        facts=" · ".join([
            f"Scenario {folder.scenario['scenario']}",
            f"{folder.scenario['start']} to {folder.scenario['until']} (exclusive)",
            f"seed {folder.manifest['seed']}",
            f"{folder.replicates} pairs of runs",
            _counted(len(folder.manifest["runs"]), "variant"),
        ]),
        naming=naming,
        summary=_summary(comparison),
        sections=[_how_to_read(comparison), *plans, _costs(comparison), _making(comparison)],
    )  # fmt: skip


def _counted(count_: int, word: str) -> str:
    return f"{count_} {word}{'s' if count_ != 1 else ''}"


def _summary(comparison: Comparison) -> str:
    parts = []
    for plan in comparison.plans:
        verdict = comparison.verdict(plan.name)
        head, _, rest = verdict.sentence.partition(": ")
        parts.append(
            f"<h3>{text(_title(plan.name))}</h3><p><strong>{text(head)}.</strong> "
            f"{text(rest[0].upper() + rest[1:])}</p><p>{text(comparison.against_null(plan.name))}"
            "</p>"
        )
    return (
        '<section class="summary" aria-labelledby="summary_title">'
        f'<h2 id="summary_title">The verdicts</h2>{"".join(parts)}</section>'
    )


def _title(name: str) -> str:
    words = name.rsplit("/", 1)[-1].removesuffix(".yaml").replace("_", " ")
    return words[:1].upper() + words[1:]


def _how_to_read(comparison: Comparison) -> Section:
    pairs = comparison.folder.replicates
    primary = ", ".join(outcome_name(p.outcome, p.subject) for p in comparison.primary)
    sentences = [
        f"Every number is a difference between two runs with the same seed and the same draw of "
        f"the parameters, over {pairs} pairs of runs ({pairs // 2} draws, two pairs each).",
        "The baseline is the scenario without the plan. The matched null of a plan has the same "
        "officers at the same places in the same hours, as the host's own: no powers of "
        "visitors, no desks, no response across the border. Null less baseline is what added "
        "officers do; plan less null is what cooperation does.",
        "Two intervals of 95 %: chance only speaks of these very draws of the parameters (within "
        "pairs of replicates that share a draw); chance and assumptions of all parameters within "
        "their stated ranges (between draws, Student's t with draws less one degrees of "
        "freedom). Verdicts use the second. What the model leaves out is in neither.",
        f"Primary outcomes, named before the runs: {primary}. Their statements are adjusted by "
        "Holm's method over all of them, recorded or not. Protection outcomes guard the verdict. "
        "All others only describe: with so many, some intervals lie beyond 0 by chance.",
        "Pairs needed: pairs of runs after which the second interval would exclude 0 if the mean "
        "stayed as it is.",
        f"The rule of the verdict. {RULE}",
    ]
    return Section("how_to_read", "How to read this page", items(sentences))


def _plan(comparison: Comparison, naming: Naming, plan: ComparedPlan) -> Section:
    number_ = comparison.plans.index(plan)
    rows, both = comparison.listed(plan.name)
    parts = [
        paragraph(plan.summary) if plan.summary else "",
        _measures(plan),
        _forest(comparison, plan, rows, number_),
        _changes(plan, rows),
        paragraph(guards_among(both)) if both else "",
        _where_from(comparison, plan, rows),
        _adaptation(comparison, plan, rows),
        _fates(comparison, plan),
        _map(comparison, naming, plan, number_),
        _descriptive(comparison, plan),
    ]
    return Section(f"plan_{number_ + 1}", _title(plan.name), "".join(parts))


def _measures(plan: ComparedPlan) -> str:
    words = ""
    if plan.replaced_history:
        words = paragraph(
            "This plan tells documented history anew: its baseline is the history without "
            f"{', '.join(plan.replaced_history)}."
        )
    if not plan.measures:
        return words + paragraph("This plan has no measure of its own.")
    rows = [
        [str(m.get("summary") or m["id"]), str(m["kind"]).replace("_", " "),
         ", ".join(t.replace(":", " ") for t in m["at"]), f"{m['from']} to "
         f"{m['until'] or 'the end'}"]
        for m in plan.measures
    ]  # fmt: skip
    return words + table("Its measures", ["measure", "kind", "at", "in force"], rows)


def _relative(row: Judged | Effect, base: float, better: str) -> ForestRow | None:
    result = row.result
    if not base or math.isnan(base) or result.sample is None:
        return None
    sign = (1.0 if better == "more" else -1.0) * 100 / abs(base)

    def scaled(bounds: tuple[float, float] | None) -> tuple[float, float] | None:
        if bounds is None:
            return None
        low, high = sorted(sign * v for v in bounds)
        return low, high

    return ForestRow("", "plan", sign * result.difference, scaled(result.chance),
                     scaled(result.total))  # fmt: skip


def _forest_rows(comparison: Comparison, plan: ComparedPlan, rows: Sequence[Judged]) -> list[
    ForestRow
]:  # fmt: skip
    made = []
    for row in rows:
        base, better = row.result.before, row.outcome.better
        whole = _relative(row, base, better)
        if whole is None:
            continue
        margin = 100 * row.margin / abs(base) if row.guarded else None
        made.append(ForestRow(row.name, "plan", whole.value, whole.chance, whole.total, margin))
        found = comparison.effect(plan.name, "whole", row.outcome.name, row.subject)
        if found is None or found.role != "primary" or plan.null_is != "own":
            continue
        for part in ("officers", "cooperation"):
            effect = comparison.effect(plan.name, part, row.outcome.name, row.subject)
            own = None if effect is None else _relative(effect, base, better)
            if own is not None:
                label = f"{_PARTS[part]}"
                made.append(ForestRow(label, part, own.value, own.chance, own.total))
    return made


def _forest(comparison: Comparison, plan: ComparedPlan, rows: Sequence[Judged], n: int) -> str:
    drawn = _forest_rows(comparison, plan, rows)
    if not drawn:
        return ""
    height = 0.3 * len(drawn) + 1.47
    figure, ax = new_figure(9.0, height, left=2.75, right=0.35, below=1.15, above=0.32)
    forest(ax, drawn)
    data = table(
        "Change in % of the baseline, better is positive",
        ["outcome", "part", "change", "chance only", "chance and assumptions"],
        [
            [r.label, r.part, Cell(f"{r.value:+.1f}", numeric=True), _span(r.chance),
             _span(r.total)]
            for r in drawn
        ],
    )  # fmt: skip
    left = [row.name for row in rows if row.recorded and not row.result.before]
    words = (
        "Each outcome against its own level in the baseline; whichever way is better points to "
        "the right. Arrows mark intervals that go on beyond the axis."
    )
    if left:
        words += f" Not drawn, being 0 in the baseline: {', '.join(left)}."
    return figure_html(figure, f"forest_{n + 1}", "What the plan changes", words, data)


def _span(bounds: tuple[float, float] | None) -> Cell:
    said = "not defined" if bounds is None else f"{bounds[0]:+.1f} to {bounds[1]:+.1f}"
    return Cell(said, numeric=True)


def _changes(plan: ComparedPlan, rows: Sequence[Judged]) -> str:
    heads = ["outcome", "baseline", "plan", "difference", "chance only", "chance and assumptions",
             "better in", "harm margin", "note"]  # fmt: skip
    # A column of empty notes would only make the table too wide.
    shown = len(heads) if any(row.result.note for row in rows) else len(heads) - 1
    return table(
        "Primary and protection outcomes against the baseline, over the whole run (true)",
        heads[:shown],
        [_change(row)[:shown] for row in rows],
        kind="compact",
    )


def _change(row: Judged) -> list[object]:
    result, unit = row.result, row.outcome.unit
    share = result.share_better
    better = "not defined" if share is None else (
        f"{result.better} of {result.pairs} ({100 * share[0]:.0f} to {100 * share[1]:.0f} %)"
    )  # fmt: skip
    return [
        f"{row.name} ({unit_of_difference(unit)})",
        _right(amount(result.before, unit)), _right(amount(result.after, unit)),
        _right(signed(result.difference, unit)), _right(interval(result.chance, unit)),
        _right(interval(result.total, unit)), _right(better), _right(row.margin_words()),
        result.note,
    ]  # fmt: skip


def _right(said: str) -> Cell:
    return Cell(said, numeric=True)


def _where_from(comparison: Comparison, plan: ComparedPlan, rows: Sequence[Judged]) -> str:
    parts = ("officers", "cooperation")

    def told(row: Judged) -> list[object]:
        found = comparison.effect(plan.name, "whole", row.outcome.name, row.subject)
        return [
            f"{row.name} ({unit_of_difference(row.outcome.unit)})",
            *(_part(comparison, plan, row, part) for part in parts),
            _right(_times(row.result.ratio)), _right(_times(row.result.ratio_chance)),
            _right(row.pairs_needed()),
            "" if found is None else found.statement,
        ]  # fmt: skip

    return table(
        "Where it comes from: differences with the second interval; how well pairs work",
        ["outcome", *(_PARTS[p] for p in parts), "variance ratio", "chance only", "pairs needed",
         "statement"],
        [told(row) for row in rows],
        kind="compact",
    )  # fmt: skip


def _part(comparison: Comparison, plan: ComparedPlan, row: Judged, part: str) -> Cell:
    found = comparison.effect(plan.name, part, row.outcome.name, row.subject)
    if found is None or found.result.sample is None:
        return _right("not recorded")
    result, unit = found.result, row.outcome.unit
    if result.equal == result.pairs:
        return _right("0")
    return _right(f"{signed(result.difference, unit)} ({interval(result.total, unit)})")


def _adaptation(comparison: Comparison, plan: ComparedPlan, rows: Sequence[Judged]) -> str:
    if not plan.frozen_plan:
        return ""
    parts = ("whole", "frozen", "adaptation")
    return table(
        f"Plan less baseline with networks that learn, and with networks that stop learning on "
        f"{plan.since}; differences with the second interval",
        ["outcome", "networks learn", "networks frozen", "learning adds"],
        [
            [f"{row.name} ({unit_of_difference(row.outcome.unit)})",
             *(_part(comparison, plan, row, part) for part in parts)]
            for row in rows
        ],
        kind="compact",
    )  # fmt: skip


def _times(ratio: float | None) -> str:
    if ratio is None:
        return "not defined"
    return f"{ratio:,.1f}" if ratio < _MANY_TIMES else f"over {_MANY_TIMES:,}"


def _fates(comparison: Comparison, plan: ComparedPlan) -> str:
    found = comparison.fate_table(plan.name)
    if found is None:
        return paragraph(
            "No measure of this plan stands where a border is crossed, so that nobody's fate is "
            "followed; `crossborder compare --treated TARGET` follows those who cross at a place."
        )
    places = ", ".join(t.replace(":", " ") for t in plan.treated)
    since, until = plan.window
    period = f"{since} to {until} (exclusive)" if since else "over the whole run"
    whole = found.crossed
    rows: list[list[object]] = [
        [name.replace("_", " "), count(persons, 1),
         _right(f"{100 * persons / whole:.1f} %" if whole else "not defined"), FATES[name]]
        for name, persons in found.persons.items()
    ]  # fmt: skip
    rows.append(["all", count(whole, 1), _right("100.0 %"), "crossed there in the baseline"])
    ratio, quotient = found.ratio, found.quotient
    said = "not defined, because the interval of averted crossings includes 0"
    if ratio.value is not None and ratio.bounds is not None:
        low, high = (f"{v:.2f}".replace("-", MINUS) for v in ratio.bounds)
        said = f"{ratio.value:.2f} ({low} to {high})".replace("-", MINUS)
    words = (
        f"Averted at the treated place, net of those who cross there only under the plan: "
        f"{found.averted.mean:,.1f} persons "
        f"({interval(found.averted.total_bounds(), 'persons')}). Displaced, net: "
        f"{found.displaced.mean:,.1f} persons "
        f"({interval(found.displaced.total_bounds(), 'persons')}). Displaced over averted: {said}. "
        "Weighted displacement quotient (Bowers & Johnson 2003): "
        f"{_quotient_words(quotient, found.counts)}."
    )
    return table(
        f"What those who crossed at {places} in the baseline did under the plan; mean persons "
        f"(true), {period}",
        ["fate", "persons", "share", "meaning"],
        rows,
        kind="total",
    ) + paragraph(words)


def _quotient_words(quotient: float | None, counts: Any) -> str:
    if quotient is None:
        return "not defined"
    said = ", ".join(f"{name} {one:,.0f} to {two:,.0f}" for name, (one, two) in counts.items())
    value = f"{quotient:.2f}".replace("-", MINUS)
    return f"{value} (first crossings: {said})"


def _map(comparison: Comparison, naming: Naming, plan: ComparedPlan, n: int) -> str:
    if not plan.treated_legs:
        return ""
    crossings = comparison.crossings(plan.name)
    changes = {str(r.leg): float(r.difference) for r in rows_of(crossings)}
    width = 9.0
    height = map_shape(naming.scenario, width - 0.2)
    figure, ax = new_figure(width, height + 1.3, left=0.1, right=0.1, below=1.05, above=0.25)
    change_map(ax, naming.scenario, changes, plan.treated_legs, naming.outlines)
    legs = naming.names("leg")
    data = table(
        "First crossings of a border by leg while the measures there are in force; mean persons",
        ["leg", "place", "baseline", "plan", "difference"],
        [
            [legs.get(str(r.leg), str(r.leg)), str(r.place), count(float(r.baseline)),
             count(float(r.plan)), _right(signed(float(r.difference), "persons"))]
            for r in rows_of(crossings.sort_values("difference"))
        ],
    )  # fmt: skip
    words = (
        "Persons who cross a border for the first time on each leg, plan less baseline, while the "
        "plan's measures at the treated places are in force (true). Width is the size of the "
        "difference; arcs bend to the right of their direction."
    )
    return figure_html(figure, f"displacement_{n + 1}", "Where crossings move", words, data)


def _descriptive(comparison: Comparison, plan: ComparedPlan) -> str:
    from analysis.page import details

    rows = [
        e for e in comparison.effects
        if (e.plan, e.effect, e.role) == (plan.name, "whole", "descriptive")
        and e.result.sample is not None and e.subject == "all"
    ]  # fmt: skip
    body = table(
        "Descriptive: other outcomes counted for all; `effects.parquet` has every subject",
        ["outcome", "baseline", "plan", "difference", "chance and assumptions"],
        [
            [f"{outcome_name(e.outcome)} ({unit_of_difference(OUTCOMES[e.outcome].unit)})",
             *(_right(w) for w in _levels(e))]
            for e in rows
        ],
    )  # fmt: skip
    return details("Other outcomes (descriptive)", body) if rows else ""


def _levels(effect: Effect) -> tuple[str, str, str, str]:
    unit, result = OUTCOMES[effect.outcome].unit, effect.result
    return (amount(result.before, unit), amount(result.after, unit),
            signed(result.difference, unit), interval(result.total, unit))  # fmt: skip


def _costs(comparison: Comparison) -> Section:
    spent = [(plan, cost) for plan in comparison.plans for cost in comparison.costs(plan.name)]
    # A column of nothing but "not defined" would only make the table too wide.
    priced = [
        p for p in comparison.primary
        if any(r is not None and r.value is not None
               for r in (cost.per_unit.get(p.text) for _, cost in spent))
    ]  # fmt: skip
    rows: list[list[object]] = [
        [_title(plan.name), f"{cost.name} ({unit_of_difference(cost.unit)})",
         _right(signed(cost.result.difference, cost.unit)),
         _right(interval(cost.result.total, cost.unit)),
         *(_right(per_unit_words(cost, p.text)) for p in priced)]
        for plan, cost in spent
    ]  # fmt: skip
    body = table(
        "What each plan takes more than its baseline, and what one unit of improvement takes (a "
        "percentage point of a share); not defined where the improvement is not told from 0; none "
        "of a load, which is no sum",
        [
            "plan",
            "what",
            "difference",
            "chance and assumptions",
            *(f"per {p.one}" for p in priced),
        ],
        rows,
        kind="compact",
    )
    if unpriced := [p.one for p in comparison.primary if p not in priced]:
        body += paragraph(
            f"No price of one: {all_of(unpriced)}. Of no plan is an improvement told from 0."
        )
    body += paragraph(
        "Officers moved from elsewhere add nothing in all: their hours stand at the treated "
        "places. Intervals of ratios are Fieller's."
    )
    for n, primary in enumerate(comparison.primary):
        body += _cost_figure(comparison, primary.outcome, primary.subject, n)
    return Section("cost", "Cost against effect", body)


def _cost_figure(comparison: Comparison, outcome: str, subject: str, n: int) -> str:
    points = []
    for plan in comparison.plans:
        costs = comparison.costs(plan.name)
        primaries, _ = comparison.judged(plan.name)
        row = next(p for p in primaries if (p.outcome.name, p.subject) == (outcome, subject))
        if not costs or not row.recorded:
            continue
        scale = 100.0 if row.outcome.unit == "share" else 1.0
        gains = None if row.gains is None else (scale * row.gains[0], scale * row.gains[1])
        points.append(CostPoint(_title(plan.name), costs[0].result.difference,
                                costs[0].result.total, scale * row.gain, gains))  # fmt: skip
    if not points:
        return ""
    name, unit = outcome_name(outcome, subject), unit_of_difference(OUTCOMES[outcome].unit)
    figure, ax = new_figure(9.0, 4.4, left=0.95, right=0.4)
    cost_effect(ax, points, unit, name)
    data = table(
        f"Officer hours added, and improvement of {name}",
        ["plan", "officer hours", "improvement"],
        [[p.name, _right(signed(p.cost, "h")), _right(f"{p.gain:+,.1f}")] for p in points],
    )
    words = (
        "Crosses are second intervals. Up is better, to the right costs more; a plan whose upright "
        "bar meets the line at 0 is not told from doing nothing."
    )
    return figure_html(figure, f"cost_{n + 1}", f"Officer hours and {name}", words, data)


def _making(comparison: Comparison) -> Section:
    manifest = comparison.folder.manifest
    rows: list[list[object]] = [
        ["command", Cell(f"<code>{text(manifest.get('command', ''))}</code>", html=True)],
        ["seed", str(manifest["seed"])],
        ["pairs of runs", str(manifest["replicates"])],
        ["crossborder", str(manifest["crossborder"])],
        ["started", str(manifest["started"])],
        ["seconds", f"{manifest['seconds']:,.0f}"],
    ]
    if manifest.get("sets"):
        rows.insert(1, ["set on the command line", ", ".join(map(str, manifest["sets"]))])
    runs = table(
        "What was run; each variant once for every pair",
        ["variant", "scenario hash", "seconds a run"],
        [
            [name, Cell(f"<code>{text(hash_[:16])}</code>", html=True),
             _right(f"{manifest['seconds_a_run'][name]:.1f}")]
            for name, hash_ in manifest["runs"].items()
        ],
    )  # fmt: skip
    nulls = items(f"{_title(plan.name)}: {_NULLS[plan.null_is]}" for plan in comparison.plans)
    return Section("making", "How this comparison was made",
                   table("The comparison", ["entry", "value"], rows) + runs + nulls)  # fmt: skip


_NULLS = {
    "own": "its matched null was run.",
    "baseline": "its null equals the baseline and was not run twice.",
    "plan": "nothing in it is cooperation: its null equals the plan and was not run twice.",
}
