"""The Kubernetes edge: what a kubeconfig says, and requests to the API server that it names."""
