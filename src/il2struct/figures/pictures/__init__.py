"""Pictures of molecules, and the words and bars that stand on them."""
