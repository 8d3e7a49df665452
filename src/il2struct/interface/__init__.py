"""Two sides that touch: contacts, buried area, bonds, estimates."""
