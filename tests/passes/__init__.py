"""Whole passes against the fakes of both sides, scenarios as data, and the oracles of them all."""
