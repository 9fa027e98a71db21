"""Whether vpsync can do its work here."""
