"""Manifests made from the schemas: every field there is, changed in every way that there is."""
