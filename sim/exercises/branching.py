"""Another future: a session played anew from a time on with something changed.

Draws are keyed, so that what the change does not touch happens again exactly; the difference of
the two plays is what the change did.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from sim.errors import InputError, Problem
from sim.exercises.journal import Entry
from sim.exercises.play import Play
from sim.exercises.replaying import Record, outcomes
from sim.exercises.specs import FACILITATOR
from sim.exercises.times import hour_at, text_of
from sim.records.dictionary import OUTCOMES
from sim.scenario.names import nearest
from sim.scenario.yaml_text import read_yaml

if TYPE_CHECKING:
    import pandas as pd

#: Entries that let time pass; a branch makes its own.
_CLOCKS = ("hour", "jump")
#: Orders of players.
_ORDERS = ("decision", "withdraw")
Kind = Literal["drop", "move", "set", "add", "no_action", "reference"]
_FORMS: Mapping[str, str] = {
    "drop": "drop ID",
    "move": "move ID 2018-08-13 09:00",
    "set": "set ID.KEY=VALUE",
    "add": "add ROLE kind=staffing at=sector:ID officers.MNE=10",
    "no_action": "no_action",
    "reference": "reference",
}


@dataclass(frozen=True, slots=True)
class BranchChange:
    """One thing that is otherwise.

    Attributes:
        kind: ``drop`` a measure or an inject; ``move`` a measure to another time; ``set`` a key of
            a measure; ``add`` a measure of a role; ``no_action``: nobody orders anything from the
            branch on; ``reference``: every role follows the reference plan from there on.
        name: Id of the measure or inject; role of ``add``.
        key: Dotted key of ``set``.
        value: Its value, or the time of ``move``.
        measure: The measure of ``add``.
    """

    kind: Kind
    name: str = ""
    key: str = ""
    value: Any = None
    measure: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Branch:
    """Two plays of one session.

    Attributes:
        at: Hour of the branch.
        original: The session as it was played.
        changed: The other future.
        differences: Outcomes by subject and month of play in which they differ: outcome, unit,
            better, subject, month, original, branch, difference.
        parted: Orders that could no longer be carried out in the other future, and why.
    """

    at: int
    original: Play
    changed: Play
    differences: pd.DataFrame
    parted: tuple[tuple[str, str], ...]


def read_change(text: str) -> BranchChange:
    """Return the change that a text means.

    >>> read_change("drop meadows_now").kind, read_change("set a.officers.BBB=20").value
    ('drop', 20)

    Raises:
        InputError: It is no change; says how they are written.
    """
    head, _, rest = text.strip().partition(" ")
    rest = rest.strip()
    if head in ("no_action", "reference") and not rest:
        return BranchChange("no_action" if head == "no_action" else "reference")
    if head == "drop" and rest and " " not in rest:
        return BranchChange("drop", rest)
    if head == "move":
        name, _, when = rest.partition(" ")
        if name and when:
            return BranchChange("move", name, value=when.strip())
    if head == "set":
        path, equals, value = rest.partition("=")
        name, dot, key = path.strip().partition(".")
        if equals and dot and name and key:
            return BranchChange("set", name, key, _plain(value))
    if head == "add":
        role, *parts = _split(rest)[:40] or [""]
        row: dict[str, Any] = {}
        if role and all("=" in part for part in parts) and parts:
            for part in parts:
                key, _, value = part.partition("=")
                _put(row, key, _plain(value))
            return BranchChange("add", role, measure=row)
    forms = "; ".join(f"`{form}`" for form in _FORMS.values())
    raise _wrong(text, "bad-change", "this is no change of a branch", f"Write one of: {forms}.")


def branch(
    record: Record,
    at: int | str,
    changes: Sequence[BranchChange],
    on_hour: Callable[[int, int], None] | None = None,
    original: Play | None = None,
) -> Branch:
    """Play a session as it was and with changes from a time on, and compare.

    Args:
        record: The session.
        at: Hour or civil time from which it is otherwise; within what was played.
        changes: What is otherwise.
        on_hour: Called while the worlds run to the begin.
        original: The session played again already (``replay``), to save the time; its world
            runs on to the end of the last day.

    Raises:
        InputError: The time was not played, or a change names nothing that is there.
    """
    hour = _hour(record, at)
    plan = _changed(record, hour, changes)
    idle = hour if any(change.kind == "no_action" for change in changes) else None
    one = original if original is not None else play_entries(record, _acts(record), on_hour)
    other = play_entries(record, plan, on_hour, lenient=True, idle_from=idle)
    parted = tuple((_name(entry), why) for entry, why in other.parted)
    return Branch(hour, one, other, compared(one, other), parted)


def play_entries(
    record: Record,
    entries: Sequence[Entry],
    on_hour: Callable[[int, int], None] | None = None,
    *,
    lenient: bool = False,
    idle_from: int | None = None,
) -> Play:
    """Return a play of other entries, each at its own hour, to where the session had come.

    Args:
        record: The session they come from.
        entries: What acts, in order of hour; no clock among them.
        on_hour: Called while the world runs to the begin.
        lenient: An entry that cannot act is noted in ``parted``.
        idle_from: Hour from which roles without a player do nothing.
    """
    played = record.entries[-1]
    end = int(played.body["until"]) if played.kind in _CLOCKS else played.hour
    play = Play(
        record.exercise, record.seed, record.text, on_hour, lenient=lenient, idle_from=idle_from
    )
    for entry in entries:
        if entry.hour > play.hour:
            play.apply(_clock(play.hour, entry.hour))
        play.apply(entry)
    if end > play.hour:
        play.apply(_clock(play.hour, end))
    return play


def compared(one: Play, other: Play) -> pd.DataFrame:
    """Return the outcomes in which two plays differ, in the months of play, better ones told."""
    exercise = one.exercise
    months = {f"{exercise.clock.local(h):%Y-%m}" for h in (exercise.begin, exercise.end - 1)}
    keys = ["outcome", "subject", "month"]
    both = outcomes(one).merge(
        outcomes(other), on=keys, how="outer", suffixes=("_one", "_two"), sort=True
    )
    both = both[both["month"].isin(months)]
    both = both.rename(columns={"value_one": "original", "value_two": "branch"})
    both["difference"] = both["branch"] - both["original"]
    differ = ~((both["original"] == both["branch"]) | (both["original"].isna()
               & both["branch"].isna()))  # fmt: skip
    both = both[differ].copy()
    both["unit"] = [OUTCOMES[name].unit for name in both["outcome"]]
    both["better"] = [OUTCOMES[name].better for name in both["outcome"]]
    columns = ["outcome", "subject", "month", "unit", "better", "original", "branch", "difference"]
    return both[columns].reset_index(drop=True)


# What is changed --------------------------------------------------------------------------------


def _acts(record: Record) -> list[Entry]:
    return [e for e in record.entries if e.kind not in _CLOCKS]


def _changed(record: Record, hour: int, changes: Sequence[BranchChange]) -> list[Entry]:
    """Return the entries of the other future, in order."""
    injects = {i.spec.id: i for i in record.exercise.injects}
    entries = _acts(record)
    before: list[Entry] = []
    extra: list[Entry] = []
    for number, change in enumerate(changes, 1):
        if change.kind in ("no_action", "reference"):
            entries, leaving = _all_orders(record, entries, hour, change.kind)
            before += leaving
        elif change.kind == "add":
            extra.append(_added(record, change, hour, number))
        elif change.name in injects:
            if change.kind != "drop":
                raise _wrong(change.name, "bad-change", "an inject can only be dropped",
                             "Write `drop ID`.")  # fmt: skip
            if injects[change.name].hour < hour:
                raise _before(record, change.name, injects[change.name].hour)
            before.append(
                _made("hold", record.exercise.begin, FACILITATOR, {"inject": change.name})
            )
        else:
            entries = list(_with_order(record, entries, hour, change))
    # Within an hour: what is held back, what was done, who leaves before the branch's hour comes.
    ranked = [(e.hour, -1 if e.kind == "hold" else 2, e) for e in before]
    ranked += [(e.hour, 0, e) for e in entries] + [(e.hour, 1, e) for e in extra]
    return [e for _, _, e in sorted(ranked, key=lambda row: row[:2])]


def _all_orders(
    record: Record, entries: Sequence[Entry], hour: int, kind: str
) -> tuple[list[Entry], list[Entry]]:
    """Return the entries without any order from an hour on, and players' leaving before it."""
    kept = [e for e in entries if not (e.kind in _ORDERS and e.hour >= hour)]
    if kind == "no_action":
        return kept, []
    roles = {role.id for role in record.exercise.text.roles}
    seated: set[tuple[str, int]] = set()
    for entry in entries:
        if entry.hour < hour and entry.role in roles and entry.kind in ("join", "leave"):
            (seated.add if entry.kind == "join" else seated.discard)((entry.role, entry.seat))
    moves = ("join", "leave")
    kept = [e for e in kept if not (e.hour >= hour and e.kind in moves and e.role in roles)]
    return kept, [_made("leave", hour - 1, role, {}, seat) for role, seat in sorted(seated)]


