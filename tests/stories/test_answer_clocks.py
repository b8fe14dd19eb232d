"""Clocks of answers as timetables worked by hand, on invented rows (MODEL 8).

Every request has the work of its stages written down, so that each hour below can be checked with
pencil and paper. Hours count from Sunday, 1 March 2020, 00:00 UTC unless a test says otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pytest
import simpy

from sim.clock import Clock
from sim.cooperation.answer_clocks import RequestTerms
from sim.cooperation.offices import Offices, systems_queried
from sim.cooperation.opening import Opening
from sim.cooperation.requests import IDENTITY, NOWHERE, READMISSION, Requests
from sim.cooperation.routing import ROUTES
from sim.kernels.requests import BY_CENTRE, BY_CONTACT_POINTS, BY_INTERMEDIATE, settled
from sim.randomness import Draws
from sim.scenario.specs.centres import AnswerClock, Centre, Desk, RequestKind
from sim.scenario.specs.readmission import Holiday

COUNTRIES = ("AAA", "BBB", "CCC")
MF = ("mon", "tue", "wed", "thu", "fri")
CLOCKS = (
    AnswerClock(id="all", urgent=24, normal=7 * 24),
    AnswerClock(id="pair", parties=("AAA", "BBB"), urgent=8, normal=48, extension=72),
)


def kind(name: str = "identity", **changes: Any) -> RequestKind:
    """Return a kind whose own desk takes half an hour and whose partner an hour, exactly."""
    row = {
        "id": name, "kind": name, "asked": 1, "urgent": 0, "own": 30, "partner": 60, "spread": 0,
        "translation": 30, "system": "register", "back_office": 6, "hit": 1, "lifetime": 0,
        **changes,
    }  # fmt: skip
    return RequestKind.model_validate(row)


def centre(name: str, *countries: str, **changes: Any) -> Centre:
    row = {"id": name, "countries": countries, "lat": 45, "lon": 20, **changes}
    return Centre.model_validate(row)


def desk(at: str, country: str, **changes: Any) -> Desk:
    row = {
        "id": f"{at}_{country.lower()}", "centre": at, "country": country, "shift": "any",
        "languages": ["xx"], "systems": ["register"], **changes,
    }  # fmt: skip
    return Desk.model_validate(row)


class Bureau:
    """Centres at work with one officer a desk in every open hour, and nothing else around."""

    def __init__(
        self,
        centres: Sequence[Centre],
        desks: Sequence[Desk],
        kinds: Sequence[RequestKind] = (kind(),),
        holidays: Sequence[Holiday] = (),
        start: date = date(2020, 3, 1),
        zone: str = "UTC",
        grain: Any = "strategic",
    ) -> None:
        clock = Clock(start, date(2020, 12, 31), zone)
        systems = {str(k.kind): k.system for k in kinds}
        terms = RequestTerms(
            kinds, CLOCKS, COUNTRIES, clock, systems_queried(desks, COUNTRIES, systems)
        )
        opening = Opening(
            desks, {c.id: c for c in centres}, holidays, dict.fromkeys(COUNTRIES, zone), clock
        )
        middle = np.array([[45.0, 20.0]])
        draws = Draws(1)
        where = (COUNTRIES, ("AAA-BBB",), middle)
        self.offices = Offices(centres, desks, terms, where, opening, clock, draws)
        self.requests = Requests(self.offices)
        self.offices.start(simpy.Environment(), self.requests.answer, grain, 1)
        self.offices.set_duty(0, np.ones((len(desks), clock.hours), np.int64))

    def ask(
        self, hour: float, one: str = "BBB", other: str = "AAA", code: int = IDENTITY, **more: Any
    ) -> int:
        """Ask once the clock has come to the hour; return the request."""
        self.run(math.floor(hour))
        i, j = (np.array([COUNTRIES.index(c)]) for c in (one, other))
        key = np.array([int(hour * 60) + 1], np.uint64)
        (made,) = self.requests.book.append(
            1, kind=code, asking=i, answering=j, asked=hour, key=key,
            **{"border": NOWHERE, "station": NOWHERE, **more},
        )  # fmt: skip
        self.requests.send()
        return int(made)

    def run(self, until: float) -> None:
        self.offices.serve(until)

    def answered(self, request: int) -> float:
        self.run(24 * 30)
        return float(self.requests.book.answered[request])

    def settled(self, request: int, hour: float) -> bool:
        return bool(settled(self.requests.book.records[request], hour))

    def route(self, request: int) -> str:
        return ROUTES[self.requests.book.route[request]]


OFFICE = {"hours": "08:00-16:00", "days": MF, "on_holidays": False}
MILL = (centre("mill", "AAA", "BBB"),)
MILL_DESKS = (desk("mill", "AAA", **OFFICE), desk("mill", "BBB", **OFFICE))
POINTS = tuple(
    centre(f"point_{c.lower()}", c, type="contact_point", transit=6) for c in COUNTRIES[:2]
)
POINT_DESKS = tuple(desk(f"point_{c.lower()}", c) for c in COUNTRIES[:2])


def test_an_open_centre_answers_after_both_desks_have_worked() -> None:
    """Monday 2 March 09:00 = hour 33: own desk until 09:30, partner's desk until 10:30."""
    bureau = Bureau(MILL, MILL_DESKS)
    request = bureau.ask(33)
    assert bureau.answered(request) == 34.5
    assert bureau.route(request) == ROUTES[BY_CENTRE]


