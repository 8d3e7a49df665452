"""The JSON of every command against the published schema."""

import copy
import json
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner

from il2struct.cli.app import app
from il2struct.json_schema import (
    JSON_TYPES,
    SCHEMA_VERSION,
    VERSION_KEY,
    as_text,
    results_schema,
)
from il2struct.schemas import SCHEMAS

PUBLISHED = Path(__file__).parents[1] / "docs" / "schema" / "il2struct.schema.json"


@pytest.fixture(scope="module")
def published():
    return json.loads(PUBLISHED.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def strict(published):
    """The schema with nothing allowed beyond it: what this version itself must keep to."""
    schema = copy.deepcopy(published)
    schema["additionalProperties"] = False
    for row in schema["$defs"].values():
        row["additionalProperties"] = False
    return jsonschema.Draft202012Validator(schema)


def test_the_published_file_is_the_generated_one():
    assert PUBLISHED.read_text(encoding="utf-8") == as_text(), (
        "run: python -m il2struct.json_schema > docs/schema/il2struct.schema.json"
    )


def test_it_is_a_schema(published):
    jsonschema.Draft202012Validator.check_schema(published)


def test_it_has_every_table_and_every_column(published):
    assert set(published["$defs"]) == set(SCHEMAS)
    assert set(published["properties"]) == {VERSION_KEY, *SCHEMAS}
    for name, columns in SCHEMAS.items():
        row = published["$defs"][name]
        assert row["required"] == [column.name for column in columns]
        for column in columns:
            cell = row["properties"][column.name]
            assert cell["type"] == [JSON_TYPES[column.kind], "null"]
            assert cell["description"] == column.meaning
            assert cell.get("x-unit", "") == column.unit


def run(*arguments: object) -> dict:
    result = CliRunner().invoke(
        app, [str(a) for a in arguments], catch_exceptions=False
    )
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


#: Every command that prints JSON, and tables that must not be empty there.
COMMANDS = [
    (("fetch", "2ERJ"), ["files"]),
    (("roles", "2ERJ"), ["chains", "numbering", "complexes", "entries", "notes"]),
    (
        ("interfaces", "2ERJ", "2B5I"),
        [
            "interfaces",
            "residues",
            "contacts",
            "bonds",
            "complexes",
            "entries",
            "notes",
        ],
    ),
    (("interfaces", "1Z92", "--sc", "value"), ["interfaces"]),
    (("interfaces", "1BRS", "--between", "A,B/C"), ["interfaces"]),
    (("bonds", "2B5I"), ["bonds", "interfaces"]),
    (("bonds", "2B5I", "--concordance"), ["concordance", "bonds", "interfaces"]),
    (("lattice", "1Z92"), ["lattice_contacts", "contact_classes", "bonds"]),
    (("lattice", "1Z92", "--classes"), ["contact_classes", "lattice_contacts"]),
    (
        ("compare", "1BRS"),
        ["compare_similarity", "compare_differences", "compare_pairs"],
    ),
    (("overlap", "2B5I"), ["overlap", "overlap_copies", "overlap_sites"]),
    (("variants", "1Z92", "--mutations", "IL2:F42A"), ["variants"]),
    (("agonists", "2B5I"), ["agonists"]),
    (("ligands", "1PY2"), ["ligands"]),
    (("unsatisfied", "2B5I"), ["unsatisfied", "unsatisfied_counts"]),
    (("predicted", "1BRS"), ["predicted"]),
    (("response",), ["dose_response", "cluster_sizes", "assumptions"]),
]


@pytest.mark.entries
@pytest.mark.slow
@pytest.mark.parametrize(("arguments", "filled"), COMMANDS, ids=lambda x: "-".join(x))
def test_what_a_command_prints_keeps_to_it(strict, mirror, arguments, filled):
    # What reads no entry looks for none.
    found = [] if arguments == ("response",) else ["--offline", "--mirror", mirror]
    content = run(*arguments, "--format", "json", "--quiet", *found)
    strict.validate(content)
    assert content[VERSION_KEY] == SCHEMA_VERSION
    for name in filled:
        assert content[name], name


@pytest.mark.entries
@pytest.mark.slow
def test_shape_complementarity_keeps_to_it(strict, mirror):
    options = ["--format", "json", "--quiet", "--offline", "--mirror", mirror]
    content = run("sc", "1Z92", "--density", "5", *options)
    strict.validate(content)
    assert content["interfaces"]


@pytest.mark.entries
@pytest.mark.slow
@pytest.mark.parametrize("command", ["network", "report"])
def test_a_folder_of_json_files_keeps_to_it(strict, mirror, tmp_path, command):
    result = CliRunner().invoke(
        app,
        [
            *(command, "1Z92", "--format", "json", "--quiet", "--offline"),
            *("--mirror", str(mirror), "-o", str(tmp_path)),
            *(("--sc", "none", "--no-html") if command == "report" else ()),
        ],
        catch_exceptions=False,
    )
    assert result.exit_code == 0, result.stderr
    found = [
        path for path in tmp_path.rglob("*.json") if path.name != "provenance.json"
    ]
    assert found
    for path in found:
        content = json.loads(path.read_text(encoding="utf-8"))
        strict.validate(content)
        assert list(content) == [VERSION_KEY, path.stem]


@pytest.mark.entries
def test_entries_that_fail_keep_to_it(strict, mirror):
    result = CliRunner().invoke(
        app,
        [
            *("interfaces", "9ZZZ", "1Z92", "--format", "json", "--quiet", "--offline"),
            *("--mirror", str(mirror)),
        ],
        catch_exceptions=False,
    )
    assert result.exit_code == 3
    content = json.loads(result.stdout)
    strict.validate(content)
    assert len(content["entries"]) == 2


def test_it_refuses_what_is_wrong_and_takes_what_is_newer(published):
    validator = jsonschema.Draft202012Validator(published)
    row = {"assumption": "x"}
    validator.validate({VERSION_KEY: "1.0", "assumptions": [row]})
    validator.validate({VERSION_KEY: "1.7", "assumptions": [{**row, "more": 1}]})
    validator.validate({VERSION_KEY: "1.7", "a_new_table": [{"x": 1}]})
    for wrong in (
        {"assumptions": [row]},
        {VERSION_KEY: "2.0", "assumptions": [row]},
        {VERSION_KEY: 1.0, "assumptions": [row]},
        {VERSION_KEY: "1.0", "assumptions": [{"assumption": 3}]},
        {VERSION_KEY: "1.0", "assumptions": [{}]},
        {VERSION_KEY: "1.0", "assumptions": row},
    ):
        with pytest.raises(jsonschema.ValidationError):
            validator.validate(wrong)


def test_the_schema_needs_no_network():
    assert results_schema()["$id"].startswith("urn:")
    refs = [
        table["items"]["$ref"]
        for name, table in results_schema()["properties"].items()
        if name != VERSION_KEY
    ]
    assert all(ref.startswith("#/") for ref in refs)