def _with_order(
    record: Record, entries: Sequence[Entry], hour: int, change: BranchChange
) -> Iterator[Entry]:
    """Yield the entries with one order left out, moved or changed."""
    names = [e.body["measure"]["id"] for e in entries if e.kind == "decision"]
    if change.name not in names:
        known = [*names, *(i.spec.id for i in record.exercise.injects)]
        raise _wrong(change.name, "unknown-order", "no order and no inject of the session has this "
                     "id", nearest(change.name, known, "order"))  # fmt: skip
    for entry in entries:
        mine = entry.kind == "decision" and entry.body["measure"]["id"] == change.name
        withdrawn = entry.kind == "withdraw" and entry.body["measure"] == change.name
        if not mine:
            if not (withdrawn and change.kind == "drop"):
                yield entry
            continue
        if change.kind == "drop":
            if entry.hour < hour:
                raise _before(record, change.name, entry.hour)
            continue
        if change.kind == "move":
            yield _moved(record, entry, hour, str(change.value))
            continue
        if entry.hour < hour:
            raise _before(record, change.name, entry.hour)
        row = json.loads(json.dumps(entry.body["measure"]))
        _put(row, change.key, change.value)
        yield replace(entry, body={**entry.body, "measure": row})


def _moved(record: Record, entry: Entry, hour: int, when: str) -> Entry:
    try:
        to = hour_at(record.exercise.clock, when)
    except ValueError as error:
        raise _wrong(when, "bad-time", str(error), "Write it as 2018-08-13 06:00.") from None
    if to < hour:
        raise _wrong(when, "in-the-past", "it would be ordered before the branch",
                     "Branch earlier.")  # fmt: skip
    by = to - int(entry.body["begin"])
    end = entry.body["end"]
    body = {**entry.body, "begin": to, "end": None if end is None else int(end) + by}
    return replace(entry, hour=to, body=body)


