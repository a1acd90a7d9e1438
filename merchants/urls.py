"""The pages of a merchant's people; `config/urls.py` is the map of the whole site."""

from django.urls import path

from merchants.team import pages

urlpatterns = [
    path("invitation/<str:token>/", pages.invitation, name="invitation"),
    path("team/", pages.team, name="team"),
    path("team/<int:pk>/deactivate/", pages.team_deactivate, name="team-deactivate"),
]
