"""First texts of a new plan and a new scenario: they load as they are, and say what to change."""

from __future__ import annotations

from datetime import timedelta

from sim.scenario.measures import kinds
from sim.scenario.specs.scenario import Scenario


def plan_text(name: str, scenario: Scenario, reference: str) -> str:
    """Return a plan with one staffing measure that fits the scenario.

    Args:
        name: Id of the plan.
        scenario: The scenario it is for.
        reference: What ``for`` names: a shipped scenario or a file beside the plan.
    """
    length = (scenario.until - scenario.start).days
    since = scenario.start + timedelta(days=length // 4)
    until = scenario.start + timedelta(days=max(3 * length // 4, length // 4 + 1))
    beside = not (reference.startswith("/") or ".." in reference.split("/"))
    return "\n".join(
        (
            f"plan: {name}",
            f"for: {reference}" if beside else f"# for: {reference}   (a file beside this one)",
            "summary: Say in one line what the plan does",
            "",
            "# Without a source of its own, every number here is marked `assumed (user)`.",
            "measures:",
            *_first_measure(name, scenario),
            f"    from: {since}                 # first day, from 00:00 local time",
            f"    until: {until}                # first day after; then everything reverts",
            "",
            "# Kinds of measure (`crossborder measures` shows the keys and an example of each):",
            *(f"#   {kind}: {_first_line(model.__doc__)}" for kind, model in kinds().items()),
            "#",
            "# Anything else of the scenario can be laid over too, by name or by id:",
            "# parameters:",
            "#   belief_delay: {value: 7 d, low: 3 d, high: 14 d, status: assumed, source: ...}",
            "# remove: [history.ID]",
            "",
        )
    )


def _first_measure(name: str, scenario: Scenario) -> list[str]:
    for kind, rows in (("sector", scenario.sectors), ("post", scenario.posts)):
        for row in rows:
            return [
                f"  - id: {name[:50]}_officers",
                "    kind: staffing",
                f"    at: {kind}:{row.id}",
                f"    officers: {{{row.country}: 10 officers}}   # on the books; rosters decide",
            ]
    return [
        f"  - id: {name[:50]}_beds",
        "    kind: reception_places",
        f"    at: place:{scenario.places[0].id}",
        "    reception_places: 100 persons",
    ]


def _first_line(text: str | None) -> str:
    return (text or "").strip().splitlines()[0] if text else ""


def scenario_text(name: str, extends: str = "two_routes") -> str:
    """Return a scenario that changes a few things of another one.

    Args:
        name: Id of the new scenario.
        extends: The scenario it starts from, shipped or a file beside it.
    """
    return f"""\
scenario: {name}
extends: {extends}
summary: Say in one line what is different here

# What bare numbers of this file rest on; name a URL, a document with page, or `derived: ...`.
provenance:
  source: "assumed: first guess of {name}"
  status: assumed

# Maps merge by key and lists by id, so that a row here changes only the keys it states.
parameters:
  belief_delay: {{value: 14 d, low: 7 d, high: 28 d}}

# Tables of your own: CSV files beside this one, `distance [km]` in the header.
# tables: {{places: places.csv, legs: legs.csv, arrivals: arrivals.csv}}
# remove: [legs.ID, posts.ID]
# switches: {{smugglers: fixed, race: off}}
"""
