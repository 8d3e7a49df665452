"""
What a scene is, as data: objects placed by matrix, interfaces with bonds, a membrane, named views.

Every word in here is safe to stand in a script: letters, digits and underscores in names, printable
text without quotes, brackets or separators in titles. The writers rely on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from il2struct.arrays import FloatArray
from il2struct.bond_kinds import BondKind, Stick
from il2struct.structure.model import ChainImage


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SceneObject:
    """
    One chain image with its glycans.

    Attributes
    ----------
    name : str
        ``IL2RA_D``; with the symmetry code behind it where the image is not the deposited one.
    image : ChainImage
    role : str
        Role code.
    colour : str
        ``#rrggbb``.
    is_neighbour : bool
        Whether it stands beyond the complexes of the entry.
    chain : str
        Name of the polymer in the coordinate file.
    chains : tuple of str
        All names of the object in the coordinate file: the polymer and its glycans.
    rotation, translation : ndarray, shape=(3, 3) and (3,)
        ``rotation @ x + translation`` in Å places the deposited coordinates.
    alpha_carbons : ndarray, shape=(n, 3)
        Where they are placed.
    """

    name: str
    image: ChainImage
    role: str
    colour: str
    is_neighbour: bool
    chain: str
    chains: tuple[str, ...]
    rotation: FloatArray
    translation: FloatArray
    alpha_carbons: FloatArray

    @property
    def is_moved(self) -> bool:
        """Whether it stands elsewhere than in the coordinate file."""
        return self.image != ChainImage(self.image.auth_asym_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneResidue:
    """
    A residue of an object.

    Attributes
    ----------
    object_name, chain : str
    number : int
    ins_code : str
        Empty if none.
    label : str
        One-letter code and number in the mature protein.
    """

    object_name: str
    chain: str
    number: int
    ins_code: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SceneBond:
    """
    A bond between two atoms of two objects.

    Attributes
    ----------
    kind : BondKind
    stick : Stick
        How it is drawn.
    residue_1, residue_2 : SceneResidue
    atom_1, atom_2 : str
        Atom names.
    xyz_1, xyz_2 : ndarray, shape=(3,)
        Where the atoms stand, in Å.
    distance_a : float
    """

    kind: BondKind
    stick: Stick
    residue_1: SceneResidue
    residue_2: SceneResidue
    atom_1: str
    atom_2: str
    xyz_1: FloatArray
    xyz_2: FloatArray
    distance_a: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SceneInterface:
    """
    Two objects that touch.

    Attributes
    ----------
    name : str
        Names of both objects.
    object_1, object_2 : str
    residues_1, residues_2 : tuple of SceneResidue
        Interface residues of each side.
    bonds : tuple of SceneBond
    points_1, points_2 : ndarray, shape=(n, 3)
        Atoms of the interface residues, where they stand.
    """

    name: str
    object_1: str
    object_2: str
    residues_1: tuple[SceneResidue, ...]
    residues_2: tuple[SceneResidue, ...]
    bonds: tuple[SceneBond, ...]
    points_1: FloatArray
    points_2: FloatArray

    @property
    def bonded_residues(self) -> tuple[SceneResidue, ...]:
        """Residues that take part in a bond, each once."""
        ends = [end for bond in self.bonds for end in (bond.residue_1, bond.residue_2)]
        return tuple(dict.fromkeys(ends))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Membrane:
    """
    A rectangle in the plane of the membrane.

    Attributes
    ----------
    centre : ndarray, shape=(3,)
        In Å.
    axes : ndarray, shape=(3, 3)
        Rows: along the chain, across it, and the normal, away from the cell.
    half_length_a, half_width_a : float
        Along the chain and across it.
    """

    centre: FloatArray
    axes: FloatArray
    half_length_a: float
    half_width_a: float

    @property
    def corners(self) -> FloatArray:
        """The corners in order round the rectangle, shape (4, 3), in Å."""
        along = self.axes[0] * self.half_length_a
        across = self.axes[1] * self.half_width_a
        parts = (-along - across, along - across, along + across, -along + across)
        corners: FloatArray = self.centre + parts
        return corners


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Camera:
    """
    Where a view is seen from.

    Attributes
    ----------
    centre : ndarray, shape=(3,)
        What is looked at, in Å.
    axes : ndarray, shape=(3, 3)
        Rows: to the right, up, and towards the viewer.
    half_width_a, half_height_a, half_depth_a : float
        Half the box that is to be seen.
    front_a : float
        What stands farther before the centre than this is cut away.
    """

    centre: FloatArray
    axes: FloatArray
    half_width_a: float
    half_height_a: float
    half_depth_a: float
    front_a: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SceneView:
    """
    A named view.

    Attributes
    ----------
    name, title : str
    objects : tuple of str
        What is shown.
    interfaces : tuple of str
        Of which residues are sticks, bonds dashes and numbers labels.
    has_membrane : bool
    camera : Camera
    """

    name: str
    title: str
    objects: tuple[str, ...]
    interfaces: tuple[str, ...]
    has_membrane: bool
    camera: Camera


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """
    Everything that the writers write.

    Attributes
    ----------
    entry_id, title : str
        Made safe.
    coordinates : str
        mmCIF of the deposited chains.
    objects : tuple of SceneObject
    interfaces : tuple of SceneInterface
    membrane : Membrane or None
    views : tuple of SceneView
        The first is shown on opening.
    """

    entry_id: str
    title: str
    coordinates: str
    objects: tuple[SceneObject, ...]
    interfaces: tuple[SceneInterface, ...]
    membrane: Membrane | None
    views: tuple[SceneView, ...]

    @property
    def interface_by_name(self) -> Mapping[str, SceneInterface]:
        """The interfaces by their names."""
        return {interface.name: interface for interface in self.interfaces}
