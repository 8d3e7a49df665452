"""Run the code of docs/notebooks/*.ipynb and write what it prints and draws back into them: notebooks.py [NOTEBOOK …]."""

import ast
import base64
import contextlib
import io
import json
import os
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "docs" / "notebooks"
DPI = 90


def executed(notebook):
    """Return a notebook with the outputs that its cells have now: text, tables, and figures as PNG."""
    import matplotlib as mpl
    import pandas as pd

    mpl.use("agg")
    pd.set_option("display.width", 120, "display.max_columns", None)
    namespace = {"__name__": "__main__"}
    cells, count = [], 0
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            count += 1
            outputs = _run("".join(cell["source"]), namespace, count)
            cell = {**cell, "execution_count": count, "outputs": outputs}
        cells.append(cell)
    return {**notebook, "cells": cells}


def _run(code, namespace, count):
    """Run a cell as Jupyter does: what it prints, the value of its last line, its figures."""
    from matplotlib import pyplot as plt  # noqa: TID251  # as people draw in notebooks

    body = ast.parse(code).body
    ends_in_value = isinstance(body[-1], ast.Expr) and not code.rstrip().endswith(";")
    last = ast.Expression(body.pop().value) if ends_in_value else None
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(ast.Module(body, []), "cell", "exec"), namespace)  # our own cells
        value = last and eval(compile(last, "cell", "eval"), namespace)
    outputs = []
    if printed.getvalue():
        text = _lines(printed.getvalue())
        outputs.append({"output_type": "stream", "name": "stdout", "text": text})
    if value is not None:
        outputs.append(
            {
                "output_type": "execute_result",
                "execution_count": count,
                "metadata": {},
                "data": _shown(value),
            }
        )
    for number in plt.get_fignums():
        data = {"image/png": _png(plt.figure(number))}
        outputs.append({"output_type": "display_data", "metadata": {}, "data": data})
    plt.close("all")
    return outputs


def _shown(value):
    data = {"text/plain": _lines(repr(value))}
    if hasattr(value, "_repr_png_"):  # a drawing
        data["image/png"] = base64.b64encode(value._repr_png_()).decode() + "\n"
    if hasattr(value, "to_html"):  # a table of pandas, plain
        data["text/html"] = _lines(value.to_html(border=0))
    return data


def _lines(text):
    return text.splitlines(keepends=True)


def _png(figure):
    file = io.BytesIO()
    figure.savefig(file, dpi=DPI, bbox_inches="tight", metadata={"Software": None})
    return base64.b64encode(file.getvalue()).decode() + "\n"


def main(names):
    for path in map(Path, names) if names else sorted(FOLDER.glob("*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        target = path.absolute()
        with (
            tempfile.TemporaryDirectory() as folder,
            contextlib.chdir(folder),
        ):
            text = json.dumps(executed(notebook), ensure_ascii=False, indent=1)
        target.write_text(text + "\n", encoding="utf-8")
        print(f"{path.name}: {target.stat().st_size // 1024} kB")


if __name__ == "__main__":
    os.environ["COLUMNS"] = "100"
    main(sys.argv[1:])
