"""What ``schemas/*.json`` says: judged, worded for people, made into CRDs and admission policies."""
