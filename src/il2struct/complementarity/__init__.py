"""Shape complementarity of two groups of atoms, with its error."""
