"""What a pass says: conditions, statuses, events, tables and JSON."""
