"""What the screen "review" shows of a session.

The review itself is the analysis': its page stands in the session's folder once it was written,
and is shown as it is. Beside it, and before, a live session tells what it knows by itself: what
was expected, what came and when, and the evaluators' ratings.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from analysis.review import FILE, write_review
from sim.errors import CrossborderError
from sim.exercises.branching import branch, read_change
from sim.exercises.debrief import debrief
from sim.exercises.journal import JOURNAL
from sim.exercises.replaying import read_record
from sim.exercises.session import EXERCISE, Session, read_session
from sim.exercises.times import text_of

Facts = dict[str, Any]

#: Sessions listed, newest first.
MOST_SESSIONS = 200

#: One session at a time is played again: it takes a core for some seconds.
_BUSY = Lock()


@dataclass(frozen=True)
class Sessions:
    """Sessions under a folder; a browser names one by an id made here."""

    folder: Path

    def folders(self) -> dict[str, Path]:
        """Return the sessions' folders by id, the one changed last first."""
        found = [f.parent for f in self.folder.glob(f"*/{EXERCISE}")]
        found = [f for f in found if (f / JOURNAL).is_file()]
        found.sort(key=lambda f: (f / JOURNAL).stat().st_mtime, reverse=True)
        return {hashlib.sha256(str(f.resolve()).encode()).hexdigest()[:20]: f
                for f in found[:MOST_SESSIONS]}  # fmt: skip

    def rows(self) -> list[Facts]:
        """Return the rows of the library."""
        return [{"id": name, "name": folder.name} for name, folder in self.folders().items()]

    def of(self, name: str) -> Path:
        """Return the folder of a session (CrossborderError if there is none)."""
        folder = self.folders().get(name)
        if folder is None:
            raise CrossborderError("there is no such session here; go back to the library")
        return folder

    def facts(self, name: str) -> Facts:
        """Return what the screen shows of a session that nobody plays."""
        folder = self.of(name)
        exercise, _ = read_session(folder)
        title = exercise.text.title or exercise.id
        return {"title": title, "page": has_page(folder), "mayWrite": True}


def has_page(folder: Path) -> bool:
    """Return whether the review was written."""
    return (folder / FILE).is_file()


def page_of(folder: Path) -> bytes:
    """Return the review's page (CrossborderError where none was written)."""
    try:
        return (folder / FILE).read_bytes()
    except OSError:
        raise CrossborderError("no review was written yet") from None


def write(folder: Path) -> None:
    """Play a session again and write its review; it may be open in this process."""
    with _BUSY:
        write_review(debrief(folder), folder)


def other_future(folder: Path, at: str, change: str) -> Facts:
    """Return what would be otherwise with one change from a time on, for everybody together."""
    with _BUSY:
        result = branch(read_record(folder), at, [read_change(change)])
    frame = result.differences
    rows = frame[frame["subject"] == "all"].to_dict("records") if len(frame) else []
    return {
        "at": at, "change": change, "parted": [list(pair) for pair in result.parted],
        "rows": [
            {str(key): None if value != value else value for key, value in row.items()}
            for row in rows
        ],
    }  # fmt: skip


def review_of(session: Session) -> Facts:
    """Return the review of a session: the one written, else what the session itself knows."""
    folder = session.journal.folder
    text = session.exercise.text
    return {
        "title": text.title or session.exercise.id,
        "over": session.over,
        "time": session.time,
        "page": has_page(folder),
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
    names = {role.id: role.name for role in session.roles}
    return [
        {
            "role": names[a.role], "kind": a.measure.kind, "at": list(a.measure.at),
            "ordered": text_of(clock, a.hour), "from": text_of(clock, a.begin),
            "until": None if a.end is None else text_of(clock, a.end),
            "plan": bool(a.step),
        }
        for a in session.actions
    ]  # fmt: skip
