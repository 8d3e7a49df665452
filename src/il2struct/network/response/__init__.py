"""From chains of receptors to the response of a cell."""
