"""In-memory stand-ins for what vpsync talks to; each logs every request."""