def test_a_friday_evening_stop_is_answered_on_monday_morning() -> None:
    """Friday 6 March 19:00 = hour 139; the centre opens Monday 9 March 08:00 = hour 200."""
    bureau = Bureau(MILL, MILL_DESKS)
    request = bureau.ask(139)
    assert bureau.answered(request) == 201.5
    # Held for 12 hours, until Saturday 07:00: the answer is of no use any more.
    late = bureau.requests.book
    assert late.answered[request] > 139 + 12


def test_a_friday_evening_stop_goes_to_the_capitals_where_they_are_open() -> None:
    """6 h to the own contact point, 0.5 h there, 6 h on, 1 h there: Saturday 08:30 = 152.5."""
    bureau = Bureau((*MILL, *POINTS), (*MILL_DESKS, *POINT_DESKS))
    request = bureau.ask(139)
    assert bureau.answered(request) == 152.5
    assert bureau.route(request) == ROUTES[BY_CONTACT_POINTS]


def test_work_begun_before_closing_time_is_finished_and_what_lies_there_waits() -> None:
    """Thursday 15:45 = 111.75: own desk until 16:15, partner's desk closed at 16:00."""
    bureau = Bureau(MILL, MILL_DESKS)
    request = bureau.ask(111.75)
    book = bureau.requests.book
    assert bureau.answered(request) == 129.0  # Friday 08:00 = 128, and an hour of work
    bureau.offices.log.take()
    assert book.answered[request] - 128 == 1


def test_a_public_holiday_of_one_country_shuts_its_desk() -> None:
    """Wednesday 11 March is a holiday in AAA: asked at 10:00 = 250, answered Thursday 09:00."""
    holiday = Holiday(id="day", country="AAA", day=date(2020, 3, 11))
    bureau = Bureau(MILL, MILL_DESKS, holidays=[holiday])
    request = bureau.ask(250)
    # The own desk of BBB works on it from 10:00 to 10:30; AAA opens Thursday 08:00 = 272.
    assert bureau.answered(request) == 273.0
    open_all_year = Bureau(MILL, [d.model_copy(update={"on_holidays": True}) for d in MILL_DESKS],
                           holidays=[holiday])  # fmt: skip
    assert open_all_year.answered(open_all_year.ask(250)) == 251.5


@pytest.mark.parametrize(("minutes_held", "in_time"), [(90, True), (89, False)])
def test_an_answer_one_minute_late_settles_nothing(minutes_held: int, in_time: bool) -> None:
    """Asked Monday 09:00, answered 10:30: held until 10:30 it is in time, until 10:29 late."""
    bureau = Bureau(MILL, MILL_DESKS)
    request = bureau.ask(33, deadline=np.array([33 + minutes_held / 60]))
    bureau.run(40)
    (answers,) = bureau.requests.take_answers(40)
    assert answers.ids.tolist() == [request]
    assert answers.records["hit"].tolist() == [True]
    assert answers.records["in_time"].tolist() == [in_time]
    assert bureau.settled(request, 40.0) == in_time


def test_an_answer_to_come_settles_nothing_yet() -> None:
    bureau = Bureau(MILL, MILL_DESKS)
    request = bureau.ask(33)
    bureau.run(35)
    assert not bureau.settled(request, 34.0)
    assert bureau.settled(request, 34.5)


def test_silence_to_the_end() -> None:
    """A desk that never opens answers nothing: no answer is handed out, nothing is settled."""
    never = (desk("mill", "AAA", days=["sun"], hours="00:00-01:00"), desk("mill", "BBB"))
    bureau = Bureau((centre("mill", "AAA", "BBB", closed=date(2020, 3, 5)),), never)
    request = bureau.ask(33)
    assert math.isnan(bureau.answered(request))
    assert bureau.requests.take_answers(24 * 30) == []
    assert not bureau.settled(request, 24.0 * 30)
    assert bureau.requests.book.limit[request] == 33 + 48


@pytest.mark.parametrize(("spring", "hours"), [(date(2020, 3, 28), 23), (date(2020, 10, 24), 25)])
def test_a_daylight_saving_night(spring: date, hours: int) -> None:
    """Saturday 20:00 in Belgrade; the desk opens Sunday 08:00 civil time, the clock changed.

    From Saturday 00:00 civil time, Saturday 20:00 is hour 20 and Sunday 08:00 is hour 32 of an
    ordinary night; one of 23 hours brings it an hour sooner, one of 25 an hour later.
    """
    desks = [d.model_copy(update={"days": ("sun",)}) for d in MILL_DESKS]
    bureau = Bureau(MILL, desks, start=spring, zone="Europe/Belgrade")
    request = bureau.ask(20)
    assert bureau.answered(request) == 32 + (hours - 24) + 1.5


