"""The offline check, told as files and what is found in them."""
