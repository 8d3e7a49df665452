"""Predicted complexes: how sure the program was of each interface, beside what its geometry says."""
