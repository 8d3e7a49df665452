"""Mutations as people write them, and what the literature says of known ones."""

import csv
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from cut import truncated
from il2struct.errors import ParameterError
from il2struct.interface.interface import interface_parameters
from il2struct.interface.measure import interfaces_of
from il2struct.lattice.measure import measured_contacts
from il2struct.results.interfaces import InterfaceResults
from il2struct.results.study import Study
from il2struct.several import Studies
from il2struct.structure.named import name_entry
from il2struct.variants import (
    PUBLISHED,
    lattice_variant_table,
    new_and_lost_sequons,
    parse_variant,
    read_variants,
    variant_table,
)


@pytest.mark.parametrize(
    ("text", "mutations"),
    [
        ("IL2:F42A", "F42A"),
        ("il-2: f42a, y45a ,L72G", "F42A Y45A L72G"),
        ("CD25:R36A/D6A", "R36A D6A"),
        ("IL-2Rα:R36A", "R36A"),
    ],
)
def test_spellings(text, mutations):
    variant = parse_variant(text)
    assert " ".join(map(str, variant.mutations)) == mutations
    assert variant.reference.species == "human"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("F42A", "is written PROTEIN:MUTATIONS"),
        ("IL2:", "names no mutation"),
        ("IL2:F42", "'F42' in 'IL2:F42' is no mutation"),
        ("IL2:F42B", "is no mutation"),
        ("IL2:F42AA", "is no mutation"),
        ("xyz:F42A", "'xyz' is no protein of the family"),
        ("IL2:F62A", "counted along the precursor: write IL2:F42A"),
        ("IL2:F43A,Y46A", "counted with a start Met: write IL2:F42A,Y45A"),
        ("IL2:W42A", r"W42A \(residue 42 is F\); look at the sequence"),
        ("IL2:F4200A", r"residue 4200 is not there"),
    ],
)
def test_what_cannot_be_a_mutation_is_said(text, words):
    with pytest.raises(ParameterError, match=words):
        parse_variant(text)


@pytest.mark.parametrize("delimiter", ["\t", ","])
def test_a_table(tmp_path, delimiter):
    path = tmp_path / "muteins.tsv"
    rows = [
        ("name", "protein", "mutations", "source"),
        ("no-alpha", "IL2", "F42A Y45A L72G", "somewhere"),
        ("des", "IL2RG", "E46A", ""),
    ]
    path.write_text("# mine\n" + "\n".join(delimiter.join(row) for row in rows))
    variants = read_variants(path)
    assert [v.name for v in variants] == ["no-alpha", "des"]
    assert len(variants[0].mutations) == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds no variants"),
        ("name\tmutations\na\tF42A", "lacks the column protein"),
        (
            "name\tprotein\tmutations\na\tIL2\tF62A\nb\tIL2\tW1A",
            "(?s)a: .*F42A.*b: .*W1A",
        ),
    ],
)
def test_a_bad_table(tmp_path, text, words):
    path = tmp_path / "bad.tsv"
    path.write_text(text)
    with pytest.raises(ParameterError, match=words):
        read_variants(path)
    with pytest.raises(ParameterError, match="cannot be read"):
        read_variants(tmp_path / "none.tsv")


