"""Questions asked of a whole scenario: each a small named function that yields problems."""

from __future__ import annotations

from collections.abc import Mapping

from sim.scenario.checks import (
    ablations,
    centres,
    control,
    cooperation,
    geography,
    investigations,
    measures,
    other_crime,
    people,
    readmission,
    references,
    rights,
    run,
)
from sim.scenario.checks.subject import Check, Subject

#: Asked of regions too, about the lists they have.
OF_ANY: tuple[Check, ...] = (
    references.unknown_references,
    geography.border_order,
    geography.borders_of_controls,
    geography.borders_of_legs,
    geography.controls_of_legs,
    geography.coordinates,
    geography.way_points,
    geography.kosovo_label,
    people.number_of_profiles,
    people.party_sizes,
    people.mix_shares,
    people.arrival_periods,
    people.arrivals_and_stocks_on_the_way,
    people.upstream_only,
    people.shares_of_those_who_stay,
    control.spans,
    control.shift_weights,
    control.demand_weights,
    control.aftermath_shares,
    control.officers_have_powers,
    control.networks_work,
    cooperation.agreements_work,
    readmission.readmission_tracks,
    investigations.cases_have_periods,
    cooperation.document_shares,
    centres.centres_work,
    centres.desks_stand_in_centres,
    centres.desks_know,
    centres.kinds_of_request,
    centres.clocks_of_answers,
    run.clock,
    run.zones,
    run.parameters_ordered,
    run.target_periods,
    ablations.ablations_known,
    measures.givers,
)

#: Asked of what is to run.
OF_SCENARIOS: tuple[Check, ...] = (
    *OF_ANY,
    references.series_observed,
    geography.exits,
    geography.some_legs,
    geography.screenlines,
    control.sectors_work,
    other_crime.flows_work,
    control.posts_work,
    control.aftermath_covers,
    control.screening_rows,
    run.run_period,
    run.parameters_complete,
    run.freezing_date,
    measures.periods,
    measures.targets,
    measures.overlapping,
    measures.ids_in_both_lists,
    cooperation.agreement_names,
    readmission.readmission_agreed,
    investigations.joint_teams,
    centres.desk_measures,
    centres.centres_are_open,
    centres.guests_meet_desk_hours,
    centres.desks_are_staffed,
    measures.lanes_exist,
    measures.screened_countries,
    rights.screening_measures,
    measures.equipment_has_widths,
    measures.own_officers,
    measures.enough_officers,
    cooperation.conditions,
    cooperation.legal_bases,
    cooperation.situation_centres,
    cooperation.information_is_exchanged,
    cooperation.brought_has_data,
    cooperation.visitors_have_powers,
)

#: Asked of a plan looked at alone.
OF_PLANS: tuple[Check, ...] = (
    control.spans,
    measures.periods,
    measures.targets,
    measures.givers,
    measures.overlapping,
)

QUESTIONS: Mapping[str, tuple[Check, ...]] = {
    "scenario": OF_SCENARIOS,
    "region": OF_ANY,
    "plan": OF_PLANS,
}

__all__ = ["OF_ANY", "OF_PLANS", "OF_SCENARIOS", "QUESTIONS", "Check", "Subject"]
