"""Figures of a crystal's lattice: the row of complexes that a contact builds, and its neighbours."""
