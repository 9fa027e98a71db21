"""The Ververica Platform edge: the only importer of ``requests``."""
