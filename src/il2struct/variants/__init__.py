"""Mutations of a protein, and what each touches in the interfaces of known structures."""