def test_published_muteins_fit_the_sequence_and_have_sources():
    variants = read_variants(Path(PUBLISHED))
    assert {"super-2", "F42Q", "N88D"} <= {variant.name for variant in variants}
    text = (resources.files("il2struct.data") / "muteins.tsv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()[1:], delimiter="\t"))
    assert len(rows) == len(variants)
    assert all(row["effect"] for row in rows)
    assert all(row["source"] for row in rows)


def test_sequons():
    # IL-2 has N88-I89-N90: Ser in place of N90 makes a site.
    variant = parse_variant("IL2:N90S")
    assert new_and_lost_sequons(variant) == (("N88",), ())
    # CD25 has N49-S50-S51.
    reference = parse_variant("CD25:S51A")
    assert new_and_lost_sequons(reference) == ((), ("N49",))


@pytest.fixture(scope="module")
def results(named_entry):
    return [
        InterfaceResults(named, interfaces_of(named))
        for named in map(named_entry, ("2ERJ.pdb", "2B5I.cif", "1Z92.pdb"))
    ]


@pytest.mark.entries
class TestPublished:
    @pytest.mark.parametrize(
        ("text", "partners"),
        [
            # Muteins that lost α, β or γc and kept the others.
            ("IL2:F42A", {"IL2RA"}),
            ("IL2:K43E", {"IL2RA"}),
            ("IL2:Y45A", {"IL2RA"}),
            ("IL2:E62A", {"IL2RA"}),
            ("IL2:D20T", {"IL2RB"}),
            ("IL2:N88D", {"IL2RB"}),
            ("IL2:Q126T", {"IL2RG"}),
            ("IL2:S130A", {"IL2RG"}),
        ],
    )
    def test_which_receptor(self, results, text, partners):
        rows = variant_table(results, [parse_variant(text)])
        there = rows[rows["where"] == "in the interface"]
        assert set(there["partner"]) == partners
        # In every copy that has the interface.
        assert len(there) == (4 if partners == {"IL2RA"} else 3)

    def test_none_of_the_beta_enhanced_form_touches_alpha(self, results):
        variant = parse_variant("IL2:L80F,R81D,L85V,I86V,I92F")
        rows = variant_table(results, [variant])
        alpha = rows[rows["partner"] == "IL2RA"]
        assert len(alpha)
        assert set(alpha["where"]) == {"elsewhere"}
        assert (alpha["distance_a"] > 8).all()
        missing = rows[(rows["entry_id"] == "1Z92") & (rows["mutation"] == "L80F")]
        assert list(missing["where"]) == ["not modelled"]

    def test_of_all_mutations_at_once(self, results):
        rows = variant_table(results[1:2], [parse_variant("IL2:F42A,Y45A,L72G")])
        alpha = rows[rows["partner"] == "IL2RA"].set_index("mutation")
        assert list(alpha.index) == ["F42A", "Y45A", "L72G", "all"]
        single = alpha.loc[["F42A", "Y45A", "L72G"]]
        assert alpha.loc["all", "buried_a2"] == pytest.approx(single["buried_a2"].sum())
        assert alpha.loc["all", "area_loss_a2"] > single["area_loss_a2"].max()
        assert alpha.loc["all", "letters"] == "FYL"
        # Each mutation alone leaves no more than what it lost a bond to.
        assert (single["n_unsatisfied_new"] <= 2).all()
        # Y45 lies over R35 and R36 of α.
        assert "cation-π to Arg35" in alpha.loc["Y45A", "bonds_lost"]

    def test_a_protein_that_is_not_there(self, results):
        rows = variant_table(results[2:], [parse_variant("IL2RB:H133A")])
        assert list(rows["where"]) == ["no IL2RB in the entry"]

    def test_without_the_side_chain_is_as_a_file_without_it(
        self, results, real_text, read_text_as
    ):
        kept = [
            line if line[17:26] != "PHE A  42" else f"{line[:17]}ALA{line[20:]}"
            for line in real_text("1Z92.pdb").splitlines()
            if not (
                line.startswith("ATOM")
                and line[17:26] == "PHE A  42"
                and line[12:16].strip() not in {"N", "CA", "C", "O", "CB"}
            )
        ]
        named = name_entry(read_text_as("\n".join(kept), "cut.pdb"))
        cut = InterfaceResults(
            named, interfaces_of(named, parameters=interface_parameters(sc="value"))
        ).table
        entry = results[2].named
        fit = interface_parameters(sc="value")
        scored = InterfaceResults(entry, interfaces_of(entry, parameters=fit))
        whole = scored.table
        (row,) = variant_table([scored], [parse_variant("IL2:F42A")]).to_dict("records")
        assert row["sc_loss"] == pytest.approx(
            whole["sc"].iloc[0] - cut["sc"].iloc[0], abs=1e-9
        )
        (plain,) = variant_table(results[2:], [parse_variant("IL2:F42A")]).to_dict(
            "records"
        )
        assert np.isnan(plain["sc_loss"])
        assert plain["area_loss_a2"] == row["area_loss_a2"]
        loss = whole["area_per_side_a2"].iloc[0] - cut["area_per_side_a2"].iloc[0]
        assert row["area_loss_a2"] == pytest.approx(loss, abs=1e-9)

    def test_in_the_crystal_gamma_e46_holds_the_neighbours_alpha(self, results):
        named = results[0].named
        rows = lattice_variant_table(named, [parse_variant("IL2RG:E46A")])
        assert list(rows["partner"]) == [
            name.split("/")[0] for name in rows["interface_id"]
        ]
        assert all(name.startswith("IL2RA/IL2RG[1_5") for name in rows["interface_id"])
        assert len(rows) == 2  # copies
        assert rows["bonds_lost"].str.contains("to Glu144").all()
        cut = truncated(
            named.entry,
            np.flatnonzero(
                np.isin(named.entry.residues.auth_asym_id, ["C", "G"])
                & (named.entry.residues.auth_number == 46)
            ),
        )
        areas = [
            {
                member.interface.interface_id: member.interface.burial.area_per_side_a2
                for member in measured_contacts(name_entry(entry))
            }
            for entry in (named.entry, cut)
        ]
        lost = [areas[0][name] - areas[1][name] for name in rows["interface_id"]]
        np.testing.assert_allclose(rows["area_loss_a2"], lost, atol=1e-9)
        every = Studies((Study(named),)).variants(["IL2RG:E46A"], lattice=True)
        assert set(rows["interface_id"]) < set(every["interface_id"])
        # F42 lies on α inside the complex and in no contact of the crystal with anything.
        inside = lattice_variant_table(named, [parse_variant("IL2:F42A")])
        assert inside.empty

    def test_truncation_keeps_all_else(self, results):
        entry = results[0].named.entry
        row = int(np.flatnonzero(entry.residues.name == "TRP")[0])
        cut = truncated(entry, [row])
        assert len(cut.atoms) == len(entry.atoms) - 9
        assert cut.residues.name[row] == "ALA"
        for i in (row - 1, row, row + 1):
            atoms = cut.atoms.residue_index[
                cut.residues.atom_start[i] : cut.residues.atom_stop[i]
            ]
            assert set(atoms) == {i}
        bare = truncated(entry, [row], name="GLY")
        assert len(bare.atoms) == len(cut.atoms) - 1
