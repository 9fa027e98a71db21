"""Tests of ``vpsync.controller``."""
