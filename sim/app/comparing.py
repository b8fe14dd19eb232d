"""``crossborder compare``: plans side by side with the same chance, and a verdict on each."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.app.printing import print_json, print_table
from sim.app.records import AsJson

if TYPE_CHECKING:
    from analysis.comparison import Comparison
    from analysis.verdict import Judged

#: Columns are told once below the tables.
_LEGEND = (
    "Differences are means over {replicates} pairs of runs with the same seed and the same draw "
    "of the parameters. Intervals are 95 %: chance only (within pairs of replicates that share a "
    "draw), then chance and assumptions (all), which verdicts use. Variance ratio: how many "
    "times more a difference of independent runs would vary."
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(compare)


def compare(
    scenario: Annotated[str, typer.Argument(help="A shipped scenario's name, or a file.")],
    plan: Annotated[
        list[str],
        typer.Option(metavar="PLAN", help="A plan compared; may be repeated; A+B is one plan."),
    ],
    replicates: Annotated[
        int, typer.Option(min=2, help="Pairs of runs; an even number, two share their assumptions.")
    ] = 20,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Processes that share the runs [default: the cores]."),
    ] = None,
    primary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[@SUBJECT]",
            help="A primary outcome, up to 6, e.g. interceptions@border:ALB-MNE "
            "[default: interceptions].",
        ),
    ] = None,
    adaptation: Annotated[
        bool, typer.Option(help="Also against networks that stop learning on a plan's first day.")
    ] = False,
    treated: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TARGET", help="Follow crossings at this place [default: the plan's own]."
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, max=2**32 - 1, help="Seed of chance [default: the scenario's]."),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Override one value; may be repeated."),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="First day no longer simulated, instead of the file's."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder, new or empty [default: runs/compare-NAME-sSEED-N]."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare plans with the scenario and each with its matched null; the last line is the page.

    The matched null of a plan has the same officers at the same places and nothing of
    cooperation: null less baseline is what added officers do, plan less null what cooperation
    does.

    Example: crossborder compare two_routes --plan hilltop_nights --replicates 8
    """
    from analysis.comparison import PRIMARY, check_primary, check_subjects, compare as read
    from analysis.comparison_page import write_page
    from analysis.comparison_results import results, write_results
    from sim.app.progress import ensemble_progress
    from sim.experiments.comparisons import check_replicates, run_comparison
    from sim.experiments.designs import design
    from sim.experiments.executors import Executor, ProcessExecutor, SerialExecutor

    names = tuple(primary or PRIMARY)
    chosen = check_primary(names)
    check_replicates(replicates)
    sets = (*(set_ or ()), *([f"until={until}"] if until is not None else []))
    made = design(scenario, plan, sets, adaptation=adaptation, treated=tuple(treated or ()))
    check_subjects(chosen, made.baseline.as_text())
    runs = replicates * len(made.runs)
    crew = min(workers or os.cpu_count() or 1, runs)
    executor: Executor = SerialExecutor() if crew == 1 else ProcessExecutor(crew)
    facts = {"sets": list(sets), "command": shlex.join(["crossborder", *sys.argv[1:]])}

    def complete(folder: Path) -> None:
        comparison = read(folder, names)
        write_results(comparison)
        write_page(comparison)

    with ensemble_progress(runs, f"{made.baseline.scenario}, {len(made.runs)} variants") as on_run:
        folder = run_comparison(
            made, made.baseline.seed if seed is None else seed, replicates, executor, out, facts,
            on_run, complete,
        )  # fmt: skip
    comparison = read(folder, names)
    if as_json:
        print_json({"folder": str(folder), **results(comparison)})
        return
    print_comparison(comparison)
    print(folder / "comparison.html")


def print_comparison(comparison: Comparison) -> None:
    """Print verdicts and tables of a comparison."""
    from analysis.comparison import guards_among
    from analysis.verdict import RULE

    replicates = comparison.folder.replicates
    for plan in comparison.plans:
        print(f"\n{plan.name}: {plan.summary}" if plan.summary else f"\n{plan.name}")
        if plan.replaced_history:
            print(
                "Held against the history without what this plan tells itself: "
                f"{', '.join(plan.replaced_history)}."
            )
        rows, both = comparison.listed(plan.name)
        _print_changes(plan.name, rows)
        if both:
            print(f"{guards_among(both)}\n")
        _print_parts(comparison, plan.name, rows)
        _print_fates(comparison, plan.name)
        _print_costs(comparison, plan.name)
        print(comparison.against_null(plan.name))
        print(f"{comparison.verdict(plan.name).sentence}\n")
    print(_LEGEND.format(replicates=replicates))
    print(f"The rule. {RULE}")


