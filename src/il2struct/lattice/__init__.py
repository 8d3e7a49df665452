"""Every contact of the crystal, once: found, told apart, merged into classes, and repeated."""
