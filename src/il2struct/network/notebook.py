"""A network study in a notebook: the evidence as a table, the contact in 3D."""

from il2struct.network.evidence.study import NetworkStudy
from il2struct.network.tables import evidence_tables
from il2struct.results.notebook import headline, table_html, view_html
from il2struct.structure.roles import symbol_of

#: Columns of the table ``evidence`` that a notebook shows.
BRIEF_EVIDENCE = ("number", "name", "quantity", "value", "error", "unit", "verdict")


def network_html(study: NetworkStudy) -> str:
    """Return the evidence of a study and its largest focal contact for a notebook."""
    names = " – ".join(symbol_of(role.value) for role in study.roles)
    entries = ", ".join(named.entry.entry_id for named in study.entries)
    table = evidence_tables([study])["evidence"][list(BRIEF_EVIDENCE)]
    text = headline(names, f" in {entries}") + table_html(table.round(3))
    if study.focal is None:
        return text
    largest = max(
        study.focal.members, key=lambda m: m.interface.burial.area_per_side_a2
    )
    sides = largest.interface.sides
    images = [image for side in sides for image in side.images]
    return text + view_html(largest.named, images, [largest.interface])
