"""A list as somebody narrows and sorts it again and again."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class SavedFilter(models.Model):
    """One person's own: the page (`/admin/…/`), a name, and what stands in its address; never what was searched for."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("用户")
    )
    page = models.CharField(_("页面"), max_length=200)
    name = models.CharField(_("名称"), max_length=30)
    query = models.CharField(_("筛选条件"), max_length=1000)

    class Meta:
        verbose_name = verbose_name_plural = _("常用筛选")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="a_name_is_one_filter", fields=["person", "page", "name"]),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        """Where it leads."""
        return f"{self.page}?{self.query}"
