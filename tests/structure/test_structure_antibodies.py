"""Heavy and light chains of antibodies: told by what every variable domain keeps, and paired."""

import pytest

from il2struct.structure.family import shipped_family
from il2struct.structure.roles import antibody_chains, kind_of

#: Variable domains as those of D1.3 (1FDL), and a λ chain.
HEAVY = (
    "QVQLKESGPGLVAPSQSLSITCTVSGFSLTGYGVNWVRQPPGKGLEWLGMIWGDGNTDYNSALKSRLSISKDNSKSQVFLKMNSLHTDDTARYYC"
    "ARERDYRLDYWGQGTTLTVSS"
)
KAPPA = (
    "DIQMTQSPASLSASVGETVTITCRASGNIHNYLAWYQQKQGKSPQLLVYYTTTLADGVPSRFSGSGSGTQYSLKINSLQPEDFGSYYCQHFWSTP"
    "RTFGGGTKLEIK"
)
LAMBDA = (
    "QSVLTQPPSVSGAPGQRVTISCTGSSSNIGAGYDVHWYQQLPGTAPKLLIYGNSNRPSGVPDRFSGSKSGTSASLAITGLQAEDEADYYCQSYDS"
    "SLSGSVFGGGTKLTVL"
)
#: Vβ of a T-cell receptor: Phe-Gly as in a light chain, but Tyr-Arg-Gln behind the Trp.
T_CELL = (
    "NAGVTQTPKFQVLKTGQSMTLQCAQDMNHEYMSWYRQDPGMGLRLIHYSVGAGITDQGEVPNGYNVSRSTTEDFPLRLLSAAPSQTSVYFCASRP"
    "GLAGGRPEQYFGPGTRLTVT"
)


@pytest.mark.parametrize(
    ("sequence", "kind"),
    [
        (HEAVY, "heavy"),
        (KAPPA, "light"),
        (LAMBDA, "light"),
        ("GS" + HEAVY + "AKTTPPSVYPLAPGSAAQTNSMVTLGCLVKGYFPEPVTVTWNSG", "heavy"),
        (HEAVY + "GGGGSGGGGSGGGGS" + KAPPA, ""),  # a single-chain Fv is both
        (HEAVY.replace("WGQG", "WAQA"), ""),
        (T_CELL, ""),
        ("", ""),
    ],
)
def test_kinds(sequence, kind):
    assert kind_of(sequence) == kind


def test_receptors_and_cytokines_are_no_antibodies():
    assert {kind_of(r.sequence) for r in shipped_family().references} == {""}


@pytest.mark.entries
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("1FDL.pdb", "L=Fab 1 light H=Fab 1 heavy"),
        ("1A2Y.pdb", "A=Fab 1 light B=Fab 1 heavy"),
        ("1KIP.cif", "A=Fab 1 light B=Fab 1 heavy"),
        ("1NCB.cif", "L=Fab 1 light H=Fab 1 heavy"),
        ("3HFM.pdb", "L=Fab 1 light H=Fab 1 heavy"),
        ("5LQB.pdb", "H=Fab 1 heavy L=Fab 1 light"),
        ("9HIH.pdb", "H=Fab 1 heavy L:188-401=Fab 1 light"),
        (
            "3NFP.pdb",
            "A=Fab 1 heavy B=Fab 1 light H=Fab 2 heavy L=Fab 2 light",
        ),
        (
            "1IGY.cif",
            "A=Fab 1 light B=Fab 1 heavy C=Fab 2 light D=Fab 2 heavy",
        ),
        ("2B5I.pdb", ""),
        ("3HHR.pdb", ""),
        ("4HHB.pdb", ""),
    ],
)
def test_chains_of_entries(named_entry, name, expected):
    found = antibody_chains(named_entry(name).entry)
    assert " ".join(f"{each.auth_asym_id}={each.name}" for each in found) == expected


@pytest.mark.entries
def test_a_light_chain_without_its_heavy_one_has_no_number(real_text, read_text_as):
    lines = real_text("1FDL.pdb").splitlines(keepends=True)
    kept = [
        line
        for line in lines
        if line[:4] in ("ATOM", "CRYS") and (line[:4] == "CRYS" or line[21] == "L")
    ]
    (found,) = antibody_chains(read_text_as("".join(kept)))
    assert (found.name, found.number) == ("light", 0)
