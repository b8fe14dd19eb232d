"""The review of an exercise: expected against actual, ratings, outcome, improvement plan.

Reads the plain facts that ``sim.exercises.debrief`` makes of a session; writes one HTML file that
loads nothing, the same as JSON, and the improvement plan as CSV, which is never overwritten.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any

from analysis.drawing import figure_html
from analysis.figures.review_timeline import review_timeline
from analysis.page import Cell, Section, count, items, paragraph, table, text
from sim.errors import InputError, Problem

FILE, DATA, PLAN = "review.html", "review.json", "improvement_plan.csv"
COLUMNS = ("finding", "corrective_action", "owner", "due", "source")
RATING_WORDS = {
    "performed": "performed without challenges",
    "some_challenges": "performed with some challenges",
    "major_challenges": "performed with major challenges",
    "unable": "unable to be performed",
    "not_exercised": "not exercised",
}
_WAYS = ("played", "no orders", "reference plan")


def write_review(facts: Mapping[str, Any], folder: str | Path) -> Path:
    """Write the review of a session into its folder and return the page's path.

    Findings that the improvement plan in the folder lacks are added at its end; what somebody
    wrote there stays as it is.

    Raises:
        InputError: The improvement plan in the folder cannot be read.
    """
    place = Path(folder)
    plan = _merged(read_plan(place / PLAN), findings(facts))
    files = {
        PLAN: _csv(plan),
        DATA: json.dumps({**facts, "improvement_plan": plan}, ensure_ascii=False, indent=1) + "\n",
        FILE: review_html(facts, plan),
    }
    for name, content in files.items():
        partial = place / f".{name}.partial"
        try:
            partial.write_text(content, encoding="utf-8", newline="")
            partial.replace(place / name)
        finally:
            partial.unlink(missing_ok=True)
    return place / FILE


def findings(facts: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return what the facts say was not as expected: a row of the improvement plan each."""
    rows = []
    for inject in facts["injects"]:
        if inject["suggested"] in (None, "performed"):
            continue
        what = inject["expected_words"] or inject["expected"]
        rows.append(_row(f"{inject['id']}: {what}: {inject['why']}", f"inject {inject['id']}"))
    for task in facts["tasks"]:
        if task["rating"] not in (None, "performed"):
            said = RATING_WORDS[task["rating"]]
            reason = f": {task['reason']}" if task["reason"] else ""
            rows.append(_row(f"{task['id']}: {said}{reason}", f"critical task {task['id']}"))
    return rows


def _row(finding: str, source: str) -> dict[str, str]:
    return {"finding": finding, "corrective_action": "", "owner": "", "due": "", "source": source}


def read_plan(path: Path) -> list[dict[str, str]]:
    """Return the rows of an improvement plan, none where there is no file.

    Raises:
        InputError: Its header is not that of an improvement plan.
    """
    if not path.exists():
        return []
    try:
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, str(error)) from None
    header = tuple(rows[0]) if rows else ()
    if header != COLUMNS:
        raise _unreadable(path, f"its header is {', '.join(header) or 'missing'}")
    wrong = next((i for i, r in enumerate(rows[1:], 2) if r and len(r) != len(COLUMNS)), None)
    if wrong is not None:
        raise _unreadable(path, f"line {wrong} has another number of cells")
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows[1:] if row]


def _unreadable(path: Path, why: str) -> InputError:
    remedy = f"Begin it with {','.join(COLUMNS)}, or move it away."
    return InputError([Problem("improvement-plan", why, remedy, file=path.name, key="header")])


def _merged(
    kept: Sequence[dict[str, str]], found: Sequence[dict[str, str]]
) -> list[dict[str, str]]:
    known = {(row["finding"], row["source"]) for row in kept}
    return [*kept, *(row for row in found if (row["finding"], row["source"]) not in known)]


def _csv(rows: Sequence[Mapping[str, str]]) -> str:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


# The page -----------------------------------------------------------------------------------


