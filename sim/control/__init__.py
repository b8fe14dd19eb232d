"""Control: rosters, border crossing points, green-border sectors."""
