"""Protection (MODEL 14): hazards of the way, screening after a stop, reception, the ledger."""