def _print_changes(plan: str, rows: list[Judged]) -> None:
    from analysis.wording import amount, interval, signed

    def row(judged: Judged) -> tuple[str, ...]:
        result, unit = judged.result, judged.outcome.unit
        share = result.share_better
        better = "-" if share is None else (
            f"{result.better}/{result.pairs} ({share[0]:.0%}-{share[1]:.0%})"
        )  # fmt: skip
        return (
            _name(judged), amount(result.before, unit), amount(result.after, unit),
            signed(result.difference, unit), interval(result.chance, unit),
            _second(judged), better, judged.margin_words(),
        )  # fmt: skip

    print_table(
        f"{plan}: what changes against the baseline (primary outcomes first, then protection)",
        ("outcome", "baseline", "plan", "difference", "chance only", "chance and assumptions",
         "better in", "harm margin"),
        (row(r) for r in rows),
    )  # fmt: skip


def _second(judged: Judged) -> str:
    from analysis.wording import interval

    result = judged.result
    if not judged.recorded:
        return result.note
    same = result.equal == result.pairs
    return "no difference" if same else interval(result.total, judged.outcome.unit)


def _print_parts(comparison: Comparison, plan: str, rows: list[Judged]) -> None:
    def row(judged: Judged) -> tuple[str, ...]:
        found = comparison.effect(plan, "whole", judged.outcome.name, judged.subject)
        ratio = judged.result.ratio
        return (
            _name(judged), _part(comparison, plan, judged, "officers"),
            _part(comparison, plan, judged, "cooperation"),
            "not defined" if ratio is None else f"{ratio:,.1f}",
            judged.pairs_needed(),
            "" if found is None else found.statement,
        )  # fmt: skip

    print_table(
        f"{plan}: where it comes from (null less baseline; plan less null)",
        ("outcome", "added officers", "cooperation", "variance ratio", "pairs needed",
         "statement"),
        (row(r) for r in rows),
    )  # fmt: skip
    if comparison.plan(plan).frozen_plan:
        print_table(
            f"{plan}: networks that learn, and networks frozen on the plan's first day",
            ("outcome", "networks learn", "networks frozen", "learning adds"),
            (
                (_name(r), *(_part(comparison, plan, r, e) for e in ("whole", "frozen",
                 "adaptation")))
                for r in rows
            ),
        )  # fmt: skip


def _part(comparison: Comparison, plan: str, judged: Judged, effect: str) -> str:
    from analysis.wording import interval, signed

    found = comparison.effect(plan, effect, judged.outcome.name, judged.subject)
    if found is None or found.result.sample is None:
        return "-"
    unit, result = judged.outcome.unit, found.result
    if result.equal == result.pairs:
        return "0"
    return f"{signed(result.difference, unit)} ({interval(result.total, unit)})"


def _print_fates(comparison: Comparison, plan: str) -> None:
    from analysis.wording import interval

    table = comparison.fate_table(plan)
    if table is None:
        print(f"{plan}: no measure stands at a border; name a place with --treated to follow it.\n")
        return
    from sim.records.comparison import FATES

    places = ", ".join(comparison.plan(plan).treated)
    since, until = comparison.plan(plan).window
    period = f"{since} to {until} (exclusive)" if since else "over the whole run"
    print_table(
        f"{plan}: what those who crossed at {places} in the baseline did under the plan, {period}",
        ("fate", "persons", "share", "meaning"),
        [
            *(
                (name.replace("_", " "), f"{persons:,.1f}",
                 f"{persons / table.crossed:.1%}" if table.crossed else "-", FATES[name])
                for name, persons in table.persons.items()
            ),
            ("all", f"{table.crossed:,.1f}", "100.0%" if table.crossed else "-",
             "first crossings of a border, in this period"),
        ],
    )  # fmt: skip
    ratio, quotient = table.ratio, table.quotient
    averted = interval(table.averted.total_bounds(), "persons")
    displaced = interval(table.displaced.total_bounds(), "persons")
    print(
        f"Averted there, net: {table.averted.mean:,.1f} persons ({averted}); displaced, net: "
        f"{table.displaced.mean:,.1f} persons ({displaced}). Displaced over averted: "
        + ("not defined" if ratio.value is None else f"{ratio.value:.2f}")
        + "; weighted displacement quotient: "
        + ("not defined" if quotient is None else f"{quotient:.2f}")
        + ".\n"
    )


def _print_costs(comparison: Comparison, plan: str) -> None:
    from analysis.comparison import per_unit_words
    from analysis.wording import interval, signed, unit_of_difference

    costs = comparison.costs(plan)
    if not costs:
        return
    texts = [p.text for p in comparison.primary]
    print_table(
        f"{plan}: what it takes, and per unit of each primary outcome gained",
        ("what", "difference", "chance and assumptions",
         *(f"per {p.one}" for p in comparison.primary)),
        (
            (f"{c.name} ({unit_of_difference(c.unit)})", signed(c.result.difference, c.unit),
             interval(c.result.total, c.unit), *(per_unit_words(c, t) for t in texts))
            for c in costs
        ),
    )  # fmt: skip


def _name(judged: Judged) -> str:
    from analysis.wording import unit_of_difference

    return f"{judged.name} ({unit_of_difference(judged.outcome.unit)})"
