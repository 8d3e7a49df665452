"""Complexes and chains of them on a flat membrane."""