def test_limits_come_from_the_clock_of_the_pair() -> None:
    kinds = (kind(), kind("readmission", urgent=1, system="other_register"))
    bureau = Bureau(MILL, MILL_DESKS, kinds)
    book = bureau.requests.book
    assert book.limit[bureau.ask(33)] == 33 + 48  # not urgent
    # Urgent, and no desk of AAA may query the system: 8 h + 72 h, but never beyond the normal 48.
    assert book.limit[bureau.ask(33.5, code=READMISSION)] == 33.5 + 48
    urgent = Bureau(MILL, MILL_DESKS, (kind(urgent=1),))
    assert urgent.requests.book.limit[urgent.ask(33)] == 33 + 8


def test_without_the_system_the_answer_waits_for_the_capital() -> None:
    """Mean 6 h of the back office, exactly, on top of 1.5 h at the desks."""
    desks = [d.model_copy(update={"systems": ()}) for d in MILL_DESKS]
    bureau = Bureau(MILL, desks)
    assert bureau.answered(bureau.ask(33)) == 40.5


def test_without_a_common_language_the_partner_translates() -> None:
    desks = (MILL_DESKS[0].model_copy(update={"languages": ("yy",)}), MILL_DESKS[1])
    bureau = Bureau(MILL, desks)
    assert bureau.answered(bureau.ask(33)) == 35.0


def test_one_intermediate_centre_joins_two() -> None:
    """AAA and BBB at the mill, BBB and CCC at the bridge: AAA asks CCC by way of BBB."""
    both = (*MILL, centre("bridge", "BBB", "CCC"))
    desks = (*MILL_DESKS, desk("bridge", "BBB", **OFFICE), desk("bridge", "CCC", **OFFICE))
    bureau = Bureau(both, desks)
    request = bureau.ask(33, "AAA", "CCC")
    assert bureau.route(request) == ROUTES[BY_INTERMEDIATE]
    assert bureau.answered(request) == 35.0  # 0.5 h own, 0.5 h between, 1 h asked


def test_the_nearest_open_centre_that_is_competent_counts() -> None:
    far = centre("far", "AAA", "BBB", lat=50)
    other_line = centre("other_line", "AAA", "BBB", borders=["AAA-CCC"])
    no_persons = centre("cars", "AAA", "BBB", kinds=["vehicle"])
    centres = (far, *MILL, other_line, no_persons)
    desks = [desk(c.id, country) for c in centres for country in COUNTRIES[:2]]
    bureau = Bureau(centres, desks)
    first = bureau.ask(33, border=0)
    assert bureau.offices.seats[bureau.requests.book.sender[first]].centre == "mill"
    bureau.offices.open_centre("mill", False, 34)
    second = bureau.ask(36, border=0)
    assert bureau.offices.seats[bureau.requests.book.sender[second]].centre == "far"


def test_urgent_requests_go_first() -> None:
    """Three lie on the desk at 08:00; the urgent one of 07:50 is done before those of 07:00."""
    kinds = (kind(), kind("readmission", urgent=1))
    bureau = Bureau(MILL, MILL_DESKS, kinds)
    slow = [bureau.ask(31), bureau.ask(31.25)]
    urgent = bureau.ask(31 + 50 / 60, code=READMISSION)
    assert bureau.answered(urgent) == 32 + 1.5
    assert [bureau.answered(r) for r in slow] == [34.5, 35.5]


def test_an_officer_on_the_spot_answers_without_own_desk_and_distance() -> None:
    """An officer of AAA at station 0 of BBB on Sunday 10:00: an hour of work, no centre."""
    bureau = Bureau(MILL, MILL_DESKS)
    bureau.offices._desk_station = 5
    bureau.offices.set_guests(0, {(0, 0): np.ones(24, np.int64)})
    there = bureau.ask(10, station=0)
    elsewhere = bureau.ask(11, station=1)
    assert bureau.answered(there) == 11.0
    assert bureau.route(there) == "on_the_spot"
    assert bureau.answered(elsewhere) == 33.5


def test_nobody_answers_anything_without_offices() -> None:
    requests = Requests()
    assert not requests.open


@pytest.mark.parametrize("grain", ["strategic", "tactical"])
def test_both_grains_keep_the_same_timetable(grain: str) -> None:
    bureau = Bureau((*MILL, *POINTS), (*MILL_DESKS, *POINT_DESKS), grain=grain)
    hours = (33, 33.2, 33.4, 60.1, 111.75, 127.9, 128.3, 139, 140.5, 250)
    answered = [bureau.ask(h) for h in hours]
    bureau.run(24 * 30)
    found = bureau.requests.book.answered[answered]
    assert found.tolist() == pytest.approx(
        [34.5, 35.5, 36.5, 61.6, 129.0, 141.4, 130.0, 152.5, 154.0, 251.5]
    )
