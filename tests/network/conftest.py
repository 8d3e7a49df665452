"""Made-up rows and classes of contacts."""

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest

from il2struct.lattice.contacts import Belonging, ContactKind
from il2struct.network.evidence.measures import ContactMeasures, Group
from il2struct.structure.family import Role


@pytest.fixture
def row() -> Callable[..., ContactMeasures]:
    """One row of numbers; ``row(Group.FOCAL, area=600.0)``."""

    def make(
        group: Group, *, area: float = 500.0, name: str = "", **changed: object
    ) -> ContactMeasures:
        values: dict[str, object] = {
            "entry_id": "MADE",
            "complex_id": "1",
            "interface_id": "A/B",
            "operator_2": "1_555",
            "contact_class": name or f"{group.value}.{area}",
            "group": group,
            "area_per_side_a2": area,
            "n_buried_70": 0,
            "n_buried_95": 0,
            "n_hydrogen_bond_no_salt_bridge": 0,
            "n_salt_bridge_residue_pair": 0,
            "bonds_per_100_a2": 0.0,
            "n_tag": 0,
            "n_mutation": 0,
            "n_glycan_bond": 0,
            "n_native_sequon_blocked": 0,
        }
        return ContactMeasures(**(values | changed))

    return make


@pytest.fixture
def made_class() -> Callable[..., SimpleNamespace]:
    """A class of contacts that has names, roles, kinds, crystals and areas only."""

    def make(
        name: str,
        roles: tuple[Role, Role],
        crystals: str,
        *,
        area: float = 500.0,
        kind: ContactKind = ContactKind.CRYSTAL,
        present: tuple[Role, ...] | None = None,
    ) -> SimpleNamespace:
        members = []
        for letter in crystals:
            crystal = SimpleNamespace(
                space_group="P 1",
                cell_a=np.full(3, 10.0 * 1.3 ** (ord(letter) - 60)),
                cell_deg=np.full(3, 90.0),
            )
            named = SimpleNamespace(
                entry=SimpleNamespace(entry_id=letter, crystal=crystal),
                role_of=dict(enumerate(present or roles)),
            )
            is_inside = kind is ContactKind.SAME_COMPLEX
            contact = SimpleNamespace(
                kind=kind,
                belonging=Belonging.INSIDE if is_inside else Belonging.LATTICE,
                member_1=SimpleNamespace(role=roles[0]),
                member_2=SimpleNamespace(role=roles[1]),
            )
            burial = SimpleNamespace(area_per_side_a2=area)
            interface = SimpleNamespace(burial=burial)
            members.append(
                SimpleNamespace(named=named, contact=contact, interface=interface)
            )
        return SimpleNamespace(
            name=name, members=tuple(members), n_crystal_forms=len(set(crystals))
        )

    return make
