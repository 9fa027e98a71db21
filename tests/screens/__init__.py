"""Golden screens: what a person reads on a day on call, kept as files and read by somebody."""
