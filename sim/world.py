"""The world a scenario describes: every part built and joined, nothing simulated yet."""

from __future__ import annotations

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.agents import Network
from sim.clock import Clock
from sim.control.aftermath import AftermathTable
from sim.control.posts import Posts
from sim.control.rosters import Rosters, Station
from sim.control.sectors import Sectors
from sim.cooperation.agreements import Agreements
from sim.cooperation.alerts import Alerts
from sim.cooperation.centre_books import CentreBooks
from sim.cooperation.consequences import Consequences
from sim.cooperation.followers import StopFollowers
from sim.cooperation.guests import Guests
from sim.cooperation.investigations import Investigations
from sim.cooperation.joint_operations import JointOperations
from sim.cooperation.joint_patrols import TogetherInSectors
from sim.cooperation.learning import PostsThatLearn
from sim.cooperation.offices import build_offices
from sim.cooperation.opening import worked
from sim.cooperation.other_crime import OtherCrime, place_of
from sim.cooperation.powers import VisitorPowers
from sim.cooperation.questions import Line, Questions
from sim.cooperation.readmission import Readmission
from sim.cooperation.requests import (
    CONTRABAND,
    DOCUMENT,
    NOWHERE,
    SMUGGLING_INTELLIGENCE,
    VEHICLE,
    Requests,
)
from sim.cooperation.tracks import Tracks
from sim.cooperation.triggers import Triggers, begin_on_date
from sim.daybook import Daybook
from sim.departure import Departure
from sim.duty_plan import DutyPlan
from sim.errors import ModelError
from sim.in_force import Lever, MeasuresInForce
from sim.levers import (
    AgreementLever,
    BorderLever,
    CentreLever,
    CooperatingLever,
    CountryLever,
    DeskLever,
    InvestigationLever,
    LegLever,
    PlaceLever,
    PostLever,
    ReadmissionLever,
    SectorLever,
)
from sim.movement.arrivals import lay_out
from sim.movement.calendar import DueCalendar
from sim.movement.choice import ChoiceParameters, Offers, RouteChoice
from sim.movement.crowd import (
    CASE,
    HELD,
    MOVING,
    QUEUED,
    RECEPTION,
    STATES,
    WAITING,
    Books,
)
from sim.movement.knowledge import Awareness, Beliefs
from sim.movement.late_arrivals import LateArrivals
from sim.movement.leg_table import NOBODY, LegTable
from sim.movement.waits import Waits
from sim.officers import (
    base_postings,
    officers_needing_solution,
    require_givers,
    with_officers,
)
from sim.passage import Passage
from sim.protection.hazards import Hazards
from sim.protection.ledger import SCREENING_ITEMS, Ledger
from sim.protection.reception import ReceptionPlaces
from sim.protection.screening import ScreeningDesks
from sim.randomness import Draws
from sim.records.event_log import EventLog
from sim.records.journeys import JourneyLog, Parties
from sim.records.observation import Observer
from sim.records.recorder import DailyTable, Recorder
from sim.records.screenlines import ScreenlineCounter
from sim.route_graph import RouteGraph
from sim.route_values import RouteValues
from sim.scenario.adding import problems_of
from sim.scenario.graph import build_graph
from sim.scenario.specs.scenario import Scenario
from sim.smuggling.networks import Networks
from sim.surroundings import Surroundings

DAY = 24
WEEK_DAYS = 7
#: Quantities of legs, posts and sectors that travellers see at once; others they learn of.
SEEN = frozenset({"open", "duration", "cost", "barrier"})
F64 = NDArray[np.float64]


