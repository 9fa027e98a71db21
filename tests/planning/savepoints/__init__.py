"""Tests of ``vpsync.planning.savepoints``."""
