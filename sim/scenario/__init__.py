"""What a planner writes: specs, loading, overlays, provenance."""
