"""Limits, deadlines, retries and causes: what both edges share."""
