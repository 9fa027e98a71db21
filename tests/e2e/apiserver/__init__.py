"""A real kube-apiserver for tests: its binaries, its processes and its audit log."""
