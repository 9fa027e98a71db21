"""What VVP holds, as manifests."""
