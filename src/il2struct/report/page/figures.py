"""Figures of the page: which ones, and their drawings as SVG text."""

import base64
import io
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from il2struct.palette import Palette
from il2struct.report.page.payload import EntryContent
from il2struct.results.interfaces import InterfaceResults

if TYPE_CHECKING:
    from il2struct.figures import FigureSet
    from il2struct.figures.drawing import Drawing

#: Kinds of figure that are mostly a picture, and large.
PICTURES: Final = ("open_book", "lattice_view")
#: Resolution of surfaces in the page, in dots per inch: enough for a screen, a quarter of the bytes
#: of print.
SCREEN_DPI: Final = 150.0
#: Colours of such a picture.
N_COLOURS: Final = 256
_PIXELS: Final = re.compile(r"data:image/png;base64,([A-Za-z0-9+/=\s]+)")


def svg_of(drawing: "Drawing") -> str:
    """
    Return a drawing as SVG without the head of a file.

    Parameters
    ----------
    drawing : Drawing
    """
    from il2struct.figures.canvas import style
    from il2struct.figures.drawing import METADATA

    stream = io.StringIO()
    with style():
        drawing.figure().savefig(
            stream, format="svg", dpi=SCREEN_DPI, metadata=METADATA["svg"]
        )
    text = stream.getvalue()
    return _PIXELS.sub(_smaller, text[text.index("<svg") :])


def _smaller(found: "re.Match[str]") -> str:
    """Pixels inside a drawing with at most 256 colours: a third of the bytes, and no eye tells."""
    from PIL import Image

    picture = Image.open(io.BytesIO(base64.b64decode(found[1])))
    stream = io.BytesIO()
    few = picture.convert("RGBA").quantize(N_COLOURS, Image.Quantize.FASTOCTREE)
    few.save(stream, format="PNG", compress_level=7)
    return (
        f"data:image/png;base64,{base64.b64encode(stream.getvalue()).decode('ascii')}"
    )


def distinct_interfaces(results: InterfaceResults) -> InterfaceResults:
    """
    Choose the interfaces that have figures: one copy of each pair of roles.

    Parameters
    ----------
    results : InterfaceResults

    Returns
    -------
    InterfaceResults
        Interfaces of chains without a role are all kept.
    """
    seen = set()
    chosen = []
    for interface in results:
        roles = (interface.partner_1.side.role, interface.partner_2.side.role)
        if "unknown" in roles or roles not in seen:
            chosen.append(interface)
        seen.add(roles)
    return InterfaceResults(results.named, tuple(chosen))


def entry_figures(content: EntryContent, palette: Palette) -> "FigureSet":
    """
    Prepare the figures of an entry, the plainest first.

    Parameters
    ----------
    content : EntryContent
    palette : Palette

    Returns
    -------
    FigureSet
        Those with pictures are drawn for the screen.
    """
    from il2struct.figures import FigureSet, drawings_of_entry

    found = drawings_of_entry(
        distinct_interfaces(content.results),
        palette=palette,
        lattice=content.contacts or None,
        dpi=SCREEN_DPI,
    )
    last = sorted(found.drawings, key=lambda drawing: drawing.kind in PICTURES)
    return FigureSet(drawings=tuple(last), left_out=found.left_out)


def run_figures(results: Sequence[InterfaceResults], palette: Palette) -> "FigureSet":
    """
    Prepare the figures that span entries.

    Parameters
    ----------
    results : sequence of InterfaceResults
    palette : Palette
    """
    from il2struct.figures import drawings_of_run

    return drawings_of_run(results, palette=palette)
