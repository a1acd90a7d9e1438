"""The scan of dependencies never passes in silence; the bill of materials names all that is deployed."""

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def judge():
    spec = importlib.util.spec_from_file_location("audit", HERE / ".ci" / "audit.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.judge


def scanned(*packages):
    return json.dumps({"dependencies": list(packages), "fixes": []})


SOUND = {"name": "django", "version": "5.2", "vulns": []}
FAULTY = {"name": "pillow", "version": "1.0", "vulns": [{"id": "PYSEC-2022-1", "fix_versions": []}]}


def test_what_has_no_known_fault_passes_and_says_how_many(judge):
    assert judge(scanned(SOUND), "", required=True) == (
        "1 packages of requirements.txt compared: no known faults",
        0,
    )


def test_a_known_fault_fails_and_is_named(judge):
    sentence, code = judge(scanned(SOUND, FAULTY), "Found 1 known vulnerability", required=False)
    assert (code, "pillow 1.0: PYSEC-2022-1" in sentence) == (1, True)


@pytest.mark.parametrize(("required", "code"), [(False, 0), (True, 1)])
def test_where_nobody_could_be_asked_it_says_so(judge, required, code):
    sentence, ended = judge("", "requests.exceptions.ConnectionError: Failed to resolve", required=required)
    assert (ended, sentence.startswith("NOT SCANNED")) == (code, True)


@pytest.mark.parametrize("out", ["", "{}", "[]", "null", "Traceback"])
def test_no_answer_is_no_pass(judge, out):
    assert judge(out, "something else went wrong", required=False)[1] == 1


def test_an_empty_answer_and_a_package_that_was_skipped_are_no_pass(judge):
    assert judge(scanned(), "", required=False)[1] == 1
    assert judge(scanned(SOUND, {"name": "odd", "skip_reason": "not found"}), "", required=False)[1] == 1


def test_the_bill_of_materials_names_every_package_of_the_image(tmp_path):
    subprocess.run(
        [
            *(sys.executable, "-W", "ignore", "-m", "cyclonedx_py", "requirements", "requirements.txt"),
            *("--pyproject", "pyproject.toml", "--short-PURLs", "--output-reproducible", "-o", tmp_path / "sbom.json"),
        ],
        cwd=HERE, check=True, capture_output=True,
    )  # fmt: skip
    bill = json.loads((tmp_path / "sbom.json").read_text())
    locked = re.findall(
        r"^([a-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", (HERE / "requirements.txt").read_text(), re.MULTILINE
    )
    assert {(each["name"], each["version"]) for each in bill["components"]} == set(locked)
    assert all(each["purl"].startswith("pkg:pypi/") for each in bill["components"])