def review_html(facts: Mapping[str, Any], plan: Sequence[Mapping[str, str]]) -> str:
    """Return the review as one HTML document."""
    sections = (
        _tasks(facts), _expected(facts), _outcomes(facts), _what_if(facts), _orders(facts),
        _notes(facts), _plan(plan), _making(facts),
    )  # fmt: skip
    files = resources.files("analysis") / "templates"
    page = Template((files / "report.html").read_text(encoding="utf-8"))
    title = f"Review: {facts['title']}"
    stated = (
        f"{facts['begin_time']} to {facts['reached_time']} · scenario {facts['scenario']} · "
        f"seed {facts['seed']} · {facts['entries']} journal entries"
    )
    banner = (
        '<p class="banner"><strong>Made up.</strong> This exercise plays in an invented world.</p>'
        if facts["synthetic"] else ""
    )  # fmt: skip
    return page.substitute(
        kind="Review of an exercise",
        title=text(title),
        style=(files / "report.css").read_text(encoding="utf-8"),
        heading=text(title),
        facts=text(stated),
        banner=banner,
        summary=_summary(facts),
        contents="".join(f'<li><a href="#{s.anchor}">{text(s.title)}</a></li>' for s in sections),
        sections="".join(
            f'<section id="{s.anchor}" aria-labelledby="{s.anchor}_title">'
            f'<h2 id="{s.anchor}_title">{text(s.title)}</h2>{s.body}</section>'
            for s in sections
        ),
        foot="",
    )


def _summary(facts: Mapping[str, Any]) -> str:
    called = [i for i in facts["injects"] if i["suggested"] is not None]
    met = [i for i in called if i["met"] is not None]
    in_time = [i for i in met if not i["late_h"]]
    said = [
        f"{len(called)} {'inject' if len(called) == 1 else 'injects'} expected an action: "
        f"{len(in_time)} came in time, "
        f"{len(met) - len(in_time)} late, {len(called) - len(met)} not at all."
    ]
    if not facts["over"]:
        said.append(f"The exercise was left at {facts['reached_time']}, before its end.")
    idle = [r["name"] for r in facts["roles"] if not r["played"]]
    if idle:
        said.append(f"Without a player, following the reference plan: {', '.join(idle)}.")
    open_ = [t["id"] for t in facts["tasks"] if t["rating"] is None]
    if open_:
        said.append(
            f"Not yet confirmed by an evaluator: {', '.join(open_)}. Ratings are suggestions "
            "until then."
        )
    said += [
        f"{row['text'].capitalize()}: {_number(row['played'])} (no orders "
        f"{_number(row['no orders'])}, reference plan {_number(row['reference plan'])})."
        for row in facts["outcomes"]
        if row["name"] in ("sector_intercepted", "deaths", "returned_outside_procedure")
    ]
    return f'<section class="summary" aria-label="Summary">{items(said)}</section>'


def _number(value: float | None) -> str:
    return count(value).text


def _tasks(facts: Mapping[str, Any]) -> Section:
    objective = {o["id"]: o["text"] for o in facts["objectives"]}
    rows = [
        [
            t["text"], objective.get(t["objective"], ""), RATING_WORDS[t["suggested"]], t["why"],
            "not confirmed" if t["rating"] is None else RATING_WORDS[t["rating"]]
            + (" (changed)" if t["changed"] else " (confirmed)"),
            t["reason"],
        ]
        for t in facts["tasks"]
    ]  # fmt: skip
    body = paragraph(facts["rule"]) + (
        table(
            "Critical tasks",
            ["critical task", "objective", "suggested", "why", "evaluator", "reason"],
            rows,
        )
        if rows else paragraph("The exercise has no critical tasks.")
    )  # fmt: skip
    return Section("tasks", "Critical tasks", body)


def _expected(facts: Mapping[str, Any]) -> Section:
    called = [i for i in facts["injects"] if i["role"] is not None]
    rows = [
        [
            i["id"], i["text"], i["role"], i["expected_words"] or i["expected"],
            i.get("sent_time") or i["status"], i.get("until_time", ""),
            i.get("met_time") or ("did not come" if i["sent"] is not None else ""),
            count(i["delay_h"]) if i["met"] is not None else Cell("", numeric=True),
            RATING_WORDS[i["suggested"]] if i["suggested"] else "",
        ]
        for i in called
    ]  # fmt: skip
    data = table(
        "Expected against actual (times are civil times; delay in hours from the inject)",
        [
            "inject", "text", "role", "expected", "sent", "due before", "came", "delay, h",
            "suggested",
        ],
        rows,
    )  # fmt: skip
    if not called:
        none = paragraph("No inject names an expected action.")
        return Section("expected", "Expected against actual", none)
    drawing = figure_html(
        review_timeline(facts),
        "timeline",
        "Expected against actual",
        "A bar runs from the inject to the end of its window; the mark is the hour of the action, "
        "a cross at the end where none came.",
        data,
    )
    return Section("expected", "Expected against actual", drawing)


