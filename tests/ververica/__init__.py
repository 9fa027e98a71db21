"""The VVP edge, against the sandbox over loopback HTTP."""
