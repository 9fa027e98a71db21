"""Where manifests come from: files, or a cluster's raw lists."""
