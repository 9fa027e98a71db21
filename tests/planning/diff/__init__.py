"""Tests of ``vpsync.planning.diff``."""
