"""Bonds between two sides: what each atom can do, what counts as a bond, and who finds it."""
