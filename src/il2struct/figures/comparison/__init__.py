"""Figures that compare interfaces across complexes and entries."""
