"""Prints under random faults: what is drawn from a seed, the world it happens in, and the law that every print must keep."""
