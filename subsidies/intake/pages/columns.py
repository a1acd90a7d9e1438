"""Columns that nobody reads: what they may mean, with their first values; a person says it once, and may take it back."""

import re
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.privacy.masks import mask_name
from core.storable import is_key
from ebikes.importing.columns import Layout, nearest, plain_title
from ebikes.importing.file_kinds import file_kinds_for
from ebikes.importing.layouts import LAYOUTS
from ebikes.importing.meanings import (
    NoSuchMeaning,
    StillLacking,
    TwiceMeant,
    forget_columns,
    remember_columns,
    unknown_titles,
)
from ebikes.importing.pipeline import read_again
from ebikes.importing.problems import PERSONAL_COLUMNS, masked
from ebikes.importing.reading import letter_of, samples_of
from ebikes.importing.tasks import order_reading
from ebikes.importing.uploads import upload_path
from ebikes.models import ImportBatch, RememberedColumns
from merchants.models import Merchant
from subsidies.intake.pages.senders import batch_of, batches_of, sender, shown

State = ImportBatch.State
_MAY_BE_A_NAME = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]{2,4}")
LONG = 11  # digits and letters: so much may be anybody's number


@dataclass(frozen=True, slots=True)
class Asked:
    """A title that means nothing yet: where it stands, the likeliest column, and its first values, masked."""

    title: str
    letter: str
    nearest: str  # the key, "" where none is near
    meaning: str  # the title of that column
    first: tuple[str, ...]


def columns_asked(batch: ImportBatch) -> list[Asked]:
    """The columns of this file that nobody has said the meaning of, while it can still be read again."""
    if batch.state not in (State.PREVIEW, State.FAILED) or not batch.header:
        return []
    layout, said = LAYOUTS[batch.kind], batch.columns.meanings if batch.columns else {}
    read = {key for key in map(layout.column_named, batch.header) if key} | set(said.values())
    titles, samples = {column.key: column.title for column in layout.columns}, samples_of(batch)
    asked = []
    for title in unknown_titles(layout, batch.header):
        if plain_title(title) not in said:
            letter, guess = letter_of(batch.header.index(title)), nearest(layout, title, taken=read)
            first = tuple(_seen(value, guess) for value in samples.get(letter, ()))
            asked.append(Asked(title, letter, guess, titles.get(guess, ""), first))
    return asked


def _seen(value: str, guess: str) -> str:
    """A value as far as somebody needs it to know the column by: nobody's number, and nothing that may be a name."""
    if guess == "owner_name" or _MAY_BE_A_NAME.fullmatch(value):
        return mask_name(value)
    personal = guess in PERSONAL_COLUMNS or sum(map(str.isalnum, value)) >= LONG
    return masked(value) if personal else value


class MeaningsForm(forms.Form):
    """A choice for each column that is asked about. The guess stands there already, and counts when it is sent."""

    def __init__(self, layout: Layout, asked: list[Asked], read: set[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        free = [
            (column.key, f"{column.title} {column.meaning}".strip())
            for column in layout.columns
            if column.key not in read
        ]
        for number, each in enumerate(asked):
            self.fields[f"column{number}"] = forms.ChoiceField(
                label=each.title,
                choices=[("", _("不需要这一列")), *free],
                initial=each.nearest,
                required=False,
            )
        self.asked = asked

    def rows(self) -> list[tuple[forms.BoundField, Asked]]:
        """Each field beside what is asked."""
        return [(self[name], each) for name, each in zip(self.fields, self.asked, strict=True)]

    def meanings(self) -> dict[str, str]:
        """What was said, by title."""
        return {
            each.title: self.cleaned_data[name] for name, each in zip(self.fields, self.asked, strict=True)
        }


@login_required
@require_http_methods(["GET", "POST"])
def columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what the columns mean; then the file is read again by it."""
    batch, user, merchant = batch_of(request, pk, sends=True)
    asked, layout = columns_asked(batch), LAYOUTS[batch.kind]
    if not asked:
        return redirect("import", pk=pk)
    read = {key for key in map(layout.column_named, batch.header) if key}
    form = MeaningsForm(layout, asked, read, request.POST if request.method == "POST" else None)
    if form.is_valid():
        earlier = batch.columns.meanings if batch.columns else {}
        said = {title: earlier[plain_title(title)] for title in batch.header if plain_title(title) in earlier}
        try:
            remember_columns(batch=batch, meanings={**said, **form.meanings()}, by=user, now=timezone.now())
        except TwiceMeant as twice:
            form.add_error(None, _("有两列都选了“%s”，请只选一列") % twice)
        except StillLacking as lacking:
            form.add_error(None, _("还缺少必填的列：%s") % _("、").join(lacking.args))
        except NoSuchMeaning:
            form.add_error(None, _("这个文件的列名已经有了变化，请重新查看"))
        else:
            return _by_what_was_said(request, batch)
    context = {"batch": batch, "form": form, "merchant": merchant}
    return shown(
        request, "subsidies/intake/imports/columns.html", context, merchant=merchant, title=_("说明列名")
    )


def _by_what_was_said(request: HttpRequest, batch: ImportBatch) -> HttpResponse:
    """Read the file again, where it is still there."""
    if upload_path(batch.pk).exists() and read_again(batch):
        order_reading(batch)
        messages.success(request, _("已记住，正在按您的说明重新读取；下次同样的表头会直接照此读取。"))
        return redirect("import", pk=batch.pk)
    messages.success(request, _("已记住。这个文件没有保留，请重新上传，会照此读取。"))
    return redirect("imports")


def remembered_columns(kinds: list[ImportBatch.Kind], merchant: Merchant | None) -> list[dict[str, Any]]:
    """What is remembered of this shop's files, or the office's, in words."""
    found = RememberedColumns.objects.filter(
        kind__in=kinds, merchant=merchant, dropped_at__isnull=True
    ).select_related("said_by")
    return [{"columns": each, "pairs": meanings_in_words(each)} for each in found]


def meanings_in_words(columns: RememberedColumns) -> list[tuple[str, str]]:
    """Title → the column that it means; of a title that is not needed, nothing."""
    titles = {column.key: column.title for column in LAYOUTS[columns.kind].columns}
    return [(title, titles.get(key, "")) for title, key in columns.meanings.items()]


@login_required
@require_POST
def forget(request: HttpRequest, pk: int) -> HttpResponse:
    """These titles mean nothing again, from the next file on."""
    user, merchant = sender(request, sends=True)
    found = get_object_or_404(RememberedColumns, pk=pk, merchant=merchant)
    if merchant is None and ImportBatch.Kind(found.kind) not in file_kinds_for(user):
        raise Http404
    forget_columns(columns=found, by=user, now=timezone.now())
    number = request.POST.get("batch", "")
    asked_from = batches_of(user, merchant).filter(columns=found)
    waiting = asked_from.filter(pk=int(number)).first() if is_key(number) else None
    if waiting and upload_path(waiting.pk).exists() and read_again(waiting):
        order_reading(waiting)
        return redirect("import", pk=waiting.pk)
    messages.success(request, _("已取消，下次上传不再照此读取。"))
    return redirect("imports")
