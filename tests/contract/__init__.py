"""What vpsync relies on of an API server, held against the one in memory and against a real one."""
