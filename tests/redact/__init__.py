"""Tests of ``vpsync.redact``."""
