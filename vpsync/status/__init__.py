"""What the cluster is told: conditions, events and status patches."""
