"""How many bond presets agree on each hydrogen bond."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from il2struct.bonds.criteria import PRESETS
from il2struct.bonds.find import concordance, find_bonds
from il2struct.interface.interface import Interface
from il2struct.results.columns import Columns, stacked
from il2struct.results.interface_tables import atom_columns
from il2struct.structure.named import NamedEntry
from il2struct.tables import column_names, frame

if TYPE_CHECKING:
    import pandas as pd


def concordance_table(
    named: NamedEntry, interfaces: Sequence[Interface]
) -> "pd.DataFrame":
    """
    Say of every hydrogen bond which presets find it: the table ``concordance``.

    Bonds that a preset finds only with a flip or a protonation do not count.

    Parameters
    ----------
    named : NamedEntry
    interfaces : sequence of Interface
        The preset they were measured with does not matter.
    """
    parts = [_rows(named, interface) for interface in interfaces]
    return frame("concordance", stacked(parts, column_names("concordance")))


def _rows(named: NamedEntry, interface: Interface) -> Columns:
    by_preset = {
        name: find_bonds(
            interface.sides[0].prepared,
            interface.sides[1].prepared,
            criteria=criteria,
        )
        for name, criteria in PRESETS.items()
    }
    agreed = concordance(by_preset)
    length = len(agreed.index_1)
    columns: Columns = {
        "entry_id": np.full(length, named.entry.entry_id),
        "complex_id": np.full(length, interface.complex_id),
        "interface_id": np.full(length, interface.interface_id),
    }
    names = ("auth_asym_id", "mature_number", "auth_number", "residue_name")
    for side, rows in ((1, agreed.index_1), (2, agreed.index_2)):
        columns |= atom_columns(named, interface, side, rows, names)
    found = agreed.is_counted
    return columns | {
        "distance_a": agreed.distance_a,
        "n_presets": agreed.n_presets,
        "presets": np.array(
            [" ".join(np.array(agreed.presets)[mask].tolist()) for mask in found],
            dtype=np.str_,
        ),
    }
