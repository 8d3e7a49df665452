"""
From what a user names to a sound structure file on disk: the only code that uses the network.

The order is: an explicit path; mirror folders; the cache; then RCSB, PDBe and wwPDB over HTTPS,
mmCIF before the legacy PDB format.
"""

from il2struct.archive.files import (
    EntryId,
    FileContent,
    Origin,
    Sidecar,
    StructureFile,
    looks_like_entry_id,
    parse_entry_id,
    read_sidecar,
    verify,
)
from il2struct.archive.retrieval import (
    Inputs,
    expand_inputs,
    fetch,
    locate,
    parse_source,
)
from il2struct.archive.settings import (
    DEFAULT_SITES,
    ArchiveSettings,
    Site,
    default_settings,
)

__all__ = [
    "DEFAULT_SITES", "ArchiveSettings", "EntryId", "FileContent", "Inputs", "Origin", "Sidecar",
    "Site", "StructureFile", "default_settings", "expand_inputs", "fetch", "locate",
    "looks_like_entry_id", "parse_entry_id", "parse_source", "read_sidecar", "verify",
]  # fmt: skip
