"""Figures of a network study: evidence, chains on the membrane, response of a cell."""