class World:
    """All parts of a run, in the order they depend on one another.

    Args:
        scenario: Resolved scenario.
        seed: Seed of all draws.
        recorder: Where tables go.
        hourly: Also record flows by hour.
    """

    def __init__(
        self, scenario: Scenario, seed: int, recorder: Recorder, hourly: bool = False
    ) -> None:
        self.scenario = scenario
        self.switches = scenario.switches
        self.parameters = {name: q.value for name, q in scenario.parameters.items()}
        self.recorder = recorder
        self.clock = Clock(
            scenario.start, scenario.until, scenario.zone, int(scenario.clock.window.value)
        )
        self.draws = Draws(seed)
        self.events = EventLog(recorder)
        self.hour = 0
        #: Mesa's network over the route graph, once the institutions stand on it.
        self.space: Network | None = None
        self._build_map()
        self._build_control()
        self._build_protection()
        self._build_people()
        self._build_cooperation()
        self._build_other_crime()
        self._join_crowd()
        self._build_readmission()
        self._build_investigations()
        self._build_records(hourly)
        self._build_measures()
        self.duty = DutyPlan(
            self.clock, self.rosters, scenario.powers, self.sectors, self.posts,
            len(self.post_specs), len(scenario.desks), self.visitor_powers,
            (self.together, self.guests), self.offices, self.in_force,
        )  # fmt: skip
        # What is in force before the first hour is known to those who set out in it.
        self.in_force.turn(0)
        self.drop_plans()
        self.values = self._values()
        self.beliefs.begin(np.clip(self.values.prior, 1e-3, 0.999))

    # Parts ---------------------------------------------------------------------------------

    def _build_map(self) -> None:
        scenario = self.scenario
        self.graph = RouteGraph.from_networkx(build_graph(scenario))
        by_id = {place.id: place for place in scenario.places}
        self.places = tuple(by_id[name] for name in self.graph.places)
        self.place_index = {p.id: i for i, p in enumerate(self.places)}
        self.countries = tuple(sorted({c.id for c in scenario.countries}))
        country_of = {c.id: c for c in scenario.countries}
        self.country_specs = tuple(country_of[c] for c in self.countries)
        self.place_country = np.array(
            [self.countries.index(p.country) for p in self.places], dtype=np.intp
        )
        self.is_exit = np.array([p.kind == "exit" for p in self.places])
        self.arrivals_open = np.ones(len(self.places), bool)
        self.routes = tuple(route.id for route in scenario.routes)
        self.post_specs = scenario.posts
        self.post_index = {p.id: i for i, p in enumerate(self.post_specs)}
        streams = {p.id: (i, tuple(s.id for s in p.streams)) for i, p in enumerate(scenario.posts)}
        self.legs = LegTable.build(
            self.graph, scenario.legs, self.places, self.countries, scenario.sectors, streams,
            self.routes, self.parameters, self.switches.posts,
        )  # fmt: skip

    def _build_control(self) -> None:
        scenario, clock = self.scenario, self.clock
        self.agreements = Agreements(
            scenario.agreements, begin_on_date(scenario.active_measures()), clock, self.countries
        )
        zone = {c.id: c.zone for c in scenario.countries}
        patterns = {p.id: p for p in scenario.shift_patterns}
        sectors, posts = scenario.sectors, scenario.posts
        stands = [(f"sector:{s.id}", s.country, s.shift) for s in scenario.sectors]
        stands += [(f"post:{p.id}", p.country, p.shift) for p in scenario.posts]
        # Nobody serves in a reserve: any pattern will do.
        shift = scenario.shift_patterns[0].id if scenario.shift_patterns else ""
        stands += [(f"reserve:{r.id}", r.country, shift) for r in scenario.reserves if shift]
        self.stations = tuple(
            Station(target, country, zone[country], patterns[shift])
            for target, country, shift in stands
        ) + tuple(
            Station(f"desk:{d.id}", d.country, zone[d.country], patterns[d.shift], worked(d.days))
            for d in scenario.desks
        )
        party_speed = self.parameters["party_speed"]
        solved = officers_needing_solution(scenario, self.legs, self.stations, clock)
        self.solved_officers = solved
        self.rosters = Rosters(self.stations, base_postings(scenario, solved), patterns, clock)
        self.sectors = Sectors(
            sectors, scenario.detection_widths, scenario.aftermath, clock, party_speed,
            self.switches.race,
        )  # fmt: skip
        self.visitor_powers = VisitorPowers(
            scenario.powers, self.agreements, self.stations,
            {f"post:{p.id}" for p in posts if p.kind == "airport"},
        )  # fmt: skip
        self.together = TogetherInSectors(self.sectors, sectors, self.visitor_powers)
        self.guests = Guests(
            self.stations, self.countries, self.visitor_powers, scenario.forged_documents,
            len(sectors),
        )  # fmt: skip
        used = set(self.legs.post[self.legs.post >= 0].tolist())
        lined = [i for i, p in enumerate(posts) if i in used and p.border is not None]
        if len(lined) != len(used):
            raise ModelError(
                f"post {posts[min(used - set(lined))].id!r} is crossed by a leg but names no "
                f"border; give it one"
            )
        self.post_aftermath = AftermathTable(scenario.aftermath, [posts[i] for i in lined], clock)
        # One entry more: legs without a post look up post -1.
        self.post_rule = np.full(len(posts) + 1, NOBODY, dtype=np.intp)
        self.post_rule[lined] = np.arange(len(lined))
        self.posts = (
            Posts(posts, scenario.demand_patterns, scenario.hit_rates, clock,
                  [zone[p.country] for p in posts])
            if self.switches.posts and posts else None
        )  # fmt: skip
        self.learning = PostsThatLearn(
            self.posts, [f"post:{p.id}" for p in posts], len(sectors), self.visitor_powers,
            self.events.add,
        )  # fmt: skip

    def _build_protection(self) -> None:
        scenario = self.scenario
        self.hazards = (
            Hazards(scenario.hazards, self.legs.specs, self.clock)
            if self.switches.hazard else None
        )  # fmt: skip
        self.screening = ScreeningDesks(
            scenario.screening, self.countries, scenario.interpreted_screening
        )
        places = len(scenario.sectors) + len(scenario.posts)
        self.screening.require({station.country for station in self.stations[:places]})
        self.reception = ReceptionPlaces(self.places)
        self.ledger = Ledger(self.countries, self.clock, self.recorder)
        self._open_ledger()

    def _open_ledger(self) -> None:
        """Say what is counted where; all else stays "not recorded"."""
        legs, code = self.legs, {c: i for i, c in enumerate(self.countries)}
        if self.hazards is not None:
            self.ledger.measure(("deaths", "injuries", "exposure_hours"))
        screened = np.array(sorted({code[row.country] for row in self.scenario.screening}))
        if len(screened):
            self.ledger.measure(SCREENING_ITEMS, screened)
        self.ledger.measure(("asylum_after_holding",))
        watched = np.array(sorted(set(legs.to_country[legs.sector >= 0].tolist())), np.intp)
        self.ledger.measure(
            ("returned_outside_procedure", "returned_outside_children",
             "returned_outside_families", "returned_outside_wish"), watched,
        )  # fmt: skip

    def _build_people(self) -> None:
        scenario, p = self.scenario, self.parameters
        stocks = scenario.stocks if self.switches.initial_stocks else ()
        self.crowd = lay_out(
            scenario.profiles, scenario.mixes, scenario.arrivals, stocks, self.place_index,
            self.clock, self.draws,
        )  # fmt: skip
        self.books = Books(self.crowd, len(self.places))
        self.calendar = DueCalendar(self.crowd)
        self.late_arrivals = LateArrivals(
            scenario, self.place_index, self.crowd, self.calendar, self.draws
        )
        self.networks = Networks(
            scenario.networks if self.switches.smugglers != "off" else (),
            {leg: i for i, leg in enumerate(self.graph.legs)},
            p, self.switches.smugglers,
            None if scenario.adaptation_frozen_from is None
            else self.clock.hour_of(scenario.adaptation_frozen_from),
        )  # fmt: skip
        self.choice = RouteChoice(
            self.graph,
            len(scenario.profiles),
            ChoiceParameters(
                p["mu"], p["theta"], p["u_stay"], p["odds_cap"], p["lost_time"],
                p["money_weight"], p["failure_weight"], p["hazard_weight"],
                (p["low_funds"] / 2, (p["low_funds"] + p["high_funds"]) / 2, 1.5 * p["high_funds"]),
            ),
            Offers(self.networks.leg, self._offered_by(), self.networks.price,
                   self.networks.quality),
            self.switches.choice,
        )  # fmt: skip
        self.beliefs = Beliefs(
            np.zeros(len(self.legs.specs)), len(scenario.profiles), p["prior_strength"],
            p["belief_half_life"], round(p["belief_delay"]), p["belief_mixing"],
        )  # fmt: skip
        legs = {leg: i for i, leg in enumerate(self.graph.legs)}
        self.awareness = Awareness(
            np.array([r.initial_awareness.value for r in scenario.routes]),
            [[legs[name] for name in r.successes] for r in scenario.routes],
            len(legs), p["kappa"], round(p["awareness_delay"]),
        )  # fmt: skip
        self.waits = self._waits()
        #: What is known of, as the table of knowledge names it: routes, and legs.
        self._subjects = tuple(
            np.array([f"{kind}:{name}" for name in names], dtype=object)
            for kind, names in (("route", self.routes), ("leg", self.graph.legs))
        )  # fmt: skip

    def _offered_by(self) -> tuple[str, ...]:
        return tuple(self.networks.ids[i] for i in self.networks.network)

    def _waits(self) -> Waits:
        at = self.country_specs
        share = np.array([c.onward_share.value for c in at])[self.place_country]
        stay = np.array([c.asylum_stay.value for c in at])[self.place_country]
        return Waits(
            self.crowd, self.calendar, self.parameters,
            np.array([p.dwell.value for p in self.places]),
            np.array([p.kind != "entry" for p in self.places]),
            self.reception, stay, share, self.draws,
        )  # fmt: skip

    def _build_cooperation(self) -> None:
        """Build who can be asked, what posts look out for, and who acts on stops and answers."""
        self.offices = build_offices(
            self.scenario, self.legs.borders, self._middle_of_borders(), self.clock, self.draws,
            len(self.stations) - len(self.scenario.desks),
        )  # fmt: skip
        self.requests = Requests(self.offices)
        self.consequences = Consequences(self.requests)
        self.followers = StopFollowers()
        self.alerts = Alerts(
            len(self.countries),
            [max(round(n.crews.value), 1) for n in self.networks.specs], self.networks.network,
        )  # fmt: skip
        self.centre_books: CentreBooks | None = None
        if self.offices is None:
            return
        zone = {c.id: c.zone for c in self.scenario.countries}
        self.centre_books = CentreBooks(
            self.offices, self.requests.book, self.clock,
            [zone[d.country] for d in self.scenario.desks],
            (self.countries, self.legs.borders, [s.target for s in self.stations]), self.recorder,
        )  # fmt: skip
        self.questions = Questions(
            self.requests, self.offices.terms, self.alerts, self.crowd, self._line(),
            self.events.alert,
        )  # fmt: skip
        self.followers.add(self.questions)
        for kind in (DOCUMENT, VEHICLE, SMUGGLING_INTELLIGENCE):
            self.consequences.add(kind, self.questions)

    def _middle_of_borders(self) -> F64:
        """Return latitude and longitude of the middle of each border, shape (borders, 2)."""
        legs, places = self.legs, self.places
        at = np.array([(p.lat.value, p.lon.value) for p in places])
        along = (at[self.graph.head] + at[self.graph.tail]) / 2
        return np.array(
            [along[legs.border == i].mean(axis=0) for i in range(len(legs.borders))]
        ).reshape(-1, 2)

    def _line(self) -> Line:
        """Return what lies on either side of each leg, and who controls it."""
        legs, sectors = self.legs, len(self.scenario.sectors)
        station = np.where(legs.sector >= 0, legs.sector,
                           np.where(legs.post >= 0, legs.post + sectors, NOWHERE))  # fmt: skip
        country = self.place_country
        return Line(country[self.graph.tail], country[self.graph.head], legs.border, station)

    def _build_other_crime(self) -> None:
        scenario = self.scenario
        self.other_crime: OtherCrime | None = None
        if not self.switches.other_crime or not scenario.other_crime:
            return
        self.other_crime = OtherCrime(
            scenario.other_crime, self.posts, scenario.posts, self.sectors, scenario.sectors,
            scenario.hit_rates, {c: i for i, c in enumerate(self.countries)},
            {b: i for i, b in enumerate(self.legs.borders)}, self.requests, self.draws,
            self.recorder,
        )  # fmt: skip
        for kind in (VEHICLE, CONTRABAND):
            self.consequences.add(kind, self.other_crime)

    def _join_crowd(self) -> None:
        scenario = self.scenario
        code = {c: i for i, c in enumerate(self.countries)}
        around = Surroundings(
            head=self.graph.head,
            tail=self.graph.tail,
            place_country=self.place_country,
            is_exit=self.is_exit,
            arrivals_open=self.arrivals_open,
            sector_country=np.array([code[s.country] for s in scenario.sectors], dtype=np.intp),
            post_country=np.array([code[s.country] for s in scenario.posts], dtype=np.intp),
            post_rule=self.post_rule,
        )
        self.passage = Passage(
            self.crowd, self.legs, around, self.waits, self.sectors, self.posts,
            self.post_aftermath, self.hazards, self.screening, self.ledger, self.networks,
            self.beliefs, self.books, self.draws, self.switches.retries, self.followers,
            self.alerts, self.guests,
        )  # fmt: skip
        self.passage.after_a_stop.asked = self.requests.book
        at = self.country_specs
        self.departure = Departure(
            self.crowd, self.legs, self.choice, self.networks, self.waits, self.sectors,
            self.parameters,
            np.array([c.asylum_share.value for c in at])[self.place_country],
            np.array([c.go_home_share.value for c in at])[self.place_country],
        )  # fmt: skip

    def _build_readmission(self) -> None:
        scenario = self.scenario
        self.readmission: Readmission | None = None
        if not self.switches.readmission or not scenario.readmission:
            return
        tracks = Tracks(
            scenario.readmission, scenario.holidays, self.agreements, self.clock, self.countries,
            {c.id: c.zone for c in scenario.countries}, self.place_index,
        )  # fmt: skip
        self.readmission = Readmission(
            tracks, self.crowd, self.legs, self.graph.tail, self.graph.head,
            np.array([s.width.value for s in scenario.sectors]), self.waits, self.requests,
            self.ledger, self.draws, self.passage.after_a_stop.take_into_care,
            lambda: self.passage.log.month,
        )  # fmt: skip
        self.passage.add_readmission(self.readmission)
        self.followers.add(self.readmission)

    def _build_investigations(self) -> None:
        scenario = self.scenario
        self.investigations: Investigations | None = None
        if not self.switches.investigations or not scenario.investigations:
            return
        self.investigations = Investigations(
            scenario.investigations, self.networks, self.countries, self.agreements,
            self.requests, self.alerts, self.draws, self.clock, self.recorder,
        )  # fmt: skip
        self.passage.after_a_stop.evidence = self.investigations.of_stops
        self.consequences.add(SMUGGLING_INTELLIGENCE, self.investigations)

    def _build_records(self, hourly: bool) -> None:
        scenario = self.scenario
        country_of = {p.id: p.country for p in self.places}
        self.screenlines = ScreenlineCounter(
            scenario.screenlines, self.legs.specs, country_of, self.clock
        )
        self.journeys = JourneyLog(self.legs.specs, country_of)
        self.observer = Observer(
            scenario.observation_rules, self.countries, self.legs.borders, self.clock,
            self.recorder,
        )  # fmt: skip
        self.daybook = Daybook(
            self.crowd, self.legs, self.clock, self.draws, self.recorder, self.screenlines,
            self.journeys, self.observer, self.place_country, self.countries, hourly,
        )  # fmt: skip
        days = (scenario.until - scenario.start).days
        self._sector_days = DailyTable(self.recorder, "sectors", days, sector=self.sectors.names)
        if self.posts is not None:
            self._post_days = DailyTable(
                self.recorder, "posts", days,
                post=self.posts.post_names, stream=self.posts.stream_names,
            )  # fmt: skip

    def _build_measures(self) -> None:
        active = self.scenario.active_measures()
        measures = begin_on_date(active)
        tables = (self.sectors.aftermath, self.post_aftermath)
        working_together = (self.together, self.guests, self.learning)
        desk_lever = DeskLever(self.offices, self.rosters, lambda: self.hour)
        levers: dict[str, Lever] = {
            "sector": CooperatingLever(
                "sector",
                SectorLever(self.sectors, self.legs, lambda: self.hour),
                *working_together,
            ),
            "post": CooperatingLever(
                "post",
                PostLever(self.posts, [p.id for p in self.post_specs]),
                *working_together,
            ),
            "leg": LegLever(self.legs),
            "place": PlaceLever(self.reception, self.arrivals_open, self.graph.places),
            "country": CountryLever(self.screening, tables),
            "border": BorderLever(tables),
            "investigation": InvestigationLever(self.investigations),
            "readmission": ReadmissionLever(
                None if self.readmission is None else self.readmission.tracks
            ),
            "agreement": AgreementLever(self.agreements, lambda: self.hour),
            "desk": desk_lever,
            "centre": CentreLever(self.offices, desk_lever, lambda: self.hour),
        }
        changes = [c for m in measures for c in m.changes()]
        postings = [p for m in measures for p in m.postings()]
        require_givers([p for m in active for p in m.postings()], self.rosters)
        staffed = with_officers(self.scenario, self.solved_officers)
        self.in_force = MeasuresInForce(
            [*self.agreements.changes(), *changes], postings,
            levers, self.rosters, self.clock, self.events.add, measures,
            lambda measure, beside: problems_of(staffed, measure, beside),
        )  # fmt: skip
        self.triggers = Triggers(
            active, self.observer, self.clock, self.in_force.add, self.events.add
        )
        self.operations = JointOperations(
            active, self.scenario.sectors, self.post_specs, self.rosters, self.clock,
            self.in_force.add, self.events.add, self.recorder,
            [] if self.other_crime is None else [place_of(s) for s in self.other_crime.specs],
        )  # fmt: skip

    def give_orders(self, hour: int) -> None:
        """Let measures begin whose condition is met this morning, and rounds of operations."""
        self.triggers.daily(hour)
        self.operations.daily(hour, self.in_force.measures)

    # What the tick asks for ----------------------------------------------------------------

    def open_desks(self, env: simpy.Environment) -> None:
        """Open the desks, those of the tactical grain as processes on SimPy's clock."""
        if self.offices is not None:
            self.offices.start(
                env, self.requests.answer, self.scenario.clock.requests, self.clock.window
            )

    def serve(self, hour: int, hours: int) -> None:
        """Let the desks work on what was asked, and move the posts' queues, over a window."""
        if self.offices is not None:
            self.requests.send()
            self.offices.serve(hour + hours)
        self.duty.move_queues(hour, hours)

    # Measures, rosters and the clock -------------------------------------------------------

    def turn_measures(self, hour: int) -> None:
        """Begin and end the measures now due; plan and solve anew what hangs on their changes."""
        self.hour = hour
        moving = self.in_force.next_turn_of(self.duty.moves_officers)
        changed = self.in_force.turn(hour)
        if not changed:
            return
        self.rosters.verify()
        if moving is not None and moving <= hour:
            self.drop_plans()
        self.plan_duty(hour)
        if changed & SEEN or self.switches.learning == "truth":
            self.values.solve(hour)

    def plan_duty(self, hour: int) -> None:
        """Plan the rosters from ``hour`` to the end of its day, and who searches where."""
        self.hour = hour
        self.duty.plan(hour)

    def drop_plans(self) -> None:
        """Drop what was planned of rosters and of the posts' queues: a measure has changed them."""
        self.duty.drop()

    def narrow(self, clock: Clock) -> None:
        """Go on by a clock with shorter windows."""
        self.clock = self.duty.clock = clock
        self.drop_plans()

    def settle_other_crime(self, hour: int, hours: int) -> None:
        """Let the consignments of a window meet the officers on duty."""
        if self.other_crime is not None and self.other_crime.next_at < hour + hours:
            self.other_crime.settle(hour, hours, self.duty.at_posts)

    def _values(self) -> RouteValues:
        return RouteValues(
            self.scenario, self.clock, self.legs, self.places, self.sectors, self.posts,
            self.hazards, self.awareness, self.beliefs, self.networks, self.choice, self.plan_duty,
        )  # fmt: skip

    # Learning and records ------------------------------------------------------------------

    def learn_daily(self) -> None:
        """Spread a day's news: awareness of routes and reports on legs."""
        rows = self.books.tally[[MOVING, WAITING, QUEUED, HELD, CASE, RECEPTION], 0]
        self.awareness.daily(self.passage.attempts.take_passages(), float(rows.sum()))
        self.beliefs.daily()

    def learn_weekly(self, week: int) -> None:
        """Let the networks move capacity and prices, and record what is known."""
        if self.networks.ids:
            self.recorder.add("networks", **self.networks.weekly(week, self.draws))
        self._record_knowledge(week)

    def _record_knowledge(self, week: int) -> None:
        stopped, passed = self.beliefs.take_reports()
        routes, legs = self._subjects
        if self.routes:
            self.recorder.add(
                "knowledge", week=week, subject=routes, value=self.awareness.value.copy(),
                truth=np.nan,
            )  # fmt: skip
        watched = self.legs.controlled.nonzero()[0]
        believed = self.beliefs.stopped().mean(axis=0)[watched, 0]
        with np.errstate(invalid="ignore", divide="ignore"):
            truth = stopped[watched] / (stopped + passed)[watched]
        self.recorder.add(
            "knowledge", week=week, subject=legs[watched], value=believed, truth=truth,
        )  # fmt: skip

    def close_day(self, day: int, end: int, month: int) -> None:
        """Close a day's books: logs, control tables, nights without a place, exposure."""
        self.daybook.close_day(self.passage.log.take(), self.waits.take_stays())
        patrolled = self.sectors.daily(end)
        self._sector_days.put(day, patrolled)
        controlled = None
        if self.posts is not None:
            controlled = self.posts.daily()
            self._post_days.put(day, controlled)
        seized = None
        if self.other_crime is not None:
            seized = self.other_crime.found.copy()
            self.other_crime.close_day(day)
        self.operations.close_day(day, patrolled, controlled, seized)
        nights = self.reception.nights_without(self.books.waiting)
        self.ledger.add_nights(self.place_country, nights, month)
        self.passage.write_exposure()
        if day % WEEK_DAYS == 0:
            self.ledger.count()
        self.learning.close_day(end, self.rosters.visits, self.duty.visiting_until(end))
        if self.centre_books is not None:
            self.centre_books.close_day(day, end)

    def write_tables(self) -> None:
        """Write what is kept to the end: events, days, journeys, observed series, the ledger."""
        self.events.write()
        self.daybook.write()
        self._sector_days.write()
        if self.posts is not None:
            self._post_days.write()
        self.screenlines.write(self.recorder)
        self.journeys.write(self.recorder, self.parties())
        self.observer.write()
        self.operations.write()
        if self.other_crime is not None:
            self.other_crime.write()
        if self.readmission is not None:
            self.readmission.write(self.recorder)
        if self.centre_books is not None:
            self.centre_books.write()
        self.ledger.write()

    def parties(self) -> Parties:
        """Return the columns that journeys are written from."""
        c = self.crowd
        return Parties(
            key=c.key, root=c.root, profile=c.profile, persons=c.persons, minors=c.minors,
            stock=c.stock, entry=c.entry, entered=c.entered, attempts=c.attempts, spent=c.spent,
            place=c.node, state=c.state, ended=c.ended,
            profiles=tuple(p.id for p in self.scenario.profiles), places=self.graph.places,
            states=STATES,
        )  # fmt: skip
