"""Makes the modules beside the tests importable, as scripts of this folder see them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
