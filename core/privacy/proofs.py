"""A file that proves what a row says (a scan, a picture, a notice): it rests sealed in the row and leaves as a download."""

import base64
import hashlib
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.db.models import Q
from django.http import HttpResponse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from core.privacy.sealing import DrawnIdField, SealedField

LIMIT_MB = 5
# What a proof is, by its first bytes: what opens anywhere, and nothing that runs.
KINDS = {
    b"%PDF-": ("application/pdf", (".pdf",)),
    b"\xff\xd8\xff": ("image/jpeg", (".jpg", ".jpeg")),
    b"\x89PNG\r\n": ("image/png", (".png",)),
    b"PK\x03\x04": ("application/octet-stream", (".docx", ".xlsx", ".zip")),
}


@dataclass(frozen=True, slots=True)
class Proof:
    """A file as it was sent."""

    name: str
    content: bytes


class Proved(models.Model):
    """A row with a proof: one file, or none. It is kept base64 in a sealed column."""

    id = DrawnIdField(primary_key=True)
    proof_name = models.CharField(_("证明文件"), max_length=200, blank=True, editable=False)
    proof_sha256 = models.CharField(_("文件指纹"), max_length=64, blank=True, editable=False)
    proof = SealedField(_("证明文件内容"), null=True, editable=False)

    class Meta:
        abstract = True

    def attach(self, proof: Proof | None) -> None:
        """Take the file in place of the one that is there; none leaves what is there."""
        if proof is not None:
            self.proof_name = proof.name[-200:]
            self.proof_sha256 = hashlib.sha256(proof.content).hexdigest()
            self.proof = base64.b64encode(proof.content).decode()

    def download(self) -> HttpResponse:
        """The file as it was sent. Raises UnreadableSecret."""
        content = base64.b64decode(str(self.proof))
        kind = next((told for head, (told, _ends) in KINDS.items() if content.startswith(head)), None)
        response = HttpResponse(content, content_type=kind or "application/octet-stream")
        response.headers["Content-Disposition"] = "attachment; filename=" + ascii_name(
            self.pk, self.proof_name
        )
        return response


def ascii_name(pk: object, name: str) -> str:
    """A name that any browser takes, with the ending of the file's own."""
    end = name.rpartition(".")[2].lower()
    return f"proof-{pk}.{end if end.isascii() and end.isalnum() else 'bin'}"


class ProofField(forms.FileField):
    """A proof as it is uploaded: a document or a picture, of a size that can be kept."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        """The file as a `Proof`, or None."""
        file = super().clean(data, initial)
        if not isinstance(file, UploadedFile):
            return None
        if (file.size or 0) > LIMIT_MB * 2**20:
            raise forms.ValidationError(_t("文件超过 %s MB 的上限。") % LIMIT_MB)
        content, name = file.read(), str(file.name)
        fits = (ends for head, (_kind, ends) in KINDS.items() if content.startswith(head))
        if not any(name.lower().endswith(ends) for ends in fits):
            raise forms.ValidationError(_t("请上传 PDF、图片(JPG、PNG)、DOCX、XLSX 或 ZIP 文件。"))
        return Proof(name, content)


HAS_PROOF_WHOLE = Q(proof_name="", proof_sha256="", proof__isnull=True) | Q(
    proof_name__gt="", proof_sha256__gt="", proof__isnull=False
)
