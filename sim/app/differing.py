"""``crossborder diff``: where two runs part, and what followed."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.app.printing import print_json, print_table
from sim.app.records import AsJson

if TYPE_CHECKING:
    from sim.experiments.parting import Change, FirstParty, Parting
    from sim.experiments.trace import Event

#: Events of a party's story that are printed.
_EVENTS = 12
#: Characters of a value that are printed.
_WIDEST = 160


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(diff)


def diff(
    run_a: Annotated[Path, typer.Argument(metavar="RUN_A", help="A run folder.")],
    run_b: Annotated[Path, typer.Argument(metavar="RUN_B", help="Another.")],
    as_json: AsJson = False,
) -> None:
    """Tell the first event in which two runs part, and what followed.

    Runs of one scenario with the same seed are equal until something differs that touches
    somebody. Both are made again for this, which takes about twice as long as they did.

    Example: crossborder diff runs/two_routes-s1-1 runs/two_routes-hilltop_nights-s1-1
    """
    from sim.app.progress import say_if_compiling
    from sim.experiments.parting import part
    from sim.records.run_reader import RunFolder

    say_if_compiling()
    found = part(RunFolder.open(run_a), RunFolder.open(run_b))
    if as_json:
        print_json({"one": str(run_a), "other": str(run_b), "first": found.first,
                    **dataclasses.asdict(found)})  # fmt: skip
        return
    if found.identical:
        print("Identical: both folders hold the same run.")
        return
    _print(found, str(run_a), str(run_b))


def _print(found: Parting, one: str, other: str) -> None:
    from sim.experiments.parting import NAMED

    print(f"A: {one}\nB: {other}\n")
    shown = list(found.asked.items())[:NAMED]
    if shown:
        print_table(
            "What was asked differently", ("key", "A", "B"),
            ((key, _short(a), _short(b)) for key, (a, b) in shown),
        )  # fmt: skip
        if len(found.asked) > NAMED:
            more = len(found.asked) - NAMED
            print(f"and {more} more differences in the scenario's text; --json tells all\n")
    else:
        print("Nothing was asked differently.\n")
    if found.unmatched:
        print(f"Parties are not followed: {found.unmatched}.\n")
    elif not found.first:
        until = f" before {found.until}, where the shorter ends" if found.until else ""
        print(f"The runs do not part{until}: no event, no duty and no party differs.")
        return
    if found.until:
        print(f"The shorter run ends at {found.until}; up to then they are laid side by side.\n")
    if found.first:
        _print_first(found)
    if found.party is not None:
        _print_followed(found)
    if found.outcomes:
        print_table(
            "Outcomes that differ most, each over its own run, of different length" if found.until
            else "Outcomes that differ most over the whole run", ("outcome", "A", "B"),
            (_outcome(name, *values) for name, values in found.outcomes.items()),
        )  # fmt: skip


def _print_first(found: Parting) -> None:
    parts: dict[str, Any] = {"event": found.event, "duty": found.duty, "party": found.party}
    words = {
        "event": "event of an institution", "duty": "difference in duty",
        "party": "party that parts",
    }  # fmt: skip
    article = "an" if found.first == "event" else "a"
    print(f"They part {_when(parts[found.first])}: first {article} {words[found.first]}.\n")
    for name in found.order:
        if name == "party":
            _print_party(parts[name])
        else:
            _print_change(words[name], parts[name])


def _print_change(words: str, change: Change) -> None:
    print(f"First {words}: {_when(change, '')}, {change.subject}")
    print(f"  A: {change.one}\n  B: {change.other}\n")


def _when(part: Change | FirstParty, at: str = "at ") -> str:
    return f"in the {part.span} h from {part.time}" if part.span > 1 else f"{at}{part.time}"


def _print_party(party: FirstParty) -> None:
    persons = "person" if party.persons == 1 else "persons"
    within = "that hour" if party.span == 1 else f"these {party.span} h"
    others = f", with {party.together - 1} others in {within}" if party.together > 1 else ""
    print(
        f"First party that parts: {_when(party, '')}, party {party.key} ({party.persons} {persons})"
        f"{others}. A simulated party: nobody's record, one draw of many."
    )
    for side, story in (("A", party.one), ("B", party.other)):
        print(f"  {side}:")
        for event in story[:_EVENTS]:
            print(f"    {_line(event)}")
        if len(story) > _EVENTS:
            print(f"    ... and {len(story) - _EVENTS} more events within 30 days")
    print()


def _line(event: Event) -> str:
    return f"{event.time}  {event.text}"


def _print_followed(found: Parting) -> None:
    end = "end of the shorter run" if found.until else "end of the run"
    print_table(
        "What followed: parties whose way has become another",
        ("after", "parties", "persons"),
        ((after.replace("end", end), f"{parties:,}", f"{persons:,}")
         for after, (parties, persons) in found.followed.items()),
    )  # fmt: skip


def _short(value: Any) -> str:
    if isinstance(value, list):
        value = ", ".join(str(v) for v in value)
    return "-" if value is None else str(value)[:_WIDEST]


def _outcome(name: str, one: float | None, other: float | None) -> tuple[str, str, str]:
    """Return an outcome with its unit, and both amounts, in as many digits as tell them apart."""
    from analysis.wording import amount, outcome_name, unit_of

    unit = unit_of(name)
    said = outcome_name(name) + ("" if unit in ("share", name) else f" ({unit})")
    a, b = amount(one, unit), amount(other, unit)
    if one is None or other is None or one == other:
        return said, a, b
    for digits in range(4, 18):
        if a != b:
            break
        a, b = (
            f"{100 * v:.{digits}g} %" if unit == "share" else f"{v:,.{digits}g}"
            for v in (one, other)
        )
    return said, a, b
