"""The shipped image and manifests, as pods on a real node."""
