"""``crossborder exercise``: make, check, replay, branch and purge exercises and their sessions."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.app.new import Name, check_name, refused, write_new
from sim.app.printing import print_json, print_table
from sim.errors import InputError

if TYPE_CHECKING:
    from sim.exercises.branching import Branch
    from sim.exercises.loading import Exercise
    from sim.exercises.play import Play
    from sim.exercises.rehearsal import Rehearsal

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for a script.")]
SessionFolder = Annotated[Path, typer.Argument(metavar="SESSION", help="A session's folder.")]

#: Differences that are printed, the largest shares first.
SHOWN = 30
#: Endings of a drawn timeline.
DRAWN = (".png", ".svg", ".pdf")


def register(app: typer.Typer) -> typer.Typer:
    """Add the group of commands and return it, so that others can add theirs."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    group.command()(new)
    group.command()(check)
    group.command()(replay)
    group.command()(branch)
    group.command()(purge)
    app.add_typer(
        group,
        name="exercise",
        help="Make, check, replay and branch exercises that are played on the simulated world.\n\n"
        "Example: crossborder exercise check montenegro_surge",
    )
    return group


def new(
    name: Name,
    scenario: Annotated[str, typer.Option("--for", help="Scenario it is played on.")],
    timeline: Annotated[
        Path | None,
        typer.Option(metavar="CSV", help="A master scenario events list to take over."),
    ] = None,
) -> None:
    """Write NAME.yaml, an exercise that passes its check, into this folder.

    With --timeline the events list is copied beside it as NAME.csv.

    Example: crossborder exercise new my_exercise --for two_routes
    """
    from sim.exercises.templates import exercise_text
    from sim.scenario.loading import load

    check_name(name)
    loaded = load(scenario)
    if timeline is None:
        write_new(name, exercise_text(name, loaded, scenario))
        return
    table = f"{name}.csv"
    if Path(table).exists():
        raise refused("file-exists", "this file is there already", "Choose another name.", "NAME",
                      table)  # fmt: skip
    write_new(name, exercise_text(name, loaded, scenario, table, _rows(timeline)))
    shutil.copyfile(timeline, table)
    print(table)


def _rows(timeline: Path) -> list[dict[str, Any]]:
    """Return the rows of an events list."""
    from sim.exercises.timeline import read_timeline
    from sim.scenario.finding import Found, read_text
    from sim.scenario.tree import Mark

    text = read_text(Found(timeline, str(timeline)))
    if not isinstance(text, str):
        raise InputError([text])
    rows, _, problems = read_timeline(text, Mark(str(timeline)))
    if problems or not rows:
        raise InputError(problems) if problems else refused(
            "csv-syntax", "the table has no row", "Add some.", "--timeline", str(timeline)
        )  # fmt: skip
    return list(rows.values())


