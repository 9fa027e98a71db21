"""Tests of ``vpsync.status``."""
