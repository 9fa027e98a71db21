"""Everything that can go wrong on the way, at every request, and the oracles of the end."""
