"""Exercises: a timeline of injects played on the simulated world, live, journalled, branched."""
