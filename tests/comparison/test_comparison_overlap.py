"""Who blocks whom: antibodies and receptors whose blocking is published."""

import pytest

from il2struct.comparison.overlap import COLLISION_A, MIN_COLLISIONS, overlap_tables
from il2struct.errors import ParameterError
from il2struct.interface.measure import interfaces_of
from il2struct.results.interfaces import InterfaceResults
from il2struct.structure.named import name_entry

pytestmark = pytest.mark.entries


@pytest.fixture(scope="module")
def tables(named_entry):
    names = ("2B5I.cif", "5LQB.pdb", "3NFP.pdb", "1PY2.pdb")
    return overlap_tables([named_entry(name) for name in names])


def row_of(table, protein, *partners):
    pair = sorted(partners)
    found = table[
        (table["protein"] == protein)
        & table.apply(
            lambda row: sorted((row["partner_1"], row["partner_2"])) == pair, axis=1
        )
    ]
    assert len(found) == 1
    return found.iloc[0]


@pytest.mark.parametrize(
    ("protein", "partners", "overlap", "verdict"),
    [
        # NARA1 competes with CD25 for IL-2 and leaves CD122 free (Arenas-Ramirez et al. 2016 Sci
        # Transl Med 8:367ra166).
        ("IL2", ("5LQB:Fab 1", "IL2RA"), (0.47, 0.47), "exclude each other"),
        ("IL2", ("5LQB:Fab 1", "IL2RB"), (0.0, 0.0), "bind side by side"),
        # Daclizumab covers the site of IL-2 on CD25 (Yang et al. 2010 Cell Res 20:1361).
        ("IL2RA", ("3NFP:Fab 1", "IL2"), (0.59, 0.60), "exclude each other"),
        # The inhibitor FRH (SP4206) lies where CD25 binds (Thanos et al. 2006 PNAS 103:15422).
        ("IL2", ("FRH", "IL2RA"), (0.73, 0.79), "exclude each other"),
        ("IL2", ("FRH", "IL2RB"), (0.0, 0.0), "bind side by side"),
        ("IL2", ("IL2RA", "IL2RB"), (0.0, 0.0), "bind together"),
        ("IL2RB", ("IL2", "IL2RG"), (0.11, 0.11), "bind together"),
    ],
)
def test_published_blocking(tables, protein, partners, overlap, verdict):
    row = row_of(tables["overlap"], protein, *partners)
    assert row["verdict"] == verdict
    assert row["overlap_minimum"] == pytest.approx(overlap[0], abs=0.006)
    assert row["overlap_maximum"] == pytest.approx(overlap[1], abs=0.006)
    assert (row["n_collisions_minimum"] >= MIN_COLLISIONS) == (verdict[:7] == "exclude")
    assert row["sentence"].startswith(f"{row['partner_1']} and {row['partner_2']} on")


def test_one_antibody_in_two_complexes_is_one_partner(tables):
    row = row_of(tables["overlap"], "IL2RA", "3NFP:Fab 1", "IL2")
    assert row["n_copies"] == 2
    assert row["n_together"] == 0


def test_sites_are_those_of_the_interface_tables(tables, named_entry):
    sites = tables["overlap_sites"]
    named = named_entry("2B5I.cif")
    residues = InterfaceResults(named, interfaces_of(named))["IL2/IL2RA"].residues
    residues = residues[residues["is_interface"] & (residues["role"] == "IL2")]
    found = sites.query("protein == 'IL2' and partner == 'IL2RA'")
    assert list(found["residue"]) == sorted(residues["mature_number"])
    assert found["buried_a2"].sum() == pytest.approx(residues["buried_a2"].sum())


def test_shared_residues_by_sets(tables):
    sites = tables["overlap_sites"]
    by_site = {
        key: dict(zip(rows["residue"], rows["buried_a2"], strict=True))
        for key, rows in sites.groupby(["protein", "partner", "complex"])
    }
    for row in tables["overlap_copies"].itertuples():
        one = by_site[row.protein, row.partner_1, row.complex_1]
        two = by_site[row.protein, row.partner_2, row.complex_2]
        shared = one.keys() & two.keys()
        assert row.n_shared == len(shared)
        assert row.overlap_fraction == len(shared) / min(len(one), len(two))
        assert row.shared_area_a2 == pytest.approx(
            sum(min(one[n], two[n]) for n in shared)
        )


def test_partners_without_a_role(named_entry):
    # Barnase alone beside itself: its copies have one partner only, barstar.
    with pytest.raises(ParameterError, match="no protein of these entries has two"):
        overlap_tables([named_entry("1BRS.pdb")])


def test_chains_renamed_and_moved_change_nothing(
    tables, named_entry, real_text, read_text_as
):
    # 5LQB a hundred ångström away: collisions are those of the superposed complexes.
    moved = []
    for line in real_text("5LQB.pdb").splitlines():
        if line.startswith(("ATOM", "HETATM")):
            line = f"{line[:30]}{float(line[30:38]) + 100:8.3f}{line[38:]}"
        if not line.startswith(("CRYST1", "SCALE", "ORIGX", "REMARK")):
            moved.append(line)
    entry = read_text_as("\n".join(moved), "5LQB.pdb")
    names = ("2B5I.cif", "3NFP.pdb")
    again = overlap_tables(
        [named_entry(names[0]), name_entry(entry), named_entry(names[1])]
    )
    for partner in ("IL2RA", "IL2RB", "IL2RG"):
        old, new = (
            row_of(t["overlap"], "IL2", "5LQB:Fab 1", partner) for t in (tables, again)
        )
        assert new["overlap_mean"] == old["overlap_mean"]
        # Three decimals of a file against a distance to the hair.
        assert new["n_collisions_maximum"] == pytest.approx(
            old["n_collisions_maximum"], abs=3
        )
    assert COLLISION_A < 2.6  # hydrogen bonds collide nowhere
