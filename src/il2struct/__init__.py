"""Structural analysis of the interleukin-2 receptor."""

from il2struct._version import __version__

__all__ = ["__version__"]
