"""Tests of ``vpsync.planning.removal``."""
