"""Whether a contact of the crystal builds a network on the membrane, and what that would do."""
