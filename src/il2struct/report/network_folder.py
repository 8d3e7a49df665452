"""What a study of networks leaves in a folder."""

from collections.abc import Sequence
from pathlib import Path

from il2struct.network.evidence.study import NetworkStudy, evidence_tables
from il2struct.report.network_summary import network_summary
from il2struct.report.scenes import best_line, write_membrane_chain
from il2struct.results.lattice_tables import lattice_tables
from il2struct.results.text import write_folder, write_text


def write_network(
    studies: Sequence[NetworkStudy], folder: Path, output_format: str = "csv"
) -> None:
    """Write the tables of studies of the same entries, ``network.md``, and a scene where one fits."""
    classes = studies[0].classes
    members = [member for found in classes for member in found.members]
    measured = [
        (named, [member for member in members if member.named is named])
        for named in studies[0].entries
    ]
    tables = {**evidence_tables(studies), **lattice_tables(measured, classes)}
    write_folder(tables, folder, output_format)
    write_text(network_summary(studies), folder / "network.md")
    lines = (best_line(study.focal, study.membrane) for study in studies)
    line = next((line for line in lines if line is not None), None)
    if line is not None:
        write_membrane_chain(line, folder)
