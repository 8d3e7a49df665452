"""How alike complexes are: which chains and residues correspond, and what differs between them."""
