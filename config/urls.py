"""The map of the site."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("", include("subsidies.urls")),
    path("", include("merchants.urls")),
    path("", include("core.urls")),
    path("language/", include("django.conf.urls.i18n")),
    path("admin/password_change/", RedirectView.as_view(pattern_name="password")),  # one form, which counts
    path("admin/", admin.site.urls),
]