def check(
    file: Annotated[str, typer.Argument(help="An exercise file, or a shipped exercise's name.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run/--no-dry-run", help="Let bots play it to the end.")
    ] = True,
    timeline: Annotated[
        Path | None, typer.Option(metavar="CSV", help="Also write the events list as a table.")
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also draw the timeline: a .png, .svg or .pdf file."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Report every mistake of an exercise; print its cast, clock and timeline; play it dry.

    The exit code is 2 if there is a mistake.

    Example: crossborder exercise check montenegro_surge
    """
    from sim.exercises.checking import problems_of_reading
    from sim.exercises.loading import prepared, read_exercise
    from sim.exercises.rehearsal import problems_of_rehearsal
    from sim.exercises.timeline import timeline_csv

    reading = read_exercise(file)
    problems = [*reading.problems, *problems_of_reading(reading)]
    if problems or reading.text is None or reading.scenario is None:
        raise InputError(dict.fromkeys(problems))
    exercise = prepared(reading.text, reading.scenario)
    for key, place in (("--timeline", timeline), ("--picture", picture)):
        if place is not None and place.exists():
            raise refused("file-exists", "this file is there already", "Name another.", key,
                          str(place))  # fmt: skip
    if picture is not None:
        _draw(exercise, picture)
    if timeline is not None:
        timeline.write_text(timeline_csv(i.spec for i in exercise.injects), encoding="utf-8")
    played = _rehearsed(exercise) if dry_run else None
    found = [] if played is None else problems_of_rehearsal(reading, played)
    if as_json:
        print_json(_as_json(exercise, played))
    else:
        _print_exercise(exercise)
        _print_rehearsal(exercise, played)
    if found:
        raise InputError(found)
    if not as_json:
        print(f"{file}: no mistakes")


def _draw(exercise: Exercise, place: Path) -> None:
    """Draw the timeline into a file of the type its ending names."""
    from analysis.figures.exercise_timeline import exercise_timeline
    from sim.exercises.picture import timeline_facts

    if place.suffix.lower() not in DRAWN:
        raise refused("unknown-value", "no picture is drawn with this ending",
                      f"End it with {', '.join(DRAWN)}.", "--picture", str(place))  # fmt: skip
    exercise_timeline(timeline_facts(exercise)).savefig(place, dpi=150)


def _rehearsed(exercise: Exercise) -> Rehearsal:
    from sim.app.progress import begin_progress
    from sim.exercises.rehearsal import rehearse

    with begin_progress(exercise.id) as on_hour, tempfile.TemporaryDirectory() as folder:
        return rehearse(exercise, Path(folder) / "session", on_hour=on_hour)


def _print_exercise(exercise: Exercise) -> None:
    from sim.exercises.picture import cast_list, timeline_picture, wall_clock

    print(f"{exercise.id}: {exercise.text.title}\n{exercise.text.summary}\n")
    print_table("Cast", ("role", "name", "country", "seats", "decides on", "also sees"),
                cast_list(exercise))  # fmt: skip
    rows = wall_clock(exercise)
    print_table("Wall clock", ("block", "from", "until", "hours", "minutes", "h/min", "so far"),
                rows)  # fmt: skip
    print("Timeline")
    for line in timeline_picture(exercise):
        print(line.rstrip())
    print()


def _print_rehearsal(exercise: Exercise, played: Rehearsal | None) -> None:
    from sim.exercises.times import text_of

    if played is None:
        return
    print(f"Dry run: bots played {played.hours} hours, {len(played.actions)} orders, "
          f"{len(played.sent)} of {len(exercise.injects)} injects sent.")  # fmt: skip
    for sent in played.sent:
        if sent.inject.expectation is None:
            continue
        when = "not at all" if sent.met is None else f"at {text_of(exercise.clock, sent.met)}"
        late = " (late)" if sent.late and sent.met is not None else ""
        print(f"  {sent.inject.spec.id}: the expected action came {when}{late}")
    for name, why in played.skipped.items():
        print(f"  {name}: not sent, {why}")
    for name in played.on_call:
        print(f"  {name}: waits for the facilitator")
    for name in played.unmet:
        print(f"Note: the reference plan does not do in time what {name} expects.")
    print(f"Hash of the state at the end: {played.digest}")


def _as_json(exercise: Exercise, played: Rehearsal | None) -> dict[str, Any]:
    from sim.exercises.picture import wall_clock

    data: dict[str, Any] = {
        "exercise": exercise.text.model_dump(mode="json", by_alias=True),
        "begin": exercise.begin,
        "end": exercise.end,
        "wall_clock": wall_clock(exercise),
    }
    if played is not None:
        data["dry_run"] = {
            "digest": played.digest,
            "orders": [a.measure.id for a in played.actions],
            "refused": played.refused,
            "failed_effects": played.failed,
            "skipped": played.skipped,
            "sent": [
                {"inject": s.inject.spec.id, "hour": s.hour, "met": s.met, "late": s.late}
                for s in played.sent
            ],
        }
    return data


def replay(
    session: SessionFolder,
    out: Annotated[
        Path | None, typer.Option(help="Also write the world as a run folder, new or empty.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Verify a session's journal, play it again and print the hash of its state.

    The hash is the same whenever it is played on one kind of processor; another may round the
    last digit of a number otherwise.

    Example: crossborder exercise replay sessions/montenegro_surge-1
    """
    from sim.app.progress import begin_progress
    from sim.exercises.replaying import read_record, replay as play_again, write_run

    record = read_record(session)
    with begin_progress(record.exercise.id) as on_hour:
        play = play_again(record, on_hour)
    digest = play.digest()
    folder = None if out is None else write_run(play, out)
    if as_json:
        print_json({"session": str(session), "exercise": record.exercise.id, "seed": record.seed,
                    "entries": len(record.entries), "digest": digest,
                    "run": None if folder is None else str(folder)})  # fmt: skip
        return
    _print_play(play, len(record.entries))
    print(f"Hash of the state: {digest}")
    if folder is not None:
        print(folder)


def _print_play(play: Play, entries: int) -> None:
    print(f"{play.exercise.id}, seed {play.seed}: {entries} entries, played to {play.time}")
    rows = [
        (play.exercise.clock.local(a.hour).strftime("%m-%d %H:%M"), a.role,
         "follows the plan" if a.step else f"seat {a.seat}", a.measure.kind,
         ", ".join(a.measure.at))
        for a in play.actions
    ]  # fmt: skip
    if rows:
        print_table("Orders", ("time", "role", "who", "measure", "at"), rows)


def branch(
    session: SessionFolder,
    at: Annotated[str, typer.Option(metavar="TIME", help="Civil time, `2018-08-13 09:00`.")],
    change: Annotated[
        list[str],
        typer.Option(
            metavar="CHANGE",
            help="`drop ID`, `move ID TIME`, `set ID.KEY=VALUE`, `add ROLE kind=... at=...`, "
            "`no_action` or `reference`; may be repeated.",
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Play another future of a session and compare the two.

    Draws are keyed: what the change does not touch happens again exactly.

    Example: crossborder exercise branch SESSION --at "2018-08-13 09:00" --change no_action
    """
    from sim.app.progress import begin_progress
    from sim.exercises.branching import branch as play_branch, read_change
    from sim.exercises.replaying import read_record

    record = read_record(session)
    changes = [read_change(text) for text in change]
    with begin_progress(record.exercise.id) as on_hour:
        result = play_branch(record, at, changes, on_hour)
    if as_json:
        rows = json.loads(result.differences.to_json(orient="records"))
        print_json({"session": str(session), "at": result.at, "changes": change,
                    "parted": dict(result.parted), "differences": rows})  # fmt: skip
        return
    _print_branch(result)


def _print_branch(result: Branch) -> None:
    for name, why in result.parted:
        print(f"No longer possible: {name}: {why}")
    frame = result.differences
    if not len(frame):
        print("The two futures do not differ in any outcome.")
        return
    whole = frame[frame["subject"] == "all"]
    rest = frame[frame["subject"] != "all"]
    share = (rest["difference"] / rest["original"].abs().clip(lower=1)).abs()
    shown = [*whole.index, *share.sort_values(ascending=False, kind="stable").index]
    print_table(
        "Outcomes in the months of play: as played, in the branch",
        ("outcome", "subject", "month", "unit", "as played", "branch", "difference", "better"),
        (
            (row["outcome"], row["subject"], row["month"], row["unit"], _number(row["original"]),
             _number(row["branch"]), _number(row["difference"], sign=True), row["better"])
            for row in frame.loc[shown[:SHOWN]].to_dict("records")
        ),
    )  # fmt: skip
    if len(frame) > SHOWN:
        print(f"{len(frame) - SHOWN} smaller differences are not shown; --json has all.")
    print("One pair of plays with the same draws: what chance alone does is not in it, and one "
          "pair is no proof.")  # fmt: skip


def _number(value: Any, *, sign: bool = False) -> str:
    if value is None or value != value:
        return "-"
    return f"{value:+,.4g}" if sign else f"{value:,.6g}"


def purge(
    session: SessionFolder,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove all free text of a session for good; the journal still verifies and replays.

    The review's page and JSON quote it and go too; the improvement plan is yours and stays.

    Example: crossborder exercise purge sessions/montenegro_surge-1 --yes
    """
    from analysis.review import DATA, FILE, PLAN
    from sim.exercises.journal import purge as purge_texts
    from sim.exercises.session import read_session

    read_session(session)
    if not yes:
        typer.confirm(f"Remove all free text of {session} for good?", abort=True)
    count = purge_texts(session)
    for name in (FILE, DATA):
        (session / name).unlink(missing_ok=True)
    if (session / PLAN).exists():
        print(f"{session / PLAN} stays; it may quote an evaluator's reasons: look through it.")
    print(f"{count} texts removed from {session}")
