"""The timetable of one case of readmission, read from a run folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.clock import Clock
from sim.errors import ModelError
from sim.records.run_reader import RunFolder
from sim.scenario.loading import from_text

_ENDS = {
    "open": "the run ends, the case is open",
    "transferred": "handed over",
    "refused": "readmission is refused",
    "claimed": "claims asylum and leaves the track",
    "not_requested": "let go: no request could be founded",
}


@dataclass(frozen=True)
class CaseStory:
    """A case's story.

    Attributes:
        case: Number of the case.
        title: Who asked whom to take back how many, on which track.
        party: Key of the party.
        events: Local time and text, in order.
        facts: The row of the table ``cases``; None where not recorded.
    """

    case: int
    title: str
    party: int
    events: tuple[tuple[str, str], ...]
    facts: dict[str, Any]


def explain_case(run: RunFolder, case: int) -> CaseStory:
    """Return the timetable of a case.

    Raises:
        ModelError: The run has no case of this number.
    """
    found = [] if "cases" not in run.tables() else run.sql(
        f"SELECT * FROM cases WHERE \"case\" = {case}"
    ).to_dict("records")  # fmt: skip
    if not found:
        raise ModelError(
            f"no case of {run.path} has the number {case}; numbers stand in the table `cases`"
        )
    row = {str(k): _plain(v) for k, v in found[0].items()}
    scenario = from_text(run.scenario)
    clock = Clock(scenario.start, scenario.until, scenario.zone)
    events = sorted(_events(row), key=lambda event: event[0])
    told = tuple((f"{clock.local(h):%Y-%m-%d %H:%M}", text) for h, text in events)
    title = (
        f"{row['requesting']} asks {row['requested']} to take back {row['persons']} persons on the "
        f"{row['track']} track"
    )
    return CaseStory(case, title, int(row["party"]), told, row)


def _events(row: dict[str, Any]) -> list[tuple[float, str]]:
    start = "taken back, and moved on" if row["moved_on"] else "stopped"
    told = [(float(row["opened"]), start)]
    if row["requested_at"] is not None:
        more = ", given more time for the answer" if row["extended"] else ""
        told.append((float(row["requested_at"]), f"the request is made{more}"))
    if row["answered_at"] is not None and row["result"] != "refused":
        helped = ", with evidence from a cooperation centre" if row["evidence"] else ""
        told.append((float(row["answered_at"]), f"the answer is a consent{helped}"))
    end = _ENDS.get(str(row["result"])) or _lapse(row)
    chain = "; a chain return, within 14 days of the last handover" if row["chain"] else ""
    if row["silent"] and row["result"] == "transferred":
        end += ", no answer having been taken as consent"
    last = row["deadline"] if row["ended"] is None else row["ended"]
    if row["ended"] is not None:
        told.append((float(last), end + chain))
    return told


def _lapse(row: dict[str, Any]) -> str:
    if row["requested_at"] is None:
        return "lapses: the request was not ready in time"
    if row["silent"]:
        return "lapses: no answer in time"
    return "lapses: no handover in time"


def _plain(value: Any) -> Any:
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and value != value else value
