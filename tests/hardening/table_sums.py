"""Print the checksum of every table of an entry: ``python table_sums.py FILE``."""

import hashlib
import json
import sys
from pathlib import Path

from il2struct.interface.interface import interface_parameters
from il2struct.results.study import load
from il2struct.results.text import as_csv, as_json


def table_sums(path: Path) -> dict[str, str]:
    """Return the checksum of each table as text, JSON included."""
    parameters = interface_parameters(sc="error")
    study = load(path, mirrors=[], offline=True)
    tables = {
        **study.tables(),
        **study.interfaces(parameters=parameters).tables(),
        "lattice_contacts": study.lattice(parameters=interface_parameters(sc="value")),
    }
    texts = {name: as_csv(table) for name, table in tables.items()}
    texts["json"] = as_json(tables)
    return {name: hashlib.sha256(t.encode()).hexdigest() for name, t in texts.items()}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(table_sums(Path(sys.argv[1]))))
