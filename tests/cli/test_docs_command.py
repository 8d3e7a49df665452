"""Pages and columns are within reach of who has only the command."""

import pandas as pd

from il2struct.tables import column_names


def test_pages_are_listed_and_printed(cli):
    listed = cli("docs")
    assert listed.status == 0
    assert "how-to/figures" in listed.stdout
    for name in ("tables", "docs/tables.md"):
        page = cli("docs", name)
        assert page.status == 0
        assert page.stdout.startswith("# Tables\n")


def test_a_page_that_is_not_there(cli):
    run = cli("docs", "nothing")
    assert run.status == 2
    assert "no page 'nothing'" in run.stderr


def test_help_says_where_the_pages_are(cli):
    assert "il2struct docs" in cli("--help").stdout


def test_columns_of_a_table(cli, tmp_path):
    target = tmp_path / "columns.csv"
    assert cli("tables", "--describe", "bonds", "-o", str(target)).status == 0
    found = pd.read_csv(target)
    assert found["column"].tolist() == column_names("bonds")
    assert found["meaning"].notna().all()


def test_describe_says_what_is_wrong(cli, tmp_path):
    for arguments, words in (
        (["--describe", "bond"], "there is no table 'bond'"),
        ([str(tmp_path), "--describe", "bonds"], "--describe stands alone"),
        ([], "name the FOLDER"),
    ):
        run = cli("tables", *arguments)
        assert run.status == 2
        assert words in run.stderr
