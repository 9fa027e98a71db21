"""What is done about a resource that is there to stay."""
