"""The Kubernetes edge, against an API server in memory."""
