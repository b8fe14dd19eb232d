"""How countries work together: agreements, officer exchange, joint operations, centres."""
