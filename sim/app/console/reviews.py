"""What the screen "review" shows of a session.

The review itself is the analysis': where a session's folder holds ``review.json`` or
``review.html``, these are opened. Until then the screen shows what the session knows by itself:
what was expected, what came and when, and the evaluators' ratings.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sim.exercises.session import Session
from sim.exercises.times import text_of

Facts = dict[str, Any]

#: Files a review is written to, in the folder of the session.
JSON_FILE, PAGE_FILE = "review.json", "review.html"


def written_review(folder: Path) -> Facts | None:
    """Return a review that was written into a session's folder, None where there is none."""
    try:
        data = json.loads((folder / JSON_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) else None


def written_page(folder: Path) -> bytes | None:
    """Return the review's page, None where there is none."""
    try:
        return (folder / PAGE_FILE).read_bytes()
    except OSError:
        return None


def review_of(session: Session) -> Facts:
    """Return the review of a session: the one written, else what the session itself knows."""
    folder = session.journal.folder
    text = session.exercise.text
    return {
        "title": text.title or session.exercise.id,
        "over": session.over,
        "time": session.time,
        "written": written_review(folder),
        "page": (folder / PAGE_FILE).is_file(),
        "expected": _expected(session),
        "tasks": _tasks(session),
        "notes": [_note(session, entry) for entry in session.notes],
        "actions": _actions(session),
    }


def _expected(session: Session) -> list[Facts]:
    clock = session.exercise.clock
    rows = []
    for sent in session.sent:
        spec = sent.inject.spec
        if not spec.expected_action:
            continue
        rows.append({
            "inject": spec.id, "text": spec.text, "to": list(spec.to),
            "expected": spec.expected_action, "sent": text_of(clock, sent.hour),
            "due": text_of(clock, sent.until),
            "met": None if sent.met is None else text_of(clock, sent.met),
            "by": sent.by, "hours": None if sent.met is None else sent.met - sent.hour,
            "late": sent.late or (sent.met is not None and sent.met >= sent.until),
        })  # fmt: skip
    return rows


def _tasks(session: Session) -> list[Facts]:
    last = {str(entry.body["task"]): entry for entry in session.ratings}
    rows = []
    for task in session.exercise.text.critical_tasks:
        entry = last.get(task.id)
        rows.append({
            "task": task.id, "text": task.text, "objective": task.objective,
            "rating": None if entry is None else entry.body["rating"],
            "reason": "" if entry is None else session.journal.text(entry.n),
        })  # fmt: skip
    return rows


def _note(session: Session, entry: Any) -> Facts:
    return {
        "time": text_of(session.exercise.clock, entry.hour), "role": entry.role,
        "task": entry.body.get("task", ""), "text": session.journal.text(entry.n),
    }  # fmt: skip


def _actions(session: Session) -> list[Facts]:
    clock = session.exercise.clock
    return [
        {
            "role": a.role, "kind": a.measure.kind, "at": list(a.measure.at),
            "ordered": text_of(clock, a.hour), "from": text_of(clock, a.begin),
            "until": None if a.end is None else text_of(clock, a.end),
            "plan": bool(a.step),
        }
        for a in session.actions
    ]  # fmt: skip
