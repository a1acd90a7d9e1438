"""Money and masked people in templates."""

from django import template

from core.money import yuan
from core.privacy.masks import mask_name

register = template.Library()
register.filter("mask_name", mask_name)
register.filter("yuan", yuan)
