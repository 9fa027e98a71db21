"""What holds a whole class of changes back: brakes, the canary, tenancy."""
