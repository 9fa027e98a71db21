"""Values only: what a pass reads, decides and reports. Standard library, no behaviour beyond
what a value knows about itself; no input, output, clock or logging."""
