"""The figures of a cell's response to IL-2, together."""

from dataclasses import replace
from typing import Final

from il2struct.figures.drawing import Drawing
from il2struct.figures.network.dose_curves import dose_response
from il2struct.figures.network.length_shares import chain_lengths
from il2struct.figures.network.phases import phase_diagram
from il2struct.network.response.receptor import ReceptorResponse, receptor_response

#: Couplings that a single response is drawn with, in kT, besides its own.
COUPLINGS_KT: Final = (0.0, 1.0, 2.0)


def response_drawings(
    response: ReceptorResponse, *, width: str | float | None = None
) -> tuple[Drawing, ...]:
    """
    Draw a cell's answer: dose-response with other couplings beside, lengths of chains, phases.

    Parameters
    ----------
    response : ReceptorResponse
    width : str or float, optional
        Of each: ``"single"``, ``"double"`` or mm; what suits each by default.

    Returns
    -------
    tuple of Drawing
        Dose-response, chain lengths and phase diagram.
    """
    own = response.settings.coupling_kt
    others = [kt for kt in COUPLINGS_KT if kt != own]
    varied = [
        receptor_response(replace(response.settings, coupling_kt=kt)) for kt in others
    ]
    curves = sorted([response, *varied], key=lambda r: r.settings.coupling_kt)
    return (
        dose_response(curves, width=width or "single"),
        chain_lengths(response, width=width or "single"),
        phase_diagram(response.settings, width=width or "double"),
    )
