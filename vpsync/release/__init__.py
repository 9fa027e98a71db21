"""The way out: carries out what :mod:`vpsync.planning.release` plans."""
