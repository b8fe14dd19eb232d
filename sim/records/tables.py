"""The tables of a run folder: every column with type, unit and meaning; the schema version.

Writer, reader, ``crossborder tables`` and the tests read this and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SCHEMA = 1

Kind = Literal["text", "int", "float", "bool", "uint"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column; ``nullable`` values are "not recorded", never 0."""

    name: str
    kind: Kind
    unit: str
    meaning: str
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table; rows are written sorted by ``order``."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    order: tuple[str, ...]

    def column(self, name: str) -> Column:
        """Return a column by name (StopIteration if unknown)."""
        return next(c for c in self.columns if c.name == name)


def with_replicate(table: Table) -> Table:
    """Return the table with the column ``replicate`` in front."""
    column = Column("replicate", "int", "count", "number of the replicate, from 0")
    return Table(table.name, table.meaning, (column, *table.columns), ("replicate", *table.order))


def _t(name: str, meaning: str, order: str, *columns: Column) -> Table:
    return Table(name, meaning, columns, tuple(order.split()))


def _text(name: str, meaning: str) -> Column:
    return Column(name, "text", "", meaning)


def _int(name: str, unit: str, meaning: str, nullable: bool = False) -> Column:
    return Column(name, "int", unit, meaning, nullable)


def _float(name: str, unit: str, meaning: str, nullable: bool = False) -> Column:
    return Column(name, "float", unit, meaning, nullable)


_DAY = _int("day", "days", "civil days since the scenario's start date")
_MONTH = _text("month", "calendar month, YYYY-MM")

