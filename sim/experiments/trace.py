"""The trace of one simulated party: a recorded run made again, its parts listened to.

A run is a pure function of its scenario and seed, so that nothing needs to be kept for this. A
trace hears what the parts of a world answer (``listen``); it never answers itself and draws
nothing, and a run without a trace has no call more. A party is a row of a simulation, nobody's
record: outcomes are read in aggregate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.control.aftermath import ASYLUM as TO_ASYLUM, BACK, GAVE_UP as TO_GAVE_UP, RELEASED
from sim.control.inspection import (
    CLAIMED,
    INTERCEPTED as FOUND_HIDDEN,
    PASSED as POST_PASSED,
    REFUSED as POST_REFUSED,
)
from sim.control.posts import Met
from sim.control.race import OUTCOMES
from sim.errors import ModelError
from sim.experiments.ensembles import replicate_seed
from sim.kernels.alerts import Lists, named
from sim.kernels.posts import NOBODY
from sim.model import BorderModel
from sim.movement.batch import Batch
from sim.movement.choice import FAILURE_BANDS, FUNDS_BANDS, STAY, Choices
from sim.movement.crowd import (
    ALONE,
    ARRIVED,
    ASYLUM,
    HELD,
    MOVING,
    NEVER,
    QUEUED,
    RECEPTION,
    STATES,
    WAITING,
    Crowd,
    Rows,
)
from sim.movement.standing import Standing
from sim.protection.hazards import Struck
from sim.records.run_reader import RunFolder
from sim.scenario.drawing import drawn
from sim.scenario.loading import from_text
from sim.scenario.specs.control import USES

U64 = NDArray[np.uint64]
Array = NDArray[Any]

_FUNDS = ("low", "middle", "high")
_FATES = {BACK: "sent back", RELEASED: "released", TO_GAVE_UP: "gives up", TO_ASYLUM: "asylum"}
_AT_POST = {
    POST_PASSED: "passed",
    FOUND_HIDDEN: "found",
    POST_REFUSED: "refused",
    CLAIMED: "claimed asylum",
}


@dataclass(frozen=True)
class Event:
    """Something that happened to a party.

    Attributes:
        hour: Hours since the run's start.
        time: The same in local civil time.
        party: Key of the party.
        kind: What kind of event, one word.
        text: What happened, in words.
        facts: The numbers behind it; money in EUR per person, shares and chances 0 to 1.
    """

    hour: int
    time: str
    party: int
    kind: str
    text: str
    facts: dict[str, Any]


@dataclass
class Story:
    """A party's story.

    Attributes:
        key: Key of the party it begins with.
        events: In order of time; those of parties split from it among them.
        ends: Last state and place of each party of the story, by key.
    """

    key: int
    events: list[Event] = field(default_factory=list)
    ends: dict[int, dict[str, Any]] = field(default_factory=dict)


def made_again(run: RunFolder) -> BorderModel:
    """Return the model of a recorded run (of an ensemble's replicate 0), nothing run yet.

    Raises:
        ModelError: It is the world of an exercise, which players changed on the way.
    """
    if "exercise" in run.manifest:
        raise ModelError(
            f"{run.path} is the world of the exercise {run.manifest['exercise']}, which players "
            "changed as it went: `crossborder exercise replay` plays the session again"
        )
    scenario, seed = from_text(run.scenario), int(run.manifest["seed"])
    if run.replicates > 1:
        scenario, seed = drawn(scenario, seed, 0), replicate_seed(seed, 0)
    grain: Literal["day", "hour"] = "hour" if run.manifest["grain"] == "hour" else "day"
    return BorderModel(scenario, seed, grain=grain)


def listen(
    part: object,
    method: str,
    after: Callable[..., None] | None = None,
    before: Callable[..., None] | None = None,
) -> None:
    """Let a trace hear every call of a part's method, whoever makes it.

    Args:
        part: One part of one world; other worlds are not touched.
        method: Its public method.
        after: Called with the answer and the arguments.
        before: Called with the arguments before the part answers.
    """
    answer_of = getattr(part, method)

    def heard(*given: Any, **named: Any) -> Any:
        if before is not None:
            before(*given, **named)
        answer = answer_of(*given, **named)
        if after is not None:
            after(answer, *given, **named)
        return answer

    setattr(part, method, heard)


class PartyTrace:
    """Hears what happens to one party and to those split from it.

    Args:
        model: A model before its first hour.
        row: Row of the party.
    """

    def __init__(self, model: BorderModel, row: int) -> None:
        self._world = model.world
        self._crowd = model.world.crowd
        self._rows = [row]
        self._key = int(self._crowd.key[row])
        self._events: list[Event] = []
        self._waiting: dict[int, str] = {}
        self._under_way: dict[int, tuple[int, int, int, float]] = {}
        self._purse: dict[int, tuple[float, int]] = {}
        self._choosing: dict[int, tuple[float, int]] = {}
        self._attend()

    @property
    def over(self) -> bool:
        """Whether nothing more can happen to the party and those split from it."""
        return bool((self._crowd.due[self._rows] == NEVER).all())

    def story(self) -> Story:
        """Return what was heard so far."""
        crowd, places = self._crowd, self._world.graph.places
        ends = {
            int(crowd.key[row]): {
                "persons": int(crowd.persons[row]),
                "attempts": int(crowd.attempts[row]),
                "place": places[crowd.node[row]],
                "state": STATES[crowd.state[row]] if crowd.state[row] < len(STATES) else "not_yet",
                "spent": round(float(crowd.spent[row]), 2),
                "funds": round(float(crowd.funds[row]), 2),
            }
            for row in self._rows
        }
        events = sorted(self._events, key=lambda e: e.hour)
        return Story(self._key, events, ends)

    def _attend(self) -> None:
        world = self._world
        listen(world.books, "enter", self._enters)
        listen(world.passage, "resolve", self._resolved, before=self._resolves)
        listen(world.sectors, "meet", self._meets)
        if world.posts is not None:
            listen(world.posts, "meet", self._inspected)
        if world.hazards is not None:
            listen(world.hazards, "strike", self._struck)
        listen(world.screening, "screen", self._screened)
        listen(world.passage.aftermath, "dispose", self._disposed)
        listen(world.crowd, "split", self._splits)
        listen(world.choice, "choose", self._chooses)
        listen(world.networks, "allocate", self._allocated)
        listen(world.departure, "choose", before=self._before_choice)
        self._attend_waits()

    def _attend_waits(self) -> None:
        waits = self._world.waits
        listen(waits, "end", self._wait_ended, before=self._wait_ends)
        listen(waits, "begin", self._begins)
        listen(waits, "begin_review", self._reviews)
        for method, words in (
            ("begin_asylum", "is in the asylum procedure"),
            ("begin_reception", "is in care"),
            ("begin_held", "is held"),
            ("begin_case", "waits in a case of readmission"),
            ("begin_queue", "stands in the queue"),
        ):
            listen(waits, method, self._turns_to(words))
        listen(waits, "finish", self._finishes)
        listen(waits, "flush", self._flushed)

    # Who and when ---------------------------------------------------------------------------

    def _by_row(self, rows: Rows) -> Iterator[tuple[int, int]]:
        """Yield (row, position) of the party's rows among ``rows``."""
        for row in self._rows:
            for position in np.flatnonzero(rows == row):
                yield row, int(position)

    def _by_base(self, base: U64) -> Iterator[tuple[int, int]]:
        """Yield (row, position) of the party's present events among event bases."""
        crowd, rows = self._crowd, np.array(self._rows)
        own = self._world.draws.event_base(crowd.key[rows], crowd.moves[rows])
        for row, mine in zip(self._rows, own, strict=True):
            for position in np.flatnonzero(base == mine):
                yield row, int(position)

    def _tell(self, row: int, kind: str, text: str, hour: int | None = None, **facts: Any) -> None:
        crowd = self._crowd
        at = int(crowd.due[row]) if hour is None else hour
        money = {"funds": round(float(crowd.funds[row]), 2),
                 "spent": round(float(crowd.spent[row]), 2)}  # fmt: skip
        time = self._world.clock.local(at).strftime("%Y-%m-%d %H:%M")
        self._events.append(Event(at, time, int(crowd.key[row]), kind, text, {**facts, **money}))

    def _place(self, row: int) -> str:
        return str(self._world.graph.places[self._crowd.node[row]])

    def _leg(self, leg: int) -> str:
        return str(self._world.graph.legs[leg])

    def _seller(self, offer: int) -> str:
        networks = self._world.networks
        return "alone" if offer == ALONE else str(networks.ids[networks.network[offer]])

    # Arrival and the end of a leg -----------------------------------------------------------

    def _enters(self, _: None, rows: Rows) -> None:
        crowd = self._crowd
        for row, _position in self._by_row(rows):
            persons, minors = int(crowd.persons[row]), int(crowd.minors[row])
            profile = self._world.scenario.profiles[crowd.profile[row]].id
            how = "is at" if crowd.stock[row] else "enters at"
            self._tell(
                row, "enters",
                f"a party of {persons} ({minors} children), profile {profile}, {how} "
                f"{self._place(row)} with EUR {crowd.funds[row]:.0f} a person",
                place=self._place(row), persons=persons, minors=minors, profile=profile,
                stock=bool(crowd.stock[row]), failures=int(crowd.failures[row]),
            )  # fmt: skip

    def _resolves(self, rows: Rows, hour: int, season: float) -> None:
        crowd = self._crowd
        for row, _ in self._by_row(rows):
            if crowd.state[row] in (MOVING, QUEUED, HELD):
                self._under_way[row] = (
                    int(crowd.leg[row]), int(crowd.offer[row]), int(crowd.due[row]),
                    float(crowd.spent[row]),
                )  # fmt: skip

    def _resolved(self, free: Batch, rows: Rows, hour: int, season: float) -> None:
        standing = self._world.waits.standing
        self._begins(None, standing.staying.part(0, standing.number_staying), standing.mean)
        for row, _ in self._by_row(rows):
            self._reach(row)
            self._under_way.pop(row, None)

    def _reach(self, row: int) -> None:
        """Tell once that a leg led to its end, and what a network was paid for it."""
        if row not in self._under_way:
            return
        leg, offer, hour, spent = self._under_way[row]
        crowd, world = self._crowd, self._world
        if crowd.node[row] != world.graph.head[leg]:
            return
        del self._under_way[row]
        fee = round(float(crowd.spent[row]) - spent, 2)
        paid = f" and pays {self._seller(offer)} EUR {fee:.0f} a person" if fee > 0 else ""
        self._tell(row, "reaches", f"reaches {self._place(row)} by {self._leg(leg)}{paid}", hour,
                   place=self._place(row), leg=self._leg(leg), fee=fee)  # fmt: skip

    def _meets(
        self, outcome: Array, sector: Array, end: Array, stay: Array, persons: Array, base: U64,
        *_: Any, **__: Any,
    ) -> None:  # fmt: skip
        sectors = self._world.sectors
        for row, i in self._by_base(base):
            one = slice(i, i + 1)
            coverage = float(sectors.coverage_of(sector[one], end[one], stay[one])[0])
            seen = 1.0 - float(np.exp(-coverage))
            name, what = sectors.ids[sector[i]], OUTCOMES[outcome[i]].replace("_", " ")
            self._tell(
                row, "encounter",
                f"crosses sector {name} in {stay[i]:.1f} h, coverage {coverage:.3f} (chance of "
                f"being detected {seen:.2f}): {what}",
                sector=name, stay_hours=float(stay[i]), coverage=coverage, detected=seen,
                outcome=OUTCOMES[outcome[i]],
            )  # fmt: skip

    def _inspected(
        self, met: Met, rows: Rows, leg: Array, due: Array, base: U64, persons: Array,
        reaching: int, hour: int, crowd: Array, ways: Array, alerts: Lists, *_: Any,
    ) -> None:  # fmt: skip
        posts = self._world.posts
        assert posts is not None
        for row, i in self._by_row(rows):
            if met.outcome[i] == NOBODY:
                continue
            at, use, country = ways[leg[i]]
            chance = float(posts.inspection.found_share(at[None], use[None])[0])
            party = crowd[row]
            is_named = bool(alerts[-1].size) and named(
                use, party["offer"], party["key"], base[i], due[i], country, *alerts
            )
            post = int(posts.post_of[at])
            name, what = self._world.post_specs[post].id, _AT_POST[int(met.outcome[i])]
            referred = (
                "named by an alert and referred"
                if is_named
                else (f"chance of being found {chance:.2f}")
            )
            self._tell(
                row, "post",
                f"is at the counter of post {name} ({USES[use]}; {referred}): {what}",
                post=name, use=USES[use], found=chance, alert=is_named, outcome=what,
            )  # fmt: skip

    def _struck(self, struck: Struck, leg: Array, *given: Any) -> None:
        base: U64 = given[3]
        for row, i in self._by_base(base[struck.which]):
            deaths, injuries = int(struck.deaths[i]), int(struck.injuries[i])
            name = self._leg(leg[struck.which[i]])
            self._tell(row, "hazard", f"on {name} {deaths} die and {injuries} are injured",
                       leg=name, deaths=deaths, injuries=injuries)  # fmt: skip

    def _screened(self, _: None, stops: Array, base: U64, *__: Any) -> None:
        for row, i in self._by_base(base):
            stop = stops[i]
            facts = {
                "country": self._world.countries[stop["country"]],
                "interviews": int(stop["interviews"]),
                "wishes_asylum": bool(stop["wish"]),
                "claim_made": bool(stop["claim_made"]),
                "claim_registered": bool(stop["claim_registered"]),
                "identified": bool(stop["identified"]),
                "children_referred": int(stop["referred"]),
            }
            said = [
                words
                for name, words in (
                    ("wishes_asylum", "wishes to claim asylum"),
                    ("claim_made", "the claim is made"),
                    ("claim_registered", "the claim is registered in time"),
                    ("identified", "a victim of trafficking is identified"),
                    ("children_referred", "unaccompanied children are referred"),
                )
                if facts[name]
            ]
            self._tell(row, "screened",
                       f"is screened by {facts['country']} in {facts['interviews']} interviews: "
                       f"{', '.join(said) or 'nothing is found or claimed'}", **facts)  # fmt: skip

    def _disposed(self, fate: Array, leg: Array, base: U64, *_: Any) -> None:
        for row, i in self._by_base(base):
            what = _FATES[int(fate[i])]
            self._tell(row, "after the stop", f"holding ends: {what}", outcome=what)

    def _splits(self, new: Rows, parents: Rows, leaving: Array) -> None:
        for row, i in list(self._by_row(parents)):
            child, persons = int(new[i]), int(leaving[0, i])
            self._rows.append(child)
            key = int(self._crowd.key[child])
            self._tell(row, "split", f"{persons} persons go on as party {key}", persons=persons,
                       new_party=key)  # fmt: skip

    # Choice ---------------------------------------------------------------------------------

    def _before_choice(self, parties: Batch) -> None:
        for row, i in self._by_row(parties.rows):
            self._choosing[row] = float(self._crowd.spent[row]), int(parties.hour[i])

    def _chooses(
        self, made: Choices, crowd: Crowd, rows: Rows, base: U64, low: float, high: float,
        price: Array,
    ) -> None:  # fmt: skip
        self._chooses_leg(made, base)
        self._chooses_service(made, base, price)

    def _chooses_leg(self, made: Choices, base: U64) -> None:
        world, node = self._world, made.node
        for row, i in self._by_base(base):
            leg, class_ = made.leg[i], int(made.class_[i])
            shares = world.choice.leg_shares(class_)
            out = world.graph.out_legs[node[i]]
            had = {self._leg(other): float(shares[other]) for other in out[out >= 0]}
            had["stay"] = max(0.0, 1.0 - sum(had.values()))
            took = "stay" if leg == STAY else self._leg(leg)
            named = self._class(class_)
            self._tell(
                row, "chooses",
                f"at {world.graph.places[node[i]]} takes {took} ({_shown(had)}; class "
                f"{named['profile']}, {named['funds']} funds, {named['failures']} failures)",
                place=world.graph.places[node[i]], took=took, shares=had, decision_class=named,
            )  # fmt: skip

    def _class(self, class_: int) -> dict[str, str]:
        profile, rest = divmod(class_, FUNDS_BANDS * FAILURE_BANDS)
        funds, failures = divmod(rest, FAILURE_BANDS)
        return {
            "profile": self._world.scenario.profiles[profile].id,
            "funds": _FUNDS[funds],
            "failures": f"{failures}+" if failures == FAILURE_BANDS - 1 else str(failures),
        }

    def _chooses_service(self, made: Choices, base: U64, price: Array) -> None:
        class_, leg, funds = made.class_, made.leg, made.funds
        for row, i in self._by_base(base):
            shares = self._world.choice.service_shares(int(class_[i]), int(leg[i]))
            if len(shares) < 2:
                continue
            had = {o: s for o, s in shares.items() if o == ALONE or price[o] <= funds[i]}
            total = sum(had.values()) or 1.0
            could = {self._seller(o): s / total for o, s in had.items()}
            dear = {self._seller(o): float(price[o]) for o in shares.keys() - had.keys()}
            took = self._seller(int(made.offer[i]))
            cannot = f"; cannot pay {', '.join(dear)}" if dear else ""
            self._tell(
                row, "service",
                f"goes {took if took == 'alone' else 'with ' + took} ({_shown(could)}{cannot})",
                leg=self._leg(leg[i]), took=took, shares=could, too_dear=dear,
                prices={self._seller(o): float(price[o]) for o in shares if o != ALONE},
            )  # fmt: skip

    def _allocated(self, won: Array, offer: Array, persons: Array, base: U64) -> None:
        for row, i in self._by_base(base):
            if not won[i]:
                seller = self._seller(int(offer[i]))
                self._tell(row, "turned away", f"{seller} has no capacity left", network=seller)
                self._waiting[row] = "is told to come back"

    def _set_out(self) -> None:
        crowd, legs = self._crowd, self._world.legs
        for row, (spent, hour) in self._choosing.items():
            if crowd.state[row] != MOVING or crowd.begun[row] != hour:
                continue
            leg = legs.specs[crowd.leg[row]]
            fare = round(float(crowd.spent[row]) - spent, 2)
            seller = self._seller(int(crowd.offer[row]))
            hours = int(crowd.due[row]) - hour
            how = "alone" if seller == "alone" else f"with {seller}"
            self._tell(
                row, "sets out",
                f"sets out on {leg.id} to {leg.head} by {leg.mode}, {how}: {hours} h, fare EUR "
                f"{fare:.0f} a person",
                hour, leg=leg.id, to=leg.head, mode=leg.mode, network=seller, fare=fare,
                hours=hours,
            )  # fmt: skip
        self._choosing.clear()

    # Waits ----------------------------------------------------------------------------------

    def _wait_ends(self, rows: Rows, *_: Any) -> None:
        for row, _position in self._by_row(rows):
            self._purse[row] = float(self._crowd.funds[row]), int(self._crowd.begun[row])

    def _wait_ended(
        self, _: None, rows: Rows, states: Array, season: float, standing: Standing
    ) -> None:
        living = np.float32(self._world.parameters["living_cost"] / 24.0)
        free = standing.free()
        for row, i in self._by_row(rows):
            funds, begun = self._purse.pop(row)
            waited, state = int(self._crowd.due[row]) - begun, states[i]
            cost = min(float(waited * living), funds) if state == WAITING else 0.0
            if state == RECEPTION:
                self._tell(row, "leaves", f"leaves its bed at {self._place(row)} after {waited} h",
                           place=self._place(row), hours=waited)  # fmt: skip
            elif state == WAITING and cost > 0:
                self._tell(row, "money", f"has lived on EUR {cost:.0f} a person for {waited} h",
                           cost=round(cost, 2), hours=waited)  # fmt: skip
            if row in free.rows:
                continue
            if state == ASYLUM:
                self._tell(row, "asylum", "stays: the procedure does not end in moving on")
            elif funds - cost <= 0:
                self._tell(row, "broke", "is out of money: sends for more or gives up")
            else:
                self._tell(row, "season", f"puts its departure off (the season lets "
                           f"{season:.2f} of departures through)", let_through=season)  # fmt: skip

    def _begins(self, _: None, parties: Batch, mean_hours: Array) -> None:
        for row, i in self._by_row(parties.rows):
            self._waiting[row] = f"waits (mean {float(mean_hours[i]):.0f} h)"

    def _reviews(self, _: None, parties: Batch) -> None:
        for row, _position in self._by_row(parties.rows):
            if row in self._under_way and self._world.legs.post[self._under_way[row][0]] >= 0:
                self._tell(row, "post", f"finds the post closed and goes back to "
                           f"{self._place(row)}", outcome="closed")  # fmt: skip

    def _turns_to(self, words: str) -> Callable[..., None]:
        def note(_: None, parties: Batch | Rows, *__: Any) -> None:
            rows = parties.rows if isinstance(parties, Batch) else parties
            for row, _position in self._by_row(rows):
                self._waiting[row] = words

        return note

    def _finishes(self, _: None, rows: Rows, state: int, hour: Array) -> None:
        for row, i in self._by_row(rows):
            if state == ARRIVED:
                self._reach(row)
            words = STATES[state].replace("_", " ")
            self._tell(row, "ends", f"{words} at {self._place(row)}", int(hour[i]),
                       state=STATES[state], place=self._place(row))  # fmt: skip

    def _flushed(self, _: None) -> None:
        self._set_out()
        crowd = self._crowd
        for row, words in self._waiting.items():
            state, begun, due = STATES[crowd.state[row]], int(crowd.begun[row]), int(crowd.due[row])
            bed = " in a bed" if crowd.state[row] == RECEPTION else ""
            hours = None if due == NEVER else due - begun
            until = "without an end" if hours is None else f"for {hours} h"
            self._tell(row, "waits", f"{words}{bed} at {self._place(row)} {until}", begun,
                       place=self._place(row), state=state, hours=hours)  # fmt: skip
        self._waiting.clear()


def _shown(shares: dict[str, float]) -> str:
    """Return the alternatives by share, the largest first; those that round to 0 % left out."""
    ordered = sorted(shares.items(), key=lambda item: -item[1])
    return ", ".join(f"{name} {share:.0%}" for name, share in ordered if share >= 0.005)
