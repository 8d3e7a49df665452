"""
The JSON form of results, and the JSON Schema that describes it.

``docs/schema/il2struct.schema.json`` is generated from here:
``python -m il2struct.json_schema > docs/schema/il2struct.schema.json``. The rules by which the form
changes stand in ``docs/json.md``.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from il2struct.schemas import SCHEMAS, Column

#: Version of the form, major.minor. A new table or column raises the second number; whatever could
#: break a reader (a name that goes or changes its meaning, unit or type) raises the first.
SCHEMA_VERSION: Final = "1.0"
#: Key of it in every JSON document.
VERSION_KEY: Final = "schema_version"
#: What identifies the schema; there is no place to fetch it from.
SCHEMA_ID: Final = f"urn:il2struct:results:{SCHEMA_VERSION}"
#: JSON types, by the words of `il2struct.schemas`.
JSON_TYPES: Final = {
    "text": "string",
    "integer": "integer",
    "number": "number",
    "flag": "boolean",
}


def document(tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    """
    Put tables (rows, missing values None) into one JSON object with the version of its form.

    Examples
    --------
    >>> document({"assumptions": [{"assumption": "none"}]})
    {'schema_version': '1.0', 'assumptions': [{'assumption': 'none'}]}
    """
    return {VERSION_KEY: SCHEMA_VERSION, **tables}


def results_schema() -> dict[str, Any]:
    """
    Describe the JSON form of results as JSON Schema (draft 2020-12), table by table.

    Returns
    -------
    dict
        Tables and columns that are not in it are allowed, so that what a newer minor version
        writes is valid too.
    """
    major = SCHEMA_VERSION.split(".")[0]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": f"Results of il2struct, version {SCHEMA_VERSION}",
        "description": "One array of rows for each table; which tables there are depends on the "
        "command. Missing values are null, and so are numbers that do not apply.",
        "type": "object",
        "required": [VERSION_KEY],
        "properties": {
            VERSION_KEY: {
                "description": "Version of this form, major.minor",
                "type": "string",
                "pattern": rf"^{major}\.[0-9]+$",
            },
            **{
                name: {"type": "array", "items": {"$ref": f"#/$defs/{name}"}}
                for name in SCHEMAS
            },
        },
        "additionalProperties": {"type": "array", "items": {"type": "object"}},
        "$defs": {
            name: {
                "type": "object",
                "required": [column.name for column in columns],
                "properties": {column.name: _cell(column) for column in columns},
            }
            for name, columns in SCHEMAS.items()
        },
    }


def _cell(column: Column) -> dict[str, Any]:
    cell: dict[str, Any] = {
        "description": column.meaning,
        "type": [JSON_TYPES[column.kind], "null"],
    }
    if column.unit:
        # Not a word of JSON Schema; the prefix marks it as an annotation of ours.
        cell["x-unit"] = column.unit
    return cell


def as_text() -> str:
    """Return the schema as the published file has it."""
    return json.dumps(results_schema(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    sys.stdout.write(as_text())
