"""The pH at which a crystal grew, as far as the file says it."""

import math
import re
from collections.abc import Iterable, Sequence
from typing import Final

import gemmi

#: Water is never outside these.
LOWEST_PH, HIGHEST_PH = 0.0, 14.0
_NUMBER: Final = r"\d+(?:\.\d+)?"
#: In REMARK 200, the field of the archive; in REMARK 280, a buffer among words.
_FIELD = re.compile(rf"REMARK 200 +PH +: *({_NUMBER}) *$")
_WORDS = re.compile(rf"\bPH *[=:]? *({_NUMBER})(?![\d.]| *-)")


def growth_ph_in_mmcif(block: gemmi.cif.Block) -> float:
    """Read ``_exptl_crystal_grow.pH``; NaN if it is not there or crystals differ."""
    return one_ph(
        gemmi.cif.as_string(value)
        for value in block.find_values("_exptl_crystal_grow.pH")
    )


def growth_ph_in_pdb(remarks: Sequence[str]) -> float:
    """
    Read the pH field of REMARK 200, or the one pH in the words of REMARK 280; NaN if they say none.

    Examples
    --------
    >>> growth_ph_in_pdb(["REMARK 200  PH                             : NULL",
    ...                   "REMARK 280  AND 0.1 M CITRATE PH 4.0"])
    4.0
    """
    fields = [found[1] for line in remarks if (found := _FIELD.match(line.rstrip()))]
    if fields:
        return one_ph(fields)
    words = " ".join(line[10:] for line in remarks if line.startswith("REMARK 280"))
    return one_ph(_WORDS.findall(words.upper()))


def one_ph(values: Iterable[str]) -> float:
    """Return the one pH that some texts give; NaN if they give none, or several that differ."""
    known = set()
    for value in values:
        try:
            known.add(float(value))
        except ValueError:
            continue
    possible = {ph for ph in known if LOWEST_PH < ph <= HIGHEST_PH}
    return possible.pop() if len(possible) == 1 else math.nan
