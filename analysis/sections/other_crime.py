"""Other cross-border crime: what came and what was found."""

from __future__ import annotations

from analysis.page import Section, count, paragraph, percent, table
from analysis.reading import Reading

_GOODS = {
    "stolen_vehicle": "stolen vehicles",
    "drugs": "drugs",
    "firearms": "firearms",
    "cash": "cash",
}
_UNITS = {"stolen_vehicle": "vehicles", "drugs": "kg", "firearms": "pieces", "cash": "EUR"}


def other_crime(reading: Reading) -> Section:
    """Return the section on consignments of other crime."""
    title = "Other cross-border crime"
    frame = reading.table("seizures")
    if frame is None:
        words = "No consignments of other crime were modelled in this run."
        return Section("other_crime", title, paragraph(words))
    frame = frame[frame["replicate"] == 0]
    of = "" if reading.runs == 1 else ", first run of the ensemble"
    posts, sectors = reading.names("post"), reading.names("sector")
    sums = frame.groupby(["goods", "place"], as_index=False)[["tried", "found", "quantity"]].sum()
    rows = []
    for r in sums.to_dict("records"):
        goods = str(r["goods"])
        kind, _, name = str(r["place"]).partition(":")
        where = (posts if kind == "post" else sectors).get(name, name)
        rows.append([
            _GOODS[goods],
            f"{where} ({'crossing point' if kind == 'post' else 'green border'})",
            count(r["tried"]), count(r["found"]), percent(r["found"] / r["tried"]),
            count(r["quantity"]), _UNITS[goods],
        ])  # fmt: skip
    words = (
        "Consignments hidden in lawful traffic or carried past the crossing points: an exogenous "
        "flow of assumed size, found by the same search as people are. What is found says "
        "something about the control, nothing about how much comes."
    )
    shown = table(
        f"Consignments in the whole run (true{of})",
        ["goods", "place", "came", "found", "share found", "quantity found", "unit"],
        rows,
    )
    return Section("other_crime", title, paragraph(words) + shown)
