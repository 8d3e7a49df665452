"""Antibodies: heavy and light chains, their pairs and loops, with a library and without."""

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from il2struct.results.entry_tables import chain_table, numbering_table
from il2struct.structure import antibodies
from il2struct.structure.antibodies import (
    CONSERVED,
    antibody_chains,
    numbered_by,
    variable_domains,
)
from il2struct.structure.family import shipped_family
from il2struct.structure.named import name_entry


def forget():
    for kept in (antibodies._library, antibodies.variable_domains):
        kept.cache_clear()


@pytest.fixture(autouse=True)
def no_library(monkeypatch):
    """As if anarcism were not installed, whether it is or not."""
    monkeypatch.setitem(sys.modules, "anarcism", None)
    forget()
    yield
    monkeypatch.undo()
    forget()


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
#: Domains as nanobodies have them, Phe and Tyr behind Trp41, with their loops as anarcism 1.0.1 cuts them.
NANOBODIES = {
    "QVQLVESGGGSVQAGGSLRLSCTASGGSEYSYSTFSLGWFRQAPGQEREAVAAIASMGGLTYYADSVKGRFTISRDNAKNTVTLQMNNLKPEDTAIYYC"
    "AAVRGYFMRLPSSHNFRYWGQGTQVTVSS": ["GGSEYSYSTFS", "IASMGGLT", "AAVRGYFMRLPSSHNFRY"],
    "QVQLQESGGGLVQAGGSLRLSCAASGSIFSINTMGWYRQAPGKQRELVAAIHSGGSTNYANSVKGRFTISRDNAANTVYLQMNSLKPEDTAVYYC"
    "NVKDYGAVLYEYDYWGQGTQVTVSS": ["GSIFSINT", "IHSGGST", "NVKDYGAVLYEYDY"],
}
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
    found = variable_domains(sequence)
    assert (found.kind, found.source) == (kind, CONSERVED)


@pytest.mark.parametrize(("sequence", "loops"), NANOBODIES.items())
def test_nanobodies_are_heavy_and_have_loops(sequence, loops):
    found = variable_domains(sequence)
    letters = np.array(list(sequence))
    cut = ["".join(letters[found.cdr == name]) for name in ("CDR1", "CDR2", "CDR3")]
    assert (found.kind, cut) == ("heavy", loops)


#: Light chain of trastuzumab, and the loops of IMGT/mAb-DB (INN 7637).
TRASTUZUMAB = (
    "DIQMTQSPSSLSASVGDRVTITCRASQDVNTAVAWYQQKPGKAPKLLIYSASFLYSGVPSRFSGSRSGTDFTLTISSLQPEDFATYYCQQHYTTPP"
    "TFGQGTKVEIK"
)


@pytest.mark.parametrize(
    ("sequence", "loops"),
    [
        (TRASTUZUMAB, ["QDVNTA", "SAS", "QQHYTTPPT"]),
        (LAMBDA, ["SSNIGAGYD", "GNS", "QSYDSSLSGSV"]),
        # A framework of another length does not tell where CDR2 ends.
        (TRASTUZUMAB.replace("GSRSGTDF", "GDF"), ["QDVNTA", "", "QQHYTTPPT"]),
        (TRASTUZUMAB + "GGGGSGGGGS" + LAMBDA,
         ["QDVNTASSNIGAGYD", "SASGNS", "QQHYTTPPTQSYDSSLSGSV"]),
        (T_CELL, ["", "", ""]),
    ],
)  # fmt: skip
def test_loops_of_variable_domains(sequence, loops):
    marks = variable_domains(sequence).cdr
    letters = np.array(list(sequence))
    assert ["".join(letters[marks == f"CDR{k}"]) for k in (1, 2, 3)] == loops


def test_receptors_and_cytokines_are_no_antibodies():
    assert {variable_domains(r.sequence).kind for r in shipped_family().references} == {
        ""
    }


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


class Anarcism(ModuleType):
    """A library that finds one domain behind the first two letters, and T-cell receptors."""

    __version__ = "9.9"
    AnarcismError = RuntimeError

    def number_sequence(self, sequence):
        if len(sequence) > 1000:
            raise RuntimeError(sequence)
        assert set(sequence) <= set("ACDEFGHIKLMNPQRSTVWYX")
        numbering = [
            SimpleNamespace(
                sequence_index=place, position=25 + place,
                insertion_code="A" if place == 4 else " ",
                region="CDR1" if place > 2 else "FR1",
            )
            for place in range(2, 5)
        ]  # fmt: skip
        domain = SimpleNamespace(chain_type="K", numbering=numbering)
        receptor = SimpleNamespace(chain_type="B", numbering=numbering[:1])
        return SimpleNamespace(domains=[receptor, domain])


def test_a_library_numbers_where_it_is_installed(monkeypatch, named_entry):
    assert numbered_by() == CONSERVED
    named = named_entry("1FDL.pdb")
    (told,) = set(chain_table(named)["antibody_by"].dropna())
    assert told == CONSERVED
    assert numbering_table(named)["imgt_number"].isna().all()
    monkeypatch.setitem(sys.modules, "anarcism", Anarcism("anarcism"))
    forget()
    found = variable_domains("GUSVAT")
    assert (found.kind, found.source) == ("light", numbered_by())
    assert found.source == "anarcism 9.9"
    assert found.imgt.tolist() == ["", "", "27", "28", "29A", ""]
    assert found.cdr.tolist() == ["", "", "", "CDR1", "CDR1", ""]
    chains = chain_table(name_entry(named.entry))
    # Three light chains, none of which has a heavy one.
    assert set(chains["antibody"]) == {"light"}
    assert set(chains["antibody_by"]) == {"anarcism 9.9"}
    # What it refuses is told by its residues.
    assert variable_domains(HEAVY + 1000 * "A").source == CONSERVED
