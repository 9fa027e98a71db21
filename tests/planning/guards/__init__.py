"""Tests of ``vpsync.planning.guards``."""
