"""What to say about a pass: conditions, events, statuses, tables and JSON. Pure but for printing."""
