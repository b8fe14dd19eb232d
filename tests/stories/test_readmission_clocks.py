"""Clocks of readmission as timetables worked by hand, on invented rows (MODEL 11)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from sim.clock import Clock
from sim.cooperation.cases import CLOSED, RESULTS
from sim.cooperation.legal_calendar import CLOCKS, LegalCalendar
from sim.cooperation.requests import KINDS, READMISSION, RequestBook
from sim.model import BorderModel
from sim.movement.batch import Batch
from sim.movement.crowd import NOT_YET
from sim.scenario.specs.readmission import Holiday, Readmission
from tests.random_worlds import base
from tests.readmission_rows import holiday, track, with_readmission

#: 1 March 2020 is a Sunday; Avaland's and Belmark's clocks show UTC unless a test says otherwise.
OFFICE: dict[str, Any] = {
    "clock": "working_days", "request_within": "2 d", "answer_within": "2 d", "prepare": "3 h",
    "answer": "3 h", "office": "08:00-16:00", "office_days": "working", "transfer_within": "5 d",
}  # fmt: skip


class Desk:
    """A world in which a test lets stops happen, and time pass, hour by hour."""

    def __init__(
        self, *tracks: Readmission, holidays: tuple[Holiday, ...] = (), zone: str = "UTC"
    ) -> None:
        scenario = base()
        countries = tuple(c.model_copy(update={"zone": zone}) for c in scenario.countries)
        scenario = scenario.model_copy(update={"countries": countries, "zone": zone})
        self.model = BorderModel(with_readmission(scenario, tracks, holidays))
        self.world, self.zone = self.model.world, ZoneInfo(zone)
        assert self.world.readmission is not None
        self.readmission = self.world.readmission
        self._at: dict[int, Batch] = {}

    def hour(self, text: str) -> int:
        wall = datetime.fromisoformat(f"2020-{text}").replace(tzinfo=self.zone)
        hours = (wall.astimezone(UTC) - self.model.clock.start_utc).total_seconds() / 3600
        assert hours == int(hours)
        return int(hours)

    def stop(self, text: str, row: int, persons: int = 1) -> int:
        """Let a party on the path over the meadows be stopped; return the slot of its case."""
        crowd, hour = self.world.crowd, self.hour(text)
        assert crowd.state[row] == NOT_YET
        crowd.persons[row], crowd.unaccompanied[row] = persons, 0
        leg = next(i for i, s in enumerate(self.world.legs.specs) if s.id == "meadow_path")
        rows = np.array([row])
        party = Batch(
            rows, np.array([hour], np.int32), np.array([leg]),
            self.world.draws.event_base(crowd.key[rows], crowd.moves[rows]),
        )  # fmt: skip
        left = np.array([0])
        assert not self.readmission.on_stops(party, np.array([1]), np.array([12.0]), left).size
        self.world.waits.flush()
        case = int(self.readmission._case_of[row])
        self._at[case] = party
        return case

    def follow(self, case: int) -> dict[str, str]:
        """Let a case run to its end; return its timetable in civil time."""
        cases, crowd = self.readmission.book.cases, self.world.crowd
        party = self._at[case]
        while cases["stage"][case] != CLOSED:
            due = crowd.due[party.rows]
            party = Batch(party.rows, due, party.leg, party.base)
            self.readmission.advance(party, self.world.passage.aftermath.at(int(due[0])))
            self.world.waits.flush()
        return {
            **{
                name: self._wall(cases[name][case])
                for name in ("request", "deadline", "answer", "ended")
            },
            "result": RESULTS[cases["result"][case]],
        }  # fmt: skip

    def _wall(self, hour: float) -> str:
        if not np.isfinite(hour):
            return "-"
        return f"{self.model.clock.local(float(hour), str(self.zone)):%a %m-%d %H:%M}"


def test_a_stop_on_friday_evening_is_answered_on_monday() -> None:
    desk = Desk(track(**OFFICE))
    assert desk.follow(desk.stop("03-06 19:00", 0)) == {
        "request": "Fri 03-06 22:00",
        "answer": "Mon 03-09 11:00",
        "ended": "Mon 03-09 12:00",  # the handover of the day
        "deadline": "Tue 03-17 00:00",  # five calendar days end on Saturday: to Monday's last hour
        "result": "transferred",
    }


def test_a_public_holiday_of_the_state_that_is_asked_moves_its_answer() -> None:
    desk = Desk(track(**OFFICE), holidays=(holiday(date(2020, 3, 9)),))
    told = desk.follow(desk.stop("03-06 19:00", 0))
    assert (told["answer"], told["ended"]) == ("Tue 03-10 11:00", "Tue 03-10 12:00")
    # A holiday of the other state moves nothing of its answer.
    desk = Desk(track(**OFFICE), holidays=(holiday(date(2020, 3, 9), "BBB"),))
    assert desk.follow(desk.stop("03-06 19:00", 0))["answer"] == "Mon 03-09 11:00"


def test_a_holiday_of_the_state_that_asks_gives_it_more_time_for_the_request() -> None:
    """Two working days from Friday end on Tuesday; the request takes until Wednesday noon."""
    slow = OFFICE | {"prepare": "113 h"}
    desk = Desk(track(**slow))
    assert desk.follow(desk.stop("03-06 19:00", 0)) == {
        "request": "Wed 03-11 12:00", "deadline": "Wed 03-11 00:00", "answer": "-",
        "ended": "Wed 03-11 00:00", "result": "lapsed",
    }  # fmt: skip
    desk = Desk(track(**slow), holidays=(holiday(date(2020, 3, 9), "BBB"),))
    told = desk.follow(desk.stop("03-06 19:00", 0))
    assert (told["request"], told["result"]) == ("Wed 03-11 12:00", "transferred")


@pytest.mark.parametrize(
    ("minutes", "silence", "ended", "result"),
    [
        (0, "lapse", "Thu 03-05 12:00", "transferred"),  # answered Wed 10:00, on the stroke
        (1, "lapse", "Wed 03-04 10:00", "lapsed"),
        (1, "consent", "Thu 03-05 12:00", "transferred"),
    ],
)
def test_an_answer_one_minute_late_is_none(
    minutes: int, silence: str, ended: str, result: str
) -> None:
    """Stopped on Monday at 08:00, asked for at 10:00, to be answered within 48 hours.

    The handover of Wednesday at 09:00 is over by then: the next is on Thursday.
    """
    late = {"answer": f"{48 * 60 + minutes} min", "silence": silence, "handover": "09:00"}
    desk = Desk(track(**late))
    told = desk.follow(desk.stop("03-02 08:00", 0))
    assert told["request"] == "Mon 03-02 10:00"
    assert told["ended"] == ended.replace("12:00", "09:00")
    assert told["result"] == result
    assert told["answer"] == ("-" if minutes else "Wed 03-04 10:00")


@pytest.mark.parametrize(("minutes", "result"), [(0, "transferred"), (1, "lapsed")])
def test_a_request_one_minute_late_is_none(minutes: int, result: str) -> None:
    """Stopped on Monday at 08:00, to be asked for within 48 hours."""
    desk = Desk(track(prepare=f"{48 * 60 + minutes} min", request_within="48 h"))
    told = desk.follow(desk.stop("03-02 08:00", 0))
    assert told["result"] == result
    if minutes:
        assert (told["ended"], told["answer"]) == ("Wed 03-04 08:00", "-")
    else:
        assert (told["request"], told["answer"]) == ("Wed 03-04 08:00", "Wed 03-04 12:00")


@pytest.mark.parametrize(
    ("handover", "result"), [("00:00", "transferred"), ("00:01", "lapsed")]
)  # fmt: skip
def test_a_handover_one_minute_late_is_none(handover: str, result: str) -> None:
    """Agreed to on Monday, to be handed over by Tuesday 24:00; two persons go in two days."""
    desk = Desk(track(transfers="1 persons/d", transfer_within="1 d", handover=handover))
    told = desk.follow(desk.stop("03-02 08:00", 0, persons=2))
    assert told["answer"] == "Mon 03-02 14:00"
    assert told["deadline"] == told["ended"] == "Wed 03-04 00:00"
    assert told["result"] == result


def test_refused_in_the_last_minute_is_refused_though_silence_would_be_consent() -> None:
    desk = Desk(track(accept_share=0, answer="48 h"))
    told = desk.follow(desk.stop("03-02 08:00", 0))
    assert (told["ended"], told["result"]) == ("Wed 03-04 10:00", "refused")


def test_an_extension_runs_from_the_end_of_the_limit() -> None:
    """Two working days from Monday end on Wednesday 24:00; one more ends on Thursday 24:00."""
    keys = OFFICE | {"prepare": "0 h", "answer": "30 h", "extension": "1 d", "silence": "lapse"}
    # 30 office hours from Monday 08:00: Monday 8, Tuesday 8, Wednesday 8, Thursday 6.
    desk = Desk(track(**keys, extension_share=1))
    told = desk.follow(desk.stop("03-02 08:00", 0))
    assert (told["answer"], told["result"]) == ("Thu 03-05 14:00", "transferred")
    assert told["ended"] == "Fri 03-06 12:00"
    desk = Desk(track(**keys))
    told = desk.follow(desk.stop("03-02 08:00", 0))
    assert (told["ended"], told["result"]) == ("Thu 03-05 00:00", "lapsed")


def test_the_night_in_which_clocks_go_forward_has_an_hour_less() -> None:
    """In Berlin 29 March 2020 goes from 02:00 to 03:00: from 22:00 to 06:00 are 7 hours."""
    night = {"prepare": "0 h", "office": "22:00-06:00", "answer": "7 h", "answer_within": "8 h"}
    desk = Desk(track(**night), zone="Europe/Berlin")
    told = desk.follow(desk.stop("03-28 22:00", 0))
    assert (told["answer"], told["result"]) == ("Sun 03-29 06:00", "transferred")
    # A limit of 8 hours ends at 07:00 by the wall.
    desk = Desk(track(**night | {"answer": "9 h", "silence": "lapse"}), zone="Europe/Berlin")
    told = desk.follow(desk.stop("03-28 22:00", 0))
    assert (told["ended"], told["result"]) == ("Sun 03-29 07:00", "lapsed")


def test_a_calendar_day_over_the_change_ends_at_midnight_of_the_wall() -> None:
    clock = Clock(date(2020, 3, 1), date(2020, 5, 1), "Europe/Berlin")
    days = LegalCalendar(clock, ["Europe/Berlin"], [()])
    friday = np.array([26 * 24 + 15.0])  # Friday 27 March, 15:00
    here = np.array([0])
    ends = days.deadline(here, friday, np.array([24.0]), np.array([CLOCKS.index("calendar_days")]))
    # One day later is a Saturday: to the last hour of Monday 30 March, 71 hours after Friday's.
    assert ends[0] == 27 * 24 + 71
    assert f"{clock.local(float(ends[0])):%a %m-%d %H:%M}" == "Tue 03-31 00:00"


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Kathmandu"])
def test_the_day_of_an_hour_lies_between_its_midnights(zone: str) -> None:
    """Through a change to summer time, and where midnight falls within an hour of the clock."""
    days = LegalCalendar(Clock(date(2020, 3, 1), date(2020, 4, 10), "Europe/Berlin"), [zone], [()])
    edges = days.midnights[0]
    hours = np.concatenate([edges[:-1], edges[1:] - 1e-9, edges[:-1] + 11.7])
    same = np.zeros(len(hours), np.intp)
    expected = np.searchsorted(edges, hours, "right") - 1
    assert days.day_of(same, hours).tolist() == expected.tolist()
    # Limits laid out by day are those of any hour of the day.
    for clock in ("calendar_days", "working_days"):
        how = np.array([CLOCKS.index(clock)])
        laid_out = days.deadlines_by_day(np.array([0]), np.array([48.0]), how)[0]
        one_by_one = days.deadline(same, hours, np.full(len(hours), 48.0), how[same])
        assert laid_out[expected].tolist() == one_by_one.tolist()


class Centre:
    """Stands for cooperation centres: answers every request a given time after it was asked."""

    open, asked = True, np.ones(len(KINDS))

    def __init__(self, takes: float) -> None:
        self._takes, self._book, self._answered = takes, RequestBook(), 0

    @property
    def book(self) -> RequestBook:
        """The requests, those asked since it was last looked at with their answers."""
        book, new = self._book, slice(self._answered, self._book.size)
        book.answered[new], book.hit[new] = book.asked[new] + self._takes, True
        self._answered = book.size
        return book


@pytest.mark.parametrize(
    ("takes", "result"),
    [(3, "transferred"), (4, "transferred"), (4 + 1 / 60, "refused"), (5, "refused")],
)
def test_evidence_of_a_centre_counts_if_it_comes_before_the_answer(
    takes: float, result: str
) -> None:
    """Without it nobody is taken back, with it everybody; the answer comes after four hours."""
    desk = Desk(track(accept_share=0, accept_with_evidence=1))
    centre = Centre(takes)
    desk.readmission._requests = centre  # type: ignore[assignment]
    case = desk.stop("03-02 08:00", 0)
    assert desk.follow(case)["result"] == result
    assert desk.readmission.book.cases["evidence"][case] == (result == "transferred")
    asked, until = desk.hour("03-02 10:00"), desk.hour("03-02 14:00")
    (told,) = centre.book.records[: centre.book.size]
    assert (told["kind"], told["asked"], told["deadline"]) == (READMISSION, asked, until)


def test_handovers_go_in_order_of_consent_as_many_persons_a_day_as_there_is_room() -> None:
    """Four persons a day: 3 + 3 + 2 on three days, since a party goes with its last person."""
    desk = Desk(track(transfers="4 persons/d", prepare="0 h", answer="1 h"))
    cases = [desk.stop(f"03-02 0{h}:00", row, persons=p) for row, (h, p) in
             enumerate([(1, 3), (2, 3), (3, 2), (4, 1)])]  # fmt: skip
    ended = [desk.follow(case)["ended"] for case in cases]
    assert ended == ["Mon 03-02 12:00", "Tue 03-03 12:00", "Tue 03-03 12:00", "Wed 03-04 12:00"]


def test_a_consent_that_finds_no_place_in_time_lapses() -> None:
    desk = Desk(track(transfers="1 persons/d", transfer_within="2 d", prepare="0 h"))
    cases = [desk.stop("03-02 01:00", row, persons=2) for row in range(2)]
    told = [desk.follow(case) for case in cases]
    assert [t["result"] for t in told] == ["transferred", "lapsed"]
    assert [t["ended"] for t in told] == ["Tue 03-03 12:00", "Thu 03-05 00:00"]


def test_a_measure_of_more_handovers_acts_on_those_who_consent_afterwards() -> None:
    desk = Desk(track(transfers="1 persons/d", prepare="0 h", answer="1 h"))
    first = desk.follow(desk.stop("03-02 01:00", 0, persons=3))
    assert first["ended"] == "Wed 03-04 12:00"
    desk.readmission.tracks.set("bbb_aaa", "transfers", 100.0)
    assert desk.follow(desk.stop("03-02 02:00", 1, persons=3))["ended"] == "Thu 03-05 12:00"
