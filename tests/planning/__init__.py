"""The pure core: what is decided about a resource, and in which order."""
