"""What differs between a manifest and its VVP object."""
