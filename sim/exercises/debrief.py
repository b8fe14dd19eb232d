"""The facts of a played exercise, from its journal alone: what was expected, what was done, when.

The session is played again from its journal, and two other ways beside it with the same injects
and draws: nobody orders anything, and every role follows the reference plan. What differs between
the three follows from the orders. The result is plain data; ``analysis.review`` puts it on a page.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sim.control.race import OUTCOMES as ENCOUNTERS
from sim.exercises.branching import Branch, branch, read_change
from sim.exercises.expectations import free_text
from sim.exercises.journal import Entry
from sim.exercises.loading import Exercise
from sim.exercises.orders import Action
from sim.exercises.play import Play, Seat, Sent
from sim.exercises.replaying import Record, read_record
from sim.exercises.specs import STAFF
from sim.exercises.times import text_of
from sim.records.dictionary import OUTCOMES

SCHEMA = 1
#: Ratings from best to worst; ``not exercised`` where nothing called for the task.
RATINGS = ("performed", "some_challenges", "major_challenges", "unable")
NOT_EXERCISED = "not_exercised"
RULE = (
    "Suggested by the engine: performed without challenges = the expected action came within its "
    "window and no order of that role was refused while it was awaited; with some challenges = it "
    "came after a refused order, or late by at most its window; with major challenges = later than "
    "that; unable = not before the end. A critical task takes the mean of what calls for it, "
    "weighted. An evaluator confirms or changes it with a reason."
)
#: Entries of players that another way of playing leaves out.
_ORDERS = frozenset({"decision", "withdraw", "message", "refused"})
_LEDGER = (
    "deaths", "injuries", "returned_outside_procedure", "nights_without_place", "asylum_wishes",
    "claims_registered", "victims_present", "victims_identified", "children_unaccompanied_stopped",
    "children_referred",
)  # fmt: skip
_BETTER = {
    "nights_without_place": "less", "deaths": "less", "injuries": "less",
    "returned_outside_procedure": "less", "claims_registered": "more",
    "victims_identified": "more", "children_referred": "more",
}  # fmt: skip
_UNITS = {"nights_without_place": "person-nights", "victims_present": "victims",
          "victims_identified": "victims"}  # fmt: skip

Step = Callable[[str], None]


def debrief(
    folder: str | Path,
    what_if: Sequence[tuple[str, str]] = (),
    on_step: Step | None = None,
) -> dict[str, Any]:
    """Return the facts of a session as plain data, schema ``SCHEMA``.

    Args:
        folder: Folder of a session; it may be open elsewhere.
        what_if: Other futures to play: (civil time, change as of ``exercise branch``).
        on_step: Called with what is being played, three times and once a future.

    Raises:
        InputError: A change or its time is wrong.
        SessionError: There is no session, or its exercise was changed.
        JournalError: An entry was changed.
    """
    record = read_record(folder)
    say = on_step or (lambda _: None)
    ways = {}
    for way in ("played", "no orders", "reference plan"):
        say(way)
        ways[way] = _play(record, way)
    facts = _facts(record, ways)
    for at, change in what_if:
        say(f"what if, from {at}: {change}")
        facts["branches"].append(_future(branch(record, at, [read_change(change)]), at, change))
    return facts


def _future(result: Branch, at: str, change: str) -> dict[str, Any]:
    """Return what differs over all subjects where nobody or nothing else is named."""
    frame = result.differences
    rows = frame[frame["subject"] == "all"].to_dict("records") if len(frame) else []
    return {
        "at": at, "change": change, "parted": [list(p) for p in result.parted],
        "rows": [{"name": f"{r['outcome']} in {r['month']}".replace("_", " "), "unit": r["unit"],
                  "better": r["better"], "played": _known(r["original"]),
                  "branch": _known(r["branch"]), "difference": _known(r["difference"])}
                 for r in rows],
    }  # fmt: skip


def _known(value: Any) -> float | None:
    return None if value is None or math.isnan(value) else float(value)


def _play(record: Record, way: str) -> tuple[Play, dict[str, float]]:
    """Return the world at the end of one way of playing, and what was counted on the way."""
    play = Play(record.exercise, record.seed, record.text, lenient=way != "played")
    before = _counts(play)
    if way == "no orders":
        # Somebody sits everywhere and orders nothing: no role follows the reference plan.
        play.taken |= {Seat(role) for role in play.roles}
    for entry in record.entries:
        players = way != "played" and entry.role not in STAFF
        if players and (entry.kind in _ORDERS or entry.kind in ("join", "leave")):
            continue
        play.apply(entry)
    after = _counts(play)
    return play, {name: value - before.get(name, 0.0) for name, value in after.items()}


def _counts(play: Play) -> dict[str, float]:
    """Return running counts of the world; the difference of two is what happened between."""
    world = play.model.world
    persons = world.sectors.persons_so_far().sum(axis=1)
    counts = {f"sector_{name}": float(persons[i]) for i, name in enumerate(ENCOUNTERS)}
    if world.posts is not None:
        tried, found = world.posts.persons_so_far()[:2].sum(axis=1)
        counts |= {"post_tried": float(tried), "post_found": float(found)}
    for item in _LEDGER:
        value = world.ledger.total(item)
        if not math.isnan(value):
            counts[item] = value
    book = world.requests.book
    if book.size:
        asked = book.columns()
        in_time = (asked["answered"] <= asked["deadline"]) & (asked["answered"] <= play.hour)
        counts |= {"requests": float(book.size), "requests_in_time": float(in_time.sum())}
    if world.other_crime is not None:
        counts["consignments_found"] = float(world.other_crime.found.sum())
    counts["officer_hours_ordered"] = sum(_officer_hours(a, play) for a in play.actions)
    return counts


def _officer_hours(action: Action, play: Play) -> float:
    end = play.exercise.end if action.end is None else min(action.end, play.exercise.end)
    hours = max(end - max(action.begin, play.exercise.begin), 0)
    return hours * sum(max(p.officers, 0.0) for p in action.measure.postings())


# Facts --------------------------------------------------------------------------------------


def _facts(record: Record, ways: Mapping[str, tuple[Play, dict[str, float]]]) -> dict[str, Any]:
    exercise, entries, words = record.exercise, record.entries, record.text
    play = ways["played"][0]
    injects = [_inject(play, i.spec.id, entries) for i in play.timeline]
    text = exercise.text
    return {
        "schema": SCHEMA,
        "exercise": exercise.id,
        "title": text.title or exercise.id,
        "summary": text.summary,
        "scenario": exercise.scenario.scenario,
        "plan": exercise.scenario.plan,
        "synthetic": exercise.scenario.synthetic,
        "seed": play.seed,
        "begin": exercise.begin,
        "end": exercise.end,
        "reached": play.hour,
        "begin_time": text_of(exercise.clock, exercise.begin),
        "end_time": text_of(exercise.clock, exercise.end),
        "reached_time": play.time,
        "over": play.over,
        "entries": len(entries),
        "journal": entries[-1].hash,
        "state": play.digest(),
        "rule": RULE,
        "roles": [_role(play, name, entries) for name in play.roles],
        "objectives": [{"id": o.id, "text": o.text} for o in text.objectives],
        "tasks": [_task(play, t.id, injects, words) | {"text": t.text, "objective": t.objective}
                  for t in text.critical_tasks],
        "injects": injects,
        "orders": _orders(play, entries, words),
        "notes": [_note(exercise, e, words) for e in play.notes],
        "outcomes": _outcomes(ways),
        "branches": [],
        "notes_of_the_file": text.notes,
    }  # fmt: skip


def _role(play: Play, name: str, entries: Sequence[Entry]) -> dict[str, Any]:
    role = play.roles[name]
    mine = [e for e in entries if e.role == name]

    def count(kind: str) -> int:
        return sum(e.kind == kind for e in mine)

    return {
        "id": name, "name": role.name, "country": role.country, "played": count("join") > 0,
        "orders": count("decision"), "refused": count("refused"),
        "withdrawn": count("withdraw"), "messages": count("message"),
        "followed": sum(a.role == name and a.seat == 0 for a in play.actions),
    }  # fmt: skip


def _inject(play: Play, name: str, entries: Sequence[Entry]) -> dict[str, Any]:
    planned, sent = play.injects[name], play.sent.get(name)
    spec, expected = planned.spec, planned.expectation
    clock = play.exercise.clock
    fact: dict[str, Any] = {
        "id": name, "time": spec.time, "to": list(spec.to), "from": spec.sender,
        "means": spec.means, "type": spec.inject_type, "text": spec.text,
        "effect": None if planned.effect is None else planned.effect.told(),
        "expected": spec.expected_action, "expected_words": free_text(spec.expected_action),
        "role": None if expected is None else expected.role,
        "objective": spec.objective, "task": spec.critical_task, "weight": spec.weight.value,
        "status": play.status_of(name), "sent": None, "until": None, "met": None, "by": "",
        "delay_h": None, "late_h": None, "refused": 0, "suggested": None, "why": "",
    }  # fmt: skip
    if sent is None:
        return fact
    fact |= {"sent": sent.hour, "sent_time": text_of(clock, sent.hour), "until": sent.until,
             "until_time": text_of(clock, sent.until), "met": sent.met, "by": sent.by}  # fmt: skip
    if sent.met is not None:
        fact |= {"met_time": text_of(clock, sent.met), "delay_h": sent.met - sent.hour,
                 "late_h": max(sent.met - sent.until + 1, 0)}  # fmt: skip
    if expected is not None:
        close = play.hour if sent.met is None else sent.met
        fact["refused"] = sum(e.kind == "refused" and e.role == expected.role
                              and sent.hour <= e.hour <= close for e in entries)  # fmt: skip
        fact["suggested"], fact["why"] = suggest(sent, int(fact["refused"]), play.hour)
    return fact


def suggest(sent: Sent, refused: int, hour: int) -> tuple[str | None, str]:
    """Return the engine's rating of an expected action and why, by ``RULE``.

    Args:
        sent: The inject that called for it.
        refused: Orders of that role refused while it was awaited.
        hour: Hour reached; an action that may still come is not rated.
    """
    window = max(sent.until - sent.hour, 1)
    if sent.met is None:
        if hour < sent.until:
            return None, "still awaited"
        return "unable", "the expected action did not come"
    late = sent.met - sent.until + 1
    if late <= 0 and not refused:
        return "performed", f"{sent.met - sent.hour} h after it was called for"
    if late <= 0:
        return "some_challenges", f"in time, after {refused} refused"
    return ("some_challenges" if late <= window else "major_challenges"), f"{late} h late"


def suggestions(play: Play, entries: Sequence[Entry]) -> dict[str, tuple[str, str]]:
    """Return what the engine suggests so far for each critical task, by ``RULE``, and why."""
    injects = [_inject(play, i.spec.id, entries) for i in play.timeline]
    tasks = [_task(play, t.id, injects, lambda _: "") for t in play.exercise.text.critical_tasks]
    return {str(t["id"]): (str(t["suggested"]), str(t["why"])) for t in tasks}


def _task(
    play: Play, name: str, injects: Sequence[Mapping[str, Any]], words: Callable[[int], str]
) -> dict[str, Any]:
    called = [i for i in injects if i["task"] == name and i["suggested"] is not None]
    suggested, why = NOT_EXERCISED, "nothing that was sent called for it"
    if called:
        weight = sum(float(i["weight"]) for i in called)
        score = sum(float(i["weight"]) * RATINGS.index(i["suggested"]) for i in called)
        suggested = RATINGS[min(round(score / weight + 1e-9), 3)] if weight > 0 else RATINGS[0]
        why = "; ".join(f"{i['id']}: {i['why']}" for i in called)
    given = [e for e in play.ratings if e.body["task"] == name]
    last = given[-1] if given else None
    return {
        "id": name, "suggested": suggested, "why": why,
        "rating": None if last is None else last.body["rating"],
        "reason": "" if last is None else words(last.n),
        "evaluator": None if last is None else last.seat,
        "changed": last is not None and last.body["rating"] != suggested,
    }  # fmt: skip


def _orders(
    play: Play, entries: Sequence[Entry], words: Callable[[int], str]
) -> list[dict[str, Any]]:
    clock = play.exercise.clock
    rows = [
        {"hour": a.hour, "time": text_of(clock, a.hour), "role": a.role, "seat": a.seat,
         "kind": a.measure.kind, "id": a.measure.id, "at": list(a.measure.at),
         "from": text_of(clock, a.begin),
         "until": None if a.end is None else text_of(clock, a.end),
         "refused": "", "reference": bool(a.step)}
        for a in play.actions
    ]  # fmt: skip
    for entry in entries:
        if entry.kind == "refused":
            rows.append({"hour": entry.hour, "time": text_of(clock, entry.hour),
                         "role": entry.role, "seat": entry.seat, "kind": "", "id": "", "at": [],
                         "from": "", "until": None, "refused": ", ".join(entry.body["rules"]),
                         "reference": False})  # fmt: skip
    return sorted(rows, key=lambda r: (r["hour"], r["role"]))


def _note(exercise: Exercise, entry: Entry, words: Callable[[int], str]) -> dict[str, Any]:
    return {
        "n": entry.n, "time": text_of(exercise.clock, entry.hour), "role": entry.role,
        "seat": entry.seat, "task": entry.body.get("task"), "text": words(entry.n),
    }  # fmt: skip


def _outcomes(ways: Mapping[str, tuple[Play, dict[str, float]]]) -> list[dict[str, Any]]:
    """Return what was counted during play, by way of playing; None where not recorded."""
    names = dict.fromkeys(name for _, counts in ways.values() for name in counts)
    rows = []
    for name in names:
        said, unit, better, group = _described(name)
        rows.append({
            "name": name, "text": said, "unit": unit, "better": better, "group": group,
            **{way: counts.get(name) for way, (_, counts) in ways.items()},
        })  # fmt: skip
    return rows


def _described(name: str) -> tuple[str, str, str, str]:
    """Return words, unit, better direction and group of a count."""
    if name in _LEDGER:
        outcome = OUTCOMES.get(name)
        better = outcome.better if outcome is not None else _BETTER.get(name, "neither")
        said = name.replace("_", " ")
        return said, _UNITS.get(name, "persons"), better, "protection"
    known = {
        "sector_not_seen": ("crossed the green border unseen", "persons", "less", "enforcement"),
        "sector_lost": ("seen, not reached", "persons", "less", "enforcement"),
        "sector_aborted": ("turned back on sight of a patrol", "persons", "neither", "flow"),
        "sector_intercepted": ("intercepted and registered", "persons", "more", "enforcement"),
        "sector_outside": ("returned outside procedure at sectors", "persons", "less",
                           "protection"),
        "post_tried": ("irregular uses of posts tried", "persons", "neither", "flow"),
        "post_found": ("irregular uses of posts found", "persons", "more", "enforcement"),
        "requests": ("requests asked of partners", "requests", "neither", "service"),
        "requests_in_time": ("requests answered in time", "requests", "more", "service"),
        "consignments_found": ("consignments of other crime found", "consignments", "more",
                               "enforcement"),
        "officer_hours_ordered": ("officers ordered, on the books x hours", "h", "less", "cost"),
    }  # fmt: skip
    return known[name]
