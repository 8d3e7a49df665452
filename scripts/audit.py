"""
Ask pip-audit for known vulnerabilities of what is installed, and say plainly what it could not ask.

``python scripts/audit.py`` fails on a known vulnerability. pip-audit itself passes, without a word,
when its service is out of reach or does not know a package; this prints how many packages were
looked at, and with ``--strict`` fails if there is one of which nothing is known.
"""

import argparse
import json
import subprocess
import sys
from typing import Any

#: Longest wait for one answer, and for all of them, in seconds.
TIMEOUT_S = 10
TOTAL_TIMEOUT_S = 300


def main() -> int:
    """Run as asked on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strict", action="store_true", help="fail on gaps too")
    options = parser.parse_args()
    packages, reason = audited()
    text, has_vulnerability, has_gap = verdict(packages, reason)
    sys.stdout.write(text)
    return 1 if has_vulnerability or (has_gap and options.strict) else 0


def audited() -> tuple[list[dict[str, Any]], str]:
    """Return what pip-audit says of each package, and why it says nothing if it does not."""
    command = [sys.executable, "-m", "pip_audit", "--format", "json", "--skip-editable"]
    command += ["--progress-spinner", "off", "--timeout", str(TIMEOUT_S)]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=TOTAL_TIMEOUT_S,
            check=False,
        )
        return json.loads(done.stdout)["dependencies"], ""
    except subprocess.TimeoutExpired:
        return [], f"it did not answer in {TOTAL_TIMEOUT_S} s"
    except (ValueError, KeyError):
        lines = done.stderr.strip().splitlines() or ["no reason given"]
        return [], lines[-1]


def verdict(packages: list[dict[str, Any]], reason: str) -> tuple[str, bool, bool]:
    """
    Put the answers into words.

    Returns
    -------
    text : str
    has_vulnerability, has_gap : bool
        Whether a package is known to be vulnerable, and whether one was not looked at.
    """
    # Our own package is no release.
    packages = [p for p in packages if p["name"] != "il2struct"]
    found = [p for p in packages if p.get("vulns")]
    skipped = [p for p in packages if "skip_reason" in p]
    lines = [
        f"{p['name']} {p['version']}: {', '.join(v['id'] for v in p['vulns'])}; "
        "install a release without it.\n"
        for p in found
    ]
    n_asked = len(packages) - len(skipped)
    if not packages:
        lines.append(f"NOT AUDITED: pip-audit gave no answer ({reason}).\n")
    elif skipped:
        lines.append(
            f"NOT AUDITED: {len(skipped)} of {len(packages)} packages, such as "
            f"{skipped[0]['name']} ({skipped[0]['skip_reason']}).\n"
        )
    lines.append(
        f"audited {n_asked} packages, {len(found)} with known vulnerabilities\n"
    )
    return "".join(lines), bool(found), not packages or bool(skipped)


if __name__ == "__main__":
    sys.exit(main())
