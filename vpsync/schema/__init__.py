"""What ``schemas/*.json`` says: judged, worded for people, held against unknown fields, made into CRDs."""