def _outcomes(facts: Mapping[str, Any]) -> Section:
    rows = [
        [r["text"], r["unit"], *(count(r[w]) for w in _WAYS), _told(r)] for r in facts["outcomes"]
    ]
    words = (
        "What happened in the world during play, with the same injects and the same draws of "
        "chance: as it was played, without any order, and with every role following the reference "
        "plan. One run each: a difference of a few persons may be chance."
    )
    shown = table(
        "Outcome in the hours of play (true, not observed)",
        ["what", "unit", "as played", "no orders", "reference plan", "better is"],
        rows,
    )
    return Section("outcome", "Outcome", paragraph(words) + shown)


def _told(row: Mapping[str, Any]) -> str:
    return {"more": "more", "less": "less"}.get(str(row["better"]), "neither")


def _what_if(facts: Mapping[str, Any]) -> Section:
    if not facts["branches"]:
        words = (
            'No other future was played. Write the review with --what-if "TIME; CHANGE" to have '
            "one here, for example what had come of it without an order."
        )
        return Section("what_if", "What if", paragraph(words))
    words = (
        "The session played anew from a time on with something changed, and the same draws of "
        "chance. Outcomes of the months of play that differ; one pair of runs each is no proof."
    )
    body = paragraph(words)
    for branch in facts["branches"]:
        body += items(f"No longer possible: {name}: {why}" for name, why in branch["parted"])
        rows = [
            [r["name"], r["unit"], count(r["played"]), count(r["branch"]),
             count(r["difference"]), _told(r)]
            for r in branch["rows"]
        ]  # fmt: skip
        title = f"From {branch['at']}: {branch['change']}"
        columns = ["what", "unit", "as played", "branch", "difference", "better is"]
        body += table(title, columns, rows) if rows else paragraph(f"{title}. No outcome differs.")
    return Section("what_if", "What if", body)


def _orders(facts: Mapping[str, Any]) -> Section:
    names = {r["id"]: r["name"] for r in facts["roles"]}
    rows = [
        [
            o["time"], names.get(o["role"], o["role"]),
            "reference plan" if o["reference"] else f"seat {o['seat']}",
            o["kind"].replace("_", " ") or "refused", ", ".join(o["at"]),
            o["from"], o["until"] or ("" if o["refused"] else "the end"), o["refused"],
        ]
        for o in facts["orders"]
    ]  # fmt: skip
    if not rows:
        return Section("orders", "Orders", paragraph("Nobody ordered anything."))
    shown = table(
        "Orders in the order in which they were given",
        ["time", "role", "by", "kind", "at", "from", "until", "refused because of"],
        rows,
    )
    return Section("orders", "Orders", shown)


def _notes(facts: Mapping[str, Any]) -> Section:
    rows = [
        [n["time"], f"{n['role']} {n['seat']}", n["task"] or "", n["text"] or "(text removed)"]
        for n in facts["notes"]
    ]
    if not rows:
        return Section("notes", "Hot-wash notes", paragraph("No notes were taken."))
    shown = table("Notes of staff and observers", ["time", "by", "critical task", "note"], rows)
    return Section("notes", "Hot-wash notes", shown)


def _plan(plan: Sequence[Mapping[str, str]]) -> Section:
    words = (
        f"Kept in {PLAN} beside this page: fill in action, owner and due date there, then write "
        "the review again. Rows are never changed or removed by the engine."
    )
    shown = (
        table(
            "Improvement plan",
            ["finding", "corrective action", "owner", "due", "from"],
            [[row[c] or ("to be agreed" if c != "finding" else "") for c in COLUMNS]
             for row in plan],
        )
        if plan else paragraph("Nothing was found that was not as expected.")
    )  # fmt: skip
    return Section("improvement", "Improvement plan", paragraph(words) + shown)


def _making(facts: Mapping[str, Any]) -> Section:
    said = (
        f"Exercise {facts['exercise']}, scenario {facts['scenario']}"
        + (f", plan {facts['plan']}" if facts["plan"] else "")
        + f", seed {facts['seed']}. Last journal entry {facts['journal'][:16]}, state "
        f"{facts['state'][:16]}: a replay of the journal gives the same."
    )
    return Section("making", "How this was made", paragraph(said))
