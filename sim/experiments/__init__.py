"""Runs and ensembles, here or in processes of this machine."""
