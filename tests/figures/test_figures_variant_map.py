"""Mutation map: bars and marks are those of the tables, names stand apart."""

import pytest
from audit import figure_once, layout_faults, unlabelled_axes
from measured import measured, texts_of

from il2struct.errors import ParameterError
from il2struct.figures import variant_map

VARIANTS = ("IL2:F42A,Y45A,L72G", "IL2:D20T", "IL2:N88D", "IL2:Q126T", "IL2:L80F,I86V")


@pytest.fixture(scope="module")
def results(named_entry):
    names = ("2B5I.pdb", "5LQB.pdb", "3NFP.pdb", "9HIH.pdb")
    return [measured(named_entry(name)) for name in names]


@pytest.fixture(scope="module")
def drawing(results):
    return variant_map(results, VARIANTS)


@pytest.mark.entries
class TestMap:
    def test_bars_are_the_buried_areas(self, results, drawing):
        residues = results[0].residues
        own = residues[
            (residues.interface_id == "IL2/IL2RA")
            & (residues.side == 1)
            & (residues.buried_a2 > 0.0)
        ]
        table = drawing.table
        bars = table[
            (table.entry_id == "2B5I")
            & (table.interface_id == "IL2/IL2RA")
            & (table["mark"] == "bar")
        ]
        assert dict(zip(bars.mature_number, bars.buried_a2, strict=True)) == dict(
            zip(own.mature_number, own.buried_a2, strict=True)
        )

    def test_mutations_lie_where_the_literature_has_them(self, drawing):
        table = drawing.table
        marks = table[(table["mark"] == "mutation") & (table.entry_id == "2B5I")]
        on = {
            partner: set(group.mutation)
            for partner, group in marks[marks.buried_a2 > 0.0].groupby("partner")
        }
        assert on["IL2RA"] == {"F42A", "Y45A", "L72G"}
        assert on["IL2RB"] == {"D20T", "N88D"}
        assert on["IL2RG"] == {"Q126T"}

    def test_two_mutations_of_one_residue_have_a_row_each(self, results):
        table = variant_map(results[:1], ["IL2:F42A", "IL2:F42G,Y45A"]).table
        own = table[(table["mark"] == "mutation") & (table.partner == "IL2RA")]
        assert own.mutation.tolist() == ["F42A", "F42G", "Y45A"]
        assert own.mature_number.tolist() == [42, 42, 45]

    def test_every_mutation_is_named_and_every_partner(self, drawing):
        texts = " ".join(texts_of(figure_once(drawing)))
        for word in ("F42A", "L80F", "IL-2Rα", "γc", "5LQB", "9HIH", "Fab 1"):
            assert word in texts

    @pytest.mark.parametrize("width", [89.0, 183.0])
    def test_it_can_be_read_at_both_widths(self, results, width):
        drawing = variant_map(results, VARIANTS, width=width)
        assert layout_faults(drawing) == []
        assert unlabelled_axes(figure_once(drawing)) == []

    def test_what_makes_no_map_is_refused(self, results):
        with pytest.raises(ParameterError, match="one protein"):
            variant_map(results, ["IL2:F42A", "IL2RA:R36A"])
        with pytest.raises(ParameterError, match="one protein"):
            variant_map(results, [])
        with pytest.raises(ParameterError, match="has an interface of"):
            variant_map(results[2:3], ["IL2RB:H133A"])
