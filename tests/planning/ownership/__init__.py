"""Tests of ``vpsync.planning.ownership``."""
