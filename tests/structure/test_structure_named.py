"""An entry opened as a few calls: what each step hands to the next."""

from dataclasses import replace

import pytest

from il2struct.archive import default_settings, locate, parse_entry_id
from il2struct.structure.family import Role
from il2struct.structure.named import name_entry, open_entry, read_file


@pytest.mark.entries
class TestOpening:
    def test_by_id_with_settings(self, mirror, tmp_path):
        settings = default_settings(mirrors=[mirror], cache=tmp_path, offline=True)
        for source in ("1Z92", parse_entry_id("1Z92"), mirror / "1Z92.pdb.gz"):
            named = open_entry(source, settings=settings)
            assert named.entry.entry_id == "1Z92"
            assert named.role_of == {"A": Role.IL2, "B": Role.IL2RA}

    def test_provenance_says_where_it_came_from(self, mirror, tmp_path):
        settings = default_settings(mirrors=[mirror], cache=tmp_path, offline=True)
        found = locate("1Z92", settings)
        entry = read_file(found)
        assert entry.provenance.origin == "mirror"
        assert entry.provenance.path == str(found.path)
        assert entry.provenance.sha256 == found.sha256
        assert entry.provenance.revision == found.revision

    def test_warnings_of_the_archive_become_notes(self, mirror):
        found = replace(
            locate(str(mirror / "1Z92.pdb.gz"), default_settings()),
            warnings=("it is old.",),
        )
        assert read_file(found).notes[0].message == "it is old."

    def test_parts_belong_together(self, named_entry):
        named = named_entry("2ERJ.pdb")
        chains = [chain.auth_asym_id for chain in named.entry.protein_chains]
        assert [role.auth_asym_id for role in named.roles] == chains
        assert list(named.role_of) == chains
        assert len(named.numbers.mature_number) == len(named.entry.residues)
        assert name_entry(named.entry).role_of == named.role_of
