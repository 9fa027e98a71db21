"""Kubeconfigs of every kind, and what vpsync and kubectl make of them."""
