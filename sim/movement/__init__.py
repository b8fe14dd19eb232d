"""People on the move: columns, calendar of due parties, knowledge and route choice."""
