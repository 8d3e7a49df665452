"""What speaks for and against a contact of the lattice, each line beside its controls."""
