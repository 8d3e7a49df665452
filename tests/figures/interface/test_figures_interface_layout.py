"""Figures of single interfaces can be read, on those that are hardest to lay out."""

import pytest
from audit import figure_once, layout_faults, unlabelled_axes
from measured import measured

from il2struct.figures import (
    bond_ladder,
    complementarity_profile,
    contact_map,
)

#: Places of interfaces: all of the complex; one of the second complex of a file; a partner without
#: a role; large ones with author numbers and insertion codes; one of a symmetric tetramer.
HARD = {
    "2B5I.pdb": (0, 1, 2, 3),
    "2ERJ.pdb": (0, 4),
    "1Z92.pdb": (0,),
    "3QB7.cif": (0, 1),
    "1FDL.pdb": (0, 1, 2),
    "4HHB.pdb": (0, 2),
}
#: No figure is higher (Nature's guide: 170 mm).
HIGHEST_MM = 170.5


@pytest.mark.entries
@pytest.mark.slow
@pytest.mark.parametrize("name", HARD)
@pytest.mark.parametrize(
    "prepared",
    [contact_map, bond_ladder, complementarity_profile],
)
def test_text_can_be_read(prepared, name, named_entry):
    results = measured(named_entry(name))
    for place in HARD[name]:
        drawing = prepared(results, interface=place)
        assert layout_faults(drawing) == []
        assert drawing.height_mm <= HIGHEST_MM
    assert unlabelled_axes(figure_once(drawing)) == []
