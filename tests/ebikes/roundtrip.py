"""There and back through LibreOffice: what people open, fill in, save and send comes back with every digit that it had."""

import io
import shutil
import subprocess
import tempfile
from pathlib import Path

from openpyxl import load_workbook

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,1"  # UTF-8, cells as they are shown
FORMATS = {"xlsx": "xlsx:Calc MS Excel 2007 XML", "xls": "xls:MS Excel 97", "csv": CSV}


def saved_by_office(content: bytes, kind: str) -> bytes:
    """A file as LibreOffice saves it after opening it: as `kind`."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "file.csv" if not content.startswith(b"PK") else "file.xlsx")
        source.write_bytes(content)
        out = Path(folder, "out")
        command = [
            OFFICE,
            f"-env:UserInstallation=file://{folder}/profile",
            "--headless",
            "--convert-to",
            FORMATS[kind],
        ]
        if source.suffix == ".csv":
            command += ["--infilter=CSV:44,34,76"]  # as a double click opens it: numbers become numbers
        subprocess.run(
            [*command, "--outdir", str(out), str(source)], check=True, capture_output=True, timeout=120
        )
        (saved,) = [each for each in out.iterdir() if each.suffix == f".{kind}"]
        return saved.read_bytes()


def filled(template: bytes, *records: dict[str, str]) -> bytes:
    """A template with these records typed into it, as texts."""
    book, stream = load_workbook(io.BytesIO(template)), io.BytesIO()
    sheet = book.worksheets[0]
    titles = [cell.value for cell in sheet[1]]
    for line, cells in enumerate(records, start=2):
        for title, cell in cells.items():
            at = sheet.cell(line, titles.index(title) + 1)
            at.value, at.data_type = cell, "s"  # no formula, whatever it begins with
    book.save(stream)
    return stream.getvalue()
