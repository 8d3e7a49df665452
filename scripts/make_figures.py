"""
Every figure of the README and the documentation, made from entries.

``python scripts/make_figures.py [FOLDER]`` draws what the pages show, of 2B5I, of the comparison with
the other entries below and of the question of a network, into ``docs/figures``, or FOLDER; with
``--all`` every figure that there is. Entries come from ``IL2STRUCT_MIRROR``, the cache, or the archive.
"""

import argparse
from pathlib import Path

import il2struct
from il2struct import figures
from il2struct.lattice.measure import measured_contacts

#: The entry whose own figures are drawn, then those beside it in comparisons.
ENTRIES = ("2B5I", "2ERJ", "1Z92", "2Z3R")
#: What the README and the pages of docs/ show.
SHOWN = (
    "bond_ladder_2B5I_1_IL2-IL2RG",
    "cartoon_2B5I_1",
    "complementarity_2B5I",
    "dose_response_treg",
    "evidence_IL2RG_IL2RA",
    "lattice_view_2B5I",
    "membrane_view_2ERJ_IL2RG_IL2RA",
    "open_book_2B5I_1_IL2-IL2RA",
    "presence",
)


def drawings_of(entries):
    """All figures of the first entry, and those that span all."""
    parameters = il2struct.interface_parameters(sc="value")
    studies = [il2struct.load(entry) for entry in entries]
    results = [study.interfaces(parameters=parameters) for study in studies]
    network = il2struct.network_studies([study.named for study in studies])
    lattice = measured_contacts(studies[0].named, parameters=parameters)
    return (
        figures.drawings_of_entry(results[0], lattice=lattice),
        figures.drawings_of_run(results, studies=network),
    )


def main(folder, entries, formats, has_all):
    names = set()
    for found in drawings_of(entries):
        for drawing in found.drawings:
            if drawing.name in names:
                raise SystemExit(f"two figures are called {drawing.name}")
            names.add(drawing.name)
            if drawing.name not in SHOWN and not has_all:
                continue
            drawing.save(folder, formats=formats)
            print(f"{drawing.name}: {drawing.title}")
        for reason in found.left_out:
            print(f"left out: {reason}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=Path("docs/figures"))
    parser.add_argument("--entries", nargs="+", default=ENTRIES, metavar="ID")
    parser.add_argument("--formats", nargs="+", default=["svg"], metavar="FORMAT")
    parser.add_argument("--all", action="store_true", help="more than the pages show")
    chosen = parser.parse_args()
    main(chosen.folder, chosen.entries, chosen.formats, chosen.all)
