"""
Roles as data: what is known of each protein, read from a family file (TOML, with FASTA).

The shipped family is that of the common γ chain; a user's file adds roles, or species to a role.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar, Final, TypeAlias, TypeVar

from il2struct.errors import ParameterError

#: What a role may be called: it stands in file names and in ``--between``.
ROLE_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
#: Names that chains without a role have in tables.
RESERVED: Final = ("unknown", "nucleic")
#: N-X-S/T with X not proline (Marshall, Annu. Rev. Biochem. 41:673, 1972); overlapping ones too.
SEQUON: Final = re.compile(r"(?=N[^P][ST])")
#: Given in turn to roles of a file that names no colour.
DEFAULT_COLOURS: Final = ("#882255", "#EE7733", "#0077BB", "#88CCEE")

_FILE_KEYS: Final = frozenset({"sequences", "numbering_species", "roles"})
_ROLE_KEYS: Final = frozenset(
    {"symbol", "name", "aliases", "colour", "view", "binds", "species"}
)
_SPECIES_KEYS: Final = frozenset({
    "accession", "mature_start", "mature_source", "membrane_helix", "helix_source", "glycosylation",
    "sequence_source",
})  # fmt: skip
_COLOUR: Final = re.compile(r"#[0-9A-Fa-f]{6}")
_PROTEIN: Final = re.compile(r"[A-Z]+")
#: What stands for no single one of the twenty residues.
_UNUSUAL: Final = re.compile(r"[BJOUXZ]")
_GREEK: Final = {"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon"}

_Table: TypeAlias = dict[str, Any]
_T = TypeVar("_T")


class _RoleType(type):
    """Lets ``Role.IL2RA`` stand for ``Role("IL2RA")`` where the shipped family has it."""

    def __getattr__(cls, name: str) -> "Role":
        if name.startswith("_") or name not in {
            record.role for record in shipped_family().records
        }:
            raise AttributeError(name)
        return Role(name)

    def __iter__(cls) -> "Iterator[Role]":
        """Roles of the shipped family, in order, and ``unknown``."""
        yield from (record.role for record in shipped_family().records)
        yield Role.UNKNOWN


class Role(str, metaclass=_RoleType):
    """
    What a chain is: the name of a role of a family, or ``unknown``.

    One object a name, so that roles compare by ``is``. ``Role.IL2RA`` is ``Role("IL2RA")``.
    """

    __slots__ = ()

    UNKNOWN: ClassVar["Role"]
    _made: ClassVar[dict[str, "Role"]] = {}

    def __new__(cls, name: str) -> "Role":
        """Return the role of this name."""
        return cls._made.setdefault(str(name), str.__new__(cls, name))

    @property
    def value(self) -> str:
        """The name as plain text, as tables carry it."""
        return str(self)

    def __repr__(self) -> str:
        return f"<Role {self.value}>"

    def __reduce__(self) -> tuple[type["Role"], tuple[str]]:
        return Role, (self.value,)


Role.UNKNOWN = Role("unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The protein of a role in one species."""

    role: Role
    #: ``human``, ``mouse`` …
    species: str
    #: Accession.
    uniprot: str
    #: Mature number = UniProt number minus this.
    mature_offset: int
    #: Precursor, one-letter code.
    sequence: str
    #: First and last residue of the transmembrane helix, UniProt numbers.
    membrane_helix: tuple[int, int] | None
    #: Where they come from.
    helix_source: str
    #: UniProt numbers of N-glycosylation sites: those of the file, else every sequon.
    glycosylation: tuple[int, ...]


