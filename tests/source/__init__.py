"""Manifests from files and from the lists of a cluster."""
