"""Rules, formulas and events; the standard library and numpy, nothing else."""
