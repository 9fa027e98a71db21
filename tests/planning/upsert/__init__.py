"""Tests of ``vpsync.planning.upsert``."""
