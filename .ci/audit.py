"""Known faults of what is in the lock, asked of OSV by pip-audit. `make audit`.

Where the service cannot be reached it says NOT SCANNED, in capitals, and lets pass; AUDIT=required does not let that pass. A
machine without a network copies the lock to one that has: `pip-audit -r requirements.txt --require-hashes --disable-pip`.
"""

import json
import os
import subprocess
import sys

LOCK = "requirements.txt"
COMMAND = (
    *(sys.executable, "-m", "pip_audit", "-r", LOCK, "--require-hashes", "--disable-pip"),
    *("--vulnerability-service", "osv", "--timeout", "5", "--progress-spinner", "off", "--format", "json"),
)
PATIENCE = 60  # seconds
AWAY = (
    "ConnectionError",
    "ConnectTimeout",
    "ReadTimeout",
    "ProxyError",
    "Max retries exceeded",
    "ServiceError",
)


def main() -> int:
    """The exit code: 0 where nothing is known, or nothing could be asked and that is allowed."""
    try:
        ended = subprocess.run(COMMAND, capture_output=True, text=True, timeout=PATIENCE, check=False)
        out, errors = ended.stdout, ended.stderr
    except subprocess.TimeoutExpired:
        out, errors = "", "ReadTimeout"
    sentence, code = judge(out, errors, required=os.environ.get("AUDIT") == "required")
    print(sentence)  # noqa: T201
    return code


def judge(out: str, errors: str, *, required: bool) -> tuple[str, int]:
    """What to say of what pip-audit said, and whether it is a failure. Only its own table counts as an answer."""
    try:
        scanned = json.loads(out)["dependencies"]
    except (ValueError, KeyError, TypeError):
        if any(word in errors for word in AWAY):
            return (
                f"NOT SCANNED: the service of known faults cannot be reached; {LOCK} was not compared",
                int(required),
            )
        return f"pip-audit failed:\n{errors[-2000:]}", 1
    skipped = [each["name"] for each in scanned if "skip_reason" in each]
    faulty = [each for each in scanned if each.get("vulns")]
    if faulty or skipped or not scanned:
        told = [f"{e['name']} {e['version']}: {', '.join(v['id'] for v in e['vulns'])}" for e in faulty]
        return "\n".join(["known faults, or not compared:", *told, *skipped]), 1
    return f"{len(scanned)} packages of {LOCK} compared: no known faults", 0


if __name__ == "__main__":
    sys.exit(main())
