# mypy: ignore-errors
"""The shop's addresses."""

from django.urls import include, path

urlpatterns = [path("api/", include("oscarapi.urls"))]
