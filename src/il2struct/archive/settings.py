"""Where structure files are looked for, and how patiently."""

import logging
import os
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from il2struct.archive.files import EntryId, is_folder, user_path
from il2struct.errors import ParameterError

logger = logging.getLogger(__name__)

#: Environment variable with mirror folders, separated as in PATH.
MIRROR_VARIABLE: Final = "IL2STRUCT_MIRROR"

#: Environment variable with the folder that keeps downloads.
STRUCTURES_VARIABLE: Final = "IL2STRUCT_STRUCTURES"

#: What a URL template may use: 2erj, 2ERJ, pdb_00002erj, er.
_TEMPLATE_FIELDS: Final = frozenset({"id4", "ID4", "id12", "middle"})


def _fields(template: str) -> set[str]:
    parts = string.Formatter().parse(template)
    return {field for _, field, _, _ in parts if field is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A server that hands out structure files."""

    #: How messages call it.
    name: str
    #: URL templates of each format, tried in order. They may use ``{id4}`` (2erj), ``{ID4}``
    #: (2ERJ), ``{id12}`` (pdb_00002erj) and ``{middle}`` (er). A template that needs the
    #: four-character form is passed over for an entry that has none.
    mmcif: tuple[str, ...]
    pdb: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for template in self.mmcif + self.pdb:
            unknown = _fields(template) - _TEMPLATE_FIELDS
            if unknown:
                raise ParameterError(
                    f"The URL template {template!r} of {self.name} uses {sorted(unknown)}; "
                    f"it may use {sorted(_TEMPLATE_FIELDS)}."
                )


#: Order of trial. Classic IDs: the download services of RCSB and PDBe, and the divided tree of
#: the archive. Extended IDs: RCSB's service takes them too
#: (https://www.rcsb.org/news/feature/67edb35096cbbd16fc52edaf); the trees of wwPDB and of the
#: EBI are those of the beta archive (https://www.wwpdb.org/ftp/pdb-beta-ftp-sites), which
#: replaces the divided tree on 21 July 2027 and whose address stays valid after that
#: (https://rcsb.org/news/69ebcdca1103c56d3f444159).
DEFAULT_SITES: Final = (
    Site(
        name="RCSB",
        mmcif=(
            "https://files.rcsb.org/download/{ID4}.cif.gz",
            "https://files.rcsb.org/download/{id12}.cif.gz",
        ),
        pdb=("https://files.rcsb.org/download/{ID4}.pdb.gz",),
    ),
    Site(
        name="PDBe",
        mmcif=(
            "https://www.ebi.ac.uk/pdbe/entry-files/download/{id4}.cif",
            "https://ftp.ebi.ac.uk/pub/databases/wwpdb/pdb/data/entries/{middle}/{id12}/structures/{id12}.cif.gz",
        ),
        pdb=("https://www.ebi.ac.uk/pdbe/entry-files/download/pdb{id4}.ent",),
    ),
    Site(
        name="wwPDB",
        mmcif=(
            "https://files.wwpdb.org/pub/pdb/data/structures/divided/mmCIF/{middle}/{id4}.cif.gz",
            "https://files-beta.wwpdb.org/pub/wwpdb/pdb/data/entries/{middle}/{id12}/structures/{id12}.cif.gz",
        ),
        pdb=(
            "https://files.wwpdb.org/pub/pdb/data/structures/divided/pdb/{middle}/pdb{id4}.ent.gz",
            "https://files-beta.wwpdb.org/pub/wwpdb/pdb/data/entries/{middle}/{id12}/structures/{id12}.pdb.gz",
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveSettings:
    """Where structure files are looked for, and how patiently."""

    #: Folder that keeps downloads; made when first needed.
    cache: Path
    #: Folders with copies of the archive, flat or divided; never written to.
    mirrors: tuple[Path, ...] = ()
    #: Never open a connection.
    offline: bool = False
    #: Servers in the order of trial.
    sites: tuple[Site, ...] = DEFAULT_SITES
    #: Longest wait for a connection, and for the next bytes.
    connect_timeout_s: float = 10.0
    read_timeout_s: float = 30.0
    #: Longest time for one URL, all its tries together.
    total_timeout_s: float = 300.0
    #: How often a URL is tried when the server is busy or the connection breaks.
    tries: int = 3
    #: Wait before the second try; each further wait is twice as long.
    first_wait_s: float = 1.0
    #: Largest file accepted, packed or unpacked: the largest entries unpack to about 1 GB of mmCIF.
    max_bytes: int = 4 * 1024**3

    def __post_init__(self) -> None:
        timeouts = ("connect_timeout_s", "read_timeout_s", "total_timeout_s")
        for name in (*timeouts, "tries", "max_bytes"):
            value = getattr(self, name)
            if not value > 0:
                raise ParameterError(f"{name} must be positive, not {value}.")
        if not self.first_wait_s >= 0:
            raise ParameterError(
                f"first_wait_s must not be negative ({self.first_wait_s})."
            )


def default_settings(
    *,
    mirrors: Iterable[str | Path] | None = None,
    cache: str | Path | None = None,
    offline: bool = False,
    environ: Mapping[str, str] = os.environ,
) -> ArchiveSettings:
    """
    Gather settings from options first, the environment second, sensible folders third.

    A text of ``mirrors`` may name several, separated as in PATH; without it they are those of the
    variable ``IL2STRUCT_MIRROR``. The cache is that of ``IL2STRUCT_STRUCTURES``, else
    ``structures/`` of the il2struct checkout around the current directory, else the user's cache
    folder. `ParameterError` if a mirror given as an option is not a folder.
    """
    if mirrors is None:
        named = _split_folders([environ.get(MIRROR_VARIABLE, "")])
        folders = tuple(folder for folder in named if is_folder(folder))
        # A stale variable must not stop a run that can do without.
        for folder in sorted(set(named) - set(folders)):
            logger.warning(
                "%s names %s, which is not a folder", MIRROR_VARIABLE, folder
            )
    else:
        folders = _split_folders(mirrors)
        for folder in folders:
            if not is_folder(folder):
                raise ParameterError(
                    f"The mirror {folder} is not a folder; give the folder that holds the files "
                    f"or the divided archive."
                )
    return ArchiveSettings(
        mirrors=folders, cache=_cache_folder(cache, environ=environ), offline=offline
    )


def entry_urls(templates: Iterable[str], entry_id: EntryId) -> tuple[str, ...]:
    """
    Fill URL templates for an entry, without those it has no ID for.

    Examples
    --------
    >>> from il2struct.archive.files import parse_entry_id
    >>> entry_urls(["x/{middle}/{id4}.cif", "x/{id12}.cif"], parse_entry_id("2ERJ"))
    ('x/er/2erj.cif', 'x/pdb_00002erj.cif')
    >>> entry_urls(["x/{middle}/{id4}.cif", "x/{id12}.cif"], parse_entry_id("pdb_10001abc"))
    ('x/pdb_10001abc.cif',)
    """
    values = {"id12": entry_id.extended, "middle": entry_id.middle}
    if entry_id.short is not None:
        values |= {"id4": entry_id.short.lower(), "ID4": entry_id.short}
    return tuple(
        template.format_map(values)
        for template in templates
        if _fields(template) <= values.keys()
    )


def _split_folders(folders: Iterable[str | Path]) -> tuple[Path, ...]:
    paths: list[Path] = []
    for folder in folders:
        parts = [folder] if isinstance(folder, Path) else folder.split(os.pathsep)
        # The shell does not expand "~" after a separator.
        paths += [user_path(str(part)) for part in parts if str(part).strip()]
    return tuple(dict.fromkeys(paths))


def _cache_folder(cache: str | Path | None, *, environ: Mapping[str, str]) -> Path:
    if chosen := cache or environ.get(STRUCTURES_VARIABLE, "").strip():
        return user_path(str(chosen))
    for folder in (Path.cwd(), *Path.cwd().parents):
        if _is_checkout(folder):
            return folder / "structures"
    from platformdirs import user_cache_path

    return user_cache_path("il2struct", appauthor=False) / "structures"


def _is_checkout(folder: Path) -> bool:
    project = folder / "pyproject.toml"
    if not ((folder / "structures").is_dir() and project.is_file()):
        return False
    import tomllib

    try:
        table = tomllib.loads(project.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    section = table.get("project")
    return isinstance(section, dict) and section.get("name") == "il2struct"
