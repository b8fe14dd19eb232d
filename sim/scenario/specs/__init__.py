"""Frozen specs of everything a planner writes."""
