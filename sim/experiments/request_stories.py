"""The timetable of one request between countries, read from a run folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.clock import Clock
from sim.errors import ModelError
from sim.records.run_reader import RunFolder
from sim.scenario.loading import from_text

_WAYS = {
    "on_the_spot": "an officer of the country asked is on the spot",
    "centre": "goes to a centre where both have a desk",
    "intermediate": "goes through one intermediate centre",
    "contact_points": "goes to the national contact points: no open centre holds both desks",
    "nobody": "nobody can be asked",
}


@dataclass(frozen=True)
class RequestStory:
    """A request's story.

    Attributes:
        request: Number of the request.
        title: Who asked whom, for what.
        events: Local time and text, in order.
        facts: The row of the table ``requests``; None where not recorded.
    """

    request: int
    title: str
    events: tuple[tuple[str, str], ...]
    facts: dict[str, Any]


def explain_request(run: RunFolder, request: int) -> RequestStory:
    """Return the timetable of a request.

    Raises:
        ModelError: The run has no request of this number.
    """
    found = [] if "requests" not in run.tables() else run.sql(
        f"SELECT * FROM requests WHERE request = {request}"
    ).to_dict("records")  # fmt: skip
    if not found:
        raise ModelError(
            f"no request of {run.path} has the number {request}; numbers stand in the table "
            "`requests`"
        )
    row = {str(k): _plain(v) for k, v in found[0].items()}
    scenario = from_text(run.scenario)
    clock = Clock(scenario.start, scenario.until, scenario.zone)
    what = "vehicle or consignment" if row["kind"] == "vehicle" else row["kind"].replace("_", " ")
    at = f" at {row['border']}" if row["border"] else ""
    title = f"{row['asking']} asks {row['answering']}{at}: {what}"
    events = [*_events(row), *_alerts(run, request)]
    told = sorted(events, key=lambda event: event[0])
    return RequestStory(
        request, title, tuple((f"{clock.local(h):%Y-%m-%d %H:%M}", text) for h, text in told), row
    )


def _events(row: dict[str, Any]) -> list[tuple[float, str]]:
    where = f" at {row['station']}" if row["station"] else ""
    urgency = "urgent; " if row["urgent"] else ""
    told = [(row["asked"], f"asked{where}; {urgency}{_WAYS[row['route']]}")]
    for desk, begun, done in (
        (row["sender"], "sender_begun", "sender_done"),
        (row["receiver"] or "the officer on the spot", "receiver_begun", "receiver_done"),
    ):
        if row[begun] is not None:
            told.append((row[begun], f"{desk} takes it up"))
        if row[done] is not None:
            told.append((row[done], f"{desk} is done with it"))
    if row["limit"] is not None:
        told.append((row["limit"], "limit of the clock between the two"))
    if row["deadline"] is not None and row["deadline"] != row["limit"]:
        told.append((row["deadline"], "up to here an answer is of use"))
    if row["answered"] is not None:
        found = "holds what was asked for" if row["hit"] else "holds nothing"
        late = "" if row["in_time"] else "; too late to be of use"
        told.append((row["answered"], f"answered: {found}{late}"))
    return told


def _alerts(run: RunFolder, request: int) -> list[tuple[float, str]]:
    events = run.table("events")
    if events is None:
        return []
    mine = events[events["subject"] == f"request:{request}"]
    return [(float(e["hour"]), f"{e['kind']}: {e['text']}") for e in mine.to_dict("records")]


def _plain(value: Any) -> Any:
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and value != value else value
