"""The map of the site."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView


def _mark(request: HttpRequest) -> HttpResponse:
    """What browsers ask for unasked, beside documents that name no icon."""
    return redirect(static("img/mark.svg"))


urlpatterns = [
    path("", include("subsidies.urls")),
    path("", include("merchants.urls")),
    path("", include("core.urls")),
    path("favicon.ico", _mark),
    path("language/", include("django.conf.urls.i18n")),
    path("admin/password_change/", RedirectView.as_view(pattern_name="password")),  # one form, which counts
    path("admin/", admin.site.urls),
]
