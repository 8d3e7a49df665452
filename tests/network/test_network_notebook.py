"""A network study in a notebook."""

from dataclasses import replace

import pytest

from il2struct.results import notebook

pytestmark = pytest.mark.entries


def test_evidence_is_a_table_and_the_contact_a_view(alpha_study):
    text = alpha_study._repr_html_()
    assert "γc – IL-2Rα" in text
    assert text.count("<tr") >= 1 + len(alpha_study.evidence)
    assert text.count(".addModel(") == 2
    assert ".addCylinder(" in text


def test_without_py3dmol_or_contact_there_is_the_table(alpha_study, monkeypatch):
    monkeypatch.setattr(notebook, "find_spec", lambda _name: None)
    text = alpha_study._repr_html_()
    assert text.endswith(notebook.HOW_TO_GET_IT)
    nothing = replace(alpha_study, focal=None)._repr_html_()
    assert "<table" in nothing
    assert "script" not in nothing
