"""Tests of ``vpsync.reconcile``."""
