"""Stage of the package."""
