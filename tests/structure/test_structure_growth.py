"""The pH at which a crystal grew, from either format."""

import math

import gemmi
import pytest

from il2struct.structure.growth import growth_ph_in_mmcif, growth_ph_in_pdb
from il2struct.structure.read import read_structure

FIELD = "REMARK 200  PH                             : "
WORDS = "REMARK 280 CRYSTALLIZATION CONDITIONS: "


@pytest.mark.parametrize(
    ("remarks", "ph"),
    [
        ([FIELD + "5.1", WORDS + "PROTEIN IN TRIS PH 8.0"], 5.1),
        ([FIELD + "NULL", WORDS + "0.1 M CITRATE PH 4.0"], 4.0),
        ([WORDS + "CITRATE, PH", "REMARK 280  5.5, VAPOR DIFFUSION"], 5.5),
        ([WORDS + "TRIS PH=8.5, 20 % PEG"], 8.5),
        # The buffer of the protein and that of the drop: nobody says which.
        ([WORDS + "TRIS PH 8.0 AGAINST CITRATE PH 4.0"], math.nan),
        # A range is no pH, nor is a word that ends alike.
        ([WORDS + "PH 5.0 - 6.0"], math.nan),
        ([WORDS + "GRAPH 7.0"], math.nan),
        ([FIELD + "70"], math.nan),
        ([FIELD + "NULL"], math.nan),
        ([], math.nan),
    ],
)
def test_the_field_comes_before_the_words(remarks, ph):
    found = growth_ph_in_pdb(remarks)
    assert found == ph or (math.isnan(found) and math.isnan(ph))


@pytest.mark.parametrize(
    ("text", "ph"),
    [
        ("_exptl_crystal_grow.pH 6.1", 6.1),
        ("_exptl_crystal_grow.pH ?", math.nan),
        ("_cell.length_a 1", math.nan),
        ("loop_\n_exptl_crystal_grow.pH\n7.0\n7.0", 7.0),
        ("loop_\n_exptl_crystal_grow.pH\n7.0\n8.0", math.nan),
    ],
)
def test_crystals_that_differ_have_no_one_ph(text, ph):
    block = gemmi.cif.read_string(f"data_X\n{text}\n").sole_block()
    found = growth_ph_in_mmcif(block)
    assert found == ph or (math.isnan(found) and math.isnan(ph))


@pytest.mark.parametrize(
    ("name", "ph"),
    [("2ERJ.pdb.gz", 5.1), ("2B5I.pdb.gz", 6.1), ("2B5I.cif.gz", 6.1)],
)
def test_ph_of_the_complexes(mirror, name, ph):
    assert read_structure(mirror / name).growth_ph == ph
