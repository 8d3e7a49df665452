"""What a user holds of the interfaces of an entry: a sequence of them, and their tables."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self, overload

import numpy as np

from il2struct import complementarity
from il2struct.errors import ParameterError
from il2struct.interface.interface import Interface
from il2struct.interface.measure import notes_of, waters_around
from il2struct.interface.unsatisfied import Unsatisfied, unsatisfied_atoms
from il2struct.results import interface_tables
from il2struct.results.entry_tables import note_table, tables_of
from il2struct.structure.named import NamedEntry

if TYPE_CHECKING:
    import pandas as pd

#: Columns of the table ``interfaces`` that a notebook shows.
BRIEF_INTERFACES = (
    *("complex_id", "interface_id", "auth_asym_id_1", "auth_asym_id_2"),
    *("area_per_side_a2", "n_residues_1", "n_residues_2", "n_core_levy"),
    *("n_hydrogen_bond", "n_salt_bridge"),
)


@dataclass(frozen=True)
class InterfaceResults(Sequence[Interface]):
    """
    The interfaces of an entry, and their tables.

    A sequence of `il2struct.interface.Interface`; the tables are described column by column in
    ``docs/tables.md``.

    Attributes
    ----------
    named : NamedEntry
        The entry they belong to.
    items : tuple of Interface
        The interfaces.
    """

    named: NamedEntry
    items: tuple[Interface, ...]

    @overload  # type: ignore[override]  # no slices
    def __getitem__(self, index: int) -> Interface: ...

    @overload
    def __getitem__(self, index: str) -> Self: ...

    def __getitem__(self, index: int | str) -> Interface | Self:
        """
        Return an interface by its number, or those of a pair by its name, one for each complex.

        Parameters
        ----------
        index : int or str
            ``"IL2/IL2RA"`` as in the column ``interface_id``, or with aliases of the roles
            (``"IL2/CD25"``), in either order.

        Raises
        ------
        ParameterError
            If no interface has that name.
        """
        if not isinstance(index, str):
            return self.items[index]
        role_named = self.named.family.role_named
        sides = [role_named(name.strip()) or name.strip() for name in index.split("/")]
        names = {index, "/".join(sides), "/".join(reversed(sides))}
        found = tuple(item for item in self.items if item.interface_id in names)
        if not found:
            there = ", ".join(dict.fromkeys(item.interface_id for item in self.items))
            raise ParameterError(
                f"{self.named.entry.entry_id} has no interface {index!r}; it has: {there or 'none'}."
            )
        return replace(self, items=found)

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Interface]:
        return iter(self.items)

    @cached_property
    def table(self) -> "pd.DataFrame":
        """One row an interface: the table ``interfaces``."""
        return interface_tables.interface_table(self.named, self.items)

    @cached_property
    def residues(self) -> "pd.DataFrame":
        """One row a residue and side: the table ``residues``."""
        return interface_tables.residue_table(self.named, self.items)

    @cached_property
    def contacts(self) -> "pd.DataFrame":
        """One row a residue pair: the table ``contacts``."""
        return interface_tables.contact_table(self.named, self.items)

    @cached_property
    def bonds(self) -> "pd.DataFrame":
        """One row a bonded atom pair: the table ``bonds``."""
        return interface_tables.bond_table(self.named, self.items)

    @cached_property
    def notes(self) -> "pd.DataFrame":
        """What was left out, chosen or doubted: the table ``notes``."""
        return note_table(self.named.entry.entry_id, notes_of(self.named, self.items))

    @cached_property
    def sc_residues(self) -> "pd.DataFrame":
        """How well each residue fits: the table ``sc_residues``; empty if that was not asked for."""
        return interface_tables.sc_table("sc_residues", self.named, self.items)

    @cached_property
    def sc_atoms(self) -> "pd.DataFrame":
        """How well each atom fits: the table ``sc_atoms``; empty if that was not asked for."""
        return interface_tables.sc_table("sc_atoms", self.named, self.items)

    @cached_property
    def unsatisfied(self) -> "pd.DataFrame":
        """Buried polar atoms without a hydrogen bond: the table ``unsatisfied``."""
        return interface_tables.unsatisfied_table(
            self.named, self.items, self._unsatisfied
        )

    @cached_property
    def unsatisfied_counts(self) -> "pd.DataFrame":
        """How many there are in each interface: the table ``unsatisfied_counts``."""
        return interface_tables.unsatisfied_count_table(
            self.named, self.items, self._unsatisfied
        )

    @cached_property
    def _unsatisfied(self) -> list[tuple[Unsatisfied, Unsatisfied]]:
        return [
            unsatisfied_atoms(item, waters_around(self.named.entry, item.sides))
            for item in self.items
        ]

    def write_dots(self, folder: Path) -> None:
        """
        Write the dots of shape complementarity, and the atoms coloured by their local score.

        Parameters
        ----------
        folder : path
            Must exist. For each interface with a score it gets two surfaces (PLY), both as a script
            for PyMOL, and both sides as mmCIF.
        """
        for interface in self.items:
            if interface.complementarity is None:
                continue
            words = (
                self.named.entry.entry_id,
                interface.complex_id,
                interface.interface_id,
            )
            name = "_".join(word for word in words if word)
            stem = "".join(c if c.isalnum() or c in "-_" else "-" for c in name)
            script = complementarity.pymol_text(interface.complementarity.result)
            (folder / f"{stem}.py").write_text(script, encoding="utf-8")
            for number, side, rows, scores in interface_tables.scored_sides(interface):
                (folder / f"{stem}_{number}.ply").write_text(
                    complementarity.ply_text(scores), encoding="utf-8"
                )
                local = complementarity.atom_complementarity(scores)
                values = np.zeros(len(side.atoms))
                values[rows[local.index]] = local.median_score
                coloured = complementarity.coloured_mmcif_text(
                    side.atoms, self.named.entry.residues, values
                )
                (folder / f"{stem}_{number}.cif").write_text(coloured, encoding="utf-8")

    def concordance(self) -> "pd.DataFrame":
        """
        Say of every hydrogen bond which presets agree on it: the table ``concordance``.

        Returns
        -------
        pandas.DataFrame
        """
        return interface_tables.concordance_table(self.named, self.items)

    @cached_property
    def entry_tables(self) -> Mapping[str, "pd.DataFrame"]:
        """Tables of the entry itself, as of `Study.tables`, with the number of interfaces."""
        return tables_of(self.named, n_interfaces=len(self))

    def tables(self) -> Mapping[str, "pd.DataFrame"]:
        """
        All tables of the interfaces by name.

        Returns
        -------
        dict of str to pandas.DataFrame
            ``interfaces``, ``residues``, ``contacts``, ``bonds`` and ``notes``.
        """
        return {
            "interfaces": self.table,
            "residues": self.residues,
            "contacts": self.contacts,
            "bonds": self.bonds,
            "notes": self.notes,
        }

    def __repr__(self) -> str:
        names = ", ".join(
            f"{i.complex_id}:{i.interface_id}" if i.complex_id else i.interface_id
            for i in self.items
        )
        return f"<InterfaceResults {self.named.entry.entry_id}: {names or 'none'}>"

    def _repr_html_(self) -> str:
        from il2struct.results.scene import headline, table_html, view_html

        brief = self.table[list(BRIEF_INTERFACES)].round({"area_per_side_a2": 0})
        partners = [p for i in self.items for p in i.sides]
        images = [image for partner in partners for image in partner.images]
        return (
            headline(self.named.entry.entry_id, f": {len(self)} interfaces")
            + table_html(brief)
            + view_html(self.named, images, self.items)
        )
