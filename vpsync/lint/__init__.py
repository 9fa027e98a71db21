"""The offline check: what is wrong in files, before a cluster or VVP is asked."""
