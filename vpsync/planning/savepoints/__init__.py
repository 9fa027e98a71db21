"""Savepoints: taken exactly once, remembered before they are asked for, and deleted only by name."""
