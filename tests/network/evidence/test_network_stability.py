"""What must not move a verdict: more entries, noise, other names, settings and formats, no glycans."""

from dataclasses import replace
from string import ascii_uppercase

import gemmi
import numpy as np
import pytest

from il2struct.network.evidence import study
from il2struct.structure.named import name_entry
from il2struct.structure.read import read_structure

pytestmark = [pytest.mark.entries, pytest.mark.slow]

CRYSTALS = ("2ERJ.pdb", "2B5I.pdb")
ADDED = ("1Z92.pdb", "1M47.pdb", "1M4C.pdb", "3QB7.cif", "2Z3R.cif")
#: Standard deviation of the noise in each coordinate, in Å.
NOISE_A = 0.3
N_SEEDS = 20


def verdicts(entries):
    """Verdict of every line of both pairs, with its reason."""
    return {
        (found.roles[1].value, line.number, line.quantity): (
            line.verdict.value,
            line.reason,
        )
        for found in study.network_studies(entries)
        for line in found.evidence
    }


def moved(found, expected):
    """Lines whose verdict differs without saying that the coordinates moved it."""
    return {
        key: (before, *found[key])
        for key, (before, _) in expected.items()
        if found[key][0] != before
        and "with coordinates like these" not in found[key][1]
    }


@pytest.fixture(scope="module", autouse=True)
def no_mutations():
    """No line asks the mutations that would test a contact, a fifth of the time of a study."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study, "point_mutations", lambda *_: ())
        yield


@pytest.fixture(scope="module")
def expected(named_entry):
    return verdicts([named_entry(name) for name in CRYSTALS])


def written(mirror, folder, name, change):
    """An entry after a change, written and read as mmCIF."""
    structure = gemmi.read_structure(str(mirror / f"{name}.gz"))
    structure.setup_entities()
    change(structure)
    path = folder / f"{name.split('.')[0]}.cif"
    structure.make_mmcif_document().write_file(str(path))
    return name_entry(read_structure(path))


def with_other_names(structure):
    names = {
        chain.name: new
        for chain, new in zip(structure[0], ascii_uppercase[::-1], strict=False)
    }
    for chain in structure[0]:
        chain.name = f"_{chain.name}"
    for chain in structure[0]:
        chain.name = names[chain.name[1:]]
    for link in structure.connections:
        for partner in (link.partner1, link.partner2):
            partner.chain_name = names.get(partner.chain_name, partner.chain_name)
    structure.assemblies.clear()


def with_other_axes(structure):
    """P 1: a, b, c become b, c, a; C 1 2 1 becomes A 1 2 1 by c, -b, a."""
    old = structure.cell
    if structure.spacegroup_hm == "P 1":
        new = gemmi.UnitCell(old.b, old.c, old.a, old.beta, old.gamma, old.alpha)
        name = "P 1"
    else:
        new = gemmi.UnitCell(old.c, old.b, old.a, old.alpha, old.beta, old.gamma)
        name = "A 1 2 1"
    for site in structure[0].all():
        x, y, z = old.fractionalize(site.atom.pos).tolist()
        place = (y, z, x) if name == "P 1" else (z, -y, x)
        site.atom.pos = new.orthogonalize(gemmi.Fractional(*place))
    structure.cell, structure.spacegroup_hm = new, name
    structure.assemblies.clear()


def without_glycans(structure):
    kept = (gemmi.EntityType.Polymer, gemmi.EntityType.Water)
    for chain in structure[0]:
        for i in range(len(chain) - 1, -1, -1):
            if chain[i].entity_type not in kept:
                del chain[i]
    structure.connections.clear()


@pytest.mark.parametrize("added", [("1Z92.pdb",), ADDED], ids=" ".join)
def test_other_entries_move_no_verdict(named_entry, expected, added):
    found = verdicts([named_entry(name) for name in (*CRYSTALS, *added)])
    assert not moved(found, expected)


@pytest.mark.parametrize("change", [with_other_names, with_other_axes, without_glycans])
def test_how_the_entries_are_written_moves_no_verdict(
    mirror, tmp_path, expected, change
):
    entries = [written(mirror, tmp_path, name, change) for name in CRYSTALS]
    assert not moved(verdicts(entries), expected)


@pytest.mark.parametrize("seed", range(N_SEEDS))
def test_noise_moves_no_verdict(named_entry, expected, seed):
    entries = []
    for i, name in enumerate(CRYSTALS):
        named = named_entry(name)
        atoms = named.entry.atoms
        noise = np.random.default_rng([seed, i]).normal(size=atoms.coords.shape)
        coords = atoms.coords + NOISE_A * noise
        entry = replace(named.entry, atoms=replace(atoms, coords=coords))
        entries.append(replace(named, entry=entry))
    assert not moved(verdicts(entries), expected)
