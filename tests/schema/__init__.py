"""Tests of ``vpsync.schema``."""
