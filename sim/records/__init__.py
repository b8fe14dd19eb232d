"""What a run records: tables, outcomes, observation rules, the run folder."""
