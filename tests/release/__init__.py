"""Tests of ``vpsync.release``."""