def sequons(sequence: str) -> list[int]:
    """
    Return the positions, from 0, of asparagines that can carry a sugar: Asn-X-Ser/Thr, X not Pro.

    Examples
    --------
    >>> sequons("NNSTNPS")
    [0, 1]
    """
    return [match.start() for match in SEQUON.finditer(sequence)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRecord:
    """All that a family says of a role."""

    role: Role
    #: As people write it, and in full.
    symbol: str
    name: str
    #: Other names; see `plain_name` for what of them counts.
    aliases: tuple[str, ...]
    #: ``#rrggbb``.
    colour: str
    #: What views of the cytokine with it are called, ``alpha``.
    view: str
    #: What it holds in a complex; of several in one tuple, one.
    binds: tuple[tuple[Role, ...], ...]
    #: One for each species.
    references: tuple[Reference, ...]

    @property
    def partners(self) -> tuple[Role, ...]:
        """Every role that it can hold, in order."""
        return tuple(chain.from_iterable(self.binds))


#: Records by role, of every family that this process has read; the last one read counts. Only how
#: roles are shown and sorted is looked up here: what decides a result is passed on as a `Family`.
_SHOWN: dict[str, RoleRecord] = {}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Family:
    """
    The roles that chains are compared with.

    Attributes
    ----------
    records : tuple of RoleRecord
        In the order in which members and sides stand in tables.
    numbering_species : str
        Whose mature numbers other species get by alignment too.
    path, sha256 : str
        File of the user and its checksum; empty for the shipped family.
    """

    records: tuple[RoleRecord, ...]
    numbering_species: str
    path: str = ""
    sha256: str = ""

    def __post_init__(self) -> None:
        _SHOWN.update({record.role.value: record for record in self.records})

    def __reduce__(self) -> tuple[Any, ...]:
        # Made anew in a worker, so that it knows there how the roles are shown.
        return _family, (self.records, self.numbering_species, self.path, self.sha256)

    @property
    def references(self) -> tuple[Reference, ...]:
        """The proteins of all roles."""
        return tuple(ref for record in self.records for ref in record.references)

    def record(self, role: Role) -> RoleRecord | None:
        """Return what is known of a role; None of one that the family lacks."""
        return next((record for record in self.records if record.role is role), None)

    def role_named(self, text: str) -> Role | None:
        """
        Return the role that a text means: its name, symbol or an alias, any case, Greek or not.

        Examples
        --------
        >>> [str(shipped_family().role_named(text)) for text in ("cd25", "IL-2Rα", "Tac", "p56")]
        ['IL2RA', 'IL2RA', 'IL2RA', 'None']
        """
        wanted = plain_name(text)
        return next((r.role for r in self.records if wanted in _names(r)), None)

    def partners_of(self, role: Role) -> tuple[Role, ...]:
        """Return the roles that a role holds in a complex."""
        record = self.record(role)
        return record.partners if record else ()

    @property
    def holders(self) -> tuple[Role, ...]:
        """Roles that hold others."""
        return tuple(record.role for record in self.records if record.binds)

    @property
    def anchors(self) -> tuple[Role, ...]:
        """Roles from which a complex grows: they hold others, and none holds them."""
        held = {role for record in self.records for role in record.partners}
        return tuple(role for role in self.holders if role not in held)


def _family(
    records: tuple[RoleRecord, ...], species: str, path: str, sha256: str
) -> Family:
    return Family(records=records, numbering_species=species, path=path, sha256=sha256)


def plain_name(text: str) -> str:
    """
    Reduce a name to what tells it from others: no case, no hyphens, α as a.

    Examples
    --------
    >>> {plain_name(text) for text in ("IL-2Rα", "IL2RA", "il-2r alpha")}
    {'il2ra'}
    """
    words = text.casefold()
    for letter, word in _GREEK.items():
        words = words.replace(letter, word)
    for word in _GREEK.values():
        words = words.replace(word, word[0])
    return re.sub(r"[\s_./-]", "", words)


def _names(record: RoleRecord) -> set[str]:
    texts = (record.role.value, record.symbol, record.name, *record.aliases)
    return {plain_name(text) for text in texts}


# --- how roles are shown --------------------------------------------------------------------------


def shown_roles() -> Mapping[str, RoleRecord]:
    """Return every role that this process knows, in order."""
    shipped_family()
    return _SHOWN


def symbol_of(role: str) -> str:
    """Return a role as people write it: ``IL-2Rα`` for ``IL2RA``; other names unchanged."""
    record = shown_roles().get(role)
    return record.symbol if record else role


def role_rank(role: str) -> int:
    """Return the place of a role in tables and on the sides of an interface, ``unknown`` last."""
    known = list(shown_roles())
    return known.index(role) if role in known else len(known)


def holders_of(role: str) -> tuple[Role, ...]:
    """Return the roles that hold a role in a complex."""
    return tuple(r.role for r in shown_roles().values() if role in r.partners)


def is_cytokine(role: str) -> bool:
    """Tell whether a complex grows around a role: it holds others, and none holds it."""
    record = shown_roles().get(role)
    return record is not None and bool(record.binds) and not holders_of(role)


def is_paired_receptor(role: str) -> bool:
    """Tell whether a role holds another receptor, or is held by one, as β and γc are."""
    record = shown_roles().get(role)
    holders = holders_of(role)
    return bool(holders) and (
        bool(record and record.binds) or any(holders_of(holder) for holder in holders)
    )


def has_membrane_helix(role: str) -> bool:
    """Tell whether the protein of a role ends in the membrane."""
    record = shown_roles().get(role)
    return record is not None and any(ref.membrane_helix for ref in record.references)


# --- reading --------------------------------------------------------------------------------------


@cache
def shipped_family() -> Family:
    """Return the family of ``data/family.toml``."""
    folder = resources.files("il2struct.data")
    table, sequences = _contents(folder, folder.joinpath("family.toml"))
    return _checked(table, sequences, "data/family.toml")


def read_family(path: str | Path) -> Family:
    """
    Read a family file of the user; what it says is added to the shipped family.

    Parameters
    ----------
    path : path
        TOML as ``docs/references.md`` describes it. A role of a shipped name changes that role, key
        by key, and may add a species.

    Raises
    ------
    ParameterError
        If the file cannot be read, or says something that cannot be right.
    """
    path = Path(path)
    own, own_sequences = _contents(path.parent, path)
    folder = resources.files("il2struct.data")
    table, sequences = _contents(folder, folder.joinpath("family.toml"))
    for name, given in own.pop("roles", {}).items():
        before = table["roles"].get(name, {})
        species = before.get("species", {}) | given.get("species", {})
        table["roles"][name] = before | given | {"species": species}
    shared = own_sequences.keys() & sequences.keys()
    twice = [name for name in shared if own_sequences[name] != sequences[name]]
    if twice:
        raise ParameterError(
            f"{path} gives {', '.join(sorted(twice))} another sequence than the shipped family; "
            "use an accession of its own."
        )
    family = _checked(table | own, sequences | own_sequences, str(path))
    digest = hashlib.sha256(repr(family.records).encode()).hexdigest()
    return replace(family, path=str(path), sha256=digest)


def _contents(folder: Traversable, file: Traversable) -> tuple[_Table, dict[str, str]]:
    """Tables of a family file, and the sequences of the FASTA file that it names."""
    try:
        table = tomllib.loads(_text(file))
    except tomllib.TOMLDecodeError as error:
        raise ParameterError(
            f"{file} is no TOML ({error}); correct it there."
        ) from error
    _check_keys(table, _FILE_KEYS, str(file))
    name = table.pop("sequences", None)
    name = _typed(name, str, f"{file}: sequences", "a file name")
    roles = table.get("roles", {})
    roles = _typed(roles, dict, f"{file}: roles", "tables [roles.NAME]")
    for role, given in roles.items():
        where = f"{file}, role {role}"
        _check_keys(_typed(given, dict, where, "a table"), _ROLE_KEYS, where)
        species = _typed(given.get("species", {}), dict, where, "tables of species")
        for name_of_species, facts in species.items():
            there = f"{where}, species {name_of_species}"
            _check_keys(_typed(facts, dict, there, "a table"), _SPECIES_KEYS, there)
    return table, _sequences(folder.joinpath(name))


def _text(file: Traversable) -> str:
    try:
        # Editors of Windows put a mark before the text.
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = error.strerror or error
        raise ParameterError(
            f"The family file {file} cannot be read ({reason}); check its name."
        ) from error
    except UnicodeDecodeError as error:
        raise ParameterError(f"{file} is no text in UTF-8; save it as such.") from error


def _sequences(file: Traversable) -> dict[str, str]:
    """Sequences of a FASTA file by the first word of their headers."""
    sequences: dict[str, str] = {}
    for part in ("\n" + _text(file)).split("\n>")[1:]:
        header, _, body = part.partition("\n")
        name = header.split(maxsplit=1)[0] if header.strip() else ""
        # UniProt and GenBank write sp|P69905|HBA_HUMAN.
        name = name.split("|")[1] if name.count("|") > 1 else name
        sequence = "".join(body.split()).upper().removesuffix("*")
        if not name or name in sequences:
            problem = f"names {name} twice" if name else "has a sequence without a name"
            raise ParameterError(
                f"{file} {problem}; give each an accession of its own."
            )
        if not _PROTEIN.fullmatch(sequence):
            raise ParameterError(
                f"{name} in {file} is no protein sequence in one-letter code; correct it."
            )
        sequences[name] = _UNUSUAL.sub("X", sequence)
    if not sequences:
        raise ParameterError(f"{file} is no FASTA file: no line begins with '>'.")
    return sequences


def _check_keys(table: _Table, known: frozenset[str], where: str) -> None:
    wrong = sorted(table.keys() - known)
    if wrong:
        raise ParameterError(
            f"{where} has the unknown key {wrong[0]!r}; it may have {', '.join(sorted(known))}."
        )


def _typed(value: object, kind: type[_T], where: str, wanted: str) -> _T:
    # True is an int to Python.
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ParameterError(f"{where} must be {wanted}, not {value!r}.")
    return value


def _checked(table: _Table, sequences: Mapping[str, str], source: str) -> Family:
    names = list(table.get("roles", {}))
    records = tuple(
        _record(name, given, names, sequences, f"{source}, role {name}")
        for name, given in table.get("roles", {}).items()
    )
    taken: dict[str, Role] = {}
    for record in records:
        for name in sorted(_names(record)):
            other = taken.setdefault(name, record.role)
            if other is not record.role:
                raise ParameterError(
                    f"{source}: {name!r} means both {other} and {record.role}; drop one alias."
                )
    species, where = (
        table.get("numbering_species", "human"),
        f"{source}: numbering_species",
    )
    species = _typed(species, str, where, "a species")
    return Family(records=records, numbering_species=species)


def _record(
    name: str,
    given: _Table,
    names: Sequence[str],
    sequences: Mapping[str, str],
    where: str,
) -> RoleRecord:
    if not ROLE_NAME.fullmatch(name) or name.lower() in RESERVED:
        raise ParameterError(
            f"{where}: a role is called by letters, digits and _, a letter first, and not "
            f"{' or '.join(RESERVED)}."
        )
    texts = {"symbol": name, "name": name, "view": name.lower()}
    texts["colour"] = DEFAULT_COLOURS[names.index(name) % len(DEFAULT_COLOURS)]
    for key, default in texts.items():
        texts[key] = _typed(given.get(key, default), str, f"{where}, {key}", "a text")
    if not _COLOUR.fullmatch(texts["colour"]):
        raise ParameterError(f"{where}: a colour is #rrggbb, not {texts['colour']!r}.")
    if not ROLE_NAME.fullmatch(texts["view"]):
        raise ParameterError(
            f"{where}: a view is called by letters, digits and _, not {texts['view']!r}."
        )
    if not given.get("species"):
        raise ParameterError(
            f"{where} has no species; add [roles.{name}.species.human]."
        )
    return RoleRecord(
        role=Role(name),
        **texts,
        aliases=tuple(_list(given.get("aliases", []), str, f"{where}, aliases")),
        binds=tuple(_binds(given.get("binds", []), name, names, f"{where}, binds")),
        references=tuple(
            _reference(Role(name), species, facts, sequences, f"{where}, {species}")
            for species, facts in given["species"].items()
        ),
    )


def _list(value: object, kind: type[_T], where: str) -> list[_T]:
    items: list[object] = _typed(value, list, where, "a list")
    return [_typed(item, kind, where, f"a list of {kind.__name__}") for item in items]


def _binds(
    value: object, own: str, names: Sequence[str], where: str
) -> Iterator[tuple[Role, ...]]:
    for item in _typed(value, list, where, "a list of roles"):
        choice = _list(item if isinstance(item, list) else [item], str, where)
        for name in choice:
            if name not in names or name == own:
                raise ParameterError(
                    f"{where}: {name!r} is no other role of the family."
                )
        yield tuple(Role(name) for name in choice)


def _reference(
    role: Role, species: str, facts: _Table, sequences: Mapping[str, str], where: str
) -> Reference:
    accession = _typed(facts.get("accession"), str, f"{where}, accession", "a text")
    if accession not in sequences:
        raise ParameterError(f"{where}: the FASTA file has no sequence {accession!r}.")
    sequence = sequences[accession]

    def place(value: object, key: str) -> int:
        number = _typed(value, int, f"{where}, {key}", "a residue number")
        if not 1 <= number <= len(sequence):
            raise ParameterError(
                f"{where}, {key}: {number} lies outside the {len(sequence)} residues of "
                f"{accession}."
            )
        return number

    helix_ends = _list(facts.get("membrane_helix", []), int, where)
    helix = [place(end, "membrane_helix") for end in helix_ends]
    if helix and (len(helix) != 2 or helix[0] > helix[1]):
        raise ParameterError(f"{where}: membrane_helix is [first, last], not {helix}.")
    sites = [position + 1 for position in sequons(sequence)]
    if "glycosylation" in facts:
        given = _list(facts["glycosylation"], int, where)
        sites = [place(site, "glycosylation") for site in given]
    return Reference(
        role=role,
        species=species,
        uniprot=accession,
        mature_offset=place(facts.get("mature_start", 1), "mature_start") - 1,
        sequence=sequence,
        membrane_helix=(helix[0], helix[1]) if helix else None,
        helix_source=str(facts.get("helix_source", "")),
        glycosylation=tuple(sites),
    )
