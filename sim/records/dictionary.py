"""The dictionary of outcomes, and the items of the protection ledger (MODEL 14, 16).

Tables, figures, reports and verdicts read names, units, directions and harm margins here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Better = Literal["more", "less", "neither"]
Group = Literal["enforcement", "protection", "flow", "network", "service", "cost"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One outcome: what is counted, in what unit, which way is better.

    Attributes:
        name: Name in the ``outcomes`` table.
        unit: Unit of the value.
        better: Direction that is better; ``neither`` for what only describes.
        group: What it belongs to; every outcome of ``protection`` guards a verdict.
        section: Section of MODEL it comes from.
        subjects: Kinds of subject it is given for besides ``all``.
        definition: How it is counted, in a sentence or two.
        margin: Largest worsening that is not called harm; None where no harm is judged.
        margin_of: ``baseline``: the margin is a share of the baseline's value; ``unit``: it is
            in the outcome's own unit.
        margin_reason: Why this margin, or why none.
    """

    name: str
    unit: str
    better: Better
    group: Group
    section: str
    subjects: tuple[str, ...]
    definition: str
    margin: float | None = None
    margin_of: Literal["baseline", "unit"] = "baseline"
    margin_reason: str = ""


@dataclass(frozen=True, slots=True)
class LedgerItem:
    """One item of the protection ledger, counted by month and country."""

    name: str
    unit: str
    definition: str


_ITEMS = (
    LedgerItem("deaths", "persons", "dead or missing on a leg, in the country where it starts"),
    LedgerItem("injuries", "persons", "injured on a leg, in the country where it starts"),
    LedgerItem("exposure_hours", "person-hours", "persons x hours on legs that begin there"),
    LedgerItem("persons_screened", "persons", "persons intercepted, registered and screened"),
    LedgerItem("interviews", "interviews", "interviews held by the country's screeners"),
    LedgerItem("asylum_wishes", "persons", "persons screened who wish to claim asylum"),
    LedgerItem("claims_made", "persons", "of those, persons whose claim was made"),
    LedgerItem("claims_registered", "persons", "of those, persons registered in time"),
    LedgerItem("asylum_after_holding", "persons", "persons let go into the asylum procedure"),
    LedgerItem("victims_present", "victims", "hidden victims of trafficking screened (true)"),
    LedgerItem("victims_identified", "victims", "of those, victims identified"),
    LedgerItem("victims_missed", "victims", "of those, victims not identified"),
    LedgerItem("false_identifications", "parties", "parties marked that hold no victim"),
    LedgerItem("children_screened", "persons", "children among the screened"),
    LedgerItem("children_unaccompanied_stopped", "persons", "unaccompanied children screened"),
    LedgerItem("children_referred", "persons", "of those, children referred to child protection"),
    LedgerItem("nights_without_place", "person-nights",
               "persons waiting at midnight beyond the reception places, summed over nights"),
    LedgerItem("returned_outside_procedure", "persons",
               "persons returned outside procedure; a harm, never an interception"),
    LedgerItem("returned_outside_children", "persons", "children among them"),
    LedgerItem("returned_outside_families", "persons", "persons in families among them"),
    LedgerItem("returned_outside_wish", "persons",
               "persons among them who wished to claim asylum: access refused"),
    LedgerItem("readmitted", "persons",
               "persons handed over under readmission, by the country that asked"),
    LedgerItem("readmitted_children", "persons", "children in families among them"),
    LedgerItem("readmitted_wish", "persons",
               "persons among them who wished to claim asylum when they were stopped"),
    LedgerItem("readmission_claims", "persons",
               "persons who claimed asylum on the track and left it"),
    LedgerItem("readmission_children_referred", "persons",
               "unaccompanied children referred to child protection instead of the track"),
    LedgerItem("chain_returns", "persons",
               "persons handed over by a state they had been handed over to within 14 days"),
)  # fmt: skip

LEDGER_ITEMS: Mapping[str, LedgerItem] = MappingProxyType({i.name: i for i in _ITEMS})

_SHARE_MARGIN = (
    "Two points: below the spread between replicates of one plan, and small beside the gaps "
    "between countries that procedure makes."
)
_HARM_COUNT = (
    "A twentieth of the baseline: what reaches a count only because journeys shift in time; the "
    "number itself is printed with every verdict."
)


