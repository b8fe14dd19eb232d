"""Outcomes of a run, from its tables and by its dictionary (MODEL 16)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from sim.clock import Clock
from sim.kernels import journeys as kernels
from sim.randomness import F64
from sim.records.columns import codes as _codes, in_order_met
from sim.records.dictionary import OUTCOMES
from sim.records.journeys import READINGS
from sim.records.months import month_labels, month_of_day
from sim.records.recorder import Recorder
from sim.records.tables import TABLES
from sim.scenario.specs.control import Post, Sector
from sim.scenario.specs.geography import Place

_FINAL = ("arrived", "returned", "gave_up", "dead_or_missing")
_HOURS_A_WEEK = 168
_HOURS_A_DAY = 24
#: Journeys added up together: a million need little memory beside them.
_BLOCK = 1 << 16


def compute_outcomes(
    recorder: Recorder,
    clock: Clock,
    places: Sequence[Place] = (),
    sectors: Sequence[Sector] = (),
    posts: Sequence[Post] = (),
) -> None:
    """Add the ``outcomes`` table: every outcome of the dictionary, by subject and month.

    Reads the tables the recorder holds; called once, at the end of a run. An outcome whose
    table holds no row is one row ``all``, ``all`` with null, "not recorded".

    Args:
        recorder: The run's tables; ``outcomes`` is added.
        clock: The run's clock.
        places: Give flows their country; a place not given counts under ``all`` only.
        sectors: Give sectors their border, country and size of a patrol; without the size of
            a sector's patrols officer hours stay not recorded.
        posts: Give posts their border and country.
    """
    book = _Book(recorder, month_labels(clock))
    _screenlines(book)
    _flows(book, clock, places)
    _observed(book)
    _stocks(book)
    _journeys(book, clock)
    _sectors(book, clock, sectors)
    _posts(book, clock, posts)
    _seizures(book, clock, sectors, posts)
    _ledger(book)
    _networks(book, clock)
    _requests(book, clock)
    _desks(book, clock)
    _cases(book, clock)
    _investigations(book, clock)
    _operations(book, clock)
    book.write()


class _Columns(Mapping[str, NDArray[Any]]):
    """A table's columns, each made an array when it is asked for."""

    def __init__(self, recorder: Recorder, table: str) -> None:
        self._recorder, self._table = recorder, table

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self._recorder.column(self._table, name)

    def part(self, name: str, rows: slice) -> NDArray[Any]:
        """Return some rows of a column."""
        return self._recorder.column(self._table, name, rows)

    def __iter__(self) -> Iterator[str]:
        return (column.name for column in TABLES[self._table].columns)

    def __len__(self) -> int:
        return len(TABLES[self._table].columns)

    def codes(self, name: str, kind: DTypeLike = np.int32) -> tuple[NDArray[Any], list[str]]:
        """Return codes of a column's names in the order met, of some kind, and these names."""
        code, names = self._recorder.codes(self._table, name)
        return code.astype(kind, copy=False), names

    def where(self, name: str, value: str) -> NDArray[np.bool_]:
        """Return in which rows a column holds a name."""
        code, names = self.codes(name)
        return np.asarray(code == (names.index(value) if value in names else -1))

    def pairs(
        self, first: str, second: str, rows: NDArray[np.bool_] | slice = slice(None)
    ) -> tuple[NDArray[np.int32], list[tuple[str, str]]]:
        """Return codes of two columns' names together in some rows, or all; and these names.

        They stand in the order met.
        """
        (code, names), (other, others) = self.codes(first), self.codes(second)
        together = code[rows] * len(others) + other[rows]
        made, met = in_order_met(together, len(names) * len(others))
        return made, [(names[i // len(others)], others[i % len(others)]) for i in met]


class _Book:
    """Collects outcomes as matrices: a row a subject, a column a month, the last the whole run."""

    def __init__(self, recorder: Recorder, months: tuple[str, ...]) -> None:
        self.recorder = recorder
        self.months = months
        self._labels = np.array([*months, "all"], dtype=object)
        self._entered: list[tuple[str, NDArray[np.object_], F64]] = []

    def columns(self, table: str) -> _Columns | None:
        """Return a table's columns, None where it holds no row: not recorded."""
        return _Columns(self.recorder, table) if table in self.recorder.tables() else None

    def month_of(self, labels: NDArray[Any]) -> NDArray[np.intp]:
        """Return the month index of labels ``YYYY-MM``."""
        codes, names = _codes(labels)
        return np.array([self.months.index(n) for n in names], np.intp)[codes]

    def enter(self, outcome: str, subjects: Sequence[str], values: F64) -> None:
        """Enter an outcome's matrix, shape (subjects, months + 1)."""
        self._entered.append((outcome, np.array(subjects, dtype=object), values))

    def write(self) -> None:
        """Add all rows, and a null row for every outcome that was not entered."""
        done = {name for name, _, _ in self._entered}
        for name in OUTCOMES:
            if name not in done:
                self.recorder.add(
                    "outcomes", outcome=name, subject="all", month="all", value=np.nan
                )
        for name, subjects, values in self._entered:
            subject, month = (a.ravel() for a in np.indices(values.shape))
            self.recorder.add(
                "outcomes",
                outcome=name,
                subject=subjects[subject],
                month=self._labels[month],
                value=values.ravel(),
            )


class _Cells:
    """Rows of a table by subject and month, summed into matrices with totals.

    A row may belong to several subjects (a sector, its border, its country, all): ``members``
    maps each primary code to the subjects it is part of.

    Attributes:
        subjects: Names, ``all`` first unless left out.
    """

    def __init__(
        self,
        code: NDArray[Any],
        month: NDArray[np.intp],
        members: Sequence[Sequence[str]],
        months: int,
    ) -> None:
        self.subjects, self._part = _subjects_of(members)
        self._cell = (code * months + month).astype(np.int32)
        self._shape = (len(members), months)

    def sum(self, values: NDArray[Any]) -> F64:
        """Return sums, shape (subjects, months + 1); the last column is the whole run."""
        size = self._shape[0] * self._shape[1]
        base = np.bincount(self._cell, values.astype(np.float64), size).astype(np.float64)
        return _with_totals(self._part, base.reshape(self._shape))

    def quantiles(self, values: NDArray[Any], shares: Sequence[float]) -> list[F64]:
        """Return nearest-rank quantiles of the values that are recorded, NaN where none is."""
        months = self._shape[1]
        results = [np.full((len(self.subjects), months + 1), np.nan) for _ in shares]
        known = np.flatnonzero(~np.isnan(values))
        order = known[np.argsort(values[known], kind="stable")]
        sorted_, primary = values[order], self._cell[order] // months
        month = (self._cell[order] % months).astype(np.int16)
        for i, part in enumerate(self._part):
            mine = part[primary]
            chosen, when = sorted_[mine], month[mine]
            # Groups of months, each sorted by value as all of them are; then all as one.
            by_month = when.argsort(kind="stable")
            cuts = np.searchsorted(when[by_month], np.arange(months + 1)).tolist()
            groups = [chosen[by_month[a:b]] for a, b in pairwise(cuts)]
            for column, group in enumerate([*groups, chosen]):
                for share, result in zip(shares, results, strict=True):
                    if len(group):
                        result[i, column] = group[max(math.ceil(share * len(group)) - 1, 0)]
        return results

    def longest(self, values: NDArray[Any]) -> F64:
        """Return the largest of the values that are recorded, NaN where none is."""
        base = np.full(self._shape[0] * self._shape[1], -np.inf)
        known = ~np.isnan(values)
        np.maximum.at(base, self._cell[known], values[known])
        base = base.reshape(self._shape)
        each = np.stack([base[part].max(axis=0) for part in self._part])
        each = np.column_stack((each, each.max(axis=1)))
        return np.where(np.isneginf(each), np.nan, each)


def _subjects_of(members: Sequence[Sequence[str]]) -> tuple[list[str], NDArray[np.bool_]]:
    """Return the subjects, ``all`` first, and which codes are part of each, (subjects, codes)."""
    subjects = sorted({s for m in members for s in m}, key=lambda s: (s != "all", s))
    place = {s: i for i, s in enumerate(subjects)}
    part = np.zeros((len(subjects), len(members)), np.bool_)
    for i, names in enumerate(members):
        part[[place[s] for s in names], i] = True
    return subjects, part


def _with_totals(part: NDArray[np.bool_], base: F64) -> F64:
    """Return sums by subject, shape (subjects, months + 1), of sums by code, (codes, months).

    The last column is the whole run.
    """
    each = part.astype(np.float64) @ base
    return np.column_stack((each, each.sum(axis=1)))


def ratio(over: F64, under: F64) -> F64:
    """Return over / under, NaN where it is not defined (under is 0).

    >>> ratio(np.array([1.0, 0.0]), np.array([2.0, 0.0])).tolist()
    [0.5, nan]
    """
    result = np.full(np.broadcast_shapes(over.shape, under.shape), np.nan)
    np.divide(over, under, out=result, where=under != 0)
    return result


def _plain(kind: str, names: Iterable[str]) -> list[list[str]]:
    return [["all", f"{kind}:{name}"] for name in names]


def _screenlines(book: _Book) -> None:
    table = book.columns("screenlines")
    if table is None:
        return
    line, lines = table.codes("screenline")
    label, labels = table.codes("label")
    pair, first = np.unique(line * len(labels) + label, return_index=True)
    names = [(lines[line[i]], labels[label[i]]) for i in first]
    code = np.searchsorted(pair, line * len(labels) + label)
    members = [[f"screenline:{a}", f"screenline:{a}/{b}"] for a, b in names]
    cells = _Cells(code, book.month_of(table["month"]), members, len(book.months))
    persons = cells.sum(table["persons"])
    book.enter("first_crossings", cells.subjects, persons)
    book.enter("first_crossings_stock", cells.subjects, cells.sum(table["stock_persons"]))
    at = {s: i for i, s in enumerate(cells.subjects)}
    each = [s for s in cells.subjects if "/" in s]
    whole = [at[s.split("/")[0]] for s in each]
    shares = ratio(persons[[at[s] for s in each]], persons[whole])
    book.enter("route_share", each, shares)


def _flows(book: _Book, clock: Clock, places: Sequence[Place]) -> None:
    table = book.columns("flows")
    if table is None:
        return
    country = {p.id: p.country for p in places}
    code, tails = table.codes("tail")
    members = [["all", f"country:{country[t]}"] if t in country else ["all"] for t in tails]
    cells = _Cells(code, month_of_day(clock, table["day"]), members, len(book.months))
    book.enter("departures", cells.subjects, cells.sum(table["persons"]))


def _observed(book: _Book) -> None:
    table = book.columns("observed")
    if table is None:
        return
    code, series = table.codes("series")
    members = [[f"series:{s}"] for s in series]
    cells = _Cells(code, book.month_of(table["month"]), members, len(book.months))
    book.enter("persons_observed", cells.subjects, cells.sum(table["persons"]))


def _stocks(book: _Book) -> None:
    table = book.columns("stocks")
    if table is None:
        return
    code, countries = table.codes("country")
    month = book.month_of(table["month"])
    cells = _Cells(code, month, _plain("country", countries), len(book.months))
    seen = np.zeros(len(book.months), np.bool_)
    seen[month] = True

    def level(chosen: NDArray[np.bool_]) -> F64:
        persons = cells.sum(np.where(chosen, table["persons"], 0))[:, :-1]
        return np.where(seen, persons, np.nan)

    state = table["state"]
    under_way = ~np.isin(state, (*_FINAL, "asylum"))
    for outcome, chosen in (("waiting", under_way), ("in_asylum", state == "asylum")):
        ends = level(chosen)
        book.enter(outcome, cells.subjects, np.column_stack((ends, ends[:, -1])))
    for outcome in ("arrived", "gave_up", "returned"):
        ends = level(state == outcome)
        grown = np.diff(ends, axis=1, prepend=0.0)
        book.enter(outcome, cells.subjects, np.column_stack((grown, ends[:, -1])))


def _journeys(book: _Book, clock: Clock) -> None:
    table = book.columns("journeys")
    if table is None:
        return
    month = clock.calendar().month.astype(np.intp)
    code, names = table.codes("reading", np.uint8)
    reading = np.array([READINGS.index(n) for n in names], np.uint8)[code]
    exit_, exits = table.codes("place", np.int16)
    code, states = table.codes("state", np.uint8)
    arrived = (np.array(states) == "arrived")[code]
    columns: dict[str, Any] = {
        "stock": np.bool_, "persons": np.float64, "entered": np.int64, "attempts": np.float64,
        "spent": np.float64,
    }  # fmt: skip
    shape = (len(READINGS), len(book.months))
    read, people, tried, paid = np.zeros((4, *shape))
    by_exit = np.zeros((len(exits), len(book.months)))
    lasted = np.zeros((*shape, len(month) + 1))
    for begin in range(0, len(arrived), _BLOCK):
        rows = slice(begin, begin + _BLOCK)
        stock, persons, entered, attempts, spent = (
            table.part(name, rows).astype(kind) for name, kind in columns.items()
        )
        ended = np.where(arrived[rows], table.part("ended", rows), np.nan)
        kernels.add_up(
            reading[rows].astype(np.intp), stock, persons, entered, attempts, spent,
            exit_[rows].astype(np.intp), ended, month, read, by_exit, people, tried, paid, lasted,
        )  # fmt: skip
    subjects, part = _subjects_of([["all", f"reading:{r}"] for r in READINGS])
    read = _with_totals(part, read)
    book.enter("reading_share", subjects[1:], ratio(read[1:], read[:1]))
    used = np.flatnonzero(by_exit.sum(axis=1))
    if used.size:
        at_exit, own = _subjects_of([[f"place:{exits[e]}"] for e in used])
        book.enter("arrived_by_exit", at_exit, _with_totals(own, by_exit[used]))
    people, tried, paid = (_with_totals(part, base) for base in (people, tried, paid))
    book.enter("attempts_per_arrival", ["all"], ratio(tried[:1], people[:1]))
    book.enter("journey_money", subjects, ratio(paid, people))
    medians = [_medians(lasted[chosen].sum(axis=0)) for chosen in part]
    book.enter("journey_days", subjects, np.array(medians))


def _medians(persons: F64) -> F64:
    """Return the median days over persons by month, and over all of them last.

    Persons are by month and hours, shape (months, hours).
    """
    return np.array([_median(of) for of in (*persons, persons.sum(axis=0))])


def _median(persons: F64) -> float:
    """Return the median days over persons, of which there are so many by hours (NaN of none)."""
    hours = np.flatnonzero(persons)
    if not len(hours):
        return float("nan")
    total, days = np.cumsum(persons[hours]), hours / _HOURS_A_DAY
    half = total[-1] / 2
    low = np.searchsorted(total, half, "left")
    high = np.searchsorted(total, half, "right")
    return float((days[low] + days[min(high, len(days) - 1)]) / 2)


def _at_border(
    kind: str, rows: Mapping[str, Sector] | Mapping[str, Post], names: Sequence[str]
) -> list[list[str]]:
    members = []
    for name in names:
        subjects = ["all", f"{kind}:{name}"]
        if name in rows:
            row = rows[name]
            subjects += [f"border:{row.border}"] if row.border else []
            subjects.append(f"country:{row.country}")
        members.append(subjects)
    return members


def _sectors(book: _Book, clock: Clock, sectors: Sequence[Sector]) -> None:
    table = book.columns("sectors")
    if table is None:
        return
    rows = {s.id: s for s in sectors}
    code, names = table.codes("sector")
    members = _at_border("sector", rows, names)
    cells = _Cells(code, month_of_day(clock, table["day"]), members, len(book.months))
    tried, intercepted = cells.sum(table["tried"]), cells.sum(table["intercepted"])
    book.enter("attempts", cells.subjects, tried)
    book.enter("interceptions", cells.subjects, intercepted)
    book.enter("intercepted_share", cells.subjects, ratio(intercepted, tried))
    for outcome in ("aborted", "lost", "not_seen"):
        book.enter(outcome, cells.subjects, cells.sum(table[outcome]))
    book.enter("returned_outside_in_sector", cells.subjects, cells.sum(table["outside"]))
    book.enter("patrol_unit_hours", cells.subjects, cells.sum(table["unit_hours"]))
    if all(name in rows for name in names):
        size = np.array([rows[n].patrol_size.value for n in names])
        hours = cells.sum(table["unit_hours"] * size[code])
        book.enter("officer_hours_sectors", cells.subjects, hours)


def _posts(book: _Book, clock: Clock, posts: Sequence[Post]) -> None:
    table = book.columns("posts")
    if table is None:
        return
    code, names = table.codes("post")
    members = _at_border("post", {p.id: p for p in posts}, names)
    cells = _Cells(code, month_of_day(clock, table["day"]), members, len(book.months))
    tried, found = cells.sum(table["tried"]), cells.sum(table["found"])
    book.enter("interceptions_at_posts", cells.subjects, found)
    book.enter("found_share", cells.subjects, ratio(found, tried))
    wait = table["mean_wait"].astype(np.float64)
    timed = np.where(np.isnan(wait), 0.0, table["served"])
    waited = cells.sum(np.nan_to_num(wait) * timed)
    book.enter("lawful_wait", cells.subjects, ratio(waited, cells.sum(timed)))
    longest = cells.longest(table["max_wait"].astype(np.float64))
    book.enter("lawful_wait_longest", cells.subjects, longest)
    book.enter("lawful_served", cells.subjects, cells.sum(table["served"]))
    book.enter("false_alerts", cells.subjects, cells.sum(table["false_alerts"]))
    hours = cells.sum(table["on_duty"]) * _HOURS_A_DAY
    book.enter("officer_hours_posts", cells.subjects, hours)


def _seizures(book: _Book, clock: Clock, sectors: Sequence[Sector], posts: Sequence[Post]) -> None:
    table = book.columns("seizures")
    if table is None:
        return
    code, pairs = table.pairs("place", "goods")
    at: dict[str, Sector | Post] = {f"sector:{s.id}": s for s in sectors}
    at |= {f"post:{p.id}": p for p in posts}
    members = []
    for place, goods in pairs:
        row = at.get(place)
        names = ["all", place, f"goods:{goods}"]
        if row is not None:
            names += [f"border:{row.border}"] if row.border else []
            names.append(f"country:{row.country}")
        members.append(names)
    cells = _Cells(code, month_of_day(clock, table["day"]), members, len(book.months))
    tried, found = cells.sum(table["tried"]), cells.sum(table["found"])
    book.enter("consignments_found", cells.subjects, found)
    book.enter("consignments_found_share", cells.subjects, ratio(found, tried))


def _ledger(book: _Book) -> None:
    table = book.columns("ledger")
    if table is None:
        return
    items, item_names = table.codes("item")
    month = book.month_of(table["month"])
    country, countries = table.codes("country")
    value = table["value"].astype(np.float64)
    cells = _Cells(country, month, _plain("country", countries), len(book.months))

    def item(name: str) -> F64:
        chosen = items == item_names.index(name) if name in item_names else np.zeros_like(items)
        known = chosen.astype(np.bool_) & ~np.isnan(value)
        counted = cells.sum(np.where(known, value, 0.0))
        return np.where(cells.sum(known) > 0, counted, np.nan)

    counts = (
        "deaths", "injuries", "returned_outside_procedure", "returned_outside_children",
        "returned_outside_wish", "asylum_wishes", "claims_made", "claims_registered",
        "victims_missed", "false_identifications", "nights_without_place", "readmitted",
        "readmission_claims", "readmitted_wish", "chain_returns",
    )  # fmt: skip
    for name in counts:
        book.enter(name, cells.subjects, item(name))
    book.enter("death_rate", cells.subjects, ratio(item("deaths") * 1e6, item("exposure_hours")))
    for outcome, part, whole in (
        ("asylum_access_share", "claims_registered", "asylum_wishes"),
        ("victims_identified_share", "victims_identified", "victims_present"),
        ("children_referred_share", "children_referred", "children_unaccompanied_stopped"),
    ):
        book.enter(outcome, cells.subjects, ratio(item(part), item(whole)))


def _networks(book: _Book, clock: Clock) -> None:
    table = book.columns("networks")
    if table is None:
        return
    month_of_hour = clock.calendar().month.astype(np.intp)
    start = np.minimum(table["week"].astype(np.intp) * _HOURS_A_WEEK, len(month_of_hour) - 1)
    code, names = table.codes("network")
    cells = _Cells(code, month_of_hour[start], _plain("network", names), len(book.months))
    carried = cells.sum(table["carried"])
    book.enter("network_revenue", cells.subjects, cells.sum(table["revenue"]))
    book.enter("network_profit", cells.subjects, cells.sum(table["profit"]))
    book.enter("network_carried", cells.subjects, carried)
    book.enter("network_turned_away", cells.subjects, cells.sum(table["turned_away"]))
    paid = cells.sum(table["price"] * table["carried"])
    book.enter("network_price", cells.subjects, ratio(paid, carried))
    stopped = cells.sum(table["intercepted"])
    book.enter("network_intercepted_share", cells.subjects, ratio(stopped, carried))


def _cases(book: _Book, clock: Clock) -> None:
    table = book.columns("cases")
    if table is None:
        return
    ended = table["ended"].astype(np.float64)
    over = ~np.isnan(ended)
    if not over.any():
        return
    ended = ended[over]
    code, pairs = table.pairs("requesting", "requested", over)
    members = [["all", f"pair:{a}-{b}", f"country:{a}"] for a, b in pairs]
    month_of_hour = clock.calendar().month.astype(np.intp)
    hour = np.clip(ended.astype(np.int32), 0, len(month_of_hour) - 1)
    cells = _Cells(code, month_of_hour[hour], members, len(book.months))
    del code, hour
    persons = table["persons"][over]
    for outcome, name in (("readmission_refused", "refused"), ("readmission_lapsed", "lapsed")):
        book.enter(outcome, cells.subjects, cells.sum(persons * table.where("result", name)[over]))
    back = persons * table.where("result", "transferred")[over]
    days = (ended - table["opened"][over]).astype(np.float64) / _HOURS_A_DAY
    book.enter("readmission_days", cells.subjects, ratio(cells.sum(back * days), cells.sum(back)))


def _investigations(book: _Book, clock: Clock) -> None:
    table = book.columns("investigations")
    if table is None:
        return
    code, pairs = table.pairs("network", "country")
    members = [["all", f"network:{network}", f"country:{country}"] for network, country in pairs]
    month_of_hour = clock.calendar().month.astype(np.intp)
    start = np.minimum(table["week"].astype(np.intp) * _HOURS_A_WEEK, len(month_of_hour) - 1)
    cells = _Cells(code, month_of_hour[start], members, len(book.months))
    book.enter("arrests", cells.subjects, cells.sum(table["arrests"]))
    book.enter("facilitators_arrested", cells.subjects, cells.sum(table["facilitators"]))
    book.enter("investigator_weeks", cells.subjects, cells.sum(table["investigators"]))


def _operations(book: _Book, clock: Clock) -> None:
    table = book.columns("operations")
    if table is None:
        return
    cost = table["cost"].astype(np.float64)
    known = ~np.isnan(cost)
    if not known.any():
        return
    month_of_hour = clock.calendar().month.astype(np.intp)
    hour = np.clip(table["begin"][known].astype(np.intp), 0, len(month_of_hour) - 1)
    code, names = _codes(table["operation"][known])
    cells = _Cells(code, month_of_hour[hour], _plain("operation", names), len(book.months))
    book.enter("operation_cost", cells.subjects, cells.sum(cost[known]))


def _requests(book: _Book, clock: Clock) -> None:
    table = book.columns("requests")
    desks = book.columns("desks")
    if table is None or desks is None:
        return
    centre_of = dict(zip(desks["desk"].tolist(), desks["centre"].tolist(), strict=True))
    own = ~table.where("kind", "other") & ~table.where("route", "nobody")
    if not own.any():
        return
    code, pairs = table.pairs("receiver", "asking", own)
    members = []
    for desk, country in pairs:
        centre = centre_of.get(desk, "")
        members.append(["all", f"country:{country}", *([f"centre:{centre}"] if centre else [])])
    month_of_hour = clock.calendar().month.astype(np.intp)
    asked = table["asked"][own]
    month = month_of_hour[np.clip(asked.astype(np.intp), 0, len(month_of_hour) - 1)]
    cells = _Cells(code, month, members, len(book.months))
    count = cells.sum(np.ones(len(asked)))
    response = table["answered"][own] - asked
    book.enter("requests", cells.subjects, count)
    timely = cells.sum(table["in_time"][own])
    book.enter("requests_in_time_share", cells.subjects, ratio(timely, count))
    book.enter("requests_unanswered", cells.subjects, cells.sum(np.isnan(response)))
    half, most = cells.quantiles(response, (0.5, 0.9))
    book.enter("response_hours", cells.subjects, half)
    book.enter("response_hours_nine_in_ten", cells.subjects, most)


def _desks(book: _Book, clock: Clock) -> None:
    table = book.columns("desks")
    if table is None:
        return
    code, names = table.codes("desk")
    first = [int(np.argmax(code == i)) for i in range(len(names))]
    members = [
        ["all", f"centre:{table['centre'][i]}", f"country:{table['country'][i]}"] for i in first
    ]
    cells = _Cells(code, month_of_day(clock, table["day"]), members, len(book.months))
    hours, worked = cells.sum(table["on_duty"]), cells.sum(table["worked"])
    book.enter("officer_hours_desks", cells.subjects, hours)
    book.enter("desk_load", cells.subjects, ratio(worked, hours))
    # Where desks work, alerts are recorded: a run without an event had none.
    events = book.recorder.columns("events")
    alerts = np.flatnonzero(events["kind"] == "alert")
    month_of_hour = clock.calendar().month.astype(np.intp)
    at = np.clip(events["hour"][alerts].astype(np.intp), 0, len(month_of_hour) - 1)
    counted = np.bincount(month_of_hour[at], minlength=len(book.months)).astype(np.float64)
    book.enter("alerts", ["all"], np.append(counted, counted.sum())[None, :])
