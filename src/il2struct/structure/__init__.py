"""What a file says, and what it means: reading, roles, numbers, symmetry, complexes."""
