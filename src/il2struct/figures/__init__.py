"""Figures: results in, axes out; every figure has the table it shows."""
