"""Results in notebooks."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import gemmi
import pytest

from il2struct.results import scene as notebook
from il2struct.results.scene import HOW_TO_GET_IT, TOO_LARGE, headline, view_html
from il2struct.results.study import Study


class Tags(HTMLParser):
    """Collects the tags of a page and what its scripts hold."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002  # as called
        self.tags.append(tag)


@pytest.fixture
def without_py3dmol(monkeypatch):
    monkeypatch.setattr(notebook, "find_spec", lambda _name: None)


@pytest.fixture
def study(named_entry):
    return Study(named_entry("2B5I.pdb"))


@pytest.mark.entries
@pytest.mark.usefixtures("without_py3dmol")
def test_without_py3dmol_there_are_tables_and_one_line(study):
    for shown in (study, study.interfaces()):
        text = shown._repr_html_()
        assert text.endswith(HOW_TO_GET_IT)
        assert Tags(text).tags.count("table") == 1
        assert "script" not in Tags(text).tags


@pytest.mark.entries
def test_with_py3dmol_every_chain_is_shown_in_the_colour_of_its_role(study):
    text = study._repr_html_()
    assert text.count(".addModel(") == 4
    for colour in ("#882255", "#0077BB", "#88CCEE", "#EE7733"):
        assert colour in text
    assert Tags(text).tags.count("script") == 1
    assert HOW_TO_GET_IT not in text


@pytest.mark.entries
def test_bonds_of_interfaces_are_drawn_solid_and_dashed(study):
    results = study.interfaces()
    text = results._repr_html_()
    table = results.bonds
    salt = table["is_salt_bridge"]
    plain = table["is_hydrogen_bond"] & ~table["needs_flip"]
    plain &= ~table["needs_protonation"]
    rings = table["is_cation_pi"] | table["is_pi_stacking"]
    assert text.count(".addCylinder(") == (salt | plain | rings).sum()
    assert text.count('"dashed": false') == salt.sum()


@pytest.mark.entries
def test_an_interface_across_the_lattice_is_shown_where_it_stands(named_entry):
    from il2struct.lattice.contacts import ContactKind
    from il2struct.lattice.measure import measured_contacts

    named = named_entry("2B5I.pdb")
    found = next(
        m for m in measured_contacts(named) if m.contact.kind is ContactKind.CRYSTAL
    )
    sides = found.interface.sides
    text = view_html(named, [s.images[0] for s in sides], [found.interface])
    models = re.findall(r'\.addModel\(("(?:[^"\\]|\\.)*")', text)
    block = gemmi.cif.read_string(json.loads(models[1])).sole_block()
    first = next(
        iter(gemmi.make_structure_from_block(block)[0].all())
    ).atom.pos.tolist()
    # Three decimals are written.
    assert first == pytest.approx(sides[1].atoms.coords[0].tolist(), abs=1e-3)


HOSTILE = '<script>alert("x")</script></b>'


@pytest.mark.entries
def test_titles_names_and_chains_are_escaped(named_entry):
    named = named_entry("2B5I.pdb")
    entry = replace(named.entry, entry_id=HOSTILE, title=HOSTILE + "\n</table>")
    hostile = Study(replace(named, entry=entry))
    for shown in (hostile, hostile.interfaces()):
        text = shown._repr_html_()
        assert HOSTILE not in text
        assert "alert(" not in re.sub(r"&lt;script&gt;alert\(", "", text)
        assert Tags(text).tags.count("script") <= 1
        assert Tags(text).tags.count("table") == 1


@pytest.mark.entries
def test_chain_names_that_end_a_script_do_not(named_entry):
    import numpy as np

    from il2struct.structure.named import name_entry

    entry = named_entry("1BRS.pdb").entry
    bad = {"A": "</script><script>alert(1)//", "B": '"\nalert(1)'}
    residues = replace(
        entry.residues,
        auth_asym_id=np.array([bad.get(x, x) for x in entry.residues.auth_asym_id]),
    )
    chains = tuple(
        replace(c, auth_asym_id=bad.get(c.auth_asym_id, c.auth_asym_id))
        for c in entry.chains
    )
    named = name_entry(replace(entry, residues=residues, chains=chains, assemblies=()))
    text = Study(named)._repr_html_()
    assert Tags(text).tags.count("script") == 1
    body = text[text.index("<script>") :]
    assert "alert" not in body


@pytest.mark.entries
def test_a_capsid_gets_a_line_in_place_of_a_view(study, monkeypatch):
    monkeypatch.setattr(notebook, "MOST_IMAGES", 2)
    assert study._repr_html_().endswith(TOO_LARGE)


def test_headlines_are_escaped():
    assert headline("<a>", " & more") == "<p><b>&lt;a&gt;</b> &amp; more</p>"
