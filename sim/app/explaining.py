"""``crossborder explain``: the story of a simulated party, a post, a sector or a network."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated

import typer

from sim.app.printing import print_json, print_table
from sim.app.records import AsJson, Folder
from sim.errors import CrossborderError, InputError, Problem

if TYPE_CHECKING:
    from sim.experiments.trace import Story
    from sim.experiments.weeks import WeeklyStory
    from sim.records.run_reader import RunFolder

_ABOUT = (
    "A simulated party: nobody's record, one draw of many. What a run says is its aggregate "
    "outcomes."
)
_EXAMPLE = "stopped-at:"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(explain)


def explain(
    run: Folder,
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="WHAT",
            help="party:KEY, case:ID, request:ID, post:ID, sector:ID, network:ID or "
            "investigation:ID.",
        ),
    ] = None,
    example: Annotated[
        str | None,
        typer.Option(
            metavar="stopped-at:TARGET",
            help="Explain the first party stopped at sector:ID or post:ID.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell what happened to a simulated party, or at a post, in a sector, with a network.

    A party is explained by running the recorded run again, which takes about as long as the run
    did until the party's story ends. Institutions are told by week from what was recorded. Keys
    of parties stand in the table `journeys`.

    Example: crossborder explain runs/two_routes-s1-1 --example stopped-at:sector:hilltop
    """
    from sim.app.progress import say_if_compiling
    from sim.records.run_reader import RunFolder

    folder = RunFolder.open(run)
    if (what is None) == (example is None):
        raise typer.BadParameter("give either what to explain, or --example")
    if example is not None or (what is not None and what.startswith("party:")):
        say_if_compiling()
    if example is not None:
        _tell_party(folder, _found(folder, example), as_json)
    elif what is not None and what.startswith("party:"):
        _tell_party(folder, _key(what), as_json)
    elif what is not None and what.startswith("case:"):
        _tell_case(folder, what, as_json)
    elif what is not None and what.startswith("request:"):
        _tell_request(folder, what, as_json)
    else:
        _tell_weeks(folder, str(what), as_json)


def _key(what: str) -> int:
    text = what.removeprefix("party:")
    if not text.isdigit() or int(text) >= 2**64:
        raise _refused("bad-key", "the key of a party is a whole number", what,
                       "Take one from the table `journeys`.")  # fmt: skip
    return int(text)


def _found(folder: RunFolder, example: str) -> int:
    from sim.experiments.explaining import first_stopped
    from sim.experiments.weeks import check_target

    if not example.startswith(_EXAMPLE):
        raise _refused("unknown-example", "no example of this kind can be found", example,
                       "Write `stopped-at:sector:ID` or `stopped-at:post:ID`.")  # fmt: skip
    target = example.removeprefix(_EXAMPLE)
    check_target(folder, target, ("sector", "post"))
    key = first_stopped(folder, target)
    if key is None:
        raise CrossborderError(f"nobody was stopped at {target} in {folder.path}")
    return key


def _refused(rule: str, message: str, value: str, remedy: str) -> InputError:
    return InputError([Problem(rule, message, remedy, key="WHAT", value=value[:80])])


def _tell_party(folder: RunFolder, key: int, as_json: bool) -> None:
    from sim.experiments.explaining import explain_party

    story = explain_party(folder, key)
    if as_json:
        ends = {str(party): end for party, end in story.ends.items()}
        print_json({
            "about": _ABOUT, "run": str(folder.path), "party": story.key,
            "events": [dataclasses.asdict(event) for event in story.events], "ends": ends,
        })  # fmt: skip
        return
    _print_party(story)


def _print_party(story: Story) -> None:
    print(f"Party {story.key}. {_ABOUT}\n")
    several = len(story.ends) > 1
    for event in story.events:
        whose = f"[{event.party}] " if several else ""
        print(f"{event.time}  {whose}{event.text}")
    print()
    for party, end in story.ends.items():
        print(
            f"Party {party}: {end['state'].replace('_', ' ')} at {end['place']}, "
            f"{end['persons']} persons, {end['attempts']} attempts, EUR {end['spent']:.0f} a "
            f"person spent, EUR {end['funds']:.0f} left"
        )


def _tell_case(folder: RunFolder, what: str, as_json: bool) -> None:
    from sim.experiments.cases import explain_case

    text = what.removeprefix("case:")
    if not text.isdigit():
        raise _refused("bad-key", "the number of a case is a whole number", what,
                       "Take one from the table `cases`.")  # fmt: skip
    story = explain_case(folder, int(text))
    if as_json:
        print_json({"about": _ABOUT, "run": str(folder.path), **dataclasses.asdict(story)})
        return
    print(f"Case {story.case}: {story.title}. {_ABOUT}\n")
    for when, words in story.events:
        print(f"{when}  {words}")
    print(f"\nThe party's own story: crossborder explain {folder.path} party:{story.party}")


def _tell_request(folder: RunFolder, what: str, as_json: bool) -> None:
    from sim.experiments.request_stories import explain_request

    text = what.removeprefix("request:")
    if not text.isdigit():
        raise _refused("bad-key", "the number of a request is a whole number", what,
                       "Take one from the table `requests`.")  # fmt: skip
    story = explain_request(folder, int(text))
    if as_json:
        print_json({"run": str(folder.path), **dataclasses.asdict(story)})
        return
    print(f"Request {story.request}: {story.title}.\n")
    for when, words in story.events:
        print(f"{when}  {words}")


def _tell_weeks(folder: RunFolder, what: str, as_json: bool) -> None:
    from sim.experiments.weeks import explain_institution

    story = explain_institution(folder, what)
    if as_json:
        print_json({"run": str(folder.path), **dataclasses.asdict(story)})
        return
    _print_weeks(story)


def _print_weeks(story: WeeklyStory) -> None:
    title = f"{story.target} {story.name}".strip()
    if story.weeks:
        heads = tuple(head for head in story.weeks[0] if head != "week")
        print_table(
            f"{title} by week",
            heads,
            ([_cell(week[head]) for head in heads] for week in story.weeks),
        )
        print("- is not recorded; `crossborder tables` explains the columns.\n")
    else:
        print(f"{title}: nothing is recorded\n")
    print("Changes:" if story.changes else "No changes in this run.")
    for change in story.changes:
        print(f"{change['time']}  {change['subject']}: {change['kind']}, {change['text']}")


def _cell(value: object) -> str:
    return "-" if value is None else str(value)
