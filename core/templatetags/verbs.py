"""Buttons by what they do."""

from django import template

from core.staff.ending import is_ending

register = template.Library()
register.filter("ends", is_ending)
