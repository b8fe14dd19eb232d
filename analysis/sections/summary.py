"""What the run says, in plain sentences made from its numbers."""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis.figures.style import month_name, number, share
from analysis.outcomes import (
    beside_registered,
    encounters_by_sector,
    ledger_table,
    misfits,
    totals,
)
from analysis.page import items
from analysis.provenance import counts
from analysis.reading import Reading
from analysis.sections.encounters import encounter_words
from analysis.sections.networks import network_words
from analysis.sections.observed import misfit_words, series_names
from analysis.sections.posts import wait_words
from analysis.sections.protection import ledger_words, ordered

#: Observed series named in the summary; the others are in their section.
SERIES = 3


def summary(reading: Reading) -> str:
    """Return the summary box: movement, fit, enforcement beside protection, caveats."""
    title = "What this run says" if reading.runs == 1 else f"What these {reading.runs} runs say"
    return (
        '<section class="summary" aria-labelledby="summary_title">'
        f'<h2 id="summary_title">{title}</h2>'
        f"<h3>Movement</h3>{items(movement_words(reading))}"
        f"<h3>Against registered figures</h3>{items(_fit(reading))}"
        '<div class="beside"><div>'
        f"<h3>Enforcement</h3>{items(_enforcement(reading))}</div><div>"
        f"<h3>Protection</h3>{items(_protection(reading))}</div></div>"
        f"<h3>Read with care</h3>{items(caveats(reading))}</section>"
    )


def movement_words(reading: Reading) -> list[str]:
    """Return a sentence a screenline: how many crossed, where, and how the shares moved."""
    crossings = reading.table("screenlines")
    sentences = []
    for line in reading.scenario.get("screenlines") or ():
        name = str(line.get("name") or line["id"])
        own = None if crossings is None else crossings[crossings["screenline"] == line["id"]]
        if own is None or own.empty or own["persons"].sum() == 0:
            sentences.append(f"{name}: nobody who arrived during the run crossed.")
            continue
        sentences.append(
            f"{name}: {totals(own, 'persons').text('persons')} crossed for the first "
            f"time. {_shares(own)}"
        )
        moved = _adriatic(own, line, reading.months)
        if moved:
            sentences.append(f"{name}: {moved}")
    return sentences or ["This scenario reads no screenline."]


def _shares(own: pd.DataFrame) -> str:
    sums = own.groupby("label")["persons"].sum().sort_values(ascending=False)
    whole = float(sums.sum())
    named = [f"{label} {share(float(v) / whole)}" for label, v in sums.items() if v > whole / 200]
    shown = named[:4]
    words = ", ".join(shown) + (f" and {len(named) - 4} smaller" if len(named) > 4 else "")
    return f"By border: {words}."


def _adriatic(own: pd.DataFrame, line: dict[str, Any], months: list[str]) -> str:
    labels = [str((line.get("labels") or {}).get(x, x)) for x in line.get("adriatic") or ()]
    span = min(max(len(months) // 4, 1), 6)
    if not labels or len(months) < 2:
        return ""
    shares = []
    for part in (months[:span], months[-span:]):
        chosen = own[own["month"].isin(part)]
        whole = float(chosen["persons"].sum())
        if whole == 0:
            return ""
        shares.append(float(chosen[chosen["label"].isin(labels)]["persons"].sum()) / whole)
    words = "month" if span == 1 else f"{span} months"
    named = list(dict.fromkeys(labels))
    together = f"the share of {', '.join(named)}" + (" together" if len(named) > 1 else "")
    if share(shares[0]) == share(shares[1]):
        return f"{together} is {share(shares[0])} in the first and in the last {words}."
    verb = "rose" if shares[1] > shares[0] else "fell"
    return (
        f"{together} {verb} from {share(shares[0])} in the first {words} to {share(shares[1])} "
        f"in the last {words}."
    )


def _fit(reading: Reading) -> list[str]:
    observed = reading.table("observed")
    targets = reading.scenario.get("targets") or []
    if observed is None or not targets:
        return ["No registered figures are laid beside this run."]
    found = misfits(beside_registered(observed, targets, reading.months))
    if not found:
        return ["No month of this run has a registered figure for an observed series."]
    found.sort(key=lambda m: -m.registered)
    names = series_names(reading)
    sentences = [misfit_words(m, names) for m in found[:SERIES]]
    if len(found) > SERIES:
        sentences.append(f"{len(found) - SERIES} more series are compared below.")
    return sentences


def _enforcement(reading: Reading) -> list[str]:
    sentences = []
    tried = reading.encounters
    if tried is None or tried["tried"].sum() == 0:
        sentences.append(
            "Nobody tried the green border: 0 interceptions, 0 returned outside procedure."
        )
    else:
        sentences.extend(encounter_words(encounters_by_sector(tried)))
    posts = reading.table("posts")
    if reading.switches.get("posts") is False:
        sentences.append("Crossing points were switched off.")
    elif posts is not None:
        sentences.append(wait_words(reading, posts))
    networks = reading.networks
    if reading.switches.get("smugglers") == "off":
        sentences.append("Smuggling networks were switched off.")
    elif networks is not None:
        sentences.append(network_words(networks, reading.months))
    return sentences


def _protection(reading: Reading) -> list[str]:
    ledger = reading.table("ledger")
    if ledger is None:
        return ["No ledger was kept: nothing is recorded on protection."]
    return ledger_words(ordered(ledger_table(ledger))["all"])


def caveats(reading: Reading) -> list[str]:
    """Return what a reader must not forget, made from the run itself."""
    sentences = []
    if reading.scenario.get("synthetic"):
        sentences.append("The region is made up: nothing here is a real place, figure or force.")
    if reading.runs == 1:
        sentences.append(
            "This is one run: another seed gives other numbers, and how far they "
            "would differ is not shown."
        )
    else:
        sentences.append(
            f"{reading.runs} runs: intervals hold chance, and chance together with "
            "the stated ranges of assumptions; what the model leaves out is in "
            "neither."
        )
    tally = counts(reading.quantities)
    whole = sum(tally.values())
    if whole:
        assumed = tally.get("assumed", 0)
        sentences.append(
            f"{number(assumed)} of {number(whole)} quantities "
            f"({share(assumed / whole)}) are assumed, {number(tally.get('estimated', 0))} "
            f"estimated, {number(tally.get('measured', 0))} measured."
        )
    targets = reading.scenario.get("targets") or []
    if targets and not any("fitted" in str(t.get("note") or "").lower() for t in targets):
        earlier = sum(a.source.lower().startswith("fitted") for a in reading.quantities)
        words = "This run is laid beside registered figures and was not fitted to them"
        if earlier:
            words += f"; {number(earlier)} quantities come from an earlier fit (see their sources)"
        sentences.append(f"{words}.")
    off = [n.replace("_", " ") for n, v in reading.switches.items() if v is False or v == "off"]
    if off:
        sentences.append(f"Switched off in this run: {', '.join(off)}.")
    first, last = reading.months[0], reading.months[-1]
    sentences.append(
        f"The run covers {month_name(first)} to {month_name(last)}; stocks at the "
        "start and arrivals are inputs, not results."
    )
    return sentences
