"""Version of the package, read by the build and by every output file."""

__version__ = "0.2.0"
