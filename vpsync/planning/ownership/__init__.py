"""Whose a VVP object is, and what of it was declared: marker, managed fields, history."""