def _flow(name: str, unit: str, section: str, subjects: str, definition: str) -> Outcome:
    return Outcome(name, unit, "neither", "flow", section, tuple(subjects.split()), definition)


def _guard(
    name: str, unit: str, better: Better, subjects: str, definition: str, reason: str,
    margin: float | None, margin_of: Literal["baseline", "unit"] = "baseline",
    section: str = "14",
) -> Outcome:  # fmt: skip
    return Outcome(name, unit, better, "protection", section, tuple(subjects.split()),
                   definition, margin, margin_of, reason)  # fmt: skip


def _other(
    name: str, unit: str, better: Better, group: Group, section: str, subjects: str,
    definition: str,
) -> Outcome:  # fmt: skip
    return Outcome(name, unit, better, group, section, tuple(subjects.split()), definition)


_OUTCOMES = (
    # Flow: where people go.
    _flow("first_crossings", "persons", "16", "screenline",
          "Persons of arrivals that cross a screenline outward for the first time, by label; "
          "subject screenline:ID/LABEL, and screenline:ID for the whole line."),
    _flow("first_crossings_stock", "persons", "16", "screenline",
          "The same for persons present at the start, kept apart."),
    _flow("route_share", "share", "16", "screenline",
          "A label's share of its screenline's first crossings, persons of arrivals; not defined "
          "in a month in which nobody crosses."),
    _flow("reading_share", "share", "16", "reading",
          "Share of persons of arrivals that crossed a border by how the journey is read: cross, "
          "adriatic, balkan, other, in this order; months by hour of entry."),
    _flow("departures", "persons", "3", "country",
          "Persons that begin a leg, by the country of its start."),
    _flow("persons_observed", "persons", "17", "series",
          "Persons an observed series registers; the only figure laid beside data."),
    _flow("arrived", "persons", "3", "country",
          "Persons that reach an exit, by its country; all persons, start stocks included."),
    _flow("arrived_by_exit", "persons", "3", "place",
          "Persons that crossed a border and reach an exit, by exit."),
    _flow("gave_up", "persons", "3", "country",
          "Persons that give up the journey, by the country where they do."),
    _flow("returned", "persons", "3", "country", "Persons returned for good, by country."),
    _flow("waiting", "persons", "3", "country",
          "Persons under way, waiting, queued, held, in a case or in reception at the end of the "
          "month; the whole run: at its end."),
    _flow("in_asylum", "persons", "3", "country",
          "Persons in an asylum procedure at the end of the month; the whole run: at its end."),
    _flow("attempts_per_arrival", "attempts", "6", "",
          "Mean number of controlled legs tried by persons of arrivals who reach an exit after "
          "crossing a border, by month of reaching it."),
    _flow("journey_days", "d", "3", "reading",
          "Median days from entry to exit of the same persons."),
    _flow("journey_money", "EUR", "3", "reading",
          "Mean money spent a person by the same persons."),
    # Enforcement.
    _flow("attempts", "persons", "6", "sector border country",
          "Persons who try to cross a sector."),
    _other("interceptions", "persons", "more", "enforcement", "6", "sector border country",
           "Persons intercepted and registered in sectors; the only kind of stop that is a "
           "detection."),
    _other("intercepted_share", "share", "more", "enforcement", "6", "sector border country",
           "Persons intercepted and registered over persons who try; not defined without tries."),
    _other("interceptions_at_posts", "persons", "more", "enforcement", "7", "post border country",
           "Persons found in an irregular use of a border crossing point."),
    _other("found_share", "share", "more", "enforcement", "7", "post border country",
           "Persons found over persons who try an irregular use of a post."),
    _flow("aborted", "persons", "6", "sector border country",
          "Persons who turn back on sight of a patrol; no detection."),
    _other("lost", "persons", "less", "enforcement", "6", "sector border country",
           "Persons seen and not reached in time."),
    _other("not_seen", "persons", "less", "enforcement", "6", "sector border country",
           "Persons who cross a sector unseen."),
    _other("consignments_found", "consignments", "more", "enforcement", "13",
           "goods post sector border country",
           "Consignments of other crime (stolen vehicles, drugs, firearms, cash) found."),
    _other("consignments_found_share", "share", "more", "enforcement", "13",
           "goods post sector border country",
           "Consignments found over consignments that came; not defined without any."),
    _other("arrests", "arrests", "more", "enforcement", "12", "network country",
           "Arrests that investigations of networks lead to."),
    _other("facilitators_arrested", "persons", "more", "enforcement", "12", "network country",
           "Facilitators of networks arrested."),
    _other("readmitted", "persons", "more", "enforcement", "11", "country",
           "Persons handed over under readmission, by the country that asked."),
    _flow("readmission_refused", "persons", "11", "pair country",
          "Persons whose readmission was refused, by pair and by the country that asked."),
    _other("readmission_lapsed", "persons", "less", "enforcement", "11", "pair country",
           "Persons whose case lapsed: request, answer or handover too late."),
    _other("readmission_days", "d", "less", "enforcement", "11", "pair country",
           "Mean days from stop to handover, weighted by persons; not defined without any."),
    # Protection: every one guards a verdict.
    _guard("deaths", "persons", "less", "country",
           "Persons dead or missing on the way, by the country where the leg starts.",
           "A twentieth of the baseline: deaths are few, so that chance alone moves them; no "
           "death is acceptable, and the numbers are named in every verdict.", 0.05),
    _guard("death_rate", "persons per million person-hours", "less", "country",
           "Deaths over hours of exposure; not defined without exposure.",
           "A tenth of the baseline: the ratio of two counts that both vary.", 0.10),
    _guard("injuries", "persons", "less", "country",
           "Persons injured on the way, by the country where the leg starts.", _HARM_COUNT, 0.05),
    _guard("returned_outside_procedure", "persons", "less", "country",
           "Persons returned outside procedure; a harm, never an interception nor a success.",
           "One in fifty of the baseline: no plan may raise its rate, so that only a shift of "
           "attempts can move the count; the numbers are named in every verdict.", 0.02),
    _guard("returned_outside_children", "persons", "less", "country",
           "Children returned outside procedure.",
           "One in fifty of the baseline, as for all persons returned outside procedure.", 0.02),
    _guard("returned_outside_wish", "persons", "less", "country",
           "Persons returned outside procedure who wished to claim asylum.",
           "One in fifty of the baseline, as for all persons returned outside procedure.", 0.02),
    _guard("returned_outside_in_sector", "persons", "less", "sector border country",
           "Persons returned outside procedure, by the sector of the stop.",
           "One in fifty of the baseline, as for all persons returned outside procedure.", 0.02),
    _guard("asylum_wishes", "persons", "neither", "country",
           "Persons screened after a stop who wish to claim asylum.",
           "None: the number follows the number of stops; the share with access is judged.",
           None),
    _guard("claims_made", "persons", "neither", "country",
           "Persons screened whose claim to asylum was made.",
           "None: the number follows the number of stops; the share with access is judged.",
           None),
    _guard("claims_registered", "persons", "neither", "country",
           "Persons screened whose claim to asylum was registered in time.",
           "None: the number follows the number of stops; the share with access is judged.",
           None),
    _guard("asylum_access_share", "share", "more", "country",
           "Claims registered in time over wishes to claim; not defined without wishes.",
           _SHARE_MARGIN, 0.02, "unit"),
    _guard("victims_identified_share", "share", "more", "country",
           "Victims of trafficking identified over those present among the screened; not "
           "defined without victims.", _SHARE_MARGIN, 0.02, "unit"),
    _guard("victims_missed", "victims", "less", "country",
           "Hidden victims of trafficking screened and not identified.", _HARM_COUNT, 0.05),
    _guard("false_identifications", "parties", "less", "country",
           "Parties marked as holding a victim that hold none.",
           "A tenth of the baseline: a false mark costs time and privacy, and more interviews, "
           "which find more victims, bring some more of them.", 0.10),
    _guard("children_referred_share", "share", "more", "country",
           "Unaccompanied children referred to child protection over those screened; not "
           "defined without such children.", _SHARE_MARGIN, 0.02, "unit"),
    _guard("nights_without_place", "person-nights", "less", "country",
           "Persons waiting beyond the reception places, summed over nights; only where the "
           "number of places is recorded.", _HARM_COUNT, 0.05),
    _guard("readmission_claims", "persons", "neither", "country",
           "Persons who claimed asylum on the track of readmission and left it.",
           "None: the number follows the number of cases; those handed over who wished to claim "
           "are judged.", None, section="11"),
    _guard("readmitted_wish", "persons", "less", "country",
           "Persons handed over under readmission who wished to claim asylum when stopped.",
           "A twentieth of the baseline: a faster handover must not cut claims off.", 0.05,
           section="11"),
    _guard("chain_returns", "persons", "less", "country",
           "Persons handed over by a state they had been handed over to within 14 days.",
           _HARM_COUNT, 0.05, section="11"),
    # Networks.
    _other("network_revenue", "EUR", "less", "network", "5", "network",
           "Money taken by smuggling networks."),
    _other("network_profit", "EUR", "less", "network", "5", "network",
           "Revenue less cost and losses."),
    _other("network_carried", "persons", "less", "network", "5", "network",
           "Persons carried on legs by networks (a person counts on every leg)."),
    _flow("network_turned_away", "persons", "5", "network",
          "Persons turned away for want of capacity."),
    Outcome("network_price", "EUR", "neither", "network", "5", ("network",),
            "Mean price a person and leg, weighted by persons carried; not defined when nobody "
            "is carried. A dearer passage deters some and indebts others."),
    _other("network_intercepted_share", "share", "more", "network", "5", "network",
           "Carried persons stopped over persons carried."),
    # Service to lawful travellers.
    _other("lawful_wait", "min", "less", "service", "7", "post border country",
           "Mean wait of lawful units at posts, weighted by units served."),
    _other("lawful_wait_longest", "min", "less", "service", "7", "post border country",
           "Longest hourly mean wait of lawful units at any post of the subject."),
    _other("lawful_served", "units", "more", "service", "7", "post border country",
           "Lawful units served at posts."),
    _other("false_alerts", "units", "less", "service", "7", "post border country",
           "Lawful units sent to the second line."),
    # Cooperation centres.
    _flow("requests", "requests", "8", "centre country",
          "Requests that arose from stops, finds and cases, by the centre or contact point asked "
          "and by the country that asks; other business of centres is left out."),
    _other("requests_in_time_share", "share", "more", "service", "8", "centre country",
           "Requests answered while the answer was of use, over requests; not defined without "
           "requests."),
    _other("response_hours", "h", "less", "service", "8", "centre country",
           "Median time from asking to the answer, of the answered."),
    _other("response_hours_nine_in_ten", "h", "less", "service", "8", "centre country",
           "Time from asking to the answer that nine of ten answered requests did not exceed."),
    _other("requests_unanswered", "requests", "less", "service", "8", "centre country",
           "Requests without an answer by the end of the run."),
    _flow("alerts", "alerts", "8", "", "Answers in time that put a document or a vehicle on the "
          "list of alerts."),
    # Cost.
    _other("officer_hours_desks", "h", "less", "cost", "8", "centre country",
           "Officer hours on duty at desks of centres and contact points."),
    Outcome("desk_load", "share", "neither", "cost", "8", ("centre", "country"),
            "Officer hours spent on requests over officer hours on duty at desks."),
    _other("investigator_weeks", "officer weeks", "less", "cost", "12", "network country",
           "Investigators on cases times weeks."),
    _other("officer_hours_posts", "h", "less", "cost", "5a", "post border country",
           "Officer hours on duty at posts."),
    _other("patrol_unit_hours", "h", "less", "cost", "5a", "sector border country",
           "Hours that patrol units are on duty."),
    _other("officer_hours_sectors", "h", "less", "cost", "5a", "sector border country",
           "Officer hours on patrol: unit hours times the officers of a unit."),
    _other("operation_cost", "EUR", "less", "cost", "10", "operation",
           "What joint operations cost by their orders, by the month in which a round begins; not "
           "recorded where no order states what things cost."),
)  # fmt: skip

OUTCOMES: Mapping[str, Outcome] = MappingProxyType({o.name: o for o in _OUTCOMES})


def guards() -> tuple[Outcome, ...]:
    """Return the protection outcomes that a verdict judges by their harm margin."""
    return tuple(o for o in OUTCOMES.values() if o.margin is not None)
