"""
The schemas of every table: column, type, unit and meaning.

Others build on these names; a change of one is a change of the public interface. `frame` turns
columns into a pandas table of exactly this shape, and ``docs/tables.md`` is generated from here:
``python -m il2struct.tables > docs/tables.md``.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from il2struct.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd

#: pandas types, by the word used below; all can hold "missing".
DTYPES: Final = {
    "text": "string",
    "integer": "Int64",
    "number": "float64",
    "flag": "boolean",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """
    One column.

    Attributes
    ----------
    name : str
        snake_case, with the unit at its end where it has one.
    kind : str
        ``text``, ``integer``, ``number`` or ``flag``.
    unit : str
        Empty for names, counts and flags.
    meaning : str
        One sentence.
    """

    name: str
    kind: str
    unit: str
    meaning: str


def _columns(text: str) -> tuple[Column, ...]:
    """Read lines ``name | kind | unit | meaning``."""
    rows = [
        [cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()
    ]
    return tuple(Column(name=n, kind=k, unit=u, meaning=m) for n, k, u, m in rows)


def _sided(text: str) -> tuple[Column, ...]:
    """Columns that exist for side 1 and side 2: ``{}`` stands for the number of the side."""
    return _columns("\n".join(text.strip().replace("{}", str(side)) for side in (1, 2)))


_INTERFACE_KEY: Final = _columns(
    """
    entry_id | text | | PDB id, or the file's stem; _2 and so on behind it where inputs share it
    complex_id | text | | Complex within the entry; empty for sides chosen by hand across complexes
    interface_id | text | | Sides of the interface, unique within the complex
    """
)

SCHEMAS: Final[dict[str, tuple[Column, ...]]] = {
    "files": _columns(
        """
        entry_id | text | | PDB id as the content says, or as asked for if that failed
        status | text | | ok or failed
        origin | text | | file, mirror, cache or download
        file_format | text | | mmcif or pdb
        revision | text | | The archive's file revision
        path | text | | Where the file lies
        sha256 | text | | Checksum of the file as stored
        url | text | | Where it was downloaded from
        retrieved_utc | text | | When it was downloaded
        warnings | text | | What is doubtful about the file
        error_type | text | | Class of the error
        error_message | text | | Its message
        """
    ),
    "entries": _columns(
        """
        entry_id | text | | PDB id, or the file's stem
        status | text | | ok or failed
        error_type | text | | Class of the error that stopped the entry
        error_message | text | | Its message
        title | text | | As deposited
        method | text | | Experimental method
        resolution_a | number | Å | Resolution; empty where it does not apply
        space_group | text | | Hermann-Mauguin symbol; empty without a crystal
        n_models | integer | | Models in the file
        model_number | integer | | Model analysed
        n_atoms | integer | | Atoms kept, hydrogens included
        n_protein_chains | integer | | Protein chains of the asymmetric unit
        n_complexes | integer | | Complexes found
        n_interfaces | integer | | Interfaces found
        file_format | text | | mmcif or pdb
        origin | text | | file, mirror, cache or download
        path | text | | File that was read
        url | text | | Where it was downloaded from
        sha256 | text | | Checksum of the file as stored
        revision | text | | The archive's file revision
        """
    ),
    "chains": _columns(
        """
        entry_id | text | | PDB id, or the file's stem
        auth_asym_id | text | | Chain by the author
        label_asym_id | text | | Chain by the archive; empty for PDB-format files
        entity_id | text | | Entity in the file
        role | text | | IL2, IL2RA, IL2RB, IL2RG, IL15, IL15RA or unknown, by alignment
        nearest_role | text | | Best-scoring reference, even where it fails the cuts
        identity | number | | Identical fraction of the residues aligned to nearest_role, 0 to 1
        coverage | number | | Aligned fraction of the chain's deposited sequence, 0 to 1
        reference_coverage | number | | Aligned fraction of the mature reference, 0 to 1
        uniprot | text | | UniProt accession of the role
        n_residues | integer | | Residues of the deposited sequence
        n_modelled | integer | | Residues with coordinates
        n_tag | integer | | Modelled residues that do not align to the reference
        mutations | text | | Differences to the reference in mature numbers, separated by spaces
        gaps | text | | Reference residues without coordinates, mature numbers, ends included
        n_glycans | integer | | Sugar residues attached to the chain
        complex_ids | text | | Complexes that hold the chain or an image of it
        """
    ),
    "numbering": _columns(
        """
        entry_id | text | | PDB id, or the file's stem
        auth_asym_id | text | | Chain by the author
        position | integer | | Place in the deposited sequence, from 1
        residue_letter | text | | Residue of the deposited sequence, one-letter code
        is_modelled | flag | | Whether it has coordinates; runs of false are the gaps
        residue_name | text | | Residue name in the file; empty if not modelled
        auth_number | integer | | Number by the author; empty if not modelled
        ins_code | text | | Insertion code
        label_number | integer | | Number by the archive; empty for PDB-format files
        uniprot_number | integer | | Number in the UniProt sequence, by alignment
        mature_number | integer | | Number in the mature protein, by alignment
        reference_letter | text | | Residue of the reference
        status | text | | native, mutation or tag; empty for chains without a role
        """
    ),
    "complexes": _columns(
        """
        entry_id | text | | PDB id, or the file's stem
        complex_id | text | | Complex within the entry
        role | text | | Role of the member, or the role that is missing
        is_present | flag | | False for a role that a whole complex would have and this entry lacks
        auth_asym_id | text | | Chain by the author
        operator | text | | Symmetry image as n_klm; 1_555 is the deposited position
        operator_triplet | text | | The operator without its cell shift, as x,y,z
        basis | text | | roles, assembly or asymmetric_unit: what the grouping rests on
        assembly | text | | Deposited assembly that equals the complex or that it rests on
        """
    ),
    "interfaces": _INTERFACE_KEY
    + _sided(
        """
        role_{} | text | | Role of side {}
        auth_asym_id_{} | text | | Chain or chains of side {} by the author
        operator_{} | text | | Symmetry image of side {} as n_klm
        """
    )
    + _columns(
        """
        n_copies | integer | | How often this interface occurs in the complex
        area_per_side_a2 | number | Å² | (ASA1 + ASA2 - ASA12) / 2, heavy atoms of the polymers
        area_total_a2 | number | Å² | ASA1 + ASA2 - ASA12
        area_1_a2 | number | Å² | Area that side 1 loses
        area_2_a2 | number | Å² | Area that side 2 loses
        area_with_glycans_per_side_a2 | number | Å² | As area_per_side_a2 with the attached glycans
        area_apolar_a2 | number | Å² | Buried area of both sides on atoms that are neither N nor O
        area_polar_a2 | number | Å² | Buried area of both sides on uncharged N and O
        area_charged_a2 | number | Å² | Buried area of both sides on charged N and O (Asp, Glu, Lys, Arg, OXT)
        n_residues_1 | integer | | Interface residues of side 1: buried area > 0 and an atom within contact_cutoff_a
        n_residues_2 | integer | | Interface residues of side 2
        n_atom_pairs | integer | | Heavy-atom pairs within contact_cutoff_a
        n_residue_pairs | integer | | Residue pairs with such an atom pair
        n_core_levy | integer | | Residues exposed alone and inside in the complex (relative area < 25 %)
        n_support_levy | integer | | Residues inside already alone that lose area
        n_rim_levy | integer | | Residues that lose area and stay exposed
        n_buried_70 | integer | | Residues that lose at least 70 % of their accessible area
        n_buried_80 | integer | | Residues that lose at least 80 %
        n_buried_90 | integer | | Residues that lose at least 90 %
        n_buried_95 | integer | | Residues that lose at least 95 %
        n_hydrogen_bond | integer | | Hydrogen bonds that need neither a flip nor a protonation, glycans and waters aside
        n_salt_bridge | integer | | Atom pairs of salt bridges
        n_disulfide | integer | | Disulfide bonds
        n_cation_pi | integer | | Cation-π pairs
        n_pi_stacking | integer | | Stacked ring pairs
        n_apolar_contact | integer | | Apolar atom pairs
        n_water_mediated | integer | | Atom pairs bridged by a water
        n_glycan_mediated | integer | | Bonds to a glycan
        n_needs_flip | integer | | Hydrogen bonds only possible if an Asn, Gln or His is flipped
        n_needs_protonation | integer | | Carboxylate pairs that need a proton
        n_tag | integer | | Interface residues of expression tags or cloning artefacts
        n_mutation | integer | | Interface residues that differ from the reference
        n_gap_edge | integer | | Interface residues next to a stretch without coordinates
        solvation_estimate_kcal | number | kcal/mol | Estimate: solvation free energy of burial
        affinity_estimate_kcal | number | kcal/mol | Estimate: contact-based binding free energy (PRODIGY)
        affinity_estimate_kd_m | number | mol/L | Estimate: the dissociation constant of that, at 25 °C
        preset | text | | Bond criteria
        probe_radius_a | number | Å | Radius of the probe for areas
        n_slices | integer | | Slices an atom for areas
        contact_cutoff_a | number | Å | Largest heavy-atom distance of a contact
        """
    ),
    "residues": _INTERFACE_KEY
    + _columns(
        """
        side | integer | | 1 or 2
        role | text | | Role of the residue's chain
        auth_asym_id | text | | Chain by the author
        operator | text | | Symmetry image as n_klm
        auth_number | integer | | Number by the author
        ins_code | text | | Insertion code
        label_number | integer | | Number by the archive
        uniprot_number | integer | | Number in the UniProt sequence
        mature_number | integer | | Number in the mature protein
        residue_name | text | | Residue name in the file
        status | text | | native, mutation or tag
        is_interface | flag | | Buried area > 0 and distance_a within the contact cut-off
        sasa_free_a2 | number | Å² | Accessible area with the side alone
        buried_a2 | number | Å² | Area lost to the partner
        buried_fraction | number | | buried_a2 / sasa_free_a2, 0 to 1
        relative_free | number | | sasa_free_a2 over that of Gly-X-Gly (Miller 1987)
        relative_complex | number | | The same in the complex of the two sides
        class_levy | text | | core, support or rim (Levy 2010)
        distance_a | number | Å | Smallest heavy-atom distance to the partner; empty beyond the cut-off
        is_gap_edge | flag | | Next to a stretch without coordinates
        """
    ),
    "contacts": _INTERFACE_KEY
    + _sided(
        """
        role_{} | text | | Role on side {}
        auth_asym_id_{} | text | | Chain on side {}
        operator_{} | text | | Symmetry image on side {} as n_klm
        auth_number_{} | integer | | Number by the author, side {}
        ins_code_{} | text | | Insertion code, side {}
        mature_number_{} | integer | | Number in the mature protein, side {}
        residue_name_{} | text | | Residue name, side {}
        closest_atom_{} | text | | Atom of the shortest distance, side {}
        """
    )
    + _columns(
        """
        distance_a | number | Å | Smallest heavy-atom distance of the two residues
        n_atom_pairs | integer | | Heavy-atom pairs within the contact cut-off
        """
    ),
    "bonds": _INTERFACE_KEY
    + _sided(
        """
        role_{} | text | | Role on side {}
        auth_asym_id_{} | text | | Chain on side {} (for a glycan, its own)
        operator_{} | text | | Symmetry image on side {} as n_klm
        auth_number_{} | integer | | Number by the author, side {}
        ins_code_{} | text | | Insertion code, side {}
        uniprot_number_{} | integer | | Number in the UniProt sequence, side {}
        mature_number_{} | integer | | Number in the mature protein, side {}
        residue_name_{} | text | | Residue name, side {}
        atom_name_{} | text | | Atom name, side {}
        """
    )
    + _columns(
        """
        distance_a | number | Å | Distance of the two heavy atoms
        donor_side | integer | | Side that gives the hydrogen; empty if not a hydrogen bond, or if either may give it
        distance_ha_a | number | Å | Hydrogen to acceptor
        angle_dha_deg | number | ° | Donor-hydrogen-acceptor
        angle_donor_deg | number | ° | Antecedent-donor-acceptor
        angle_acceptor_deg | number | ° | Donor-acceptor-antecedent
        angle_hydrogen_acceptor_deg | number | ° | Hydrogen-acceptor-antecedent
        centroid_distance_a | number | Å | Ring centre to cation or to ring centre
        ring_angle_deg | number | ° | Between the planes of two rings
        is_hydrogen_bond | flag | | Meets the preset's criteria of a hydrogen bond
        is_salt_bridge | flag | | Oppositely charged N and O within the preset's distance
        is_disulfide | flag | | S-S bond
        is_cation_pi | flag | | Cation over a ring
        is_pi_stacking | flag | | Ring against ring
        is_apolar_contact | flag | | Two apolar carbons or sulfurs
        is_water_mediated | flag | | Bridged by one water
        is_glycan_mediated | flag | | An atom of it belongs to a glycan
        needs_flip | flag | | Only with an Asn, Gln or His flipped from the deposited state
        needs_protonation | flag | | Only with a carboxylate protonated
        water_auth_asym_id | text | | Chain of the bridging water
        water_auth_number | integer | | Number of the bridging water
        distance_water_1_a | number | Å | Water to the atom of side 1
        distance_water_2_a | number | Å | Water to the atom of side 2
        preset | text | | Bond criteria
        """
    ),
    "concordance": _INTERFACE_KEY
    + _sided(
        """
        auth_asym_id_{} | text | | Chain on side {}
        mature_number_{} | integer | | Number in the mature protein, side {}
        auth_number_{} | integer | | Number by the author, side {}
        residue_name_{} | text | | Residue name, side {}
        atom_name_{} | text | | Atom name, side {}
        """
    )
    + _columns(
        """
        distance_a | number | Å | Distance of the two heavy atoms
        n_presets | integer | | Presets that call it a hydrogen bond
        presets | text | | Their names, separated by spaces
        """
    ),
    "notes": _columns(
        """
        entry_id | text | | PDB id, or the file's stem
        topic | text | | Fixed word for the kind of note
        subject | text | | Chain, residue or atom concerned
        count | integer | | Atoms, residues or chains concerned
        message | text | | What was left out, chosen or doubted, and why
        """
    ),
    "compare_interfaces": _columns(
        """
        role_1 | text | | Role on side 1
        role_2 | text | | Role on side 2
        quantity | text | | Column of the table interfaces
        unit | text | | Its unit
        n_complexes | integer | | Complexes that have this interface
        minimum | number | as unit | Smallest value
        mean | number | as unit | Mean over the complexes
        maximum | number | as unit | Largest value
        by_complex | text | | entry_id:complex_id=value, separated by spaces
        """
    ),
    "compare_residues": _columns(
        """
        role_1 | text | | Role on side 1
        role_2 | text | | Role on side 2
        side | integer | | Side of the residue
        mature_number | integer | | Number in the mature protein
        reference_letter | text | | Residue of the reference
        n_present | integer | | Complexes in which it is an interface residue
        n_possible | integer | | Complexes with this interface in which it is modelled
        buried_mean_a2 | number | Å² | Mean buried area over the complexes in which it is modelled
        present_in | text | | entry_id:complex_id, separated by spaces
        """
    ),
    "compare_bonds": _columns(
        """
        role_1 | text | | Role on side 1
        role_2 | text | | Role on side 2
        mature_number_1 | integer | | Number in the mature protein, side 1
        reference_letter_1 | text | | Residue of the reference, side 1
        mature_number_2 | integer | | Number in the mature protein, side 2
        reference_letter_2 | text | | Residue of the reference, side 2
        kind | text | | hydrogen_bond, salt_bridge, disulfide, cation_pi or pi_stacking
        n_present | integer | | Complexes that have a bond of this kind between the two residues
        n_possible | integer | | Complexes with this interface in which both residues are modelled
        n_conditional | integer | | Of n_present, those that need a flip or a protonation
        distance_minimum_a | number | Å | Shortest distance over all complexes
        distance_maximum_a | number | Å | Longest of the shortest distances of each complex
        present_in | text | | entry_id:complex_id, separated by spaces
        """
    ),
}


def column_names(table: str) -> list[str]:
    """Return the column names of a table."""
    return [column.name for column in SCHEMAS[table]]


def frame(
    table: str, columns: Mapping[str, Sequence[Any] | np.ndarray[Any, Any]]
) -> "pd.DataFrame":
    """
    Make a pandas table that has exactly the columns of its schema.

    Parameters
    ----------
    table : str
        Name of the schema.
    columns : mapping of str to sequence
        One sequence of equal length for every column. In integer columns `NO_NUMBER` and None,
        in text columns None, stand for missing; empty text is kept as missing too.

    Raises
    ------
    ParameterError
        If a column is missing or not in the schema, or columns differ in length.
    """
    import pandas as pd

    expected = column_names(table)
    if set(columns) != set(expected):
        wrong = sorted(set(columns) ^ set(expected))
        raise ParameterError(
            f"table {table} does not match its schema in: {', '.join(wrong)}."
        )
    lengths = {name: len(columns[name]) for name in expected}
    if len(set(lengths.values())) > 1:
        # pandas would fill the short ones up.
        raise ParameterError(f"columns of table {table} differ in length: {lengths}.")
    kinds = {column.name: column.kind for column in SCHEMAS[table]}
    return pd.DataFrame(
        {name: _series(columns[name], kinds[name]) for name in expected}
    )


def _series(
    values: Sequence[Any] | np.ndarray[Any, Any], kind: str
) -> "pd.Series[Any]":
    import pandas as pd

    if kind == "integer":
        return pd.Series(_nullable_integers(values))
    if kind == "text":
        texts = [str(v) if v is not None and v != "" else None for v in values]
        try:
            return pd.Series(texts, dtype=DTYPES[kind])
        except UnicodeEncodeError:  # names of files may hold bytes that are no text
            escaped = [_escaped(text) if text else None for text in texts]
            return pd.Series(escaped, dtype=DTYPES[kind])
    return pd.Series(list(values), dtype=DTYPES[kind])


def _escaped(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _nullable_integers(values: Sequence[Any] | np.ndarray[Any, Any]) -> Any:  # noqa: ANN401  # pandas' integer array
    import pandas as pd

    missing = np.iinfo(np.int64).min
    plain = np.array([missing if v is None else int(v) for v in values], dtype=np.int64)
    return pd.arrays.IntegerArray(plain, plain == missing)


def empty_frame(table: str) -> "pd.DataFrame":
    """Return a table without rows."""
    return frame(table, {name: [] for name in column_names(table)})


def as_markdown() -> str:
    """Return the documentation of every table as Markdown, the content of ``docs/tables.md``."""
    parts = [
        "# Tables\n\nGenerated from `il2struct.tables`; do not edit. Missing values are empty.\n"
    ]
    for name, columns in SCHEMAS.items():
        parts.append(
            f"## {name}\n\n| column | type | unit | meaning |\n|---|---|---|---|"
        )
        parts += [
            f"| `{c.name}` | {c.kind} | {c.unit} | {c.meaning} |" for c in columns
        ]
        parts.append("")
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(as_markdown())
