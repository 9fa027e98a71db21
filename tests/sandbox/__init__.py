"""The simulator, against the VVP reference that it was written from."""