def _added(record: Record, change: BranchChange, hour: int, number: int) -> Entry:
    roles = [role.id for role in record.exercise.text.roles]
    if change.name not in roles:
        raise _wrong(change.name, "unknown-role", "there is no such role",
                     nearest(change.name, roles, "role"))  # fmt: skip
    measure = {"id": f"branch_{number}", **(change.measure or {})}
    return _made("decision", hour, change.name, {"measure": measure, "begin": hour, "end": None})


def _made(kind: str, hour: int, role: str, body: Mapping[str, Any], seat: int = 0) -> Entry:
    return Entry(0, kind, hour, role, seat, body, None, "", "")


def _clock(hour: int, until: int) -> Entry:
    return _made("hour", hour, "", {"until": until})


def _name(entry: Entry) -> str:
    measure = entry.body.get("measure")
    return str(measure["id"] if isinstance(measure, Mapping) else measure or entry.kind)


# Words ------------------------------------------------------------------------------------------


def _hour(record: Record, at: int | str) -> int:
    clock, exercise = record.exercise.clock, record.exercise
    try:
        hour = at if isinstance(at, int) else hour_at(clock, at)
    except ValueError as error:
        raise _wrong(str(at), "bad-time", str(error), "Write it as 2018-08-13 06:00.") from None
    if not exercise.begin <= hour < exercise.end:
        raise _wrong(str(at), "outside-exercise", "the exercise runs from "
                     f"{text_of(clock, exercise.begin)} until {text_of(clock, exercise.end)}",
                     "Branch within it.")  # fmt: skip
    return hour


def _before(record: Record, name: str, hour: int) -> InputError:
    when = text_of(record.exercise.clock, hour)
    return _wrong(name, "in-the-past", f"it was ordered at {when}, before the branch",
                  "Branch earlier.")  # fmt: skip


def _plain(text: str) -> Any:
    node, problems = read_yaml(f"value: {text}\n", "--change")
    if node is None or problems:
        return text
    return node.plain()["value"]


def _split(text: str) -> list[str]:
    """Return the words of a text, none where a quotation is not closed."""
    try:
        return shlex.split(text)
    except ValueError:
        return []


def _put(row: dict[str, Any], key: str, value: Any) -> None:
    *parents, last = key.split(".")
    for part in parents:
        inner = row.get(part)
        if not isinstance(inner, dict):
            inner = row[part] = {}
        row = inner
    row[last] = value


def _wrong(value: str, rule: str, message: str, remedy: str) -> InputError:
    return InputError([Problem(rule, message, remedy, key="--change", value=value[:80])])
