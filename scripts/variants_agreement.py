"""
Hold what is lost without a side chain against measured changes of binding.

    python scripts/variants_agreement.py TABLE.tsv ENTRY [ENTRY ...]

TABLE has the columns pdb, mutation and ddG_kcal as SKEMPI 2 writes them (``1BRS_A_D``, ``KA27A``: wild
letter, chain, author's number, mutant letter). Single mutations to alanine of the entries named are
measured; several values of one mutation are averaged. Printed is Spearman's coefficient of ddG with
each number, with an interval of 95 % by resampling, over all and by entry.
"""

import csv
import re
import sys
from collections import defaultdict
from pathlib import Path
from statistics import fmean

import numpy as np
from scipy.stats import spearmanr

import il2struct
from il2struct.comparison.complexes import images_of
from il2struct.variants import Place, effect_of

NUMBERS = ("buried_a2", "area_loss_a2", "n_contacts_lost", "n_bonded_lost")
MUTATION = re.compile(r"([A-Z])(\w)(\d+)([a-z]?)([A-Z])")
RESAMPLED = 2000


def measured_changes(path, entries):
    """Mean ddG by entry, sides, chain and residue, of single mutations to alanine."""
    found = defaultdict(list)
    with path.open(encoding="utf-8") as table:
        for row in csv.DictReader(table, delimiter="\t"):
            entry, _, sides = row["pdb"].partition("_")
            match = MUTATION.fullmatch(row["mutation"].strip())
            if entry in entries and match and match[5] == "A" and row["ddG_kcal"]:
                key = entry, sides, match[2], int(match[3]), match[4].upper()
                found[key].append(float(row["ddG_kcal"]))
    return {key: fmean(values) for key, values in found.items()}


def effects(changes):
    """ddG beside the numbers of each mutation that its entry shows."""
    results = {}
    for (entry, sides, chain, number, code), ddg in changes.items():
        if (entry, sides) not in results:
            first, second = sides.split("_")
            between = f"{','.join(first)}/{','.join(second)}"
            results[entry, sides] = il2struct.load(entry).interfaces(between)
        measured = results[entry, sides]
        residues = measured.named.entry.residues
        rows = np.flatnonzero(
            (residues.auth_asym_id == chain)
            & (residues.auth_number == number)
            & (residues.ins_code == code)
        )
        for side, images in enumerate(images_of(measured[0]), start=1):
            for image in images:
                if image.auth_asym_id == chain and len(rows) == 1:
                    place = Place(
                        results=measured,
                        interface=measured[0],
                        side=side,
                        image=image,
                        rows=tuple(rows.tolist()),
                    )
                    yield entry, ddg, effect_of(place, cut_to="ALA")


def coefficient(ddg, values):
    """Spearman's coefficient and its interval."""
    ddg, values = np.array(ddg), np.array(values, dtype=float)
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, len(ddg), (RESAMPLED, len(ddg)))
    with np.errstate(invalid="ignore", divide="ignore"):
        samples = [spearmanr(ddg[i], values[i]).statistic for i in drawn]
    low, high = np.nanpercentile(samples, [2.5, 97.5])
    return f"{spearmanr(ddg, values).statistic:.2f} ({low:.2f} to {high:.2f})"


def main():
    """Print a table."""
    rows = list(effects(measured_changes(Path(sys.argv[1]), set(sys.argv[2:]))))
    groups = {"all": rows}
    for entry in dict.fromkeys(row[0] for row in rows):
        groups[entry] = [row for row in rows if row[0] == entry]
    print(f"{'':6} {'n':>4} " + " ".join(f"{name:>22}" for name in NUMBERS))
    for name, own in groups.items():
        ddg = [row[1] for row in own]
        words = [
            coefficient(ddg, [row[2][number] for row in own]) for number in NUMBERS
        ]
        print(f"{name:6} {len(own):4} " + " ".join(f"{word:>22}" for word in words))


if __name__ == "__main__":
    main()
