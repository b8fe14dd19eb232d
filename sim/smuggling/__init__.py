"""Smuggling networks: they sell passage, lose loads, learn, and move (MODEL 5)."""
