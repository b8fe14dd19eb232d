"""Other cross-border crime: what posts and patrols find besides (MODEL 13).

Stolen vehicles, drugs, firearms and cash are exogenous flows of consignments hidden in lawful
traffic, or carried past the posts. They are found by the same functions as people are: cue,
referral and hit at a post, search and race in a sector. What joint operations report as their
by-products are these finds; nothing multiplies them.

At a post a referred consignment is searched only if an officer who may open a load has the time:

    P(searched | referred) = min(1, s m / r)

with s such officers in the second line, m vehicles an hour each, and r vehicles referred an hour.
A find is reported to the neighbour; an answer in time that names vehicles puts those used before
on the list of the post's country for a while, and a listed vehicle is always searched first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.control.inspection import Inspection, best_hit, hit_curves
from sim.control.posts import Posts
from sim.control.race import INTERCEPTED
from sim.control.rosters import AtPosts
from sim.control.sectors import Sectors
from sim.cooperation.requests import CONTRABAND, NOWHERE, VEHICLE, Answers, Requests
from sim.kernels import contraband
from sim.kernels.contraband import FLOW, MET
from sim.randomness import U64, Draws, mix, salt, text_key
from sim.records.recorder import Recorder
from sim.scenario.specs.control import HitRate, Post, Sector
from sim.scenario.specs.other_crime import ContrabandFlow

F64 = NDArray[np.float64]
Index = NDArray[np.intp]

_DAY = 24
#: Days drawn at once.
_DAYS = 56
#: Draws of a consignment at a post, and of what one holds that is found.
_AT_POST = ("cue", "referral", "time", "search", "repeat")


_NOBODY_MET = np.empty(0, MET)
_NO_POSTS: F64 = np.empty(0)
_NOBODY: Index = np.empty(0, np.intp)


class _Days(NamedTuple):
    """Consignments of some days, in order of day and hour.

    Attributes:
        hour: First hour.
        opening: Hours of the posts and which of them are open; they stand for as long.
        cut: Where each day begins, and the last ends, shape ``(days + 1,)``.
        flow: Flow of each consignment.
        when: Hour it comes.
        base: Base of its draws.
        size: What one holds.
        met: Those that may be searched at a post, ascending, ``kernels.contraband.MET``.
    """

    hour: int
    opening: tuple[Any, ...]
    cut: Index
    flow: Index
    when: F64
    base: U64
    size: F64
    met: NDArray[Any]


class OtherCrime:
    """All flows as columns; a consignment is a draw of its flow and day, never an object.

    Args:
        specs: The flows.
        posts: The posts, None with posts switched off: nothing is found there.
        post_specs: Their rows, in the order of ``posts``.
        sectors: The sectors.
        sector_specs: Their rows, in the order of ``sectors``.
        hit_rates: Table of what a search finds.
        countries: Index by country code.
        borders: Index by border.
        requests: Where finds are reported.
        draws: The run's draws.
        recorder: Where table ``seizures`` goes.

    Attributes:
        tried: Consignments that came since the start, shape ``(flows,)``.
        found: Consignments found since the start.
        quantity: What they held, in the unit of the goods.
        next_at: Hour at which the next consignment of the day comes, infinite for none.
    """

    def __init__(
        self,
        specs: Sequence[ContrabandFlow],
        posts: Posts | None,
        post_specs: Sequence[Post],
        sectors: Sectors,
        sector_specs: Sequence[Sector],
        hit_rates: Sequence[HitRate],
        countries: Mapping[str, int],
        borders: Mapping[str, int],
        requests: Requests,
        draws: Draws,
        recorder: Recorder,
    ) -> None:
        self.specs = tuple(s for s in specs if s.sector or posts is not None)
        self._posts, self._sectors = posts, sectors
        self._requests, self._draws, self._recorder = requests, draws, recorder
        self._curves = hit_curves(hit_rates)
        #: Version of the posts' inspection that the chances of a find are those of.
        self._searched_by = 0
        self._take_columns(post_specs, sector_specs, countries, borders)
        self._key: U64 = np.array([text_key("contraband " + s.id) for s in self.specs], np.uint64)
        self._salts_at_post: U64 = np.array(
            [[salt("contraband " + name)] for name in _AT_POST], np.uint64
        )
        self._salt_size = salt("contraband size")
        self._salt_asked = np.uint64(salt("contraband asked"))
        self._count, self._hour_of_day = salt("contraband count"), salt("contraband hour")
        self._asked: dict[int, int] = {}
        self._days: list[int] = []
        self._so_far: list[tuple[NDArray[np.int64], NDArray[np.int64], F64]] = []
        self._planned = _Days(
            0, (), np.zeros(1, np.intp), _NOBODY, np.empty(0), np.empty(0, np.uint64), np.empty(0),
            _NOBODY_MET,
        )  # fmt: skip
        self._next, self._end, self._next_met = 0, 0, 0
        self.next_at = np.inf
        #: Room for positions of those found in a window, and of those carried through a sector.
        self._found = self._carried = _NOBODY

    def _take_columns(
        self,
        post_specs: Sequence[Post],
        sector_specs: Sequence[Sector],
        countries: Mapping[str, int],
        borders: Mapping[str, int],
    ) -> None:
        post_of = {p.id: i for i, p in enumerate(post_specs)}
        self._flows = flows = np.zeros(len(self.specs), FLOW)
        self._post, self._hit = flows["post"], flows["hit"]
        self._minutes, self._watched = flows["minutes"], flows["watched"]
        self.tried, self.found, self.quantity = flows["tried"], flows["found"], flows["quantity"]
        self._post[:] = [post_of.get(s.post or "", NOWHERE) for s in self.specs]
        self._minutes[:], self._watched[:] = 1.0, -np.inf
        self._sector = np.array(
            [NOWHERE if s.sector is None else self._sectors.index[s.sector] for s in self.specs],
            np.intp,
        )
        sector_of = {s.id: s for s in sector_specs}
        self._row: Index = np.full(len(self.specs), NOWHERE, np.intp)
        self._demand: F64 = np.ones(len(self.specs))
        flows["partner"], flows["border"] = NOWHERE, NOWHERE
        for i, spec in enumerate(self.specs):
            place = post_specs[post_of[spec.post]] if spec.post else sector_of[str(spec.sector)]
            flows["asking"][i] = countries[place.country]
            if place.border is not None:
                other = next(c for c in place.border.split("-") if c != place.country)
                flows["partner"][i] = countries.get(other, NOWHERE)
                flows["border"][i] = borders.get(place.border, NOWHERE)
            if spec.post and self._posts is not None:
                self._row[i] = self._posts.row(spec.post, spec.stream)
                stream = next(s for s in place.streams if s.id == spec.stream)  # type: ignore[union-attr]
                self._minutes[i] = stream.second_line.value
                self._demand[i] = stream.demand.value / _DAY
        self._cue = np.array([s.cue_share.value for s in self.specs])
        self._referral = np.array(
            [(p.referral_plain.value, p.referral_cued.value) for p in post_specs]
        ).reshape(-1, 2)
        self._sent = np.array([s.second_line_share.value for p in post_specs for s in p.streams])
        flows["kind"] = [VEHICLE if s.goods == "stolen_vehicle" else CONTRABAND for s in self.specs]
        flows["asked"] = self._requests.asked[flows["kind"]]
        # Stations of the rosters: sectors, then posts.
        flows["station"] = np.where(self._post < 0, self._sector, self._post + len(sector_specs))
        self._daily = np.array([s.consignments.value for s in self.specs])
        self._size = np.array([s.size.value for s in self.specs])
        self._varies = np.array([s.goods != "stolen_vehicle" for s in self.specs])
        self._repeat = np.array([s.repeat_share.value for s in self.specs])
        self._watch = np.array([s.watch.value * _DAY for s in self.specs])
        self._stay = np.array([s.stay.value for s in self.specs])

    # A day ---------------------------------------------------------------------------------

    def open_day(self, hour: int, left: int) -> None:
        """Turn to a day's consignments: how many of each flow, when each comes, who is looked at.

        Some days are drawn at once, for as long as the posts keep their hours.

        Args:
            hour: First hour of the day.
            left: Hours left of the run.
        """
        posts, planned = self._posts, self._planned
        opening = () if posts is None else (*posts.hours, posts.open.tobytes())
        day = (hour - planned.hour) // _DAY
        if not 0 <= day < len(planned.cut) - 1 or opening != planned.opening:
            hours = min(_DAYS * _DAY, left // _DAY * _DAY) or left
            planned, day = self._draw(hour, hours, opening), 0
            self._planned = planned
        self._next, self._end = planned.cut[day : day + 2].tolist()
        self._next_met = int(planned.met["position"].searchsorted(self._next))
        self.next_at = np.inf
        if self._next < self._end:
            self.next_at = float(planned.when[self._next])
            self._found, self._carried = np.empty((2, self._end - self._next), np.intp)

    def _draw(self, hour: int, hours: int, opening: tuple[Any, ...]) -> _Days:
        """Draw the consignments of whole days (or of one that the run's end cuts short)."""
        count = max(hours // _DAY, 1)
        length = hours // count
        flows, days = len(self.specs), hour // _DAY + np.arange(count)
        weights = self._weights(hour, hours).reshape(flows, count, length)
        key, number = np.repeat(self._key, count), np.tile(days, flows)
        base = self._draws.event_base(key, number)
        mean = weights.sum(axis=2).ravel()
        coming = poisson(mean, self._draws.uniform(base, self._count))
        cell = np.repeat(np.arange(flows * count), coming)
        flow, day = np.divmod(cell, count)
        number = np.arange(len(cell)) - np.repeat(np.cumsum(coming) - coming, coming)
        base = self._draws.event_base(mix(base[cell]), number)
        reached = np.cumsum(weights, axis=2).reshape(-1, length)[cell]
        at = self._draws.uniform(base, self._hour_of_day) * reached[:, -1]
        whole = (reached <= at[:, None]).sum(axis=1)
        before = np.concatenate([np.zeros((len(cell), 1)), reached], axis=1)[
            np.arange(len(cell)), whole
        ]
        width = weights.reshape(-1, length)[cell, np.minimum(whole, length - 1)]
        part = np.where(width > 0, (at - before) / np.where(width > 0, width, 1), 0)
        when = hour + day * _DAY + whole + part
        order = np.lexsort((base, when, day))
        cut = day[order].searchsorted(np.arange(count + 1))
        flow, when, base = flow[order], when[order], base[order]
        u = self._draws.uniform(base, self._salt_size)
        size = self._size[flow] * np.where(self._varies[flow], -np.log1p(-u), 1.0)
        met = self._sort_out(flow, when, base)
        return _Days(hour, opening, cut, flow, when, base, size, met)

    def _sort_out(self, flow: Index, when: F64, base: U64) -> NDArray[Any]:
        """Return which consignments may be searched at a post, ``kernels.contraband.MET``."""
        post = self._post[flow]
        at_post = (post >= 0).nonzero()[0]
        if not at_post.size:
            return _NOBODY_MET
        mine, post = flow[at_post], post[at_post]
        u = dict(
            zip(_AT_POST, self._draws.uniform(base[at_post], self._salts_at_post), strict=True)
        )
        cued = (u["cue"] < self._cue[mine]).astype(np.intp)
        referred = u["referral"] < self._referral[post, cued]
        again = u["repeat"] < self._repeat[mine]
        met = (referred | again).nonzero()[0]
        found = np.empty(met.size, MET)
        found["position"], found["referred"], found["again"] = (
            at_post[met], referred[met], again[met]
        )  # fmt: skip
        found["time"], found["search"] = u["time"][met], u["search"][met]
        hour = when[at_post[met]].astype(np.intp)
        found["wanted"] = self._referred_vehicles(post[met], hour)
        return found

    def _referred_vehicles(self, post: Index, hour: Index) -> F64:
        """Return vehicles an hour referred at posts in whole hours."""
        posts = self._posts
        assert posts is not None
        rows = np.arange(len(posts.post_of))
        referred = posts.demand(rows[None, :], hour[:, None]) * self._sent
        return np.asarray((referred * (posts.post_of == post[:, None])).sum(axis=1))

    def _weights(self, hour: int, hours: int) -> F64:
        """Return expected consignments by flow and hour, shape (flows, hours)."""
        weights = np.repeat(self._daily[:, None] / _DAY, hours, axis=1)
        mine = (self._row >= 0).nonzero()[0]
        if mine.size and self._posts is not None:
            ahead = hour + np.arange(hours)[None, :]
            rate = self._posts.demand(self._row[mine, None], ahead)
            rate *= self._posts.opening(self._post[mine, None], ahead)
            mean = self._demand[mine, None]
            weights[mine] *= np.divide(rate, mean, out=np.zeros_like(rate), where=mean > 0)
        return weights

    def settle(self, hour: int, hours: int, officers: AtPosts) -> None:
        """Let the consignments of a window meet the officers there.

        Args:
            hour: First hour of the window.
            hours: Its length.
            officers: Who works at the posts.
        """
        days, posts = self._planned, self._posts
        share, first, lanes = _NO_POSTS, _NOBODY, _NO_POSTS
        if posts is not None:
            self._know_hits(posts.inspection)
            share, first, lanes = posts.booth_share, posts.first, posts.lanes
        found, carried = self._found, self._carried
        self._next, self._next_met, finds, carries, self.next_at = contraband.meet(
            self._next, self._end, self._next_met, hour + hours, days.flow, days.when, days.met,
            self._flows, *officers, share, first, lanes, found, carried,
        )  # fmt: skip
        if carries:
            by_patrol = self._patrol(days, carried[:carries], hour)
            if by_patrol.size:
                self._seize(days, np.sort(np.concatenate((found[:finds], by_patrol))))
                return
        if finds:
            self._seize(days, found[:finds])

    def _know_hits(self, inspection: Inspection) -> None:
        """Keep up with the chance that a search finds at their posts, by flow."""
        if inspection.version != self._searched_by:
            self._searched_by = inspection.version
            for flow in (self._post >= 0).nonzero()[0].tolist():
                post = self._post[flow]
                self._hit[flow] = best_hit(
                    self._curves, self.specs[flow].goods, inspection.methods[post],
                    float(self._minutes[flow]), bool(inspection.trained[post]),
                )  # fmt: skip

    def _patrol(self, days: _Days, which: Index, hour: int) -> Index:
        """Return positions of the consignments that a patrol of their sectors seizes."""
        flow, nobody = days.flow[which], np.zeros(which.size, np.uint8)
        outcome = self._sectors.encounter(
            self._sector[flow], days.when[which], self._stay[flow], nobody, days.base[which],
            hour, goods=True,
        )  # fmt: skip
        return np.asarray(which[outcome == INTERCEPTED])

    def _seize(self, days: _Days, which: Index) -> None:
        """Count consignments found, and ask those across the line."""
        book = self._requests.book
        first = book.make_room(which.size)
        book.size = contraband.seize(
            which, days.flow, days.when, days.base, days.size, self._flows, self._salt_asked,
            first, book.records,
        )  # fmt: skip
        flows = book.about[first : book.size].tolist()
        self._asked.update(zip(range(first, book.size), flows, strict=True))

    def on_answers(self, answers: Answers) -> None:
        """Put the vehicles that answers in time name on the list of the post's country."""
        if not self._asked:
            return
        for i, request in enumerate(answers.ids.tolist()):
            flow = self._asked.pop(request, None)
            answer = answers.records[i] if flow is not None else None
            if answer is not None and answer["in_time"] and answer["hit"]:
                until = answer["hour"] + self._watch[flow]
                self._watched[flow] = max(self._watched[flow], until)

    # Records -------------------------------------------------------------------------------

    def close_day(self, day: int) -> None:
        """Keep what came and what was found since the start, by flow."""
        self._days.append(day)
        self._so_far.append((self.tried.copy(), self.found.copy(), self.quantity.copy()))

    def write(self) -> None:
        """Write what came and what was found each day, by flow's goods and place."""
        if not self._days:
            return
        tried, found, quantity = (
            np.diff(np.stack(column), axis=0, prepend=0)
            for column in zip(*self._so_far, strict=True)
        )
        day, flow = tried.nonzero()
        if flow.size:
            names = [(s.id, s.goods, place_of(s)) for s in self.specs]
            ids, goods, places = (np.array(part, dtype=object) for part in zip(*names, strict=True))
            self._recorder.add(
                "seizures", day=np.array(self._days)[day], flow=ids[flow], goods=goods[flow],
                place=places[flow], tried=tried[day, flow], found=found[day, flow],
                quantity=quantity[day, flow],
            )  # fmt: skip

    def tally(self) -> dict[tuple[str, str], tuple[int, float]]:
        """Return consignments found and what they held since the start, by (place, goods)."""
        total: dict[tuple[str, str], tuple[int, float]] = {}
        for spec, found, held in zip(
            self.specs, self.found.tolist(), self.quantity.tolist(), strict=True
        ):
            one = (place_of(spec), spec.goods)
            before = total.get(one, (0, 0.0))
            total[one] = (before[0] + found, before[1] + held)
        return total


def place_of(spec: ContrabandFlow) -> str:
    """Return where a flow meets officers, ``post:ID`` or ``sector:ID``."""
    return f"post:{spec.post}" if spec.post else f"sector:{spec.sector}"


def poisson(mean: F64, u: F64) -> NDArray[np.int64]:
    """Return Poisson counts by inversion of uniforms, shape of ``mean``.

    >>> poisson(np.array([0.0, 2.0, 2.0]), np.array([0.99, 0.1, 0.9])).tolist()
    [0, 0, 4]
    """
    most = int(np.ceil(mean.max(initial=0.0) + 10.0 * np.sqrt(mean.max(initial=0.0)) + 10.0))
    k = np.arange(1, most + 1)
    ratio = mean[:, None] / k
    terms = np.exp(-mean)[:, None] * np.cumprod(
        np.concatenate([np.ones((len(mean), 1)), ratio], axis=1), axis=1
    )
    return np.asarray((u[:, None] >= np.cumsum(terms, axis=1)).sum(axis=1))
