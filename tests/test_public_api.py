"""The list of the public interface is complete, and says what is true."""

from importlib import import_module
from pathlib import Path

import pytest

from il2struct.public_api import PUBLIC_MODULES, as_markdown, public_names

PUBLISHED = Path(__file__).parents[1] / "docs" / "api.md"


@pytest.fixture(scope="module")
def published():
    return PUBLISHED.read_text(encoding="utf-8")


def test_the_published_file_is_the_generated_one(published):
    assert published == as_markdown(), (
        "run: python -m il2struct.public_api > docs/api.md"
    )


@pytest.mark.parametrize("module_name", PUBLIC_MODULES)
def test_every_public_name_is_listed_and_can_be_imported(published, module_name):
    module = import_module(module_name)
    for name in public_names(module_name):
        assert f"\n### `{name}`\n" in published
        assert getattr(module, name) is not None


@pytest.mark.parametrize("module_name", PUBLIC_MODULES)
def test_every_public_name_is_explained(published, module_name):
    for name in public_names(module_name):
        part = (
            published.split(f"\n### `{name}`\n")[1].split("\n### ")[0].split("\n## ")[0]
        )
        words = [
            line for line in part.split("\n") if line and not line.startswith("```")
        ]
        assert words, name


def test_no_address_of_an_object_gets_into_the_file(published):
    assert " at 0x" not in published