TABLES: dict[str, Table] = {
    t.name: t
    for t in (
        _t(
            "outcomes",
            "outcomes of the dictionary by month and for the whole run",
            "outcome subject month",
            _text("outcome", "name in the dictionary of outcomes"),
            _text("subject", "what it is counted for, type:id, or all"),
            _text("month", "calendar month, YYYY-MM, or all"),
            _float("value", "see dictionary", "value; null = not recorded", True),
        ),
        _t(
            "flows",
            "persons that began a leg, by day",
            "day leg",
            _DAY,
            _text("leg", "leg id"),
            _text("tail", "place id"),
            _text("head", "place id"),
            _text("mode", "mode of travel"),
            _int("persons", "persons", "persons that began the leg"),
            _int("parties", "parties", "parties that began the leg"),
        ),
        _t(
            "hourly_flows",
            "persons that began a leg, by hour (only with --grain hour)",
            "hour leg",
            _int("hour", "hours", "hours since start"),
            _text("leg", "leg id"),
            _int("persons", "persons", "persons that began the leg"),
        ),
        _t(
            "screenlines",
            "persons crossing a screenline outward for the first time",
            "month screenline label",
            _MONTH,
            _text("screenline", "screenline id"),
            _text("label", "label of the border"),
            _int("persons", "persons", "persons of arrivals"),
            _int("stock_persons", "persons", "persons of the start stocks, kept apart"),
        ),
        _t(
            "journeys",
            "one row a party that crossed a border",
            "key",
            Column("key", "uint", "", "key of the party"),
            Column("root", "uint", "", "key of the party it was split from, at the root"),
            _text("profile", "profile id"),
            _int("persons", "persons", "persons in the party"),
            _int("minors", "persons", "children among them"),
            Column("stock", "bool", "", "present at the start"),
            _text("entry", "place where it entered"),
            _int("entered", "hours", "hour it entered (0 for stocks)"),
            _text("borders", "borders crossed for the first time, in order, as BORDER@hour, space"),
            _text("reading", "how it is read, in order: cross, adriatic, balkan, other (MODEL 16)"),
            _int("attempts", "attempts", "controlled legs tried"),
            _float("spent", "EUR", "money spent per person"),
            _text("place", "last place"),
            _text("state", "last state"),
            _int("ended", "hours", "hour it reached a final state", True),
        ),
        _t(
            "posts",
            "border crossing points by day and stream",
            "day post stream",
            _DAY,
            _text("post", "post id"),
            _text("stream", "stream id"),
            _float("served", "units", "lawful units served"),
            _float("persons", "persons", "lawful persons in them"),
            _float("mean_wait", "min", "mean wait of lawful units", True),
            _float("max_wait", "min", "longest hourly mean wait", True),
            _float("queue", "units", "mean queue"),
            _float("on_duty", "officers", "mean officers on duty"),
            _int("tried", "persons", "irregular uses tried"),
            _int("found", "persons", "irregular uses found, refusals of entry among them"),
            _int("refused", "persons", "refused entry for a forged document"),
            _float("false_alerts", "units", "lawful units sent to the second line"),
        ),
        _t(
            "sectors",
            "green-border sectors by day",
            "day sector",
            _DAY,
            _text("sector", "sector id"),
            _float("unit_hours", "h", "patrol units on duty x hours"),
            _int("tried", "persons", "persons who tried to cross"),
            _int("not_seen", "persons", "not seen"),
            _int("lost", "persons", "seen, not reached"),
            _int("aborted", "persons", "aborted on sight of a patrol"),
            _int("intercepted", "persons", "intercepted and registered"),
            _int("outside", "persons", "returned outside procedure"),
            _int("interceptions", "parties", "parties intercepted and registered"),
        ),
        _t(
            "seizures",
            "consignments of other crime by day, flow and place (only days on which some came)",
            "day flow",
            _DAY,
            _text("flow", "flow id"),
            _text("goods", "stolen_vehicle, drugs, firearms or cash"),
            _text("place", "post:ID or sector:ID"),
            _int("tried", "consignments", "consignments that came"),
            _int("found", "consignments", "consignments found"),
            _float("quantity", "vehicles, kg, pieces or EUR", "what the found ones held"),
        ),
        _t(
            "networks",
            "smuggling networks by week and leg",
            "week network leg",
            _int("week", "weeks", "weeks since start"),
            _text("network", "network id"),
            _text("leg", "leg id"),
            _float("capacity", "persons/week", "capacity offered"),
            _int("carried", "persons", "persons carried"),
            _int("turned_away", "persons", "persons turned away for want of capacity"),
            _int("intercepted", "persons", "carried persons stopped"),
            _float("price", "EUR", "price per person"),
            _float("revenue", "EUR", "revenue"),
            _float("profit", "EUR", "revenue less cost and losses"),
            _float("share", "1", "share of capacity on the leg"),
        ),
        _t(
            "cases",
            "cases of readmission, one row a case",
            "case",
            _int("case", "", "number of the case, in order of opening"),
            Column("party", "uint", "", "key of the party"),
            _text("requesting", "country that asks"),
            _text("requested", "country that is asked"),
            _text("track", "accelerated or standard"),
            _int("persons", "persons", "persons in the party"),
            _float("opened", "hours", "hour of the stop, or of being taken back if moved on"),
            _float("requested_at", "hours", "hour of the request", True),
            _float("answered_at", "hours", "hour of the answer", True),
            _float("deadline", "hours", "hour by which the last stage it reached had to end"),
            _float("ended", "hours", "hour it ended", True),
            _text("result", "open, transferred, refused, lapsed, claimed (asylum), not_requested"),
            Column("extended", "bool", "", "the requested state was given more time"),
            Column("evidence", "bool", "", "a cooperation centre's answer supported the request"),
            Column("silent", "bool", "", "the request was not answered in time"),
            Column("moved_on", "bool", "", "opened by a state that had just taken the party back"),
            Column("chain", "bool", "", "a handover within 14 days of the one before it"),
        ),
        _t(
            "investigations",
            "investigations of smuggling networks by week",
            "week investigation",
            _int("week", "weeks", "weeks since start"),
            _text("investigation", "investigation id"),
            _text("network", "network id"),
            _text("country", "country that leads it"),
            _float("investigators", "officers", "investigators on the case at the week's end"),
            _float("evidence", "1", "evidence of its own country, in interceptions"),
            _float("cross_border", "1", "evidence of other countries"),
            _float("usable", "1", "evidence the case may use"),
            _float("threshold", "1", "usable evidence above which arrests are made"),
            _int("arrests", "arrests", "arrests in the week"),
            _float("facilitators", "persons", "facilitators arrested in the week"),
        ),
        _t(
            "ledger",
            "protection ledger by month and country",
            "month country item",
            _MONTH,
            _text("country", "country code"),
            _text("item", "item of the ledger"),
            _float("value", "see dictionary", "count; null = not recorded", True),
        ),
        _t(
            "observed",
            "observed series, as the rules would register them",
            "series month",
            _text("series", "observed series"),
            _MONTH,
            _float("persons", "persons", "persons registered in the month"),
        ),
        _t(
            "stocks",
            "persons by country and state at the end of each month",
            "month country state",
            _MONTH,
            _text("country", "country code"),
            _text("state", "state"),
            _int("persons", "persons", "persons"),
        ),
        _t(
            "knowledge",
            "awareness of routes and mean belief of controlled legs by week",
            "week subject",
            _int("week", "weeks", "weeks since start"),
            _text("subject", "route:id or leg:id"),
            _float("value", "share", "awareness, or believed chance of being stopped"),
            _float("truth", "share", "share truly stopped that week (legs)", True),
        ),
        _t(
            "centres",
            "requests at desks of centres and contact points, by week of asking",
            "week centre country direction partner kind",
            _int("week", "weeks", "weeks since start"),
            _text("centre", "centre or contact point id"),
            _text("country", "country of the desk"),
            _text("direction", "out: asked by the desk's country; in: asked of it"),
            _text("partner", "the other country"),
            _text("kind", "kind of request"),
            _int("requests", "requests", "requests"),
            _int("answered", "requests", "of these answered by the end of the run"),
            _int("in_time", "requests", "of these answered within the limit of the clock"),
            _int("hits", "requests", "answers that held what was asked for"),
            _int("unanswered", "requests", "not answered by the end of the run"),
            _float("median_hours", "h", "median response of the answered", True),
            _float("p90_hours", "h", "response that 90 % of the answered did not exceed", True),
        ),
        _t(
            "desks",
            "desks of centres and contact points by day",
            "day desk",
            _DAY,
            _text("desk", "desk id"),
            _text("centre", "centre or contact point id"),
            _text("country", "country code"),
            _float("on_duty", "h", "officer hours on duty while the desk was open"),
            _float("worked", "h", "officer hours spent on the requests finished that day"),
            _int("waiting", "requests", "requests that lay untouched at the end of the day"),
        ),
        _t(
            "desk_hours",
            "desks by hour of the week (civil time), summed over the run",
            "desk hour_of_week",
            _text("desk", "desk id"),
            _text("centre", "centre or contact point id"),
            _text("country", "country code"),
            _int("hour_of_week", "hours", "0 = Monday 00:00 to 01:00, 167 = Sunday 23:00 to 24:00"),
            _float("on_duty", "h", "officer hours on duty"),
            _float("worked", "h", "officer hours at work on requests"),
            _int("begun", "requests", "requests taken up"),
        ),
        _t(
            "requests",
            "requests between countries, one row each",
            "request",
            _int("request", "", "number of the request"),
            _text("kind", "kind of request"),
            _text("asking", "country that asks"),
            _text("answering", "country asked"),
            _text("border", "border it concerns, if any"),
            _text("station", "post or sector where it arose, type:id, if any"),
            _text("route", "on_the_spot, centre, intermediate, contact_points or nobody"),
            _text("sender", "desk of the country that asks, if one has a part in it"),
            _text("receiver", "desk of the country asked; none for an officer on the spot"),
            Column("urgent", "bool", "", "asked as urgent"),
            _float("asked", "hours", "hour of asking, since start"),
            _float("limit", "hours", "hour by which the clock of the pair wants it", True),
            _float("deadline", "hours", "hour up to which the answer is of use", True),
            _float("sender_begun", "hours", "hour the own desk took it up", True),
            _float("sender_done", "hours", "hour it was done with it", True),
            _float("receiver_begun", "hours", "hour the desk asked took it up", True),
            _float("receiver_done", "hours", "hour it was done with it", True),
            _float("answered", "hours", "hour of the answer; null = none by the end", True),
            Column("in_time", "bool", "", "answered by the deadline"),
            Column("hit", "bool", "", "answered, and the answer held what was asked for"),
        ),
        _t(
            "institutions",
            "what institutions report, by week",
            "week institution series",
            _int("week", "weeks", "weeks since start"),
            _text("institution", "type:id"),
            _text("series", "what is reported"),
            _float("value", "see series", "value", True),
        ),
        _t(
            "operations",
            "joint operations: one row a round, with its evaluation within the run",
            "begin operation round",
            _text("operation", "measure id"),
            _int("round", "rounds", "number of the round, from 1"),
            _int("begin", "hours", "hour it began"),
            _int("end", "hours", "hour it ended, or the run did"),
            _text("places", "where, type:id, space"),
            _text("participants", "officers at each place by country and service"),
            _float("officers", "officers", "officers sent, on the books, all places"),
            _float("officer_hours", "h", "their hours on duty, by the rosters' mean"),
            _float("cost", "EUR", "what it cost by its order", True),
            _int("intercepted", "persons", "intercepted and registered in its sectors"),
            _int("hidden", "persons", "found hidden in vehicles at its posts"),
            _int("forged", "persons", "refused with a forged document at its posts"),
            _int("consignments", "consignments", "of other crime, found at its places"),
            _float("tried_here_before", "persons", "tried there in as long a time before", True),
            _int("tried_here", "persons", "tried there while it ran"),
            _float("tried_border_before", "persons", "elsewhere on these borders, before", True),
            _int("tried_border", "persons", "elsewhere on these borders, while it ran"),
            _float("tried_elsewhere_before", "persons", "at all other places, before", True),
            _int("tried_elsewhere", "persons", "at all other places, while it ran"),
            _float(
                "displacement",
                "1",
                "weighted displacement quotient: below 0 others were tried instead",
                True,
            ),
        ),
        _t(
            "events",
            "institutional events",
            "hour kind subject",
            _float("hour", "hours", "hours since start"),
            _text("kind", "kind of event"),
            _text("subject", "type:id"),
            _text("text", "what happened"),
        ),
    )
}
