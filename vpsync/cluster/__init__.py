"""The Kubernetes edge: the only importer of ``kubernetes``, and only when a cluster is used."""
